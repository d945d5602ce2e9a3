"""How far a score can be trusted: bootstrap intervals, and whether two systems differ.

Intervals are percentiles of the bootstrap (Efron and Tibshirani 1993): texts are drawn with replacement, so they speak
of other texts of the same kind, not of other training runs. The test is approximate randomisation (Noreen 1989; Yeh,
COLING 2000): if two systems are equally good, which of them gave which answer is chance, text by text. Unlike a p-value
read off the bootstrap it is fair for a handful of texts too.
"""

from collections.abc import Iterator
from numbers import Integral, Real
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from hf_toxspan.core.tallies import Corpus, Values, scores

CHUNK = 2**22
"""Weights held in memory at once: 32 MB."""


class Interval(NamedTuple):
    """A confidence interval.

    Attributes:
        low: Its lower end.
        high: Its upper end.
        draws: Bootstrap samples it rests on: those in which the score is defined.
    """

    low: float
    high: float
    draws: int


class Difference(NamedTuple):
    """How much better one system scores than another on the same texts.

    Attributes:
        difference: Score of the first minus score of the second.
        low: Lower end of the confidence interval of the difference.
        high: Upper end of it.
        p_value: How often the two would differ by at least as much if answers were swapped at random, in (0, 1].
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
    check_sampling(confidence_level, n_resamples, seed)
    _check_texts(corpus)
    drawn = _resampled([corpus], n_resamples, seed)
    return {name: _interval(draws[0], confidence_level) for name, draws in drawn.items()}


def compare(
    ours: Corpus, theirs: Corpus, *, confidence_level: float = 0.95, n_resamples: int = 1000, seed: int = 0
) -> dict[str, Difference]:
    """Compare two systems on the same texts: a bootstrap interval of the difference, and a two-sided p-value.

    The p-value is the share of random swaps, text by text, after which the two differ by at least as much as they do,
    with the case as it is counted in: ``(1 + n) / (1 + n_resamples)``.

    Args:
        ours: The texts with the first system's answers.
        theirs: The same texts, in the same order, with the second's.
        confidence_level: Of the interval of the difference, in (0, 1).
        n_resamples: Bootstrap samples, and random swaps; the p-value is never below ``1 / (1 + n_resamples)``.
        seed: Same seed, same result.

    Returns:
        Differences by the score's name. A swap that leaves one undefined speaks against a difference.

    Raises:
        ValueError: If the two differ in length or in their scores, there is no text, or an option is out of range.
    """
    if len(ours) != len(theirs):
        raise ValueError(f"{len(ours)} texts against {len(theirs)}; a paired test needs both systems on the same texts")
    check_sampling(confidence_level, n_resamples, seed)
    _check_texts(ours)
    first_scores, second_scores = scores(ours), scores(theirs)
    if first_scores.keys() != second_scores.keys():
        raise ValueError(f"scores {', '.join(first_scores)} against {', '.join(second_scores)}; expected the same ones")
    measured = {name: value - second_scores[name] for name, value in first_scores.items()}
    drawn = _resampled([ours, theirs], n_resamples, seed)
    swapped = _swapped(ours.joined(theirs), len(ours), n_resamples, seed)
    compared = {}
    for name, value in measured.items():
        # the tolerance keeps equal differences equal, whatever order their sums were taken in
        less = np.abs(swapped[name]) < abs(value) - 1e-12  # never where undefined
        p_value = (1 + (~less).sum()) / (1 + n_resamples) if np.isfinite(value) else np.nan
        first, second = drawn[name]
        low, high, _ = _interval(first - second, confidence_level)
        compared[name] = Difference(value, low, high, float(p_value))
    return compared


def check_sampling(confidence_level: float, n_resamples: int, seed: int) -> None:
    """Say which of the settings makes no sense.

    Args:
        confidence_level: Expected in (0, 1).
        n_resamples: Expected to be a whole number of at least 1.
        seed: Expected to be a whole number of at least 0.

    Raises:
        ValueError: If one is something else.
    """
    if not isinstance(confidence_level, Real) or not 0 < confidence_level < 1:
        raise ValueError(f"confidence_level is {confidence_level!r}; expected a number between 0 and 1, such as 0.95")
    for name, value, least in (("n_resamples", n_resamples, 1), ("seed", seed, 0)):
        if isinstance(value, bool) or not isinstance(value, Integral) or value < least:
            raise ValueError(f"{name} is {value!r}; expected a whole number of at least {least}")


def _check_texts(corpus: Corpus) -> None:
    if not len(corpus):
        raise ValueError("there are no texts to resample; expected at least one")


def _interval(draws: Values, confidence_level: float) -> Interval:
    finite = draws[np.isfinite(draws)]
    if not len(finite):
        return Interval(float("nan"), float("nan"), 0)
    outside = (1 - confidence_level) / 2
    low, high = np.quantile(finite, [outside, 1 - outside])
    return Interval(float(low), float(high), len(finite))


def _resampled(corpora: list[Corpus], n_resamples: int, seed: int) -> dict[str, list[Values]]:
    """Score corpora of one length on the same samples: by the score's name one array (draws,) a corpus."""
    parts = [
        [corpus.weighted(weights) for corpus in corpora] for weights in _weights(len(corpora[0]), n_resamples, seed)
    ]
    return {
        name: [np.concatenate([part[place][name] for part in parts]) for place in range(len(corpora))]
        for name in parts[0][0]
    }


def _swapped(both: Corpus, texts: int, n_resamples: int, seed: int) -> dict[str, Values]:
    """Swap the answers of two systems, whose texts stand one behind the other: what difference is left, (draws,)."""
    generator = np.random.default_rng([seed, 1])  # other numbers than the bootstrap's
    parts: dict[str, list[Values]] = {}
    for draws in _chunks(2 * texts, n_resamples):
        own = generator.integers(2, size=(draws, texts)).astype(np.float64)
        first = both.weighted(np.concatenate([own, 1 - own], axis=1))
        second = both.weighted(np.concatenate([1 - own, own], axis=1))
        for name, values in first.items():
            parts.setdefault(name, []).append(values - second[name])
    return {name: np.concatenate(values) for name, values in parts.items()}


def _weights(texts: int, n_resamples: int, seed: int) -> Iterator[NDArray[np.float64]]:
    """Yield how often each text occurs in bootstrap samples, some samples at a time: (draws, texts)."""
    generator = np.random.default_rng(seed)
    for draws in _chunks(texts, n_resamples):
        chosen = generator.integers(texts, size=(draws, texts)) + texts * np.arange(draws)[:, None]
        yield np.bincount(chosen.ravel(), minlength=draws * texts).reshape(draws, texts).astype(np.float64)


def _chunks(texts: int, n_resamples: int) -> Iterator[int]:
    """Cut the samples so that their weights fit into memory."""
    step = max(1, CHUNK // texts)
    for start in range(0, n_resamples, step):
        yield min(step, n_resamples - start)
