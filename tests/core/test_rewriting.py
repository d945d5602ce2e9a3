"""Laws of rewritings: every character knows where it comes from, whatever was done to the text."""

import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hf_toxspan.core.rewriting import Edit, Replacement, Rewriting, composed, unchanged
from hf_toxspan.core.spans import Span

few = settings(max_examples=60, deadline=None)

TEXT = st.text(alphabet=st.one_of(st.sampled_from("ab 傻é\u0301\u200b😀\ud83d"), st.characters()), max_size=12)


@st.composite
def replacements(draw: st.DrawFn, length: int) -> list[Replacement]:
    """Draw stretches of a text of some length, in order, with what is to stand there."""
    ends = sorted(draw(st.sets(st.integers(0, length), max_size=6)))
    return [Replacement(*pair, draw(st.text(max_size=3))) for pair in zip(ends[::2], ends[1::2], strict=False)]


@st.composite
def rewritings(draw: st.DrawFn) -> Rewriting:
    """Draw a text that went through up to three steps."""
    rewriting = unchanged(draw(TEXT))
    for number in range(draw(st.integers(0, 3))):
        rewriting = rewriting.rewrite(f"step {number}", draw(replacements(len(rewriting.text))))
    return rewriting


@few
@given(rewritings())
def test_every_character_stands_for_a_stretch_of_the_original_and_order_is_kept(rewriting: Rewriting) -> None:
    sources = [rewriting.to_original((place, place + 1)) for place in range(len(rewriting.text))]
    assert all(0 <= source.start < source.end <= len(rewriting.original) for source in sources)
    assert sources == sorted(sources)
    assert [source.end for source in sources] == sorted(source.end for source in sources)


@few
@given(rewritings(), st.data())
def test_a_span_comes_back_to_a_span_that_holds_it(rewriting: Rewriting, data: st.DataObject) -> None:
    if not rewriting.text:
        return
    start = data.draw(st.integers(0, len(rewriting.text) - 1))
    span = Span(start, data.draw(st.integers(start + 1, len(rewriting.text))))
    there = rewriting.to_original(span)
    back = rewriting.from_original(there)
    assert back.start <= span.start and span.end <= back.end
    held = rewriting.to_original(back)  # more than `there` where another character stands for a part of it too
    assert held.start <= there.start and there.end <= held.end


@few
@given(TEXT)
def test_nothing_changed_is_the_identity(text: str) -> None:
    rewriting = unchanged(text)
    assert rewriting.text == rewriting.original == text
    spans = [Span(start, end) for start in range(len(text)) for end in range(start + 1, len(text) + 1)]
    assert [rewriting.to_original(span) for span in spans] == [rewriting.from_original(span) for span in spans] == spans
    same = [Replacement(place, place + 1, character) for place, character in enumerate(text)]
    assert rewriting.rewrite("nothing", same) is rewriting


@few
@given(rewritings(), st.data())
def test_two_steps_are_one_after_the_other(first: Rewriting, data: st.DataObject) -> None:
    changes = data.draw(replacements(len(first.text)))
    second, both = unchanged(first.text).rewrite("next", changes), first.rewrite("next", changes)
    assert both.text == second.text
    for place in range(len(both.text)):
        one = (place, place + 1)
        assert both.to_original(one) == first.to_original(second.to_original(one))


@few
@given(TEXT.filter(bool), st.data())
def test_what_lies_outside_the_replacements_stays_as_it_is(text: str, data: st.DataObject) -> None:
    changes = data.draw(replacements(len(text)))
    rewriting = unchanged(text).rewrite("step", changes)
    touched = {place for start, end, _ in changes for place in range(start, end)}
    for place in set(range(len(text))) - touched:
        here = rewriting.from_original((place, place + 1))
        assert rewriting.text[slice(*here)] == text[place]
        assert rewriting.to_original(here) == Span(place, place + 1)


def test_numbers_by_hand() -> None:
    """蠢.货 in traditional characters: the joined word stands for four characters, each edit for its own."""
    text = unchanged("你蠢.貨!").rewrite("traditional", [Replacement(3, 4, "货")])
    text = text.rewrite("spacing", [Replacement(2, 3, "")])
    assert text.text == "你蠢货!"
    assert text.to_original((1, 3)) == Span(1, 4)
    assert text.from_original((2, 3)) == Span(2, 2)
    assert text.from_original((1, 4)) == Span(1, 3)
    assert text.edits == (Edit("traditional", [Span(3, 4)]), Edit("spacing", [Span(2, 3)]))
    assert (text.steps((1, 4)), text.steps((0, 2)), text.steps((3, 4))) == (
        ["traditional", "spacing"],
        [],
        ["traditional"],
    )


def test_a_whole_stretch_stands_behind_each_of_its_new_characters() -> None:
    rewriting = unchanged("a🐕b").rewrite("emoji", [Replacement(1, 2, "dog")])
    assert [rewriting.to_original((place, place + 1)) for place in range(1, 4)] == [Span(1, 2)] * 3
    assert rewriting.from_original((1, 2)) == Span(1, 4)


def test_a_text_may_vanish_and_be_empty() -> None:
    assert unchanged("").rewrite("step", []).text == ""
    gone = unchanged("ab").rewrite("step", [Replacement(0, 2, "")])
    assert (gone.text, gone.from_original((0, 2)), gone.steps((0, 2))) == ("", Span(0, 0), ["step"])


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ([Replacement(1, 1, "x")], "no stretch of a text of 3 characters"),
        ([Replacement(2, 4, "x")], "no stretch of a text of 3 characters"),
        ([Replacement(0, 2, "x"), Replacement(1, 3, "y")], "without overlap"),
        ([Replacement(2, 3, "x"), Replacement(0, 1, "y")], "in order"),
    ],
)
def test_a_wrong_replacement_is_told(changes: list[Replacement], told: str) -> None:
    with pytest.raises(ValueError, match=told):
        unchanged("abc").rewrite("step", changes)


@few
@given(st.text(st.one_of(st.sampled_from("aoi\u0302\u0301\u0323 한\u1112\u1161\u11ab\u0958"), st.characters())))
def test_a_composed_text_is_nfc_and_stands_for_every_character(text: str) -> None:
    rewriting = composed(text)

    assert rewriting.text == unicodedata.normalize("NFC", text)
    sources = [rewriting.to_original((place, place + 1)) for place in range(len(rewriting.text))]
    assert {place for source in sources for place in range(*source)} == set(range(len(text)))
    for place, source in enumerate(sources):
        assert rewriting.text[place] in unicodedata.normalize("NFC", text[slice(*source)])


def test_what_is_composed_already_is_not_called_an_edit() -> None:
    assert composed("đồ ngu").edits == ()
    assert composed("ô o\u0302").edits == (Edit("composed", [Span(2, 4)]),)
