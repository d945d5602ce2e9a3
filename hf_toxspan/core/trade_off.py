"""What asking a judge about more or fewer texts buys: quality against the share of texts judged.

Each text has two answers, the backbone's and the one that comes out where the judge is asked too, and each answer adds
its part to the sums of a score (`core/tallies.py`). So the score of any routing is that of the mixed sums, and the
scores of a whole row of nested regions follow from one sort and cumulative sums.

Beside a routing stands **random routing at the same cost**: as many texts, drawn by lot. Its score here is that of the
expected sums: for an accuracy, or any other mean, the expected score itself; for an F1 within some 1/texts of it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from hf_toxspan.core.resampling import intervals
from hf_toxspan.core.routing import NOTHING, Region
from hf_toxspan.core.tallies import Tally, Values, scores

Flags = NDArray[np.bool_]


@dataclass(frozen=True)
class Answers:
    """Texts with both their answers, and with what a region looks at.

    Attributes:
        fast: The backbone's answers, as sums of scores.
        asked: What comes out where the judge is asked about every text; the same columns.
        values: The measure of each text, as `gate` measures it, (texts,).
        labels: The backbone's label of each text.
        gate: Measure and temperature of the regions that are looked at.
    """

    fast: Tally
    asked: Tally
    values: Values
    labels: Sequence[str]
    gate: Region

    def __post_init__(self) -> None:
        """Quote what does not belong together."""
        if self.fast.columns.keys() != self.asked.columns.keys():
            raise ValueError(
                f"columns {', '.join(self.fast.columns)} against {', '.join(self.asked.columns)}; expected the same "
                "ones: tally both systems' answers in one call and split them"
            )
        sizes = {len(self.fast), len(self.asked), len(self.values), len(self.labels)}
        if len(sizes) > 1 or 0 in sizes:
            raise ValueError(f"numbers of texts are {sorted(sizes)}; expected one number, of at least 1")

    def __len__(self) -> int:
        """Return the number of texts."""
        return len(self.values)

    @property
    def base(self) -> Values:
        """Return what the backbone's answers add to each sum, (texts, columns)."""
        return _matrix(self.fast)

    @property
    def change(self) -> Values:
        """Return how the sums change where the judge is asked, (texts, columns)."""
        return _matrix(self.asked) - _matrix(self.fast)

    def combine(self, sums: Values) -> dict[str, Values]:
        """Turn sums (..., columns) into scores, (...) each."""
        flat = dict(zip(self.fast.columns, sums.reshape(-1, sums.shape[-1]).T, strict=True))
        return {name: values.reshape(sums.shape[:-1]) for name, values in self.fast.combine(flat).items()}

    def judged(self, region: Region) -> Flags:
        """Say of each text whether a region with this gate's measure and temperature judges it, (texts,)."""
        if region == NOTHING:
            return np.zeros(len(self), dtype=bool)
        if (region.measure, region.temperature) != (self.gate.measure, self.gate.temperature):
            raise ValueError(
                f"the region measures {region.measure} at temperature {region.temperature:g}, the values are of "
                f"{self.gate.measure} at {self.gate.temperature:g}; measure the texts as the region does"
            )
        ends = {label: region.ends(label) for label in set(self.labels)}
        low, high = np.array([ends[label] for label in self.labels]).T
        return np.asarray((low <= self.values) & (self.values <= high))

    def part(self, places: NDArray[np.intp]) -> "Answers":
        """Return the texts at these places."""
        fast, asked = (
            replace(tally, columns={name: column[places] for name, column in tally.columns.items()})
            for tally in (self.fast, self.asked)
        )
        return Answers(fast, asked, self.values[places], [self.labels[place] for place in places], self.gate)


class Estimate(NamedTuple):
    """A number and its confidence interval.

    Attributes:
        value: The number.
        low: Lower end of the interval.
        high: Upper end.
    """

    value: float
    low: float
    high: float


class Point(NamedTuple):
    """What one routing brings.

    Attributes:
        share: Share of the texts that are judged.
        score: Of the routed answers.
        random: Score of random routing at the same cost.
        over_random: Gain over random routing at the same cost.
        over_fast: Gain over the backbone alone.
    """

    share: float
    score: Estimate
    random: float
    over_random: Estimate
    over_fast: Estimate


