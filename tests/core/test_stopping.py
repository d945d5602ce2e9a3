"""Promises of the stopping rules: the published numbers, quadrature, and error rates at any number of looks."""

import math
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hf_toxspan.core.stopping import beta_confidence, e_value, is_settled, stratified_confidence

few = settings(max_examples=100, deadline=None)

COUNT = st.integers(0, 40)


def mixture(first: int, second: int) -> tuple[float, float]:
    """Integrate over q: the confidence and the e-value by their definitions, with the midpoint rule."""
    q = (np.arange(200_000) + 0.5) / 200_000
    likelihood = (2 * q) ** first * (2 * (1 - q)) ** second
    upper = q > 0.5
    return float(likelihood[upper].sum() / likelihood.sum()), float(likelihood[upper].mean())


def test_unanimous_votes_have_the_published_confidence() -> None:
    assert [round(beta_confidence(votes, 0), 3) for votes in (3, 4, 5, 6)] == [0.938, 0.969, 0.984, 0.992]


def test_unanimous_votes_have_the_published_e_values() -> None:
    assert [round(e_value(votes, 0), 1) for votes in range(1, 8)] == [1.5, 2.3, 3.8, 6.2, 10.5, 18.1, 31.9]
    for votes in range(10):
        assert e_value(votes, 0) == pytest.approx((2 ** (votes + 1) - 1) / (votes + 1))


@pytest.mark.parametrize(("first", "second"), [(0, 0), (1, 0), (0, 1), (5, 5), (12, 4), (4, 12), (30, 27)])
def test_closed_forms_are_the_integrals(first: int, second: int) -> None:
    confidence, evidence = mixture(first, second)
    assert beta_confidence(first, second) == pytest.approx(confidence, abs=1e-8)
    assert e_value(first, second) == pytest.approx(evidence, rel=1e-8)


@few
@given(COUNT, COUNT)
def test_confidence_in_both_directions_sums_to_one(first: int, second: int) -> None:
    assert beta_confidence(first, second) + beta_confidence(second, first) == pytest.approx(1)


@few
@given(COUNT, COUNT)
def test_a_vote_more_for_the_leader_never_weakens_and_one_for_the_rival_never_strengthens(
    first: int, second: int
) -> None:
    for measure in (beta_confidence, e_value):
        assert measure(first + 1, second) >= measure(first, second) >= measure(first, second + 1)


@few
@given(COUNT, COUNT)
def test_evidence_is_expected_to_stay_the_same_in_an_even_race(first: int, second: int) -> None:
    expected = (e_value(first + 1, second) + e_value(first, second + 1)) / 2
    assert expected == pytest.approx(e_value(first, second))
    assert e_value(first + 1, second) <= 2 * e_value(first, second) * (1 + 1e-12)


def test_thousands_of_votes_do_not_overflow() -> None:
    assert beta_confidence(5000, 0) == 1
    assert beta_confidence(2500, 2500) == 0.5
    assert e_value(5000, 0) == sys.float_info.max
    assert e_value(2500, 2500) == pytest.approx(math.sqrt(math.pi / 2 / 5000), rel=0.01)


def exact_race(share: float, stops: "dict[tuple[int, int], bool]", cap: int) -> float:
    """Return the chance that the second of two answers is ever called the more probable one, looking at each vote."""
    wrong, reached = 0.0, {(0, 0): 1.0}
    for _ in range(cap):
        after: dict[tuple[int, int], float] = {}
        for (first, second), chance in reached.items():
            for counts, part in (((first + 1, second), share), ((first, second + 1), 1 - share)):
                if not stops[max(counts), min(counts)]:
                    after[counts] = after.get(counts, 0) + chance * part
                elif counts[1] > counts[0]:
                    wrong += chance * part
        reached = after
    return wrong


@pytest.fixture(scope="module")
def counts() -> list[tuple[int, int]]:
    return [(first, second) for first in range(201) for second in range(first + 1) if first + second <= 200]


def test_certified_races_are_wrong_as_seldom_as_published(counts: list[tuple[int, int]]) -> None:
    stops = {own: e_value(*own) >= 20 for own in counts}
    assert round(exact_race(0.5, stops, 200), 3) == 0.032
    assert round(exact_race(0.6, stops, 200), 3) == 0.003


