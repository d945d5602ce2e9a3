"""How far a score can be trusted: bootstrap intervals, and whether two systems differ.

Texts are drawn with replacement, so the numbers speak of other texts of the same kind, not of other training runs.
Source: the percentile bootstrap (Efron and Tibshirani 1993) and the paired bootstrap test of Berg-Kirkpatrick et al.,
EMNLP 2012, made two-sided.
"""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from hf_toxspan.core.tallies import Corpus, Values, scores

CHUNK = 2**22
"""Weights held in memory at once: 32 MB."""


class Interval(NamedTuple):
    """A confidence interval."""

    low: float
    high: float


class Difference(NamedTuple):
    """How much better one system scores than another on the same texts.

    Attributes:
        difference: Score of the first minus score of the second.
        low: Lower end of the confidence interval of the difference.
        high: Upper end of it.
        p_value: How often chance alone would make the two differ by at least as much, in (0, 1].
    """

    difference: float
    low: float
    high: float
    p_value: float


def intervals(
    corpus: Corpus, *, confidence_level: float = 0.95, n_resamples: int = 1000, seed: int = 0
) -> dict[str, Interval]:
    """Return the percentile bootstrap interval of each score.

    A draw in which a score is undefined (nan) is left out of that score's interval; without any other draw it is
    (nan, nan).

    Args:
        corpus: The texts.
        confidence_level: Share of resampled scores inside the interval, in (0, 1).
        n_resamples: Bootstrap samples.
        seed: Same seed, same intervals.

    Returns:
        Intervals by the score's name.

    Raises:
        ValueError: If there is no text, or an option is out of range.
    """
    _check(corpus, confidence_level, n_resamples, seed)
    drawn = _resampled([corpus], n_resamples, seed)
    return {name: _interval(draws[0], confidence_level) for name, draws in drawn.items()}


def compare(
    ours: Corpus, theirs: Corpus, *, confidence_level: float = 0.95, n_resamples: int = 1000, seed: int = 0
) -> dict[str, Difference]:
    """Compare two systems on the same texts: both are scored on the same bootstrap samples.

    The p-value is the share of samples whose difference lies at least as far from the measured one as that lies from
    0, with the measured one counted in: ``(1 + n) / (1 + n_resamples)``.

    Args:
        ours: The texts with the first system's answers.
        theirs: The same texts, in the same order, with the second's.
        confidence_level: Of the interval of the difference, in (0, 1).
        n_resamples: Bootstrap samples; the p-value is never below ``1 / (1 + n_resamples)``.
        seed: Same seed, same result.

    Returns:
        Differences by the score's name. A draw in which one is undefined speaks against a difference.

    Raises:
        ValueError: If the two differ in length or in their scores, there is no text, or an option is out of range.
    """
    if len(ours) != len(theirs):
        raise ValueError(f"{len(ours)} texts against {len(theirs)}; a paired test needs both systems on the same texts")
    _check(ours, confidence_level, n_resamples, seed)
    first_scores, second_scores = scores(ours), scores(theirs)
    if first_scores.keys() != second_scores.keys():
        raise ValueError(f"scores {', '.join(first_scores)} against {', '.join(second_scores)}; expected the same ones")
    measured = {name: value - second_scores[name] for name, value in first_scores.items()}
    compared = {}
    for name, (first, second) in _resampled([ours, theirs], n_resamples, seed).items():
        drawn = first - second
        # the tolerance keeps equal differences equal, whatever order their sums were taken in
        nearer = np.abs(drawn - measured[name]) < abs(measured[name]) - 1e-12  # never where undefined
        p_value = (1 + (~nearer).sum()) / (1 + len(drawn)) if np.isfinite(measured[name]) else np.nan
        compared[name] = Difference(measured[name], *_interval(drawn, confidence_level), float(p_value))
    return compared


def _check(corpus: Corpus, confidence_level: float, n_resamples: int, seed: int) -> None:
    if not len(corpus):
        raise ValueError("there are no texts to resample; expected at least one")
    if not isinstance(confidence_level, float) or not 0 < confidence_level < 1:
        raise ValueError(f"confidence_level is {confidence_level!r}; expected a number between 0 and 1, such as 0.95")
    for name, value, least in (("n_resamples", n_resamples, 1), ("seed", seed, 0)):
        if isinstance(value, bool) or not isinstance(value, int) or value < least:
            raise ValueError(f"{name} is {value!r}; expected a whole number of at least {least}")


def _interval(draws: Values, confidence_level: float) -> Interval:
    finite = draws[np.isfinite(draws)]
    if not len(finite):
        return Interval(float("nan"), float("nan"))
    outside = (1 - confidence_level) / 2
    low, high = np.quantile(finite, [outside, 1 - outside])
    return Interval(float(low), float(high))


def _resampled(corpora: list[Corpus], n_resamples: int, seed: int) -> dict[str, list[Values]]:
    """Score corpora of one length on the same samples: by the score's name one array (draws,) a corpus."""
    parts = [
        [corpus.weighted(weights) for corpus in corpora] for weights in _weights(len(corpora[0]), n_resamples, seed)
    ]
    return {
        name: [np.concatenate([part[place][name] for part in parts]) for place in range(len(corpora))]
        for name in parts[0][0]
    }


def _weights(texts: int, n_resamples: int, seed: int) -> Iterator[NDArray[np.float64]]:
    """Yield how often each text occurs in bootstrap samples, some samples at a time: (draws, texts)."""
    generator = np.random.default_rng(seed)
    while n_resamples:
        draws = min(n_resamples, max(1, CHUNK // texts))
        chosen = generator.integers(texts, size=(draws, texts)) + texts * np.arange(draws)[:, None]
        yield np.bincount(chosen.ravel(), minlength=draws * texts).reshape(draws, texts).astype(np.float64)
        n_resamples -= draws
