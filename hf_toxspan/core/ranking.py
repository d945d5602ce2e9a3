"""How well scores put true items above false ones: areas under the ROC and the precision-recall curve.

Every function takes one flat array of scores and 0/1 truths. `lengths` cuts it into lists that are ranked one by one,
so thousands of short texts cost one sort; `weights` counts the items differently in each of many draws. The result has
the shape (*draws, *lists): a single number without either. Items with equal scores share one point of the curve.

Source: scikit-learn 1.9 (`roc_auc_score`, `average_precision_score`, `precision_recall_curve` with `auc`), which takes
one list a call; its values also where a class is missing.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hf_toxspan.core.tallies import Values, ratio


def roc_auc(
    scores: ArrayLike, truths: ArrayLike, weights: Values | None = None, *, lengths: Sequence[int] | None = None
) -> Values:
    """Return the area under the ROC curve: how often a true item outranks a false one, a tie counting one half.

    Args:
        scores: One number an item, (items,).
        truths: 0 or 1 an item, (items,).
        weights: How much each item counts, (items,) or (draws, items); all once when None.
        lengths: Items of each list, (lists,); one list of all when None.

    Returns:
        Areas in [0, 1], (*draws, *lists); nan where a class is missing or has no weight.

    Raises:
        ValueError: If the lengths do not fit together or a score is nan.

    >>> float(roc_auc([0.1, 0.4, 0.35, 0.8], [0, 0, 1, 1]))
    0.75
    >>> roc_auc([0.1, 0.9, 0.5, 0.5, 0.7], [0, 1, 0, 1, 1], lengths=[2, 2, 1])
    array([1. , 0.5, nan])
    >>> roc_auc([0.1, 0.4, 0.35], [0, 0, 1], np.array([[1.0, 1.0, 1.0], [2.0, 1.0, 1.0], [1.0, 1.0, 0.0]]))
    array([0.5       , 0.66666667,        nan])
    """
    ranking = _rank(scores, truths, weights, lengths)
    above = _cumulate(ranking.hits, ranking) - ranking.hits / 2
    won = _total(ranking.misses * above, ranking)
    return _shaped(ratio(won, _total(ranking.hits, ranking) * _total(ranking.misses, ranking), empty=np.nan), lengths)


def average_precision(
    scores: ArrayLike, truths: ArrayLike, weights: Values | None = None, *, lengths: Sequence[int] | None = None
) -> Values:
    """Return the mean of the precision at each true item's rank: the area of steps under the precision-recall curve.

    Args:
        scores: One number an item, (items,).
        truths: 0 or 1 an item, (items,).
        weights: How much each item counts, (items,) or (draws, items); all once when None.
        lengths: Items of each list, (lists,); one list of all when None.

    Returns:
        Areas in [0, 1], (*draws, *lists); 0 where no true item has weight.

    Raises:
        ValueError: If the lengths do not fit together or a score is nan.

    >>> average_precision([0.9, 0.5, 0.1], [1, 0, 1]).round(4)
    np.float64(0.8333)
    """
    ranking = _rank(scores, truths, weights, lengths)
    area = _total(ranking.hits * _precision(ranking), ranking)
    return _shaped(ratio(area, _total(ranking.hits, ranking)), lengths)


def pr_auc(scores: ArrayLike, truths: ArrayLike, *, lengths: Sequence[int] | None = None) -> Values:
    """Return the area under the precision-recall curve with straight lines between its points (trapezoid rule).

    The curve begins at recall 0 with precision 1. Straight lines flatter a ranking (Davis and Goadrich, ICML 2006);
    `average_precision` does not. ERASER reports this one.

    Args:
        scores: One number an item, (items,).
        truths: 0 or 1 an item, (items,).
        lengths: Items of each list, (lists,); one list of all when None.

    Returns:
        Areas in [0, 1], (*lists,); 0.5 where no item is true, as in scikit-learn 1.9.

    Raises:
        ValueError: If the lengths do not fit together or a score is nan.

    >>> pr_auc([0.9, 0.5, 0.1, 0.2], [1, 0, 1, 0], lengths=[3, 1]).round(4)
    array([0.7917, 0.5   ])
    """
    ranking = _rank(scores, truths, None, lengths)
    precision = _precision(ranking)
    previous = np.concatenate(([1.0], precision))[:-1]
    previous[ranking.starts] = 1.0
    area = _total(ranking.hits * (precision + previous) / 2, ranking)
    return _shaped(ratio(area, _total(ranking.hits, ranking), empty=0.5), lengths)


@dataclass(frozen=True)
class _Ranking:
    """Items with equal scores as one group, best group first, list after list.

    Attributes:
        hits: Weight of the true items of each group, (*draws, groups).
        misses: Weight of its false items, (*draws, groups).
        starts: First group of each list that has items.
        filled: Which lists have items, (lists,).
    """

    hits: Values
    misses: Values
    starts: NDArray[np.intp]
    filled: NDArray[np.bool_]


def _rank(scores: ArrayLike, truths: ArrayLike, weights: Values | None, lengths: Sequence[int] | None) -> _Ranking:
    values, true = np.asarray(scores, dtype=np.float64), np.asarray(truths, dtype=bool)
    counts = np.ones(len(values)) if weights is None else np.asarray(weights, dtype=np.float64)
    sizes = np.asarray([len(values)] if lengths is None else lengths, dtype=np.intp)
    _check(values, true, counts, sizes)
    owner = np.repeat(np.arange(len(sizes)), sizes)
    order = np.lexsort((-values, owner))
    values, true, counts = values[order], true[order], counts[..., order]  # the owners are in order already
    groups = np.flatnonzero(_changes(values) | _changes(owner))
    return _Ranking(
        hits=np.add.reduceat(counts * true, groups, axis=-1),
        misses=np.add.reduceat(counts * ~true, groups, axis=-1),
        starts=np.flatnonzero(_changes(owner[groups])),
        filled=sizes > 0,
    )


def _check(values: Values, true: NDArray[np.bool_], counts: Values, sizes: NDArray[np.intp]) -> None:
    if not len(values) == len(true) == counts.shape[-1] == sizes.sum():
        raise ValueError(
            f"{len(values)} scores, {len(true)} truths, {counts.shape[-1]} weights and {sizes.sum()} items in the "
            "lists; expected one each an item"
        )
    if np.isnan(values).any():
        raise ValueError(f"score {np.isnan(values).argmax()} is nan, which has no rank; expected a number")


def _changes(column: NDArray[np.generic]) -> NDArray[np.bool_]:
    """Mark each value that differs from the one before it; the first one does."""
    changes = np.ones(len(column), dtype=bool)
    changes[1:] = column[1:] != column[:-1]
    return changes


def _cumulate(values: Values, ranking: _Ranking) -> Values:
    """Sum up to each group, the group included, from the start of its list: (*draws, groups)."""
    sums = np.cumsum(values, axis=-1)
    before = sums[..., ranking.starts] - values[..., ranking.starts]
    return sums - np.repeat(before, np.diff(ranking.starts, append=values.shape[-1]), axis=-1)


def _total(values: Values, ranking: _Ranking) -> Values:
    """Sum over the groups of each list: (*draws, lists)."""
    totals = np.zeros((*values.shape[:-1], len(ranking.filled)))
    totals[..., ranking.filled] = np.add.reduceat(values, ranking.starts, axis=-1)
    return totals


def _precision(ranking: _Ranking) -> Values:
    """Return the share of true items from the top of the list to each group: (*draws, groups)."""
    hits = _cumulate(ranking.hits, ranking)
    return ratio(hits, hits + _cumulate(ranking.misses, ranking))


def _shaped(areas: Values, lengths: Sequence[int] | None) -> Values:
    return areas if lengths is not None else areas[..., 0][()]  # [()] makes a number of an array without axes
