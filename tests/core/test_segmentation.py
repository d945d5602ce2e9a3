"""Promises of `hf_toxspan.core.segmentation`."""

import itertools
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hf_toxspan.core.segmentation import REACH, locate_words

SYLLABLE = st.text(
    st.one_of(st.sampled_from("aăâđêôơư\u0301\u0323,._-@"), st.characters(exclude_categories=["Cs", "Z", "Cc"])),
    min_size=1,
    max_size=4,
)
BLANKS = st.sampled_from([" ", "  ", "\n", "\u00a0", "\t \u3000", "\x1c"])


def quoted(text: str, words: list[str]) -> list[str]:
    return [text[start:end] for start, end in locate_words(text, words)]


@pytest.mark.parametrize("joint", ["_", " "])
def test_syllables_may_be_joined_by_either_sign(joint: str) -> None:
    words = [f"sinh{joint}viên", "vui", "!"]

    assert quoted("sinh viên vui!", words) == ["sinh viên", "vui", "!"]


def test_any_blanks_may_stand_between_two_syllables() -> None:
    assert quoted("  sinh \n\u00a0viên  vui ", ["sinh_viên", "vui"]) == ["sinh \n\u00a0viên", "vui"]


@pytest.mark.parametrize("word", ["vui_:_)) quá", "vui : )) quá", "_vui_:_))_quá_"])
def test_a_joint_where_the_text_has_no_blank_parts_the_word(word: str) -> None:
    assert quoted("vui:)) quá rồi", [word, "rồi"]) == ["vui", ":", ")) quá", "rồi"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("vui_vẻ quá", ["vui_vẻ", "quá"]),
        ("a _ b", ["a", "_", "b"]),
        ("__a__ b", ["__a__", "b"]),
        ("__a b__", ["__a_b__"]),
        ("a_ b", ["a_", "b"]),
    ],
)
def test_an_underscore_of_the_text_stands_for_itself(text: str, words: list[str]) -> None:
    assert [quote.replace(" ", "_") for quote in quoted(text, words)] == words


def test_composed_words_are_not_found_in_a_decomposed_text() -> None:
    text = unicodedata.normalize("NFD", "sinh viên vui")

    assert quoted(text, ["sinh_viên", "vui"]) == ["sinh", unicodedata.normalize("NFD", "viên"), "vui"]


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["sinh_viên", "hòa", ",", "rất_vui"], ["sinh viên", "hoà,", "rất vui"]),  # changed
        (["sinh_viên", "rất_vui"], ["sinh viên", "hoà,", "rất", "vui"]),  # lost without a trace
        (["rất_vui", "sinh_viên"], ["sinh viên", "hoà,", "rất", "vui"]),  # turned round
        ([], ["sinh", "viên", "hoà,", "rất", "vui"]),
        (["", " ", "_", "sinh_viên", "hoà", ""], ["sinh viên", "hoà", ",", "rất", "vui"]),  # empty words
        (["sinh_", "_viên"], ["sinh", "viên", "hoà,", "rất", "vui"]),  # joints that join nothing
    ],
)
def test_a_segmenter_that_is_not_faithful_is_survived(words: list[str], expected: list[str]) -> None:
    assert quoted("sinh viên hoà, rất vui", words) == expected


def test_words_are_found_again_after_a_changed_stretch() -> None:
    changed = "hoà " * 10
    text = f"{changed}sinh viên"

    assert quoted(text, ["hòa"] * 10 + ["sinh_viên"])[-1] == "sinh viên"
    assert quoted("hoà " * REACH + "sinh viên", ["hòa"] * REACH + ["sinh_viên"])[-1] == "viên"


@given(st.lists(st.tuples(st.lists(SYLLABLE, min_size=1, max_size=3), BLANKS), max_size=8), st.sampled_from("_ "))
def test_the_words_of_a_faithful_segmenter_are_found_as_they_are(
    words: list[tuple[list[str], str]], joint: str
) -> None:
    text = "".join(blank.join(syllables) + blank for syllables, blank in words)

    found = quoted(text, [joint.join(syllables) for syllables, _ in words])

    assert found == [blank.join(syllables) for syllables, blank in words]


@given(st.lists(st.one_of(SYLLABLE, BLANKS, st.just("_"))).map("".join), st.lists(SYLLABLE | st.just("a_b")))
def test_each_character_but_blanks_lies_in_one_span_whatever_the_words(text: str, words: list[str]) -> None:
    spans = locate_words(text, [*words[:2], *text.split(), *words[2:]])

    assert all(before.end <= after.start for before, after in itertools.pairwise(spans))
    assert all(text[start:end].strip() == text[start:end] != "" for start, end in spans)
    assert "".join("".join(text[start:end].split()) for start, end in spans) == "".join(text.split())
