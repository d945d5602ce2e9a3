"""Promises of `hf_toxspan.core.reasons`."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hf_toxspan.core.reasons import Reasons, stand_in
from hf_toxspan.core.spans import size


@st.composite
def annotated(draw: st.DrawFn) -> tuple[str, list[list[int]]]:
    text = draw(st.text(max_size=20))
    ends = st.integers(0, len(text))
    spans = draw(st.lists(st.tuples(ends, ends).map(sorted), max_size=4))
    return text, [list(span) for span in spans]


@pytest.mark.parametrize(
    ("text", "spans", "rewrite", "reasons"),
    [
        ("you fool, you stupid fool", [[10, 25], [4, 8], [14, 20]], None, ("fool; you stupid fool", "you ,")),
        ("😀 fool", [[2, 6]], None, ("fool", "😀")),
        ("you fool", [[4, 8]], "  you there ", ("fool", "you there")),
        ("fool", [[0, 4]], " ", ("fool", None)),
        ("you fool", [], None, (None, None)),
        ("you fool", [], "you there", (None, "you there")),
    ],
)
def test_stand_ins_are_the_quotes_and_what_is_left(
    text: str, spans: list[list[int]], rewrite: str | None, reasons: tuple[str | None, str | None]
) -> None:
    assert stand_in(text, spans, rewrite=rewrite) == reasons


def test_the_evidence_speaks_for_and_the_rest_of_the_text_against() -> None:
    assert stand_in("他是蠢货，真是傻瓜", [[7, 9], [2, 4]]) == Reasons("蠢货; 傻瓜", "他是，真是")


def test_a_rewrite_speaks_against_where_there_is_one() -> None:
    assert stand_in("you fool", [[4, 8]], rewrite="I disagree with you") == Reasons("fool", "I disagree with you")


@pytest.mark.parametrize("rewrite", ["", "  ", "...", None])
def test_a_text_that_is_nothing_but_evidence_has_no_reason_against(rewrite: str | None) -> None:
    assert stand_in("fool!", [[0, 4]], rewrite=rewrite) == Reasons("fool", None)


@pytest.mark.parametrize("spans", [None, []])
def test_a_text_without_evidence_has_no_reasons_of_its_own(spans: list[list[int]] | None) -> None:
    assert stand_in("have a nice day", spans) == Reasons(None, None)


def test_combining_marks_stay_with_the_words_quoted() -> None:
    text = unicodedata.normalize("NFD", "đồ ngốc nhé")
    start = text.index("ng")
    end = text.index(" nh")

    assert stand_in(text, [[start, end]]).toxic == unicodedata.normalize("NFD", "ngốc")


@given(annotated())
def test_every_character_is_on_one_of_the_two_sides(row: tuple[str, list[list[int]]]) -> None:
    text, spans = row
    reasons = stand_in(text, spans)

    rest = "".join(character for place, character in enumerate(text) if not any(s <= place < e for s, e in spans))
    assert reasons.clean in (" ".join(rest.split()), None)
    assert reasons.toxic is None or len(reasons.toxic.replace("; ", "")) <= size(tuple(s) for s in spans)
    if not any(end > start for start, end in spans):
        assert reasons == Reasons(None, None)
