"""How well scores put true items above false ones: areas under the ROC and the precision-recall curve.

A `Ranking` sorts items once and then has its areas under any weights, many draws a call, as resampling asks for them.
Items may come in lists that are ranked one by one, so thousands of short texts cost one sort. Those with equal scores
share one point of the curve. Each area is a mean over the true items of what stands above or below them.

Source: scikit-learn 1.9 (`roc_auc_score`, `average_precision_score`, `precision_recall_curve` with `auc`), which takes
one list a call; its values also where a class is missing.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hf_toxspan.core.tallies import Values, ratio

Numbers = NDArray[np.intp]

BLOCK = 2**18
"""Items times draws held in memory at once: 2 MB an array, near the processor."""


class Side(NamedTuple):
    """The true or the false items, best first, list after list, and where the true ones stand among them.

    Attributes:
        texts: Number of the text of each item, (items of the side,).
        bounds: How many items come before each list, and in the end all, (lists + 1,).
        above: How many come before the items with the score of each true item, (true items,).
        through: How many come before the items with a lower score than each true item, (true items,).
    """

    texts: Numbers
    bounds: Numbers
    above: Numbers
    through: Numbers


@dataclass(frozen=True)
class Ranking:
    """Items in the order of their scores.

    Each area takes how often the texts count, (texts,) or (draws, texts), once each when None, and returns values in
    [0, 1], (*draws, *lists): a single number without either.

    Attributes:
        true: Its true items.
        false: Its false items.
        owners: The list of each true item, (true items,), or (1,) where all are in one.
        in_lists: Whether areas have an axis of lists.

    >>> ranking = Ranking.of([0.1, 0.4, 0.35, 0.8], [0, 0, 1, 1])
    >>> float(ranking.roc_auc()), ranking.roc_auc(np.array([[1.0, 1.0, 1.0, 1.0], [1.0, 0.0, 2.0, 1.0]])).tolist()
    (0.75, [0.75, 1.0])
    """

    true: Side
    false: Side
    owners: Numbers
    in_lists: bool

    @classmethod
    def of(
        cls, scores: ArrayLike, truths: ArrayLike, *, lengths: Sequence[int] | None = None, texts: Numbers | None = None
    ) -> Self:
        """Sort items by their scores.

        Args:
            scores: One number an item, (items,).
            truths: 0 or 1 an item, (items,).
            lengths: Items of each list, (lists,); one list of all when None.
            texts: Number of the text whose weight counts each item, (items,); each item is its own text when None.

        Returns:
            The ranking.

        Raises:
            ValueError: If the lengths do not fit together or a score is nan.
        """
        values, true = np.asarray(scores, dtype=np.float64), np.asarray(truths, dtype=bool)
        sizes = np.asarray([len(values)] if lengths is None else lengths, dtype=np.intp)
        _check(values, true, sizes)
        owner = np.repeat(np.arange(len(sizes)), sizes)
        order = np.lexsort((-values, owner))
        values, true = values[order], true[order]  # the owners are in order already
        places = np.flatnonzero(true)
        groups = np.append(np.flatnonzero(_changes(values) | _changes(owner)), len(values))
        following = np.searchsorted(groups, places, side="right")
        marks = _before(sizes), groups[following - 1], groups[following]
        numbers = order if texts is None else texts[order]
        hits, misses = (Side(numbers[side], *(_before(side)[mark] for mark in marks)) for side in (true, ~true))
        owners = np.zeros(1, dtype=np.intp) if lengths is None else owner[places]
        return cls(hits, misses, owners, in_lists=lengths is not None)

    def roc_auc(self, weights: Values | None = None) -> Values:
        """Return the area under the ROC curve: how often a true item outranks a false one, a tie counting one half.

        It is nan where a class is missing or has no weight.

        >>> Ranking.of([0.1, 0.9, 0.5, 0.5, 0.7], [0, 1, 0, 1, 1], lengths=[2, 2, 1]).roc_auc()
        array([1. , 0.5, nan])
        """
        return self._in_blocks(self._roc_auc, weights)

    def average_precision(self, weights: Values | None = None) -> Values:
        """Return the mean of the precision at each true item's rank: the area of steps under precision over recall.

        It is 0 where no true item has weight.

        >>> Ranking.of([0.9, 0.5, 0.1], [1, 0, 1]).average_precision().round(4)
        np.float64(0.8333)
        """
        return self._in_blocks(self._average_precision, weights)

    def pr_auc(self, weights: Values | None = None) -> Values:
        """Return the area under the precision-recall curve with straight lines between its points (trapezoid rule).

        The curve begins at recall 0 with precision 1. Straight lines flatter a ranking (Davis and Goadrich, ICML 2006);
        `average_precision` does not. ERASER reports this one. It is 0.5 where no true item has weight.

        >>> Ranking.of([0.9, 0.5, 0.1, 0.2], [1, 0, 1, 0], lengths=[3, 1]).pr_auc().round(4)
        array([0.7917, 0.5   ])
        """
        return self._in_blocks(self._pr_auc, weights)

    def _roc_auc(self, weights: Values | None) -> Values:
        counts, misses = _weigh(weights, self.true), _cumulate(_weigh(weights, self.false))
        last = self.false.bounds[1:][self.owners]
        below = _at(misses, last) - (_at(misses, self.false.above) + _at(misses, self.false.through)) / 2
        pairs = self._total(counts) * np.diff(_at(misses, self.false.bounds))
        return ratio(self._total(counts * below), pairs, empty=np.nan)

    def _average_precision(self, weights: Values | None) -> Values:
        counts, misses = _weigh(weights, self.true), _cumulate(_weigh(weights, self.false))
        precision = ratio(*self._seen(_cumulate(counts), misses, self.true.through, self.false.through))
        return ratio(self._total(counts * precision), self._total(counts))

    def _pr_auc(self, weights: Values | None) -> Values:
        counts, misses = _weigh(weights, self.true), _cumulate(_weigh(weights, self.false))
        hits = _cumulate(counts)
        precision = ratio(*self._seen(hits, misses, self.true.through, self.false.through))
        previous = ratio(*self._seen(hits, misses, self.true.above, self.false.above), empty=1.0)
        return ratio(self._total(counts * (precision + previous) / 2), self._total(counts), empty=0.5)

    def _seen(self, hits: Values, misses: Values, true: Numbers, false: Numbers) -> tuple[Values, Values]:
        """Weigh the true and all items from the top of the list to each place: (*draws, places) each."""
        right = _at(hits, true) - _at(hits, self.true.bounds[self.owners])
        return right, right + _at(misses, false) - _at(misses, self.false.bounds[self.owners])

    def _total(self, values: Values) -> Values:
        """Sum over the true items of each list: (*draws, lists)."""
        starts, filled = self.true.bounds[:-1], np.diff(self.true.bounds) > 0
        totals = np.zeros((*values.shape[:-1], len(starts)))
        totals[..., filled] = np.add.reduceat(values, starts[filled], axis=-1)
        return totals

    def _in_blocks(self, area: Callable[[Values | None], Values], weights: Values | None) -> Values:
        """Call `area` for some draws at a time."""
        if weights is None or weights.ndim == 1:
            areas = area(weights)
        else:
            step = max(1, BLOCK // max(1, len(self.true.texts) + len(self.false.texts)))
            areas = np.concatenate([area(weights[at : at + step]) for at in range(0, max(1, len(weights)), step)])
        return areas if self.in_lists else areas[..., 0][()]  # [()] makes a number of an array without axes


def mid_ranks(scores: ArrayLike) -> Values:
    """Return the share of scores below each one, those equal to it counted half: in (0, 1), in the order of the scores.

    Ranks put systems with different scales side by side; no area of a list changes when they replace its scores.

    Args:
        scores: Numbers, (items,).

    Returns:
        Their ranks, (items,).

    Raises:
        ValueError: If a score is nan.

    >>> mid_ranks([-3.0, 40.0, 7.0, 7.0]).tolist()
    [0.125, 0.875, 0.5, 0.5]
    """
    values = np.asarray(scores, dtype=np.float64)
    _check_numbers(values)
    _, places, counts = np.unique(values, return_inverse=True, return_counts=True)
    ranks = np.cumsum(counts) - counts / 2
    return np.asarray(ranks[places] / len(values), dtype=np.float64)


def _check(values: Values, true: NDArray[np.bool_], sizes: Numbers) -> None:
    if not len(values) == len(true) == sizes.sum():
        raise ValueError(
            f"{len(values)} scores, {len(true)} truths and {sizes.sum()} items in the lists; expected one each an item"
        )
    _check_numbers(values)


def _check_numbers(values: Values) -> None:
    if np.isnan(values).any():
        raise ValueError(f"score {np.isnan(values).argmax()} is nan, which has no rank; expected a number")


def _changes(column: NDArray[np.generic]) -> NDArray[np.bool_]:
    """Mark each value that differs from the one before it; the first one does."""
    changes = np.ones(len(column), dtype=bool)
    changes[1:] = column[1:] != column[:-1]
    return changes


def _before(counts: NDArray[np.generic]) -> Numbers:
    """Return the sum of the counts before each one, and in the end of all."""
    return np.concatenate([[0], np.cumsum(counts)]).astype(np.intp)


def _weigh(weights: Values | None, side: Side) -> Values:
    """Return the weights of its items, (*draws, items)."""
    return np.ones(len(side.texts)) if weights is None else np.take(weights, side.texts, axis=-1)


def _cumulate(counts: Values) -> Values:
    """Sum the counts before each one, and in the end all: (*draws, items + 1)."""
    sums = np.zeros((*counts.shape[:-1], counts.shape[-1] + 1))
    np.cumsum(counts, axis=-1, out=sums[..., 1:])
    return sums


def _at(sums: Values, places: Numbers) -> Values:
    return np.take(sums, places, axis=-1)
