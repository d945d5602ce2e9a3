"""Telling the Auto classes about our models, whichever of the two packages is imported first."""

from types import ModuleType

from wrapt import when_imported


def register_models() -> None:
    """Register our models now if the Auto classes are loaded, else the moment they are; nothing heavy is imported."""
    when_imported("transformers.models.auto.modeling_auto")(_register)


def _register(auto: ModuleType) -> None:
    from transformers import AutoConfig

    from hf_toxspan.modeling.rationale import RationaleConfig, RationaleForToxicSpans

    AutoConfig.register(RationaleConfig.model_type, RationaleConfig, exist_ok=True)
    auto.AutoModel.register(RationaleConfig, RationaleForToxicSpans, exist_ok=True)
    auto.AutoModelForSequenceClassification.register(RationaleConfig, RationaleForToxicSpans, exist_ok=True)
