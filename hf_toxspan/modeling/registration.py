"""Telling the Auto classes about our models, whichever of the two packages is imported first."""

from importlib import import_module
from types import ModuleType

from wrapt import when_imported

_CONFIGS = {
    "hf_toxspan.modeling.rationale_config": ("RationaleConfig", "RationaleOnnxConfig"),
    "hf_toxspan.modeling.quadruple_encoder_config": ("QuadrupleEncoderConfig",),
}
"""Our configurations by their module."""


def register_models() -> None:
    """Register our models now if the Auto classes are loaded, else the moment they are; nothing heavy is imported."""
    for module in _CONFIGS:
        when_imported(module)(_register_configs)
    when_imported("transformers.models.auto.configuration_auto")(_load_configs)
    when_imported("transformers.models.auto.modeling_auto")(_register_models)


def _load_configs(auto: ModuleType) -> None:
    """Have our configurations registered; one whose module is just being loaded is when that is done."""
    for module in _CONFIGS:
        import_module(module)


def _register_configs(module: ModuleType) -> None:
    from transformers import AutoConfig

    for name in _CONFIGS[module.__name__]:
        config = getattr(module, name)
        AutoConfig.register(config.model_type, config, exist_ok=True)


def _register_models(auto: ModuleType) -> None:
    from hf_toxspan.modeling.quadruple_encoder import QuadrupleEncoder
    from hf_toxspan.modeling.quadruple_encoder_config import QuadrupleEncoderConfig
    from hf_toxspan.modeling.rationale import RationaleForToxicSpans
    from hf_toxspan.modeling.rationale_config import RationaleConfig, RationaleOnnxConfig
    from hf_toxspan.modeling.rationale_onnx import RationaleOnnxModel

    pairs = ((RationaleConfig, RationaleForToxicSpans), (RationaleOnnxConfig, RationaleOnnxModel))
    for auto_class in (auto.AutoModel, auto.AutoModelForSequenceClassification):
        for config, model in pairs:
            auto_class.register(config, model, exist_ok=True)
    auto.AutoModel.register(QuadrupleEncoderConfig, QuadrupleEncoder, exist_ok=True)
