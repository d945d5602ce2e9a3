"""Tests of the reading in which terms are looked for, and of what counts as found."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hf_toxspan.core.spans import Span
from hf_toxspan.core.terms import find_plainly, normal_form, read

DISGUISED = st.text(
    alphabet=st.sampled_from("ab Ｂ𝐛ⓑ\u200b\u200c\u00ad\u0302oôđĐ傻货İßk\u212a,.*_ \t\n\u3000😀\ud83d"), max_size=20
)
ANY = st.text(max_size=20)


@given(st.one_of(DISGUISED, ANY))
def test_reading_a_reading_changes_nothing_more(text: str) -> None:
    once = read(text).text
    assert read(once).text == once


@given(st.one_of(DISGUISED, ANY))
def test_every_character_of_a_reading_comes_from_the_text(text: str) -> None:
    reading = read(text)
    spans = [reading.to_original((place, place + 1)) for place in range(len(reading.text))]
    assert reading.original == text
    assert all(0 <= start < end <= len(text) for start, end in spans)
    assert spans == sorted(spans)


@pytest.mark.parametrize(
    ("text", "reading"),
    [
        ("NGU", "ngu"),
        ("ｎｇｕ", "ngu"),
        ("n\u200bg\u00adu", "ngu"),
        ("do\u0302\u0300", "dồ"),
        ("do\u200b\u0302", "dô"),
        ("shut \n\tup", "shut up"),
        ("\u3000", " "),
        ("İ", "İ"),
        ("a\ud83db", "a\ufffdb"),
        ("", ""),
    ],
)
def test_disguises_that_cost_nothing_hide_nothing(text: str, reading: str) -> None:
    assert read(text).text == reading


def test_a_span_of_the_reading_holds_all_that_it_was_made_of() -> None:
    reading = read("đồ n\u200bG\u200bu\u0302!")
    assert reading.text == "đồ ngû!"
    assert reading.to_original((3, 6)) == Span(3, 9)


def test_blanks_around_a_term_are_no_part_of_it() -> None:
    assert normal_form("\u3000 Shut \t UP\n") == "shut up"
    assert normal_form(" \u200b ") == ""


@pytest.mark.parametrize(
    ("reading", "term", "found"),
    [
        ("class ass assassin ass", "ass", 2),
        ("ass_ass ass-ass", "ass", 4),
        ("ngu ngû ngu\u0323", "ngu", 1),  # a mark goes on with the word
        ("他是个大傻货吧", "傻货", 1),
        ("傻b傻 bb傻", "b", 1),
        ("傻b", "傻b", 1),
        ("傻bb", "傻b", 0),
        ("a$$ a$$a", "a$$", 2),  # a sign is no part of a word
        ("f**k", "f**k", 1),
        ("😀😀", "😀", 2),
        ("ass", "", 0),
        ("", "ass", 0),
    ],
)
def test_a_term_is_no_piece_of_a_word_where_words_have_blanks(reading: str, term: str, found: int) -> None:
    assert len(list(find_plainly([term])(reading))) == found
