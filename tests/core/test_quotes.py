"""Quotes are found where they stand, whatever way they are written, and nowhere else."""

import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from hf_toxspan.core.quotes import _Form, _of_one_width, locate_quotes
from hf_toxspan.core.spans import Span

# Any code point, lone surrogates and unassigned ones too, and many of those that compose.
CHARACTERS = st.one_of(
    st.characters(exclude_categories=()),
    st.sampled_from("aeoAE\u0301\u0302\u0323ｅＥガｶﾞ한\u1112\u1161\u11ab 12\u200b😀ｰ"),
)
TEXTS = st.text(CHARACTERS, max_size=30)


def test_all_occurrences_are_found_with_those_that_overlap() -> None:
    (quote,) = locate_quotes(["aa"], "aaa b aa")
    assert (quote.spans, quote.reading) == ([(0, 2), (1, 3), (6, 8)], "exact")


def test_an_exact_occurrence_comes_before_one_in_another_form() -> None:
    (quote,) = locate_quotes(["ngu"], "NGU ngu ｎｇｕ")
    assert (quote.spans, quote.reading) == ([(4, 7)], "exact")


def test_composed_quote_is_found_in_a_decomposed_text_and_the_other_way_round() -> None:
    composed, decomposed = "đồ ngốc", unicodedata.normalize("NFD", "đồ ngốc")
    assert len(decomposed) > len(composed)
    text = f"à {decomposed}!"
    (quote,) = locate_quotes([composed], text)
    assert quote.reading == "form"
    assert [text[slice(*span)] for span in quote.spans] == [decomposed]
    (quote,) = locate_quotes([decomposed], f"à {composed}!")
    assert quote.spans == [Span(2, 9)]


def test_width_and_case_do_not_matter_when_nothing_else_is_found() -> None:
    wide, cased = locate_quotes(["NGU", "ngu"], "Đồ ＮＧＵ")
    assert (wide.spans, wide.reading) == ([(3, 6)], "form")
    assert (cased.spans, cased.reading) == ([(3, 6)], "case")
    assert locate_quotes(["ガ"], "aｶﾞb")[0].spans == [(1, 3)]


def test_no_part_of_a_composed_character_is_found_in_another_form() -> None:
    assert locate_quotes(["NGO"], "ngo\u0302\u0301c")[0].spans == []


def test_made_up_and_blank_quotes_are_found_nowhere() -> None:
    assert [quote.spans for quote in locate_quotes(["dumb", "", " \n"], "a kind text")] == [[], [], []]
    assert locate_quotes(["dumb"], "")[0].reading is None
    assert locate_quotes([], "text") == []


def test_white_space_around_a_quote_is_not_part_of_it() -> None:
    assert locate_quotes([" idiot\n"], "an idiot")[0].spans == [(3, 8)]


def test_a_replaced_lone_surrogate_is_found_where_it_stood() -> None:
    assert locate_quotes(["a\ufffd"], "xa\ud83dy")[0].spans == [(1, 3)]


@given(TEXTS, st.data())
def test_a_quote_cut_from_the_text_is_found_at_its_place(text: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, len(text)))
    cut = text[start:end].strip()
    start += len(text[start:end]) - len(text[start:end].lstrip())
    (quote,) = locate_quotes([cut], text)
    assert (Span(start, start + len(cut)) in quote.spans) == bool(cut)


@given(TEXTS, TEXTS)
def test_what_is_found_is_the_quote_in_another_form(text: str, quoted: str) -> None:
    for quote in locate_quotes([quoted, text[2:5].upper(), unicodedata.normalize("NFD", text[1:4])], text):
        wanted = _Form(quote.quoted.strip()).folded
        assert all(_Form(text[start:end]).folded == wanted for start, end in quote.spans)


@given(TEXTS)
def test_the_whole_text_is_found_in_every_normal_form(text: str) -> None:
    for form in ("NFC", "NFD"):
        written = unicodedata.normalize(form, text.strip())
        (quote,) = locate_quotes([written], text.strip())
        assert bool(quote.spans) == bool(text.strip())


def test_a_wide_letter_is_narrowed() -> None:
    assert _of_one_width("Ａ") == "A"
