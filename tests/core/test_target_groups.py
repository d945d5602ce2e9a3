"""Promises of the rules that turn annotators' answers into groups."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hf_toxspan.core.target_groups import (
    NO_COMMUNITY,
    RATED_NAMES,
    community_counts,
    majority_groups,
    substring_groups,
    top_communities,
)

few = settings(max_examples=60, deadline=None)

ANSWERS = st.lists(st.sampled_from(["Women", "Men", "Arab", "Jewish", "None", "Other"]), max_size=3)
POSTS = st.lists(st.lists(ANSWERS, max_size=3), max_size=6)


@pytest.mark.parametrize(
    ("annotations", "groups"),
    [
        ([["Women"], ["Arab"], ["Women"]], ["Women"]),
        ([["Women", "Arab"], ["Arab", "Women"], []], ["Women", "Arab"]),
        ([["Women", "Women"], ["None"], ["None"]], ["Women"]),
        ([["Women"], ["Arab"], ["Men"]], []),
        ([["Other"], ["Other"], ["None"]], []),
        ([], []),
    ],
)
def test_a_post_speaks_of_the_groups_that_are_named_twice(annotations: list[list[str]], groups: list[str]) -> None:
    assert majority_groups(annotations) == groups


@pytest.mark.parametrize(
    ("answer", "groups"),
    [("Women", ["Women", "Men"]), ("Men", ["Men"]), ("jewish", ["Jew"]), ("Islam", []), ("None", [])],
)
def test_a_name_is_found_inside_an_answer_of_any_annotator(answer: str, groups: list[str]) -> None:
    assert substring_groups([["Other"], [answer]]) == groups


def test_other_names_can_be_looked_for() -> None:
    assert substring_groups([["Refugees"]], names=["Refugee", "Men"]) == ["Refugee"]
    assert len(RATED_NAMES) == 11


def test_a_post_without_a_majority_counts_for_its_last_new_name() -> None:
    assert community_counts([[["Women", "Arab"], ["Men"], []]]) == {"Men": 1}
    assert community_counts([[["Women"], ["Men"], ["None"]]]) == {}


def test_a_post_that_two_annotators_call_none_counts_for_nothing() -> None:
    assert community_counts([[["None"], ["None"], ["Women"]]]) == {}


def test_equals_are_ranked_by_their_first_count() -> None:
    posts = [[["Women"] * 2], [["Arab"] * 2], [["Arab"] * 2], [["Men"] * 2]]

    assert top_communities(posts) == ["Arab", "Women", "Men"]
    assert top_communities(posts, count=2) == ["Arab", "Women"]


def test_no_posts_and_posts_without_names_have_no_communities() -> None:
    assert top_communities([]) == []
    assert top_communities([[], [[], []]]) == []


@few
@given(POSTS)
def test_neither_none_nor_other_is_ever_a_community(posts: list[list[list[str]]]) -> None:
    assert not set(top_communities(posts)) & set(NO_COMMUNITY)
    assert not any(set(majority_groups(post)) & set(NO_COMMUNITY) for post in posts)


@few
@given(POSTS.flatmap(lambda posts: st.tuples(st.just(posts), st.permutations(posts))))
def test_the_order_of_the_posts_does_not_matter_for_the_counts(both: tuple[list[list[list[str]]], ...]) -> None:
    assert community_counts(both[0]) == community_counts(both[1])
