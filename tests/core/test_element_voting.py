"""Promises of element-wise voting."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hf_toxspan.core.element_voting import Supported, vote_by_element
from hf_toxspan.core.quadruples import Quadruple

few = settings(max_examples=100, deadline=None)


def say(word: str, group: str = "others") -> Quadruple:
    return Quadruple("you", f"are {word}", group, True)


SILLY, UGLY, SAD = map(say, ("silly", "ugly", "sad"))
ANSWERS = st.lists(st.lists(st.sampled_from([SILLY, UGLY, SAD, say("old")]), min_size=1, max_size=4), max_size=8)


def test_a_statement_in_common_is_kept_where_no_two_answers_are_equal() -> None:
    answers = [[SILLY, UGLY], [SILLY, SAD], [SILLY]]
    assert vote_by_element(answers) == [Supported(SILLY, 1.0)]


def test_exactly_the_threshold_is_enough() -> None:
    answers = [[SILLY], [SILLY, UGLY]]
    assert vote_by_element(answers) == [Supported(SILLY, 1.0), Supported(UGLY, 0.5)]
    assert vote_by_element(answers, 0.51) == [Supported(SILLY, 1.0)]


def test_an_answer_that_repeats_itself_has_one_vote() -> None:
    assert vote_by_element([[SILLY, SILLY, UGLY], [UGLY], [UGLY]]) == [Supported(UGLY, 1.0)]


def test_statements_stand_where_they_usually_do() -> None:
    answers = [[UGLY, SILLY], [SILLY, UGLY], [SILLY, UGLY]]
    assert [row.quadruple for row in vote_by_element(answers)] == [SILLY, UGLY]
    assert [row.quadruple for row in vote_by_element(answers[:2])] == [UGLY, SILLY]


def test_the_order_of_groups_makes_no_other_statement_and_the_usual_one_is_written() -> None:
    usual, other = say("silly", "Sexism, Racism"), say("silly", "Racism, Sexism")
    assert vote_by_element([[other], [usual], [usual]]) == [Supported(usual, 1.0)]


def test_without_a_supported_statement_the_most_frequent_answer_stands() -> None:
    answers = [[SILLY], [UGLY, SAD], [SAD, UGLY], [say("old")], [say("new")]]
    assert vote_by_element(answers) == [Supported(UGLY, 0.4), Supported(SAD, 0.4)]
    assert vote_by_element([[SILLY], [UGLY], [SAD]]) == [Supported(SILLY, 1 / 3)]


def test_no_answers_say_nothing() -> None:
    assert vote_by_element([]) == []


@few
@given(ANSWERS, st.sampled_from([0.3, 0.5, 0.8, 1.0]))
def test_a_text_with_answers_always_gets_a_statement_that_someone_made(
    answers: list[list[Quadruple]], threshold: float
) -> None:
    kept = vote_by_element(answers, threshold)
    assert bool(kept) == bool(answers)
    for quadruple, support in kept:
        assert support == sum(quadruple in answer for answer in answers) / len(answers)
    supports = [support for _, support in kept]
    assert not supports or min(supports) >= threshold or max(supports) < threshold


@few
@given(st.lists(st.sampled_from([SILLY, UGLY, SAD]), min_size=1, max_size=3, unique=True), st.integers(1, 4))
def test_unanimous_answers_are_returned_as_they_are(answer: list[Quadruple], times: int) -> None:
    assert vote_by_element([answer] * times, 1.0) == [Supported(row, 1.0) for row in answer]


@pytest.mark.parametrize("threshold", [0, -0.5, 1.1, float("nan")])
def test_thresholds_out_of_range_are_quoted(threshold: float) -> None:
    with pytest.raises(ValueError, match=f"threshold is {threshold}"):
        vote_by_element([[SILLY]], threshold)
