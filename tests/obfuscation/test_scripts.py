"""Traditional characters and look-alikes: what becomes plain, and what is another language."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hf_toxspan.core.rewriting import Step, unchanged
from hf_toxspan.obfuscation.scripts import homoglyph_step, traditional_step

few = settings(max_examples=60, deadline=None)

ODD = st.one_of(st.text(alphabet="abо сΙ蠢貨這后著乾\U00020000é 😀\ud83d", max_size=12), st.text(max_size=12))
STEPS = {"traditional": traditional_step(), "homoglyph": homoglyph_step()}


def done(step: Step, text: str) -> str:
    return unchanged(text).rewrite("step", step(text)).text


@pytest.mark.parametrize("name", STEPS)
@few
@given(text=ODD)
def test_once_is_enough_and_the_length_stays(name: str, text: str) -> None:
    once = done(STEPS[name], text)
    assert len(once) == len(text)
    assert done(STEPS[name], once) == once


def test_traditional_characters_become_simplified_and_only_they_are_replaced() -> None:
    assert done(STEPS["traditional"], "你這個\0\ud83d蠢貨, ok") == "你这个\0\ud83d蠢货, ok"
    assert [change[:2] for change in STEPS["traditional"]("你這個蠢貨")] == [(1, 2), (2, 3), (4, 5)]


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("fооl", "fool"),
        ("ѕTUРΙD", "sTUPID"),
        ("сука", "сука"),
        ("λόγος", "λόγος"),
        ("người ı", "người ı"),
        ("蠢о", "蠢о"),
    ],
)
def test_look_alikes_are_read_as_latin_beside_a_latin_letter_only(written: str, meant: str) -> None:
    assert done(STEPS["homoglyph"], written) == meant
