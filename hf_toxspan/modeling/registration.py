"""Telling the Auto classes about our models, whichever of the two packages is imported first."""

from types import ModuleType

from wrapt import when_imported


def register_models() -> None:
    """Register our models now if the Auto classes are loaded, else the moment they are; nothing heavy is imported."""
    when_imported("transformers.models.auto.configuration_auto")(_register_configs)
    when_imported("transformers.models.auto.modeling_auto")(_register_models)


def _register_configs(auto: ModuleType) -> None:
    from hf_toxspan.modeling.rationale_config import RationaleConfig, RationaleOnnxConfig

    for config in (RationaleConfig, RationaleOnnxConfig):
        auto.AutoConfig.register(config.model_type, config, exist_ok=True)


def _register_models(auto: ModuleType) -> None:
    from hf_toxspan.modeling.rationale import RationaleForToxicSpans
    from hf_toxspan.modeling.rationale_config import RationaleConfig, RationaleOnnxConfig
    from hf_toxspan.modeling.rationale_onnx import RationaleOnnxModel

    pairs = ((RationaleConfig, RationaleForToxicSpans), (RationaleOnnxConfig, RationaleOnnxModel))
    for auto_class in (auto.AutoModel, auto.AutoModelForSequenceClassification):
        for config, model in pairs:
            auto_class.register(config, model, exist_ok=True)
