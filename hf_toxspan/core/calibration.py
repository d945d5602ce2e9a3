"""How far probabilities can be believed: one temperature for all of them, and what is wrong before and after.

Temperature scaling (Guo et al., ICML 2017) raises every probability to the power ``1 / T`` and renormalises. It never
changes which label is the most probable one. `core/routing.py` applies it, text by text.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hf_toxspan.core.ranking import mid_ranks
from hf_toxspan.core.tallies import Values

IMPOSSIBLE = 1e-12
"""What a probability of 0 counts as, so that one impossible label that was right does not outweigh all texts (ours)."""

COLDEST, HOTTEST = 0.05, 20.0
"""Temperatures that are looked at: where a model is always right, the best one is 0 (ours)."""


class Bin(NamedTuple):
    """Texts of about the same confidence.

    Attributes:
        low: Least confidence among them.
        high: Largest.
        texts: How many they are.
        confidence: Mean confidence.
        accuracy: Share that is right; where confidence can be believed, the same number.
    """

    low: float
    high: float
    texts: int
    confidence: float
    accuracy: float


class Fit(NamedTuple):
    """A temperature and what it did.

    Attributes:
        temperature: Above 1 the model was too sure, below 1 not sure enough.
        nll_before: Mean negative log-likelihood of the gold labels as the model gave it.
        nll_after: The same with the temperature.
        ece_before: Expected calibration error as the model gave it.
        ece_after: The same with the temperature.
    """

    temperature: float
    nll_before: float
    nll_after: float
    ece_before: float
    ece_after: float


def fit_temperature(probabilities: ArrayLike, gold: Sequence[int]) -> float:
    """Find the temperature under which gold labels are the most likely.

    The negative log-likelihood is convex in ``1 / T``, so halving the interval in which its slope changes sign finds
    the only minimum.

    Args:
        probabilities: Shape (texts, labels), each row summing to one.
        gold: Place of the gold label of each text.

    Returns:
        A temperature between `COLDEST` and `HOTTEST`; 1 where none is better than another.

    Raises:
        ValueError: If there is no text, a row is no distribution, or a gold label is none of the columns.

    >>> round(fit_temperature([[0.9, 0.1], [0.9, 0.1], [0.9, 0.1], [0.1, 0.9]], [0, 1, 0, 1]), 2)  # 3 of 4 are right
    2.0
    """
    table, places = _check(probabilities, gold)
    logs = np.log(table)
    logs -= logs.max(axis=1, keepdims=True)
    right = logs[np.arange(len(logs)), places]

    def slope(power: float) -> float:
        weights = np.exp(power * logs)
        return float(((weights * logs).sum(axis=1) / weights.sum(axis=1) - right).sum())

    if abs(slope(1.0)) < 1e-12 * len(logs):
        return 1.0
    low, high = 1 / HOTTEST, 1 / COLDEST
    for _ in range(60):
        middle = (low * high) ** 0.5
        low, high = (middle, high) if slope(middle) < 0 else (low, middle)
    return float(np.clip((low * high) ** -0.5, COLDEST, HOTTEST))


def temper(probabilities: ArrayLike, temperature: float) -> Values:
    """Apply a temperature to distributions.

    Args:
        probabilities: Shape (texts, labels), each row summing to one.
        temperature: Above 0.

    Returns:
        The same shape; each row sums to one and has its largest value where it was.

    >>> temper([[0.8, 0.2]], 2.0).round(4).tolist()
    [[0.6667, 0.3333]]
    """
    table = np.asarray(probabilities, dtype=np.float64)
    powers = (table / table.max(axis=1, keepdims=True)) ** (1 / temperature)
    tempered: Values = powers / powers.sum(axis=1, keepdims=True)
    return tempered


def calibrate(probabilities: ArrayLike, gold: Sequence[int], *, bins: int = 15) -> Fit:
    """Fit a temperature and measure it on the same texts, where one number can hardly learn them by heart.

    Args:
        probabilities: Shape (texts, labels), each row summing to one.
        gold: Place of the gold label of each text.
        bins: Of the expected calibration error.

    Returns:
        The temperature with the measures before and after.

    Raises:
        ValueError: As `fit_temperature` and `reliability` do.

    >>> fit = calibrate([[0.9, 0.1], [0.9, 0.1], [0.9, 0.1], [0.1, 0.9]], [0, 1, 0, 1])
    >>> round(fit.nll_before, 3), round(fit.nll_after, 3), round(fit.ece_before, 3), round(fit.ece_after, 3)
    (0.655, 0.562, 0.15, 0.0)
    """
    temperature = fit_temperature(probabilities, gold)
    table, places = _check(probabilities, gold)
    measures = []
    for own in (table, temper(table, temperature)):
        rows = reliability(own.max(axis=1), own.argmax(axis=1) == places, bins=bins)
        likelihood = own[np.arange(len(own)), places]
        measures.append((float(-np.log(likelihood).mean()), expected_error(rows)))
    (nll_before, ece_before), (nll_after, ece_after) = measures
    return Fit(temperature, nll_before, nll_after, ece_before, ece_after)


def reliability(confidences: ArrayLike, right: ArrayLike, *, bins: int = 15) -> list[Bin]:
    """Sort texts into bins of as many texts each, by confidence: the rows of a reliability diagram.

    Equal-mass bins (Nguyen and O'Connor, EMNLP 2015): with bins of equal width nearly all texts of a sure model share
    one. Texts of one confidence are never torn apart, so bins may differ in size and some may be missing.

    Args:
        confidences: Probability of the label that the model gave, (texts,).
        right: Whether it is the gold one, (texts,).
        bins: How many at most.

    Returns:
        The bins that hold texts, least confident first.

    Raises:
        ValueError: If there is no text, the two differ in length, a value is out of range, or there is no bin.

    >>> [(row.texts, row.confidence, row.accuracy) for row in reliability([0.6, 0.6, 0.9, 0.9], [1, 0, 1, 1], bins=2)]
    [(2, 0.6, 0.5), (2, 0.9, 1.0)]
    """
    values, hits = np.asarray(confidences, dtype=np.float64), np.asarray(right, dtype=np.float64)
    if not len(values) or values.shape != hits.shape:
        raise ValueError(
            f"{values.shape} confidences for {hits.shape} answers; expected one each, of one text at least"
        )
    outside = values[~((values >= 0) & (values <= 1))]
    if len(outside):
        raise ValueError(f"a confidence is {outside[0]}; expected a number in [0, 1]")
    if bins < 1:
        raise ValueError(f"bins is {bins!r}; expected at least 1")
    place = np.floor(mid_ranks(values) * bins)
    inside = [(values[place == number], hits[place == number]) for number in np.unique(place)]
    return [
        Bin(float(own.min()), float(own.max()), len(own), float(own.mean()), float(share.mean()))
        for own, share in inside
    ]


def expected_error(rows: Sequence[Bin]) -> float:
    """Return the expected calibration error: how far confidence and accuracy lie apart, mean over the texts.

    Args:
        rows: Bins of `reliability`.

    Returns:
        A number in [0, 1]; 0 is perfect.

    >>> round(expected_error([Bin(0.6, 0.6, 2, 0.6, 0.5), Bin(0.9, 0.9, 2, 0.9, 1.0)]), 4)
    0.1
    """
    texts = sum(row.texts for row in rows)
    return sum(row.texts * abs(row.confidence - row.accuracy) for row in rows) / texts


def _check(probabilities: ArrayLike, gold: Sequence[int]) -> tuple[Values, NDArray[np.intp]]:
    table = np.asarray(probabilities, dtype=np.float64)
    places = np.asarray(gold)
    if table.ndim != 2 or not table.size or places.shape != table.shape[:1]:
        raise ValueError(
            f"probabilities of shape {table.shape} for {len(places)} gold labels; expected (texts, labels), one label "
            "a text, and a text at least"
        )
    if not np.issubdtype(places.dtype, np.integer) or (places < 0).any() or (places >= table.shape[1]).any():
        raise ValueError(f"gold labels are {sorted(set(places.tolist()))}; expected places in 0..{table.shape[1] - 1}")
    wrong = np.flatnonzero(~((table >= 0).all(axis=1) & (np.abs(table.sum(axis=1) - 1) < 1e-3)))
    if len(wrong):
        raise ValueError(
            f"the probabilities of text {wrong[0]} are {table[wrong[0]].tolist()}; expected numbers >= 0 that sum to 1 "
            "(of a multi-label model give the toxicity: [[1 - toxicity, toxicity], ...])"
        )
    return np.maximum(table, IMPOSSIBLE), places
