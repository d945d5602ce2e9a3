"""Scores of predicted character spans against gold spans.

Three readings that belong together:

* **overlap** precision, recall and F1 count spans: a predicted span is right if it shares a character with gold, a
  gold span is found if a prediction touches it. **"Mark everything" reaches overlap F1 1.0**, so overlap is never
  shown without the two below; `SpanScores` holds all three and nothing here returns overlap alone.
* **char** precision, recall, F1 and IoU count characters, pooled over all texts (the reading under which
  IoU = F1 / (2 - F1), as in the ToxiTrace tables).
* **text** F1 and IoU are means over texts; a text with neither predicted nor gold spans scores 1, with only one of
  them 0 (SemEval-2021 task 5).

Source: overlap and pooled counts are our reading of the ToxiTrace tables (arXiv 2604.12321); the mean over texts is
that of Pavlopoulos et al., SemEval-2021 task 5.
"""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from hf_toxspan.core.spans import Span, SpanLike, intersect, merge, size


class SpanScores(NamedTuple):
    """Span scores of a corpus, each in [0, 1]."""

    overlap_precision: float
    overlap_recall: float
    overlap_f1: float
    char_precision: float
    char_recall: float
    char_f1: float
    char_iou: float
    text_char_f1: float
    text_char_iou: float


def score_spans(predictions: Sequence[Iterable[SpanLike]], references: Sequence[Iterable[SpanLike]]) -> SpanScores:
    """Score predicted against gold spans, text by text.

    Spans are taken as given for the overlap counts (a duplicate counts twice) and as sets of characters elsewhere.
    Empty spans are ignored. A pooled score with nothing to divide by is 0, also where a whole corpus has no span on
    either side; only the means over texts count such a text as 1. No texts at all score 0 everywhere.

    Args:
        predictions: One collection of ``[start, end)`` a text.
        references: One collection of gold ``[start, end)`` a text, in the same order.

    Returns:
        All nine scores.

    Raises:
        ValueError: If the two differ in length.

    >>> scores = score_spans([[[0, 4]], []], [[[2, 4]], []])
    >>> scores.overlap_f1, round(scores.char_f1, 4), scores.char_iou, round(scores.text_char_f1, 4)
    (1.0, 0.6667, 0.5, 0.8333)
    """
    if len(predictions) != len(references):
        raise ValueError(
            f"{len(predictions)} predictions for {len(references)} references; expected one list of spans a text"
        )
    given = [[Span(*span) for span in spans if span[1] > span[0]] for spans in predictions]
    gold = [[Span(*span) for span in spans if span[1] > span[0]] for spans in references]
    right = sum(_touching(spans, others) for spans, others in zip(given, gold, strict=True))
    found = sum(_touching(others, spans) for spans, others in zip(given, gold, strict=True))
    overlap = _precision_recall_f1(right, sum(map(len, given)), found, sum(map(len, gold)))
    counts = [_char_counts(spans, others) for spans, others in zip(given, gold, strict=True)]
    shared, marked, wanted = (sum(column) for column in zip(*counts, strict=True)) if counts else (0, 0, 0)
    char = _precision_recall_f1(shared, marked, shared, wanted)
    return SpanScores(
        *overlap,
        *char,
        _ratio(shared, marked + wanted - shared),
        _mean([_ratio(2 * both, ours + theirs, empty=1.0) for both, ours, theirs in counts]),
        _mean([_ratio(both, ours + theirs - both, empty=1.0) for both, ours, theirs in counts]),
    )


def _touching(spans: list[Span], others: list[Span]) -> int:
    """Count the spans that share a character with any of the others."""
    merged, position, touching = merge(others), 0, 0
    for start, end in sorted(spans):
        while position < len(merged) and merged[position].end <= start:
            position += 1
        touching += position < len(merged) and merged[position].start < end
    return touching


def _char_counts(spans: list[Span], others: list[Span]) -> tuple[int, int, int]:
    return size(intersect(spans, others)), size(spans), size(others)


def _precision_recall_f1(right: int, given: int, found: int, wanted: int) -> tuple[float, float, float]:
    precision, recall = _ratio(right, given), _ratio(found, wanted)
    return precision, recall, _ratio(2 * precision * recall, precision + recall)


def _ratio(part: float, whole: float, *, empty: float = 0.0) -> float:
    return part / whole if whole else empty


def _mean(values: list[float]) -> float:
    return sum(values) / len(values) if values else 0.0