def test_the_posterior_is_no_guarantee_when_looked_at_again_and_again(counts: list[tuple[int, int]]) -> None:
    stops = {own: beta_confidence(*own) >= 0.95 for own in counts}
    assert round(exact_race(0.5, stops, 200), 3) == 0.300
    assert round(exact_race(0.6, stops, 200), 3) == 0.055


@few
@given(COUNT, COUNT, COUNT)
def test_a_settled_race_is_won_even_if_the_rival_gets_all_that_is_left(first: int, second: int, left: int) -> None:
    assert is_settled(first, second, left) == (first > second + left)


def test_one_vote_of_a_prompt_by_hand() -> None:
    # mean 1/2, variance (1/2 - 1/4) / 3 = 1/12: Phi(sqrt(3))
    assert stratified_confidence([{"a": 1}], "a") == pytest.approx((1 + math.erf(math.sqrt(1.5))) / 2)


def test_a_prompt_with_votes_for_neither_may_still_vote_for_either() -> None:
    # two prompts: mean 2/3, variance (2/3 - 4/9) / 4 = 1/18 each; the third: mean 0, variance 1/2
    silent = stratified_confidence([{"a": 2}, {"a": 2}, {}], "a")
    assert silent == pytest.approx((1 + math.erf(4 / 3 / math.sqrt(2 * (2 / 18 + 1 / 2)))) / 2)
    # against b: means 0, 2/3, 0 and variances 1/6, 1/18, 1/12; against c: 1/3, 2/3, -2/3 and 1/18 each
    for_neither = stratified_confidence([{"a": 1, "b": 1}, {"a": 2}, {"a": 0, "c": 2}], "a", concentration=1)
    against_c = (1 + math.erf((1 / 3 + 2 / 3 - 2 / 3) / math.sqrt(2 * (3 / 18)))) / 2
    against_b = (1 + math.erf((2 / 3) / math.sqrt(2 * (1 / 6 + 1 / 18 + 1 / 12)))) / 2
    assert for_neither == pytest.approx(min(against_b, against_c))


def test_many_prompts_tell_more_than_many_votes_of_one() -> None:
    many = stratified_confidence([{"a": 1}] * 7 + [{"b": 1}] * 3, "a")
    one = stratified_confidence([{"a": 7, "b": 3}], "a")
    assert many > one


def test_repeating_themselves_makes_prompts_surer_of_a_narrow_race() -> None:
    sure = [stratified_confidence([{"a": votes}] * 6 + [{"b": votes}] * 4, "a") for votes in (1, 2, 4)]
    assert sure[0] < 0.9 < sure[1] < sure[2]


def test_the_nearest_of_several_rivals_counts() -> None:
    near = [{"a": 3, "b": 1}, {"a": 1, "b": 3}, {"a": 4}]
    also_far = [{"a": 3, "b": 1}, {"a": 1, "b": 3}, {"a": 4, "c": 0}]
    alone = stratified_confidence(near, "a")
    assert stratified_confidence(also_far, "a") == alone
    assert stratified_confidence([{"a": 3}, {"a": 1}, {"a": 4}], "a") > alone


@settings(max_examples=60, deadline=None)
@given(st.lists(st.fixed_dictionaries({name: st.integers(0, 40) for name in "abc"}), min_size=1, max_size=4))
def test_no_two_answers_are_both_confident_leaders(prompts: list[dict[str, int]]) -> None:
    sure = [stratified_confidence(prompts, answer) for answer in "abc"]
    assert all(0 <= own <= 1 for own in sure)
    assert sorted(sure)[1] <= 0.5 + 1e-9  # each was held against the others, and that is symmetric


@pytest.mark.parametrize("measure", [beta_confidence, e_value])
def test_negative_counts_are_quoted(measure: object) -> None:
    with pytest.raises(ValueError, match="votes are 3 and -1"):
        measure(3, -1)  # type: ignore[operator]


def test_nothing_can_be_said_without_prompts_or_with_a_concentration_of_zero() -> None:
    with pytest.raises(ValueError, match="0 prompts"):
        stratified_confidence([], "a")
    with pytest.raises(ValueError, match=r"concentration of 0\.0"):
        stratified_confidence([{"a": 1}], "a", concentration=0.0)
