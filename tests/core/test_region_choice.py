"""Promises of the choice: families score as their regions do, budgets hold, cross-fitting is not fooled by noise."""

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hf_toxspan.core.region_choice import (
    Candidates,
    by_label,
    choose_for_budget,
    choose_for_quality,
    cross_fit,
    nested,
    two_sided,
)
from hf_toxspan.core.routing import NOTHING, Region
from hf_toxspan.core.trade_off import Answers, measure
from tests.core.test_trade_off import answers_of, planted

CONFIDENCE, TOXICITY = Region(temperature=1.5), Region(measure="toxicity")
TEXTS = st.lists(
    st.tuples(st.sampled_from("abc"), st.sampled_from("abc"), st.sampled_from("abc"), st.integers(1, 9)),
    min_size=1,
    max_size=12,
)
FAMILIES = [(nested, CONFIDENCE), (nested, TOXICITY), (two_sided, CONFIDENCE), (two_sided, TOXICITY)]
few = settings(max_examples=30, deadline=None)


@pytest.mark.parametrize(("family", "gate"), [*FAMILIES, (by_label, CONFIDENCE)])
@given(texts=TEXTS)
@few
def test_cumulative_sums_score_every_region_as_routing_by_it_does(
    family: Callable[[Answers], Candidates], gate: Region, texts: list[tuple[str, str, str, int]]
) -> None:
    answers = answers_of(texts, gate)
    candidates = family(answers)
    places = np.unique(np.linspace(0, len(candidates.shares) - 1, 40).astype(int))
    judged = [answers.judged(candidates.region(place)) for place in places]

    for score in ("accuracy", "macro_f1"):
        points = measure(answers, judged, score, n_resamples=1)
        assert [point.score.value for point in points] == pytest.approx(candidates.scores[score][places].tolist())
        assert [point.share for point in points] == pytest.approx(candidates.shares[places].tolist())
    assert {0, 1} <= set(candidates.shares)


@pytest.mark.parametrize("gate", [CONFIDENCE, TOXICITY])
@given(texts=TEXTS)
@few
def test_nested_regions_hold_the_most_doubtful_texts_first(
    gate: Region, texts: list[tuple[str, str, str, int]]
) -> None:
    answers = answers_of(texts, gate)
    candidates = nested(answers)
    doubt = -answers.values if gate.measure == "confidence" else -np.abs(answers.values - 0.5)
    assert (np.diff(candidates.shares) > 0).all()
    for place in range(1, len(candidates.shares) - 1):
        judged = answers.judged(candidates.region(place))
        assert doubt[judged].min() > doubt[~judged].max() - 1e-12


def test_ends_lie_halfway_between_two_texts_and_reach_to_the_ends_of_the_scale() -> None:
    texts = [("a", "a", "b", 2.0), ("a", "a", "b", 4.0), ("a", "a", "b", 9.0)]
    highs = nested(answers_of(texts)).highs
    assert highs[0, 1:].tolist() == pytest.approx([0.3, 0.65, 1])
    (low,), (high,) = (ends[:, 1] for ends in (nested(answers_of(texts, TOXICITY)).lows,) * 2)
    assert (low, high) == pytest.approx((0.3, 0.3))


def test_ends_part_neighbouring_floats() -> None:
    values = [5.0, np.nextafter(5.0, 6)]
    answers = answers_of([("a", "a", "b", value) for value in values], TOXICITY)
    shares = [answers.judged(nested(answers).region(place)).sum() for place in range(3)]
    assert shares == [0, 1, 2]


@pytest.mark.parametrize(("family", "gate"), [*FAMILIES, (by_label, CONFIDENCE)])
def test_the_budget_holds_and_nothing_affordable_is_better(
    family: Callable[[Answers], Candidates], gate: Region
) -> None:
    answers = planted(500, told=True)
    candidates = family(Answers(answers.fast, answers.asked, answers.values, answers.labels, gate))
    for share in (0, 0.1, 0.5, 1):
        choice = choose_for_budget(candidates, "accuracy", share)
        assert choice.share <= share + 1e-9
        assert choice.score == candidates.scores["accuracy"][candidates.shares <= share + 1e-9].max()
        assert choice.reached


def test_a_budget_of_nothing_chooses_to_ask_nobody() -> None:
    assert choose_for_budget(nested(planted(50, told=True)), "accuracy", 0).region == NOTHING


