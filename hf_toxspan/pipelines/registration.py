"""Telling `transformers` about our tasks, whichever of the two packages is imported first."""

from importlib import import_module
from types import ModuleType

from wrapt import when_imported

CLASSIFIERS, WRITERS = ("AutoModelForSequenceClassification",), ("AutoModelForCausalLM", "AutoModel")

PIPELINES = {
    "toxic-span-extraction": ("hf_toxspan.pipelines.toxic_span_extraction", "ToxicSpanExtractionPipeline", CLASSIFIERS),
    "toxic-cascade-judge": ("hf_toxspan.pipelines.cascade_judge", "CascadeJudgePipeline", CLASSIFIERS),
    "toxic-quadruple-extraction": (
        "hf_toxspan.pipelines.toxic_quadruple_extraction",
        "ToxicQuadrupleExtractionPipeline",
        WRITERS,
    ),
}
"""Module and class of each task, and what may load its model. The default is the classifier inside the package for all
of them: that of quadruples says that it needs another one, where transformers would only miss a key."""


def register_tasks() -> None:
    """Register the tasks now if `transformers.pipelines` is loaded, else the moment it is.

    Importing `transformers.pipelines` takes seconds, so it is never imported from here.
    """
    when_imported("transformers.pipelines")(_register)


def _register(_: ModuleType) -> None:
    import transformers
    from transformers.pipelines import PIPELINE_REGISTRY

    from hf_toxspan.modeling.checkpoint import PACKAGED_MODEL

    if "TextPipeline" not in vars(import_module("hf_toxspan.pipelines.text_pipeline")):
        return  # its own import has loaded transformers: whoever imports it registers at his end
    for task, (module, name, loaders) in PIPELINES.items():
        pipeline_class = vars(import_module(module)).get(name)
        if pipeline_class is None:
            return  # the same of this module
        if task in PIPELINE_REGISTRY.supported_tasks:
            continue
        PIPELINE_REGISTRY.register_pipeline(
            task,
            pipeline_class=pipeline_class,
            pt_model=tuple(getattr(transformers, loader) for loader in loaders),
            default={"model": (PACKAGED_MODEL, "main")},
            type="text",
        )
        # With this mark `save_pretrained` would write code into a checkpoint, and loading it would demand trust.
        del pipeline_class._registered_impl
