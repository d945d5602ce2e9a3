"""Split characters and emoji: a known term is found, and nothing else is touched."""

import pytest

from hf_toxspan.core.rewriting import Step, unchanged
from hf_toxspan.obfuscation.spellings import emoji_step, split_step


def done(step: Step, text: str) -> str:
    return unchanged(text).rewrite("step", step(text)).text


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("土立土及!", "垃圾!"),
        ("土立圾", "垃圾"),
        ("垃土及", "垃圾"),
        ("女子", "女子"),
        ("垃圾", "垃圾"),
        ("土立", "土立"),
        ("土立土及土立土及", "垃圾垃圾"),
    ],
)
def test_a_term_in_parts_is_put_together(written: str, meant: str) -> None:
    assert done(split_step(["垃圾", "好"]), written) == meant


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("走🐶!", "走狗!"),
        ("走🐕", "走狗"),
        ("a 🤡", "a clown"),
        ("🐶 好", "🐶 好"),
        ("👩‍👩‍👧", "👩‍👩‍👧"),
    ],
)
def test_an_emoji_is_a_word_where_that_makes_a_term(written: str, meant: str) -> None:
    assert done(emoji_step(["走狗", "clown"]), written) == meant


def test_no_terms_find_nothing_and_long_ones_take_no_time() -> None:
    assert split_step([])("土立土及") == []
    assert done(split_step(["垃圾" * 10]), "土立圾" + "垃圾" * 9) in ("垃圾" * 10, "土立圾" + "垃圾" * 9)