def test_of_equally_good_regions_the_cheapest_is_taken() -> None:
    same = answers_of([("a", "a", "a", value) for value in (1, 5, 9)])
    assert choose_for_budget(nested(same), "accuracy", 1).region == NOTHING


def test_a_wanted_quality_takes_the_least_share_that_reaches_it() -> None:
    candidates = nested(planted(500, told=True))
    choice = choose_for_quality(candidates, "accuracy", 0.84)
    assert choice.reached and choice.score >= 0.84
    assert (candidates.scores["accuracy"][candidates.shares < choice.share] < 0.84).all()


def test_a_quality_out_of_reach_is_said_so_beside_the_best_there_is() -> None:
    candidates = nested(planted(500, told=True))
    choice = choose_for_quality(candidates, "accuracy", 0.999)
    assert not choice.reached
    assert choice.score == candidates.scores["accuracy"].max()


def test_labels_with_ends_of_their_own_are_asked_where_the_judge_knows_better() -> None:
    """The judge is right about what the backbone calls a, wrong about what it calls b."""
    texts = [("b", "a", "b", value) for value in (4, 5)] + [("b", "b", "a", value) for value in (4, 5)]
    choice = choose_for_budget(by_label(answers_of(texts)), "accuracy", 1)
    assert (choice.score, choice.share) == (1, 0.5)
    assert choice.region.by_label == {"a": (0, 1), "b": (0, 0)}
    assert choice.region.route("seen never", {}, 0.5).ask


def test_regions_by_label_measure_confidence_alone() -> None:
    with pytest.raises(ValueError, match="not toxicity"):
        by_label(answers_of([("a", "a", "b", 5)], TOXICITY))


def test_each_text_is_routed_by_a_region_chosen_without_it() -> None:
    answers = planted(60, told=True)
    parts: list[set[float]] = []

    def choose(part: Answers) -> Region:
        parts.append(set(part.values))
        return Region(0, 0.6)

    judged = cross_fit(answers, choose, folds=6)
    assert (judged == answers.judged(Region(0, 0.6))).all()
    assert [len(part) for part in parts] == [50] * 6
    left_out = [set(answers.values) - part for part in parts]
    assert set.union(*left_out) == set(answers.values) and sum(map(len, left_out)) == 60


def test_a_region_chosen_from_noise_looks_good_only_where_it_was_chosen() -> None:
    """The judge errs as often as the backbone, both anywhere: no region is better than none."""
    looks, honest = [], []
    for seed in range(40):
        draw = np.random.default_rng(seed)
        right = draw.random((2, 200)) < 0.7
        confidence = draw.uniform(5, 10, 200)
        names = np.where(right, "a", "b")
        answers = answers_of([("a", *own, value) for *own, value in zip(*names, confidence.tolist(), strict=True)])

        def choose(part: Answers) -> Region:
            return choose_for_budget(two_sided(part), "accuracy", 1).region

        judged = [answers.judged(choose(answers)), cross_fit(answers, choose)]
        gains = [point.over_fast.value for point in measure(answers, judged, "accuracy", n_resamples=1)]
        looks.append(gains[0])
        honest.append(gains[1])
    assert np.mean(looks) > 0.03
    assert abs(np.mean(honest)) < 0.012


@pytest.mark.parametrize("share", [-0.1, 1.1, float("nan")])
def test_a_budget_that_is_no_share_is_quoted(share: float) -> None:
    with pytest.raises(ValueError, match=f"budget is {share}"):
        choose_for_budget(nested(planted(9, told=True)), "accuracy", share)


def test_a_wanted_score_that_is_none_or_unknown_is_quoted() -> None:
    candidates = nested(planted(9, told=True))
    with pytest.raises(ValueError, match=r"wanted score is 70"):
        choose_for_quality(candidates, "accuracy", 70)
    with pytest.raises(ValueError, match="'f2'; expected one of accuracy, macro_f1"):
        choose_for_quality(candidates, "f2", 0.7)


@pytest.mark.parametrize(("texts", "folds"), [(1, 5), (5, 1)])
def test_one_fold_or_one_text_can_not_be_held_out(texts: int, folds: int) -> None:
    with pytest.raises(ValueError, match=f"{folds} folds of {texts} texts"):
        cross_fit(planted(texts, told=True), lambda _: Region(), folds=folds)
