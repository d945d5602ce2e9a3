"""What each step undoes, what it leaves alone, and that doing it twice changes nothing more."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hf_toxspan.core.normalisation import find_invisible, find_width, leet_step, spacing_step
from hf_toxspan.core.rewriting import Step, unchanged

few = settings(max_examples=60, deadline=None)

ODD = "ab1!0$ 5.*-傻货蠢é\u0301\u200b\u200d\u00ad\ufe0f😀ｆ𝐟Ⓐ🅵²①\ud83d\n_/ngườ"
TEXT = st.one_of(st.text(alphabet=ODD, max_size=16), st.text(max_size=16))


def done(find: Step, text: str) -> str:
    return unchanged(text).rewrite("step", find(text)).text


@pytest.mark.parametrize("find", [find_invisible, find_width, spacing_step(), leet_step()])
@few
@given(text=TEXT)
def test_once_is_enough(find: Step, text: str) -> None:
    once = done(find, text)
    assert done(find, once) == once


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("f\u200bo\u2060o\u00adl", "fool"),
        ("蠢\u200d货", "蠢货"),
        ("\ufeff\u202efool\u202c", "fool"),
        ("👩\u200d👩\u200d👧 ❤\ufe0f 1\ufe0f⃣", "👩\u200d👩\u200d👧 ❤\ufe0f 1\ufe0f⃣"),
        ("می\u200cخواهم", "می\u200cخواهم"),
        ("ngườ\u0300i", "ngườ\u0300i"),
    ],
)
def test_invisible_characters_go_and_joiners_that_are_needed_stay(written: str, meant: str) -> None:
    assert done(find_invisible, written) == meant


@pytest.mark.parametrize(
    ("written", "meant"),
    [("ｆｏｏｌ", "fool"), ("𝐟𝓸𝕠𝔩 Ⓐ🅵", "fool AF"), ("你好！（２）", "你好！（2）"), ("½ … ㅋㅋ é", "½ … ㅋㅋ é")],
)
def test_letters_and_digits_get_their_plain_form_and_nothing_else_does(written: str, meant: str) -> None:
    assert done(find_width, written) == meant


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("f o o l", "fool"),
        ("you f.0.0.l!", "you f00l!"),
        ("f  o  o  l", "fool"),
        ("你 s-h-i-t", "你 shit"),
        ("n.g.ư.ờ.i", "người"),
        ("蠢.货", "蠢货"),
        ("你这蠢 货", "你这蠢货"),
        ("今天很好 我们走", "今天很好 我们走"),
        ("1 2 3 4", "1 2 3 4"),
        ("a b", "a b"),
        ("f.o-o.l", "f.o-o.l"),
    ],
)
def test_what_was_pulled_apart_is_joined(written: str, meant: str) -> None:
    assert done(spacing_step(), written) == meant


def test_known_words_settle_what_spacing_leaves_open() -> None:
    def joined(text: str, *words: str) -> str:
        return done(spacing_step(words), text)

    assert joined("what a f o o l i am") == "what afooli am"
    assert joined("what a f o o l i am", "fool") == "what a fool i am"
    assert joined("what a F 0 0 L", "fool") == "what a F00L"
    assert (joined("你这垃.圾人"), joined("你这垃.圾人", "垃圾")) == ("你这垃.圾人", "你这垃圾人")
    assert (joined("s b"), joined("s b", "sb")) == ("s b", "sb")


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("f00l 1diot sh!t", "fool idiot shit"),
        ("pu55y5 $tupid", "pussys stupid"),
        ("N1CE", "NiCE"),
        ("ngườ1", "ngườ1"[:-1] + "i"),
        ("covid19 100k 2020 a1234b B52", "covid19 100k 2020 a1234b B52"),
        ("good! @user 5€", "good! @user 5€"),
        ("蠢1货 A4", "蠢1货 A4"),
    ],
)
def test_signs_inside_words_become_letters_and_numbers_stay(written: str, meant: str) -> None:
    assert done(leet_step(), written) == meant


def test_known_words_settle_what_leet_leaves_open() -> None:
    assert done(leet_step(["fool"]), "foo1! 1diot") == "fool! idiot"
    assert done(leet_step(["ass"]), "a$$ a55") == "ass ass"
    assert done(leet_step(), "a$$") == "a$$"


@pytest.mark.parametrize("unit", ["f.o.o.l ", "a 1 1 1 1 1 ", "1 ", "蠢 货", "a0$", "\u200bx", "a . "])
def test_long_texts_by_an_attacker_are_no_obstacle(unit: str) -> None:
    """Twenty thousand characters take less than a second, not hours."""
    text = unit * (20_000 // len(unit))
    rewriting = unchanged(text)
    for find in (find_invisible, find_width, spacing_step(["fool"]), leet_step(["fool"])):
        rewriting = rewriting.rewrite("step", find(rewriting.text))
    assert rewriting.original == text
