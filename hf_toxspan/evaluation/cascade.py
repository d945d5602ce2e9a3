"""Where to ask the judge: the trade-off on development data, a region chosen from it, and what that is worth."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from hf_toxspan.core.calibration import Fit, calibrate
from hf_toxspan.core.region_choice import Candidates, Choice, choose_for_budget, choose_for_quality, cross_fit, nested
from hf_toxspan.core.resampling import intervals
from hf_toxspan.core.routing import Measure, Region
from hf_toxspan.core.tallies import Tally, scores
from hf_toxspan.core.trade_off import Answers, Estimate, Limit, Point, measure, oracle
from hf_toxspan.evaluation.cascade_rows import Cases, tally_cases

SHARES = tuple(place / 40 for place in range(41))
"""Shares judged of which the curve has a point."""

Family = Callable[[Answers], Candidates]


@dataclass(frozen=True)
class Wish:
    """What a region is wanted for.

    Attributes:
        score: "macro_f1", "accuracy" or "char_f1".
        budget: Share of the texts that may be judged; None where `at_least` is wanted.
        at_least: The score to be reached by judging as few texts as possible.
    """

    score: str = "macro_f1"
    budget: float | None = None
    at_least: float | None = None

    def choose(self, candidates: Candidates) -> Choice:
        """Choose a region.

        Args:
            candidates: The regions.

        Returns:
            The choice.

        Raises:
            ValueError: If not one of `budget` and `at_least` is given.
        """
        if (self.budget is None) == (self.at_least is None):
            raise ValueError(f"budget is {self.budget} and at_least {self.at_least}; expected one of the two")
        if self.budget is not None:
            return choose_for_budget(candidates, self.score, self.budget)
        assert self.at_least is not None, "one of the two is given"
        return choose_for_quality(candidates, self.score, self.at_least)


class CurvePoint(NamedTuple):
    """A region of the curve.

    Attributes:
        region: The region.
        point: What it brings, in the score that was wished for.
        scores: All its scores by name.
        oracle: The wished score of a router that knows the gold answers, for the same share.
    """

    region: Region
    point: Point
    scores: Mapping[str, float]
    oracle: float


@dataclass(frozen=True)
class CascadeReport:
    """The trade-off on development data.

    Attributes:
        wish: What the region is wanted for.
        texts: Number of texts.
        statuses: How the questions went, counted.
        classes: "labels" or "toxic or not".
        fit: The calibration; None where the data do not allow any.
        curve: The most doubtful texts first.
        judge_alone: Its score; None where it does not name the labels.
        choice: The chosen region, and how it looks on the texts that it was chosen on.
        honest: The same choice, each text routed by a region chosen without it.
    """

    wish: Wish
    texts: int
    statuses: Mapping[str, int]
    classes: str
    fit: Fit | None
    curve: Sequence[CurvePoint]
    judge_alone: Estimate | None
    choice: Choice
    honest: Point

    def to_dict(self) -> dict[str, Any]:
        """Return what is worth keeping beside a region, as JSON values."""
        return {
            "score": self.wish.score,
            "classes": self.classes,
            "budget": self.wish.budget,
            "at_least": self.wish.at_least,
            "reached": self.choice.reached,
            "texts": self.texts,
            "statuses": dict(self.statuses),
            "calibration": self.fit and self.fit._asdict(),
            "backbone_alone": self.curve[0].point.score._asdict(),
            "judge_alone": self.judge_alone and self.judge_alone._asdict(),
            "on_the_texts_it_was_chosen_on": {"share": self.choice.share, "score": self.choice.score},
            "cross_fitted": {
                name: value._asdict() if isinstance(value, Estimate) else value
                for name, value in self.honest._asdict().items()
            },
        }


def fit_calibration(cases: Cases, measured: Measure) -> Fit | None:
    """Fit the temperature that a region with a measure applies.

    Args:
        cases: The answers.
        measured: The region's measure.

    Returns:
        The fit: of the labels' probabilities for confidence, of the toxicity where this is the measure or labels are
        independent; None where the data's labels are not the backbone's, so that nothing says which label is right.
    """
    if measured == "toxicity" or cases.multi_label:
        toxicity = [own.toxicity for own in cases.backbone]
        return calibrate([[1 - (own or 0), own or 0] for own in toxicity], [int(row["toxic"]) for row in cases.gold])
    if not cases.same_labels:
        return None
    table = [list(own.probabilities.values()) for own in cases.backbone]
    return calibrate(table, [cases.names.index(row["label"]) for row in cases.gold])


def report_cascade(
    cases: Cases,
    wish: Wish,
    *,
    family: Family = nested,
    measured: Measure = "confidence",
    temperature: float | None = None,
    toxic_or_not: bool = False,
    folds: int = 5,
    n_resamples: int = 1000,
    seed: int = 0,
) -> CascadeReport:
    """Draw the curve, choose a region, and measure the choice on texts that it was not made on.

    Args:
        cases: The answers.
        wish: What the region is wanted for.
        family: The regions to choose from; the curve is always of `nested` ones.
        measured: What a region looks at.
        temperature: Fitted when None.
        toxic_or_not: Score whether texts are called toxic, not their labels; always so where the data's labels are not
            the backbone's.
        folds: Of the cross-fitting.
        n_resamples: Bootstrap samples.
        seed: Of folds and samples.

    Returns:
        The report.

    Raises:
        ValueError: If an option is out of range, or the rows have no such score.
    """
    fit = fit_calibration(cases, measured)
    if temperature is None:
        temperature = 1.0 if fit is None else fit.temperature
    gate = Region(measure=measured, temperature=temperature)
    values = np.array([gate.value(own.probabilities, own.toxicity or 0.0) for own in cases.backbone])
    toxic_or_not = toxic_or_not or not cases.same_labels
    fast, asked, judge = tally_cases(cases, toxic_or_not=toxic_or_not)
    answers = Answers(fast, asked, values, [str(own.label) for own in cases.backbone], gate)

    steps = nested(answers)
    places = sorted({int(np.searchsorted(steps.shares, share + 1e-9, side="right")) - 1 for share in SHARES})
    judged = [answers.judged(steps.region(place)) for place in places]
    judged += [cross_fit(answers, lambda part: wish.choose(family(part)).region, folds=folds, seed=seed)]
    *points, honest = measure(answers, judged, wish.score, n_resamples=n_resamples, seed=seed)
    return CascadeReport(
        wish,
        len(cases.gold),
        cases.statuses,
        "toxic or not" if toxic_or_not else "labels",
        fit,
        _curve(steps, places, points, oracle(answers, wish.score)),
        None if judge is None else _estimate(judge, wish.score, n_resamples, seed),
        wish.choose(family(answers)),
        honest,
    )


def _curve(steps: Candidates, places: Sequence[int], points: Sequence[Point], limit: Limit) -> list[CurvePoint]:
    return [
        CurvePoint(
            steps.region(place),
            point,
            {name: float(values[place]) for name, values in steps.scores.items()},
            limit.at(point.share),
        )
        for place, point in zip(places, points, strict=True)
    ]


def _estimate(tally: Tally, score: str, n_resamples: int, seed: int) -> Estimate:
    interval = intervals(tally, n_resamples=n_resamples, seed=seed)[score]
    return Estimate(scores(tally)[score], interval.low, interval.high)
