"""Telling `transformers` about our tasks, whichever of the two packages is imported first."""

from types import ModuleType

from wrapt import when_imported


def register_tasks() -> None:
    """Register the tasks now if `transformers.pipelines` is loaded, else the moment it is.

    Importing `transformers.pipelines` takes seconds, so it is never imported from here.
    """
    when_imported("transformers.pipelines")(_register)


def _register(_: ModuleType) -> None:
    from transformers import AutoModelForSequenceClassification
    from transformers.pipelines import PIPELINE_REGISTRY

    from hf_toxspan.modeling.checkpoint import PACKAGED_MODEL
    from hf_toxspan.pipelines.toxic_span_extraction import TASK, ToxicSpanExtractionPipeline

    if TASK not in PIPELINE_REGISTRY.supported_tasks:
        PIPELINE_REGISTRY.register_pipeline(
            TASK,
            pipeline_class=ToxicSpanExtractionPipeline,
            pt_model=AutoModelForSequenceClassification,
            default={"model": (PACKAGED_MODEL, "main")},
            type="text",
        )
        # With this mark `save_pretrained` would write code into a checkpoint, and loading it would demand trust.
        del ToxicSpanExtractionPipeline._registered_impl
