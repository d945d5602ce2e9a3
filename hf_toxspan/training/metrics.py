"""Metrics during training, from the same functions as everywhere else."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from transformers import EvalPrediction

from hf_toxspan.core.class_scores import score_classes
from hf_toxspan.core.span_scores import score_spans
from hf_toxspan.modeling.extraction import SpanExtractor


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


def span_metrics(
    extractor: SpanExtractor, rows: Sequence[Mapping[str, Any]], *, batch_size: int = 32
) -> dict[str, float]:
    """Score the spans that a model finds, under two protocols.

    ``overlap_*``, ``char_*`` and ``text_*`` explain every annotated text, whatever its predicted label, and so measure
    the extractor; the same names with ``_end_to_end`` count a text that is called clean as one without spans.

    Args:
        extractor: Model and tokenizer.
        rows: Rows with ``text`` and ``spans``; those whose spans are None are left out.
        batch_size: Windows of a forward pass.

    Returns:
        The fields of `SpanScores`, and again with ``_end_to_end`` for ``char_f1`` and ``char_iou``; empty when no row
        is annotated.
    """
    annotated = [row for row in rows if row["spans"] is not None]
    if not annotated:
        return {}
    found = extractor([row["text"] for row in annotated], batch_size=batch_size, explain_all=True)
    gold = [row["spans"] for row in annotated]
    shown = score_spans([explanation.spans if explanation.toxic else [] for explanation in found], gold)
    return {
        **score_spans([explanation.spans for explanation in found], gold)._asdict(),
        "char_f1_end_to_end": shown.char_f1,
        "char_iou_end_to_end": shown.char_iou,
    }
