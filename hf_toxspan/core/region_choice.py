"""Which region to take: families of regions, the best one for a budget or a wanted quality, and what that is worth.

Three families (ours):

* `nested`: the texts in doubt first, for every share that a region can cut off. Doubt is low confidence, or a toxicity
  near one half.
* `two_sided`: any two ends of the measure.
* `by_label`: an upper end of the confidence for each label of the backbone (the form of RATeD-V's Vietnamese gate).

A region chosen for its score on some texts looks better on them than on others. So `cross_fit` routes every text by a
region that was chosen without it: the score of that routing is an honest one.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from itertools import product
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from hf_toxspan.core.routing import NOTHING, Region
from hf_toxspan.core.tallies import Values
from hf_toxspan.core.trade_off import Answers, Flags

FINENESS = 128
"""Ends that `two_sided` tries, as many texts apart each (ours)."""

COMBINATIONS = 20_000
"""Combinations of ends that `by_label` tries at most (ours)."""

NOWHERE = -1.0
"""Both ends of the candidate that holds no text; as a region it is `NOTHING`."""


@dataclass(frozen=True)
class Candidates:
    """Regions of one family, with what each costs and scores on the texts it was made from.

    Attributes:
        gate: Measure and temperature of all of them.
        labels: The labels with ends of their own; none where one pair of ends holds for all texts.
        lows: Lower ends, (labels or 1, regions).
        highs: Upper ends.
        shares: Share of the texts that is judged, (regions,).
        scores: By name, (regions,) each.
    """

    gate: Region
    labels: tuple[str, ...]
    lows: Values
    highs: Values
    shares: Values
    scores: Mapping[str, Values]

    def region(self, place: int) -> Region:
        """Return one of the regions; a label that none of the texts has is judged, since nothing is known of it."""
        if not self.shares[place]:
            return NOTHING
        ends = [(float(low), float(high)) for low, high in zip(self.lows[:, place], self.highs[:, place], strict=True)]
        if not self.labels:
            return replace(self.gate, low=ends[0][0], high=ends[0][1])
        return replace(self.gate, low=0.0, high=1.0, by_label=dict(zip(self.labels, ends, strict=True)))


Family = Callable[[Answers], Candidates]


def nested(answers: Answers) -> Candidates:
    """Return the regions that hold the texts in doubt first: the curve of quality against the share judged.

    Args:
        answers: The texts.

    Returns:
        From no text to all texts, one region for each distinct doubt.

    >>> from hf_toxspan.core.tallies import means
    >>> fast, asked = means({"accuracy": [1, 0, 1, 0]}), means({"accuracy": [1, 1, 1, 0]})
    >>> curve = nested(Answers(fast, asked, np.array([0.9, 0.6, 0.9, 0.7]), ["clean"] * 4, Region()))
    >>> curve.shares.tolist(), curve.scores["accuracy"].tolist()
    ([0.0, 0.25, 0.5, 1.0], [0.5, 0.75, 0.75, 0.75])
    """
    values = np.unique(answers.values)
    lower, upper = _borders(values)
    if answers.gate.measure == "confidence":
        return _one_range(answers, np.zeros(len(values)), upper)
    distance = np.abs(values - 0.5)
    order = np.argsort(distance, kind="stable")
    last = np.flatnonzero(np.diff(distance[order], append=np.inf))  # of equal distances the last one
    first, end = (reach.accumulate(order)[last] for reach in (np.minimum, np.maximum))
    return _one_range(answers, lower[first], upper[end])


def two_sided(answers: Answers) -> Candidates:
    """Return regions between any two of `FINENESS` ends, and the empty one.

    Args:
        answers: The texts.

    Returns:
        The regions.
    """
    values = _thinned(answers.values, FINENESS)
    lower, upper = _borders(values)
    first, last = np.triu_indices(len(values))
    return _one_range(answers, lower[first], upper[last])


def by_label(answers: Answers) -> Candidates:
    """Return regions with an upper end of the confidence for each label, `COMBINATIONS` of them at most.

    Args:
        answers: The texts; measured by confidence.

    Returns:
        The regions.

    Raises:
        ValueError: If the measure is the toxicity, of which a clean label and a toxic one have opposite ends.
    """
    if answers.gate.measure != "confidence":
        raise ValueError(f"regions by label measure confidence, not {answers.gate.measure}; choose one of the two")
    labels = tuple(sorted(set(answers.labels)))
    own = np.array(answers.labels)
    most = max(int(COMBINATIONS ** (1 / len(labels)) + 1e-9) - 1, 1)
    ends = [[0.0, *_borders(_thinned(answers.values[own == label], most))[1]] for label in labels]
    highs = np.array(list(product(*ends))).T
    return _evaluate(answers, labels, np.zeros_like(highs), highs)


class Choice(NamedTuple):
    """A region that was chosen for its score on some texts, where it looks better than on others.

    Attributes:
        region: The region.
        share: Share of those texts that is judged.
        score: Score on those texts.
        reached: Whether it keeps to what was wanted; if not, it is the one that scores best.
    """

    region: Region
    share: float
    score: float
    reached: bool


def choose_for_budget(candidates: Candidates, score: str, share: float) -> Choice:
    """Choose the region that scores best among those that judge at most a share of the texts.

    Args:
        candidates: The regions.
        score: Name of the score.
        share: The budget, in [0, 1].

    Returns:
        The best one; of equal ones the cheapest.

    Raises:
        ValueError: If the share is out of range or there is no such score.

    >>> from hf_toxspan.core.tallies import means
    >>> fast, asked = means({"accuracy": [1, 0, 1, 0]}), means({"accuracy": [1, 1, 1, 1]})
    >>> curve = nested(Answers(fast, asked, np.array([0.9, 0.6, 0.8, 0.7]), ["clean"] * 4, Region()))
    >>> choice = choose_for_budget(curve, "accuracy", 0.3)
    >>> round(choice.region.high, 2), choice.share, choice.score
    (0.65, 0.25, 0.75)
    """
    if not 0 <= share <= 1:
        raise ValueError(f"the budget is {share!r}; expected a share of the texts in [0, 1], such as 0.2")
    values = _scores(candidates, score)
    return _choice(candidates, values, np.where(candidates.shares <= share + 1e-12, values, -np.inf), reached=True)


def choose_for_quality(candidates: Candidates, score: str, at_least: float) -> Choice:
    """Choose the region that judges the fewest texts among those that score at least as wanted.

    Args:
        candidates: The regions.
        score: Name of the score.
        at_least: The wanted score, in [0, 1].

    Returns:
        The cheapest one; where none reaches the score, the best one with ``reached`` False.

    Raises:
        ValueError: If the score is out of range or there is no such score.

    >>> from hf_toxspan.core.tallies import means
    >>> fast, asked = means({"accuracy": [1, 0, 1, 0]}), means({"accuracy": [1, 1, 1, 0]})
    >>> curve = nested(Answers(fast, asked, np.array([0.9, 0.6, 0.8, 0.7]), ["clean"] * 4, Region()))
    >>> choose_for_quality(curve, "accuracy", 0.7).share, choose_for_quality(curve, "accuracy", 0.9).reached
    (0.25, False)
    """
    if not 0 <= at_least <= 1:
        raise ValueError(f"the wanted score is {at_least!r}; expected a number in [0, 1], such as 0.7")
    values = _scores(candidates, score)
    good = values >= at_least - 1e-12
    wanted = np.where(good, -candidates.shares, -np.inf) if good.any() else values
    return _choice(candidates, values, wanted, reached=bool(good.any()))


def cross_fit(answers: Answers, choose: Callable[[Answers], Region], *, folds: int = 5, seed: int = 0) -> Flags:
    """Route every text by a region that was chosen on the other folds.

    Args:
        answers: The texts.
        choose: Chooses a region on some texts.
        folds: Parts that the texts are dealt into at random; at most as many as texts.
        seed: Same seed, same folds.

    Returns:
        Which texts are judged, (texts,).

    Raises:
        ValueError: If there are fewer than two folds or texts.

    >>> from hf_toxspan.core.tallies import means
    >>> fast, asked = means({"accuracy": [1, 0, 1, 0]}), means({"accuracy": [1, 1, 1, 1]})
    >>> answers = Answers(fast, asked, np.array([0.9, 0.6, 0.8, 0.7]), ["clean"] * 4, Region())
    >>> cross_fit(answers, lambda part: Region(0, float(np.median(part.values))), folds=4).tolist()
    [False, True, False, True]
    """
    if folds < 2 or len(answers) < 2:
        raise ValueError(f"{folds!r} folds of {len(answers)} texts; expected at least 2 of each")
    fold = np.random.default_rng(seed).permutation(len(answers)) % min(folds, len(answers))
    judged = np.zeros(len(answers), dtype=bool)
    for number in range(min(folds, len(answers))):
        region = choose(answers.part(np.flatnonzero(fold != number)))
        judged |= answers.judged(region) & (fold == number)
    return judged


def _one_range(answers: Answers, lows: Values, highs: Values) -> Candidates:
    """Score regions whose ends, (regions,), hold for all labels, behind the one that holds no text."""
    return _evaluate(answers, (), *(np.concatenate([[NOWHERE], ends])[None] for ends in (lows, highs)))


def _evaluate(answers: Answers, labels: tuple[str, ...], lows: Values, highs: Values) -> Candidates:
    """Score regions given by their ends, (labels or 1, regions) each: one sort a label, then differences of sums."""
    own = np.array(answers.labels)
    change = np.column_stack([answers.change, np.ones(len(answers))])  # the last sum counts the judged texts
    sums = np.append(answers.base.sum(axis=0), 0.0)
    for place, inside in enumerate([own == label for label in labels] or [np.ones(len(answers), dtype=bool)]):
        values = answers.values[inside]
        order = np.argsort(values)
        upto = np.concatenate([np.zeros((1, change.shape[1])), np.cumsum(change[inside][order], axis=0)])
        first = np.searchsorted(values[order], lows[place], side="left")
        last = np.searchsorted(values[order], highs[place], side="right")
        sums = sums + upto[last] - upto[first]
    shares = sums[:, -1] / len(answers)
    return Candidates(answers.gate, labels, lows, highs, shares, answers.combine(sums[:, :-1]))


def _borders(values: Values) -> tuple[Values, Values]:
    """Return for ascending values the ends of closed regions that begin, and that end, at each of them.

    An end lies halfway to the neighbour, so that rounding does not push a text over it.
    """
    halfway = values[:-1] + np.diff(values) / 2
    lower = np.where(halfway > values[:-1], halfway, values[1:])
    upper = np.where(halfway < values[1:], halfway, values[:-1])
    return np.concatenate([[0.0], lower]), np.concatenate([upper, [1.0]])


def _thinned(values: Values, most: int) -> Values:
    """Return some of the distinct values, as many texts apart each, with the largest."""
    if len(np.unique(values)) <= most:
        return np.unique(values)
    return np.unique(np.quantile(values, np.linspace(0, 1, most + 1)[1:], method="inverted_cdf"))


def _scores(candidates: Candidates, score: str) -> Values:
    if score not in candidates.scores:
        raise ValueError(f"score is {score!r}; expected one of {', '.join(candidates.scores)}")
    return candidates.scores[score]


def _choice(candidates: Candidates, values: Values, wanted: Values, *, reached: bool) -> Choice:
    """Take the most wanted; of equal ones (up to rounding) the cheapest."""
    best: NDArray[np.intp] = np.flatnonzero(wanted >= wanted.max() - 1e-12)
    place = int(best[np.lexsort((-values[best], candidates.shares[best]))[0]])
    return Choice(candidates.region(place), float(candidates.shares[place]), float(values[place]), reached)
