"""The normaliser as a whole: all kinds together, offsets in any Unicode, and what it refuses."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hf_toxspan.core.spans import Span
from hf_toxspan.obfuscation.normaliser import KINDS, NEED_TERMS, Normaliser, build_normaliser, check_kinds

few = settings(max_examples=60, deadline=None)

TERMS = ["垃圾", "蠢货", "走狗", "傻逼", "fool", "clown"]
ODD = "fool0$.* 蠢貨货垃圾土立及走🐶🤡辣鸡laji\u200b\u200dｆо\ud83dé\u0301\n"
TEXT = st.one_of(st.text(alphabet=ODD, max_size=20), st.text(max_size=20))


@pytest.fixture(scope="module")
def normalise() -> Normaliser:
    return build_normaliser(terms=TERMS)


@pytest.mark.parametrize(
    ("written", "meant", "kinds"),
    [
        ("f.0.0.l", "fool", ["spacing", "leet"]),
        ("f.о.0.l", "fool", ["spacing", "leet", "homoglyph"]),
        ("ｆ\u200bооl", "fool", ["width", "invisible", "homoglyph"]),
        ("蠢 貨", "蠢货", ["traditional", "spacing"]),
        ("l.4.j.1", "垃圾", ["spacing", "leet", "pinyin"]),
        ("土立.圾", "垃圾", ["spacing", "split"]),
        ("走 🐶", "走 🐶", []),
        ("邹🐶", "邹🐶", []),
        ("傻 比", "傻逼", ["spacing", "homophone"]),
    ],
)
def test_disguises_over_disguises_are_undone(normalise: Normaliser, written: str, meant: str, kinds: list[str]) -> None:
    rewriting = normalise(f"你, {written}!")
    assert rewriting.text == f"你, {meant}!"
    assert rewriting.to_original((3, 3 + len(meant))) == Span(3, 3 + len(written))
    assert rewriting.steps((3, 3 + len(written))) == kinds


@few
@given(text=TEXT)
def test_every_span_of_any_text_leads_into_the_original(normalise: Normaliser, text: str) -> None:
    rewriting = normalise(text)
    for start in range(len(rewriting.text)):
        source = rewriting.to_original((start, start + 1))
        assert 0 <= source.start < source.end <= len(text)
    assert rewriting.edits or rewriting.text == text


@few
@given(text=TEXT)
def test_without_terms_once_is_enough(text: str) -> None:
    plain = build_normaliser([kind for kind in KINDS if kind not in NEED_TERMS])
    once = plain(text).text
    assert plain(once).text == once


@pytest.mark.parametrize(
    "text",
    ["今天天气真好，我们去公园吧。", "What a nice day, friends!", "bạn rất tốt 😀", "ok (2020) @user #1 100k", ""],
)
def test_ordinary_texts_stay_as_they_are(normalise: Normaliser, text: str) -> None:
    assert (normalise(text).text, normalise(text).edits) == (text, ())


def test_kinds_are_kept_in_their_order_and_each_once() -> None:
    assert check_kinds(["leet", "width", "leet"]) == ["width", "leet"]
    assert [name for name, _ in build_normaliser(["leet", "width"]).steps] == ["width", "leet"]


@pytest.mark.parametrize(
    ("kinds", "told"),
    [
        (["leet", "rot13"], r"\['rot13'\]; expected some of width, invisible"),
        ([], "are none; expected some of"),
        (["emoji", "leet", "pinyin"], "emoji, pinyin can't be undone .* no terms; pass some, or choose from width"),
    ],
)
def test_kinds_that_can_not_be_undone_are_told(kinds: list[str], told: str) -> None:
    with pytest.raises(ValueError, match=told):
        build_normaliser(kinds)
