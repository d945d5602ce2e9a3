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
    from hf_toxspan.pipelines.cascade_judge import CASCADE_TASK, CascadeJudgePipeline
    from hf_toxspan.pipelines.toxic_span_extraction import TASK, ToxicSpanExtractionPipeline

    for task, pipeline_class in ((TASK, ToxicSpanExtractionPipeline), (CASCADE_TASK, CascadeJudgePipeline)):
        if task in PIPELINE_REGISTRY.supported_tasks:
            continue
        PIPELINE_REGISTRY.register_pipeline(
            task,
            pipeline_class=pipeline_class,
            pt_model=AutoModelForSequenceClassification,
            default={"model": (PACKAGED_MODEL, "main")},
            type="text",
        )
        # With this mark `save_pretrained` would write code into a checkpoint, and loading it would demand trust.
        del pipeline_class._registered_impl
