"""A model's scores on rows, during training and after it, from the same functions as everywhere else."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from tqdm.auto import tqdm

from hf_toxspan.core.class_scores import ClassScores, score_classes
from hf_toxspan.core.span_scores import SpanScores, score_spans
from hf_toxspan.modeling.extraction import Explanation, SpanExtractor

CHUNK = 16
"""Batches that are sorted by length together, between two moves of the progress bar."""


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


def predict(
    extractor: SpanExtractor,
    rows: Sequence[Mapping[str, Any]],
    *,
    batch_size: int = 32,
    progress: bool = False,
    explain_clean: bool = False,
) -> list[Explanation]:
    """Classify rows and explain those that a protocol of `RowScores` looks at.

    Args:
        extractor: Model and tokenizer.
        rows: Rows with ``text``, ``toxic`` and ``spans``.
        batch_size: Windows of a forward pass.
        progress: Show a bar on standard error.
        explain_clean: Explain the clean annotated rows too, for a ranking of all tokens.

    Returns:
        One explanation a row, in order.
    """
    always = [row["spans"] is not None and (explain_clean or row["toxic"]) for row in rows]
    found: list[Explanation | None] = [None] * len(rows)
    with tqdm(total=len(rows), desc="Explaining", unit=" texts", disable=not progress) as bar:
        for explain_all in (False, True):
            chosen = [position for position, own in enumerate(always) if own == explain_all]
            for start in range(0, len(chosen), CHUNK * batch_size):
                part = chosen[start : start + CHUNK * batch_size]
                texts = [rows[position]["text"] for position in part]
                explanations = extractor(texts, batch_size=batch_size, explain_all=explain_all)
                for position, explanation in zip(part, explanations, strict=True):
                    found[position] = explanation
                bar.update(len(part))
    return [explanation for explanation in found if explanation is not None]


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
