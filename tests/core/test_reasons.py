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
    assert reasons.clean in (rest, None)
    assert reasons.toxic is None or len(reasons.toxic.replace("; ", "")) <= size(tuple(s) for s in spans)
    assert (reasons.clean is None) == (not any(map(str.isalnum, rest)) or not any(e > s for s, e in spans))


def test_the_reason_on_the_side_of_a_label_agrees_with_it() -> None:
    reasons = Reasons("it insults", "it is a joke")

    assert (reasons.agreeing(toxic=True), reasons.agreeing(toxic=False)) == ("it insults", "it is a joke")
