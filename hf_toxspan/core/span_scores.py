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

from collections.abc import Iterable, Mapping, Sequence
from itertools import chain
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from hf_toxspan.core.spans import SpanLike
from hf_toxspan.core.tallies import Sums, Tally, Values, f1, ratio, scores

Integers = NDArray[np.int64]


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
        ValueError: If the two differ in length, or a span is no pair.

    >>> scores = score_spans([[[0, 4]], []], [[[2, 4]], []])
    >>> scores.overlap_f1, round(scores.char_f1, 4), scores.char_iou, round(scores.text_char_f1, 4)
    (1.0, 0.6667, 0.5, 0.8333)
    """
    return SpanScores(**scores(tally_spans(predictions, references)))


def tally_spans(predictions: Sequence[Iterable[SpanLike]], references: Sequence[Iterable[SpanLike]]) -> Tally:
    """Count what `score_spans` needs, text by text.

    Args:
        predictions: One collection of ``[start, end)`` a text.
        references: One collection of gold ``[start, end)`` a text, in the same order.

    Returns:
        A tally with the fields of `SpanScores`. Its columns count spans (``right_spans`` of the ``predicted_spans``
        touch gold, ``found_spans`` of the ``gold_spans`` are touched) and characters, and hold the text's own
        ``char_f1`` and ``char_iou``.

    Raises:
        ValueError: If the two differ in length, a span is no pair, or offsets are too far apart for 64 bits.

    >>> {name: column.tolist() for name, column in tally_spans([[[0, 4]]], [[[2, 4], [7, 8]]]).columns.items()}
    ... # doctest: +NORMALIZE_WHITESPACE
    {'right_spans': [1], 'predicted_spans': [1], 'found_spans': [1], 'gold_spans': [2], 'shared_chars': [2],
     'predicted_chars': [4], 'gold_chars': [3], 'char_f1': [0.571...], 'char_iou': [0.4], 'texts': [1]}
    """
    if len(predictions) != len(references):
        raise ValueError(
            f"{len(predictions)} predictions for {len(references)} references; expected one list of spans a text"
        )
    line = _Line([list(spans) for spans in predictions], [list(spans) for spans in references])
    predicted_runs, gold_runs = _merged(line.predicted), _merged(line.gold)
    predicted, gold = line.chars(predicted_runs), line.chars(gold_runs)
    shared = predicted + gold - line.chars(_merged(np.concatenate([line.predicted, line.gold])))
    return Tally(
        {
            "right_spans": line.count(line.predicted[_touching(line.predicted, gold_runs)]),
            "predicted_spans": line.count(line.predicted),
            "found_spans": line.count(line.gold[_touching(line.gold, predicted_runs)]),
            "gold_spans": line.count(line.gold),
            "shared_chars": shared,
            "predicted_chars": predicted,
            "gold_chars": gold,
            "char_f1": ratio(2.0 * shared, predicted + gold, empty=1.0),
            "char_iou": ratio(1.0 * shared, predicted + gold - shared, empty=1.0),
            "texts": np.ones(len(predictions), dtype=np.int64),
        },
        _combine,
    )


def _combine(sums: Sums) -> Mapping[str, Values]:
    right = ratio(sums["right_spans"], sums["predicted_spans"]), ratio(sums["found_spans"], sums["gold_spans"])
    shared, predicted, gold = sums["shared_chars"], sums["predicted_chars"], sums["gold_chars"]
    chars = ratio(shared, predicted), ratio(shared, gold)
    values = (
        *right,
        f1(*right),
        *chars,
        f1(*chars),
        ratio(shared, predicted + gold - shared),
        ratio(sums["char_f1"], sums["texts"]),
        ratio(sums["char_iou"], sums["texts"]),
    )
    return dict(zip(SpanScores._fields, values, strict=True))


class _Line:
    """The texts of a corpus one behind the other on a single number line, so that one sort serves them all."""

    def __init__(self, predictions: list[list[SpanLike]], references: list[list[SpanLike]]) -> None:
        self.texts = len(predictions)
        sides = [_flatten(predictions), _flatten(references)]
        ends = np.concatenate([spans.ravel() for _, spans in sides] + [np.zeros(2, dtype=np.int64)])
        # one free place behind each text keeps spans of neighbours from touching
        self.room = int(ends.max()) - int(ends.min()) + 1
        if self.room * max(self.texts, 1) >= 2**62:
            raise ValueError(f"span offsets reach from {ends.min()} to {ends.max()}; expected characters of a text")
        self.predicted, self.gold = (spans + (place * self.room - ends.min())[:, None] for place, spans in sides)

    def count(self, spans: Integers) -> Integers:
        """Count the spans of each text, (texts,)."""
        return np.bincount(spans[:, 0] // self.room, minlength=self.texts)

    def chars(self, runs: Integers) -> Integers:
        """Count the characters of each text that runs mark, (texts,)."""
        lengths = runs[:, 1] - runs[:, 0]
        return np.bincount(runs[:, 0] // self.room, weights=lengths, minlength=self.texts).astype(np.int64)


def _flatten(texts: list[list[SpanLike]]) -> tuple[Integers, Integers]:
    """Return of all non-empty spans the text's place (spans,) and the span (spans, 2)."""
    counts = [len(spans) for spans in texts]
    pairs = [*chain.from_iterable(texts)]
    if set(map(len, pairs)) - {2}:
        raise ValueError(f"a span is {next(pair for pair in pairs if len(pair) != 2)}; expected a pair [start, end)")
    spans = np.fromiter(chain.from_iterable(pairs), dtype=np.int64, count=2 * len(pairs)).reshape(-1, 2)
    places = np.repeat(np.arange(len(texts)), counts)
    kept = spans[:, 1] > spans[:, 0]
    return places[kept], spans[kept]


def _merged(spans: Integers) -> Integers:
    """Join spans (spans, 2) that touch or overlap; sorted."""
    ordered = spans[np.argsort(spans[:, 0], kind="stable")]
    reach = np.maximum.accumulate(ordered[:, 1])
    breaks = ordered[1:, 0] > reach[:-1]
    first, last = np.append(True, breaks)[: len(spans)], np.append(breaks, True)[: len(spans)]
    return np.stack([ordered[first, 0], reach[last]], axis=1)


def _touching(spans: Integers, runs: Integers) -> NDArray[np.bool_]:
    """Say of each span whether it shares a character with one of the sorted, disjoint runs."""
    nearest = np.searchsorted(runs[:, 1], spans[:, 0], side="right")  # the first run that ends behind the start
    starts = np.append(runs[:, 0], np.iinfo(np.int64).max)
    return starts[nearest] < spans[:, 1]
