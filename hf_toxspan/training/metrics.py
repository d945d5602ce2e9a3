"""A model's scores on rows, during training and after it, from the same functions as everywhere else."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from transformers import EvalPrediction

from hf_toxspan.core.class_scores import ClassScores, score_classes
from hf_toxspan.core.span_scores import SpanScores, score_spans
from hf_toxspan.modeling.extraction import Explanation, SpanExtractor


class RowScores(NamedTuple):
    """Scores of one system on rows.

    Attributes:
        classes: Toxic or not, over all rows.
        explained: Spans of the toxic annotated rows, each explained whatever its predicted label: the extractor's
            quality, the protocol of the ToxiTrace tables. None without such rows.
        end_to_end: Spans of all annotated rows as a user sees them: a text that is called clean shows none. None
            without annotated rows.
    """

    classes: ClassScores
    explained: SpanScores | None
    end_to_end: SpanScores | None


def classification_metrics(prediction: EvalPrediction) -> dict[str, float]:
    """Return accuracy and macro-F1, as `transformers.Trainer(compute_metrics=...)` wants them.

    Args:
        prediction: Logits (texts, labels), alone or first of a tuple, and class indices (texts,), likewise.

    Returns:
        ``accuracy`` and ``macro_f1``.
    """
    logits, labels = (
        side[0] if isinstance(side, tuple) else side for side in (prediction.predictions, prediction.label_ids)
    )
    return score_classes(np.argmax(logits, axis=-1).tolist(), np.asarray(labels).tolist())._asdict()


def predict(extractor: SpanExtractor, rows: Sequence[Mapping[str, Any]], *, batch_size: int = 32) -> list[Explanation]:
    """Classify rows and explain those that a protocol of `RowScores` looks at.

    Args:
        extractor: Model and tokenizer.
        rows: Rows with ``text``, ``toxic`` and ``spans``.
        batch_size: Windows of a forward pass.

    Returns:
        One explanation a row, in order.
    """
    always = [row["toxic"] and row["spans"] is not None for row in rows]
    found: dict[bool, list[Explanation]] = {}
    for explain_all in (False, True):
        texts = [row["text"] for row, own in zip(rows, always, strict=True) if own == explain_all]
        found[explain_all] = extractor(texts, batch_size=batch_size, explain_all=explain_all)
    iterators = {explain_all: iter(explanations) for explain_all, explanations in found.items()}
    return [next(iterators[own]) for own in always]


def score_rows(explanations: Sequence[Explanation], rows: Sequence[Mapping[str, Any]]) -> RowScores:
    """Score explanations against rows under both span protocols.

    Args:
        explanations: From `predict`, one a row.
        rows: The rows.

    Returns:
        The scores.
    """
    classes = score_classes([explanation.toxic for explanation in explanations], [row["toxic"] for row in rows])
    annotated = [pair for pair in zip(explanations, rows, strict=True) if pair[1]["spans"] is not None]
    toxic = [pair for pair in annotated if pair[1]["toxic"]]
    return RowScores(
        classes,
        score_spans([e.spans for e, _ in toxic], [row["spans"] for _, row in toxic]) if toxic else None,
        score_spans([e.spans if e.toxic else [] for e, _ in annotated], [row["spans"] for _, row in annotated])
        if annotated
        else None,
    )


def span_metrics(
    extractor: SpanExtractor, rows: Sequence[Mapping[str, Any]], *, batch_size: int = 32
) -> dict[str, float]:
    """Return a model's span scores as flat metrics of a trainer.

    Args:
        extractor: Model and tokenizer.
        rows: Rows with ``text``, ``toxic`` and ``spans``; those whose spans are None are left out.
        batch_size: Windows of a forward pass.

    Returns:
        The fields of `SpanScores` for the explained rows, and ``char_f1_end_to_end``, ``char_iou_end_to_end``; empty
        when no row is annotated.
    """
    annotated = [row for row in rows if row["spans"] is not None]
    scores = score_rows(predict(extractor, annotated, batch_size=batch_size), annotated)
    metrics = scores.explained._asdict() if scores.explained else {}
    if scores.end_to_end:
        metrics |= {
            "char_f1_end_to_end": scores.end_to_end.char_f1,
            "char_iou_end_to_end": scores.end_to_end.char_iou,
        }
    return metrics
