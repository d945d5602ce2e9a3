"""The spans of a corpus as a table, and every predicted span beside every gold span of its text."""

from collections.abc import Sequence
from itertools import chain
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from hf_toxspan.core.spans import SpanLike
from hf_toxspan.core.tallies import Values, ratio

Spans = Sequence[SpanLike]
Positions = NDArray[np.int64]


class SpanTable(NamedTuple):
    """The distinct spans of a corpus, sorted: the position of each one's text, its start and its end, (spans,) each."""

    text: Positions
    start: Positions
    end: Positions


def tabulate(spans: Sequence[Spans]) -> SpanTable:
    """Put the spans of all texts into one table, equal spans of a text only once.

    >>> tabulate([[[4, 5], [0, 2], [4, 5]], [[4, 5]]])
    SpanTable(text=array([0, 0, 1]), start=array([0, 4, 4]), end=array([2, 5, 5]))
    """
    pairs = [*chain.from_iterable(spans)]
    text = np.repeat(np.arange(len(spans)), [len(found) for found in spans])
    start, end = np.array(pairs, dtype=np.int64).reshape(len(pairs), 2).T
    rows = np.stack([text, start, end])[:, np.lexsort((end, start, text))]
    new = np.concatenate((np.ones(1, dtype=bool), (rows[:, 1:] != rows[:, :-1]).any(axis=0)))[: len(pairs)]
    return SpanTable(*rows[:, new])


class SpanPairs(NamedTuple):
    """Pairs of a predicted and a gold span of one text: positions in their tables, and the IoU, (pairs,) each."""

    predicted: NDArray[np.intp]
    gold: NDArray[np.intp]
    iou: Values


def pair_spans(predicted: SpanTable, gold: SpanTable) -> SpanPairs:
    """Pair each predicted span with each gold span of its text, in the order of the tables.

    The IoU is the number of tokens both cover by the number that either covers, 0 for a span without tokens.

    >>> pair_spans(tabulate([[[0, 2]], [[0, 4]]]), tabulate([[[0, 2]], [[1, 3], [4, 5]]]))
    SpanPairs(predicted=array([0, 1, 1]), gold=array([0, 1, 2]), iou=array([1. , 0.5, 0. ]))
    """
    first, last = (np.searchsorted(gold.text, predicted.text, side) for side in ("left", "right"))
    sizes = last - first
    ours = np.repeat(np.arange(len(sizes)), sizes)
    theirs = np.arange(len(ours)) + np.repeat(last - np.cumsum(sizes), sizes)
    shared = np.minimum(predicted.end[ours], gold.end[theirs]) - np.maximum(predicted.start[ours], gold.start[theirs])
    covered = np.maximum(predicted.end[ours], gold.end[theirs]) - np.minimum(predicted.start[ours], gold.start[theirs])
    return SpanPairs(ours, theirs, ratio(np.maximum(shared, 0), covered))
