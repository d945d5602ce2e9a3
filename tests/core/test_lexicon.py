"""Tests of term mining and marking."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hf_toxspan.core.lexicon import Lexicon, fold, mark, mine
from hf_toxspan.core.spans import Span, merge

MIXED = st.text(alphabet=st.sampled_from("ab İßẞéếe\u0301 傻b货，,.!_ \t\n🐶𠮷𝕬"), max_size=30)
ANY = st.text(max_size=30)
ANY_TERM = {"min_count": 1, "min_log_odds": 0, "min_z": 0, "min_cohesion": 0, "max_neighbour": 1}
"""Arguments of `mine` that let every term pass that is not rarer in the telling texts."""


@given(st.one_of(MIXED, ANY))
def test_fold_never_shifts_an_offset(text: str) -> None:
    assert len(fold(text)) == len(text)
    assert fold(fold(text)) == fold(text)


@given(st.one_of(MIXED, ANY), st.lists(st.one_of(MIXED, ANY), max_size=5))
def test_marks_are_normalised_and_inside_the_text(text: str, terms: list[str]) -> None:
    spans = mark(text, terms)
    assert spans == merge(spans)
    assert all(0 <= start < end <= len(text) for start, end in spans)
    assert all(not text[start].isspace() and not text[end - 1].isspace() for start, end in spans)


@given(MIXED, st.lists(MIXED, max_size=5))
def test_marks_do_not_depend_on_case_of_the_terms_or_their_order(text: str, terms: list[str]) -> None:
    assert mark(text, terms) == mark(text, [fold(term) for term in reversed(terms)])


@given(MIXED, st.lists(MIXED, max_size=3), st.lists(MIXED, max_size=3))
def test_a_larger_lexicon_marks_at_least_as_much(text: str, few: list[str], more: list[str]) -> None:
    assert merge([*mark(text, few), *mark(text, more)]) == mark(text, few + more)


@given(st.text(alphabet="abcABC傻货 ", min_size=1, max_size=12))
def test_a_text_is_found_in_itself(text: str) -> None:
    left = len(text) - len(text.lstrip())
    expected = [Span(left, left + len(text.strip()))] if text.strip() else []
    assert mark(text, [text]) == expected


@pytest.mark.parametrize(
    ("text", "terms", "quotes"),
    [
        ("class assassin ass!", ["ass"], ["ass"]),
        ("他是个大蠢货吧", ["蠢货"], ["蠢货"]),
        ("大傻B, 傻b们", ["傻b"], ["傻B", "傻b"]),
        ("đồ NGU, nguội", ["ngu"], ["NGU"]),
        ("vl, vkl", ["VL"], ["vl"]),
        ("shut\n up; shut, up", ["Shut Up"], ["shut\n up"]),
        ("İdiot idiot", ["idiot"], ["idiot"]),
        ("𝕬𝕭 idiot 🐶🐶", ["idiot", "🐶"], ["idiot", "🐶🐶"]),
        ("nothing", [], []),
        ("", ["a"], []),
        ("a, b", [",", " ", ""], []),
    ],
)
def test_mark_quotes_whole_words_and_chinese_substrings(text: str, terms: list[str], quotes: list[str]) -> None:
    assert [text[start:end] for start, end in mark(text, terms)] == quotes


def test_a_term_does_not_run_across_punctuation() -> None:
    assert mine(["shut, up"] * 5, ["hello"] * 5, min_z=0).keys() == {"shut", "up"}


def test_a_term_counts_once_a_text() -> None:
    lexicon = mine(["bad bad bad", "fine"], ["fine", "good"], **ANY_TERM)
    assert lexicon["bad"] == pytest.approx(math.log(1.5 / 1.5) - math.log(0.5 / 2.5))
    assert lexicon["fine"] == 0


def test_a_longer_term_must_tell_more_than_its_parts() -> None:
    lexicon = mine(["you idiot", "you idiot", "idiot", "eat dirt"], ["you", "an hour", "eat", "dirt"], **ANY_TERM)
    assert "you idiot" not in lexicon
    assert "eat dirt" in lexicon


def test_rare_untelling_and_unsure_terms_are_left_out() -> None:
    telling, other = ["rare, and", "common, and", "common, and"], ["and", "or", "or"]
    loose = ANY_TERM | {"min_count": 2}
    assert list(mine(telling, other, **loose)) == ["and", "common"]
    assert list(mine(telling, other, **loose | {"min_log_odds": 2.5})) == []
    assert list(mine(telling, other, **loose | {"min_z": 3})) == []


def test_a_piece_of_a_word_or_phrase_is_no_term() -> None:
    telling = ["真恶心", "恶心啊", "他恶心", "shut up", "oh shut up", "shut up now"]
    lexicon = mine(telling, ["心", "他", "真", "up", "oh", "now"], min_count=2, min_log_odds=0, min_z=0, min_cohesion=1)
    assert set(lexicon) == {"恶心", "shut up"}


def test_words_that_meet_by_chance_are_no_term() -> None:
    telling, other = ["a b", "a b", "b a"], ["a", "b", "a, b"]  # of 10 units 5 are a and 5 b: 2 * 10 / (5 * 5) = 0.8
    assert "a b" in mine(telling, other, **ANY_TERM)
    assert "a b" not in mine(telling, other, **ANY_TERM | {"min_cohesion": 0.9})


def test_mining_an_empty_collection_gives_an_empty_lexicon() -> None:
    assert mine([], ["a"]) == mine(["a"] * 9, []) == {}


@given(st.lists(MIXED, max_size=6), st.lists(MIXED, max_size=6))
def test_every_mined_term_is_found_where_it_was_counted(telling: list[str], other: list[str]) -> None:
    lexicon = mine(telling, other, **ANY_TERM | {"min_count": 2})
    assert all(sum(bool(mark(text, [term])) for text in telling) >= 2 for term in lexicon)


def test_a_ready_lexicon_marks_like_the_function() -> None:
    terms = ["Ngu", "đồ chó"]
    assert Lexicon(terms).mark("đồ  chó ngu") == mark("đồ  chó ngu", terms) == [Span(0, 7), Span(8, 11)]