def measure(
    answers: Answers,
    judged: Sequence[Flags],
    score: str,
    *,
    confidence_level: float = 0.95,
    n_resamples: int = 1000,
    seed: int = 0,
) -> list[Point]:
    """Score routings, each beside random routing at the same cost, with paired bootstrap intervals over texts.

    In every sample random routing judges as large a share as the routing does in that sample.

    Args:
        answers: The texts.
        judged: Of each routing which texts are judged, (texts,) each.
        score: Name of the score.
        confidence_level: Of the intervals, in (0, 1).
        n_resamples: Bootstrap samples.
        seed: Same seed, same intervals.

    Returns:
        One point a routing.

    Raises:
        ValueError: If there is no such score, or an option is out of range.

    >>> from hf_toxspan.core.tallies import means
    >>> fast, asked = means({"accuracy": [1, 0, 1, 0]}), means({"accuracy": [1, 1, 1, 0]})
    >>> answers = Answers(fast, asked, np.array([0.9, 0.6, 0.8, 0.7]), ["clean"] * 4, Region())
    >>> point, = measure(answers, [answers.judged(Region(0, 0.7))], "accuracy")
    >>> point.share, point.score.value, point.random, point.over_random.value, point.over_fast.value
    (0.5, 0.75, 0.625, 0.125, 0.25)
    """
    _check_score(answers, score)
    corpus = _Routings(answers, np.array(judged, dtype=np.float64).reshape(len(judged), len(answers)), score)
    values = scores(corpus)
    spread = intervals(corpus, confidence_level=confidence_level, n_resamples=n_resamples, seed=seed)
    estimates = {name: Estimate(value, *spread[name][:2]) for name, value in values.items()}
    return [
        Point(
            values[f"share {place}"],
            estimates[f"score {place}"],
            values[f"random {place}"],
            estimates[f"over random {place}"],
            estimates[f"over fast {place}"],
        )
        for place in range(len(judged))
    ]


@dataclass(frozen=True)
class _Routings:
    """A corpus whose scores are those of several routings."""

    answers: Answers
    judged: Values  # (routings, texts), 0 or 1
    score: str

    @property
    def columns(self) -> Mapping[str, Values]:
        """Return which texts each routing judges."""
        return {f"judged {place}": own for place, own in enumerate(self.judged)}

    def __len__(self) -> int:
        """Return the number of texts."""
        return len(self.answers)

    def weighted(self, weights: Values) -> dict[str, Values]:
        """Score every routing, random routing at its cost and the differences, (draws,) each."""
        change = self.answers.change
        base = (weights @ self.answers.base)[None]  # (1, draws, columns)
        routed = base + np.stack([weights @ (own[:, None] * change) for own in self.judged])
        share = (weights @ self.judged.T / weights.sum(axis=1, keepdims=True)).T  # (routings, draws)
        lot = base + share[..., None] * (weights @ change)
        mixed, random, fast = (self.answers.combine(sums)[self.score] for sums in (routed, lot, base))
        found = {"share": share, "score": mixed, "random": random, "over random": mixed - random}
        found["over fast"] = mixed - fast
        return {f"{name} {place}": own for name, values in found.items() for place, own in enumerate(values)}

    def joined(self, other: "_Routings") -> "_Routings":
        """Refuse: the differences are scores already."""
        raise TypeError("routings are compared within one corpus; there is nothing to join")


class Limit(NamedTuple):
    """Scores of a router that knows the gold answers.

    Attributes:
        shares: Share judged, ascending from 0 to 1, (texts + 1,).
        scores: The best that it finds for at most that share.
    """

    shares: Values
    scores: Values

    def at(self, share: float) -> float:
        """Return its score for at most a share of judged texts."""
        return float(self.scores[np.searchsorted(self.shares, share + 1e-12, side="right") - 1])


def oracle(answers: Answers, score: str) -> Limit:
    """Score a router that judges the texts first whose answers the judge improves most.

    How much a text adds is read off the slope of the score: once at the sums of the backbone, once at those of the
    router that judges just the texts that gain; the better order counts. For an accuracy this is the best that any
    router can do; for an F1 it is so up to the curvature.

    Args:
        answers: The texts.
        score: Name of the score.

    Returns:
        Its scores; they never fall, since a budget need not be spent.

    Raises:
        ValueError: If there is no such score.

    >>> from hf_toxspan.core.tallies import means
    >>> fast, asked = means({"accuracy": [1, 0, 1, 0]}), means({"accuracy": [0, 1, 1, 1]})
    >>> oracle(Answers(fast, asked, np.ones(4), ["clean"] * 4, Region()), "accuracy").scores.tolist()
    [0.5, 0.75, 1.0, 1.0, 1.0]
    """
    _check_score(answers, score)
    base, change = answers.base.sum(axis=0), answers.change
    early = change @ _slope(answers, base, score)
    late = change @ _slope(answers, base + change[early > 0].sum(axis=0), score)
    added = [np.cumsum(change[np.argsort(-gains, kind="stable")], axis=0) for gains in (early, late)]
    found = answers.combine(base + np.pad(added, ((0, 0), (1, 0), (0, 0))))[score]  # (orders, texts + 1)
    return Limit(np.arange(len(answers) + 1) / len(answers), np.maximum.accumulate(found.max(axis=0)))


def _slope(answers: Answers, sums: Values, score: str) -> Values:
    """Return how fast a score grows with each sum, (columns,)."""
    step = 1e-4
    ahead, behind = (answers.combine(sums + sign * step * np.eye(len(sums)))[score] for sign in (1, -1))
    return np.asarray((ahead - behind) / (2 * step), dtype=np.float64)


def _check_score(answers: Answers, score: str) -> None:
    known = list(answers.combine(answers.base.sum(axis=0)))
    if score not in known:
        raise ValueError(f"score is {score!r}; expected one of {', '.join(known)}")


def _matrix(tally: Tally) -> Values:
    return np.stack([np.asarray(column, dtype=np.float64) for column in tally.columns.values()], axis=1)
