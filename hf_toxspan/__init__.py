"""Explainable toxicity detection on the Hugging Face stack.

Importing the package registers its models with the Auto classes of `transformers`, its tasks with
`transformers.pipeline` and its metrics with `evaluate.load`, and stays
light: torch and transformers are loaded when a name below is first used.
"""

import importlib
from typing import Any

from hf_toxspan._version import __version__
from hf_toxspan.metrics.loading import register_metrics
from hf_toxspan.modeling.registration import register_models
from hf_toxspan.pipelines.registration import register_tasks

_EXPORTS = {
    "BiCSE": "hf_toxspan.core.bicse",
    "CascadeJudgePipeline": "hf_toxspan.pipelines.cascade_judge",
    "ChatJudge": "hf_toxspan.judging.chat",
    "DemonstrationStore": "hf_toxspan.retrieval.demonstrations",
    "ExtractionConfig": "hf_toxspan.modeling.extraction_config",
    "GradientConstrainedTrainer": "hf_toxspan.training.gradient_constrained",
    "GradientConstrainedTrainingArguments": "hf_toxspan.training.arguments",
    "KnowledgeBase": "hf_toxspan.retrieval.knowledge",
    "LocalLLM": "hf_toxspan.llm.local",
    "MultitaskRationaleTrainer": "hf_toxspan.training.multitask_rationale",
    "MultitaskRationaleTrainingArguments": "hf_toxspan.training.arguments",
    "QuadrupleEncoder": "hf_toxspan.modeling.quadruple_encoder",
    "QuadrupleVoter": "hf_toxspan.generation.quadruple_voter",
    "RationaleConfig": "hf_toxspan.modeling.rationale_config",
    "RationaleForToxicSpans": "hf_toxspan.modeling.rationale",
    "Region": "hf_toxspan.core.routing",
    "ServerLLM": "hf_toxspan.llm.server",
    "Span": "hf_toxspan.core.spans",
    "SpanExtractor": "hf_toxspan.modeling.extraction",
    "ToxicQuadrupleExtractionPipeline": "hf_toxspan.pipelines.toxic_quadruple_extraction",
    "ToxicSpanExtractionPipeline": "hf_toxspan.pipelines.toxic_span_extraction",
    "VoteRule": "hf_toxspan.core.vote_rules",
    "Voting": "hf_toxspan.generation.quadruple_voter",
    "WaryJudge": "hf_toxspan.judging.wariness",
    "compare": "hf_toxspan.views.shown",
    "score_spans": "hf_toxspan.core.span_scores",
    "show": "hf_toxspan.views.shown",
}

__all__ = ["__version__", "metrics", *_EXPORTS]


def __getattr__(name: str) -> Any:
    if name in _EXPORTS:
        return getattr(importlib.import_module(_EXPORTS[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}; expected one of {__all__}")


def __dir__() -> list[str]:
    return __all__


register_models()
register_tasks()
register_metrics()
