"""Tests of finding many terms at once: the same as one after the other, in the text as written."""

import random
import string
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hf_toxspan.core.spans import Span
from hf_toxspan.core.terms import find_plainly, normal_form, read
from hf_toxspan.retrieval.matcher import Match, TermMatcher, find_in_one_pass, without_overlaps

MIXED = st.text(alphabet=st.sampled_from("ab Ｂ𝐛\u200b\u00ad\u0302oôĐ傻货İK,.*_ \n😀\ud83d\U0001f3fd"), max_size=24)
ANY = st.text(max_size=24)


@given(st.one_of(MIXED, ANY), st.lists(st.one_of(MIXED, ANY), max_size=6))
def test_one_pass_finds_what_one_search_a_term_finds(text: str, terms: list[str]) -> None:
    reading, wanted = read(text).text, list(dict.fromkeys(map(normal_form, terms)))
    assert sorted(find_in_one_pass(wanted)(reading)) == sorted(find_plainly(wanted)(reading))


@given(st.one_of(MIXED, ANY), st.data())
def test_a_piece_of_a_text_is_found_in_it_where_it_stands_alone(text: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text)))
    piece = text[start : data.draw(st.integers(start, len(text)))]
    matches = TermMatcher([normal_form(piece)]).match(f"{piece} , {text}")
    assert not normal_form(piece) or matches[0].span.start <= len(piece)
    assert all(normal_form(f"{piece} , {text}"[slice(*match.span)]) == match.term for match in matches)


@pytest.mark.parametrize(
    ("text", "quotes"),
    [
        ("class ass, assassin", ["ass"]),
        ("An ＡＳＳ, a\u200bs\u00ads", ["ＡＳＳ", "a\u200bs\u00ads"]),
        ("đo\u0302\u0300 n\u200bgu, đồ  NGU", ["đo\u0302\u0300 n\u200bgu", "đồ  NGU"]),
        ("你这傻货吧", ["傻货"]),
        ("\U0001f3fd😀 傻货 😀", ["傻货"]),
        ("", []),
    ],
)
def test_matches_quote_the_text_as_written(text: str, quotes: list[str]) -> None:
    matches = TermMatcher(["ass", "đồ ngu", "傻货"]).match(text)
    assert [text[slice(*match.span)] for match in matches] == quotes


def test_the_longest_of_overlapping_matches_is_chosen() -> None:
    text = "a shut up now b"
    matches = TermMatcher(["shut", "shut up", "up now", "a", "now b"]).match(text)
    assert [match.term for match in without_overlaps(matches)] == ["a", "shut up", "now b"]


def test_of_equally_long_matches_the_first_is_chosen() -> None:
    matches = [Match("b c", Span(2, 5)), Match("a b", Span(0, 3)), Match("d", Span(6, 7))]
    assert without_overlaps(matches) == [matches[1], matches[2]]


def test_no_terms_find_nothing() -> None:
    assert TermMatcher([]).match("an ass") == TermMatcher([""]).match("an ass") == []


def test_a_hundred_thousand_terms_and_fifty_thousand_characters_stay_fast() -> None:
    letters = random.Random(0).choices(string.ascii_lowercase, k=800_000)
    terms = ["".join(letters[start : start + 8]) for start in range(0, 800_000, 8)]
    matcher, text = TermMatcher(terms), f"{terms[7]} 傻 " * 5_000
    began = time.process_time()
    assert len(matcher.match(text)) == 5_000
    assert time.process_time() - began < 2
