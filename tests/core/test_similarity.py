"""Promises of the comparison of two strings: every decision is that of `difflib`."""

from difflib import SequenceMatcher

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from hf_toxspan.core.similarity import AUTOJUNK, is_similar, matching_characters
from tests.conftest import GoldenCases

LETTERS = st.text("abcd", max_size=14)
LONG = st.text("abcde", min_size=AUTOJUNK - 3, max_size=AUTOJUNK + 3)
RELATED = st.tuples(LONG, st.integers(0, 120), st.text("abcde", max_size=40)).map(
    lambda drawn: (drawn[0], drawn[0][drawn[1] :] + drawn[2])
)
"""Long strings that share a long block, on both sides of the length at which `difflib` changes its rule."""


def ratio(first: str, second: str) -> float:
    return SequenceMatcher(None, first, second).ratio()


def agrees(first: str, second: str) -> bool:
    return (is_similar(first, second), is_similar(first, second, or_half=True)) == (
        ratio(first, second) > 0.5,
        ratio(first, second) >= 0.5,
    )


@pytest.mark.parametrize(
    ("first", "second", "above", "at_least"),
    [
        ("abcd", "abxy", False, True),
        ("abcd", "abx", True, True),
        ("abcd", "axyz", False, False),
        ("ab", "ba", False, True),
        ("", "", True, True),
        ("", "a", False, False),
        ("a", "a", True, True),
        ("abcdef", "ab", False, True),
        ("😀😁", "😀😂", False, True),
        ("\u1ee3", "o\u031b\u0323", False, False),
    ],
    ids=str,
)
def test_one_half_is_similar_only_where_it_is_asked_for(first: str, second: str, above: bool, at_least: bool) -> None:
    assert is_similar(first, second) is above
    assert is_similar(first, second, or_half=True) is at_least


def test_swapping_the_strings_can_change_the_answer() -> None:
    assert (matching_characters("tide", "diet"), matching_characters("diet", "tide")) == (1, 2)
    assert not is_similar("tide", "diet", or_half=True)
    assert is_similar("diet", "tide", or_half=True)


def test_a_common_subsequence_in_several_blocks_does_not_count() -> None:
    """The longest common subsequence of the two is "ba"; `difflib` takes the "a" in front, and nothing precedes it."""
    assert matching_characters("aba", "bca") == 1
    assert not is_similar("aba", "bca", or_half=True)


@settings(max_examples=500, deadline=None)
@given(LETTERS, LETTERS)
@example("tide", "diet")
def test_short_strings_are_decided_as_by_difflib(first: str, second: str) -> None:
    assert agrees(first, second)
    matching = sum(block.size for block in SequenceMatcher(None, first, second).get_matching_blocks())
    assert matching_characters(first, second) == matching


@settings(max_examples=150, deadline=None)
@given(st.one_of(st.tuples(LONG, LONG), RELATED, RELATED.map(lambda pair: pair[::-1])))
def test_long_strings_are_decided_as_by_difflib(pair: tuple[str, str]) -> None:
    assert agrees(*pair)


@settings(max_examples=200, deadline=None)
@given(st.text("的一是了我不人在他有", max_size=60), st.integers(0, 60), st.integers(0, 60), LETTERS)
def test_spans_of_one_text_are_decided_as_by_difflib(text: str, start: int, end: int, other: str) -> None:
    assert agrees(text, text[start:end] + other)
    assert agrees(text[start:end] + other, text)


def test_a_shared_block_of_frequent_characters_does_not_count_from_200_on() -> None:
    short, long = "ab" * 60 + "x" * 10, "y" * 40 + "ab" * 60 + "z" * 40
    assert len(long) == AUTOJUNK
    assert ratio(short, long) == 0.0
    assert not is_similar(short, long)
    assert is_similar(short, long[1:])


def test_equal_strings_are_similar_at_any_length() -> None:
    assert is_similar("ab" * 300, "ab" * 300)
    assert ratio("ab" * 300, "ab" * 300) == 1.0


def test_every_golden_ratio_is_met(golden_cases: GoldenCases) -> None:
    ratios = [
        (2 * matching_characters(*pair) / (len("".join(pair)) or 1) if any(pair) else 1.0, pair, expected)
        for case in golden_cases("quad_ccl25", "similarity")
        for pair, expected in zip(case["inputs"]["pairs_pred_gold"], case["expected"]["ratios"], strict=True)
    ]
    assert len(ratios) >= 400
    assert [pair for ours, pair, expected in ratios if abs(ours - expected) > 1e-9] == []
    assert [
        pair
        for _, pair, expected in ratios
        if (is_similar(*pair), is_similar(*pair, or_half=True)) != (expected > 0.5, expected >= 0.5)
    ] == []
