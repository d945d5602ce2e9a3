"""Promises of `hf_toxspan.core.graphemes`."""

import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hf_toxspan.core.graphemes import CLUSTER, widen
from hf_toxspan.core.spans import Span, intersect, merge

FAMILY = "👩\u200d👩\u200d👧"
CLUSTERS = {
    "letter and accent": "e\u0301",
    "Vietnamese, decomposed": unicodedata.normalize("NFD", "ế"),
    "Zalgo": "Z\u0351\u036b\u0343\u036a\u0302\u0320\u0347",
    "family with joiners": FAMILY,
    "skin tone": "👍🏿",
    "flag": "🇻🇳",
    "variation selector": "✈\ufe0f",
    "keycap": "1\ufe0f\u20e3",
    "Hangul jamo": "\u1112\u1161\u11ab",
    "Devanagari vowel sign": "कि",
    "line end": "\r\n",
    "letter and joiner": "a\u200d",
}
PIECES = [*CLUSTERS.values(), "a", " ", "\r", "\n", "蠢", "🇻", "\u0301", "\u200b", "\u200d", "\ud83d", "\udc00", "\0"]
MIXED = st.lists(st.sampled_from(PIECES), max_size=10).map("".join) | st.text(max_size=15)


@st.composite
def marked_texts(draw: st.DrawFn) -> tuple[str, list[Span]]:
    text = draw(MIXED)
    ends = st.integers(0, len(text))
    return text, draw(st.lists(st.tuples(ends, ends).map(lambda pair: Span(min(pair), max(pair))), max_size=4))


@pytest.mark.parametrize("cluster", CLUSTERS.values(), ids=CLUSTERS)
def test_what_a_reader_sees_as_one_character_is_taken_whole(cluster: str) -> None:
    text = f"b{cluster}b"
    whole = [Span(1, 1 + len(cluster))]

    assert [widen([(place, place + 1)], text) for place in range(1, 1 + len(cluster))] == [whole] * len(cluster)
    assert widen([(0, 1)], text) == [Span(0, 1)]
    assert widen([(0, 2)], text) == [Span(0, 1 + len(cluster))]


@pytest.mark.parametrize(
    ("text", "span", "wide"),
    [
        ("🇻🇳🇻🇳", (3, 4), (2, 4)),  # flags are pairs, counted from the first
        ("\u1112\u1161\u11ab\u1100\u1173\u11af", (0, 1), (0, 3)),  # syllables of three jamo
        ("\ud83d\udc00", (0, 1), (0, 1)),  # lone surrogates are no emoji
        ("蠢货", (0, 1), (0, 1)),
        ("a\u200bb", (0, 1), (0, 1)),  # a zero-width space is a character of its own
        ("\n\r", (0, 1), (0, 1)),
    ],
)
def test_neighbours_that_are_characters_of_their_own_stay_apart(
    text: str, span: tuple[int, int], wide: tuple[int, int]
) -> None:
    assert widen([span], text) == [Span(*wide)]


@settings(deadline=None)
@given(marked_texts())
def test_the_result_is_every_cluster_that_a_span_touches_and_no_other(marked: tuple[str, list[Span]]) -> None:
    text, spans = marked

    wide = widen(spans, text)

    clusters = [Span(*cluster.span()) for cluster in CLUSTER.finditer(text)]
    assert wide == merge(cluster for cluster in clusters if intersect([cluster], spans))
    assert intersect(wide, spans) == merge(spans)
    assert widen(wide, text) == wide


@given(st.text(st.characters(max_codepoint=127), max_size=12), st.integers(0, 6), st.integers(6, 12))
def test_ascii_text_without_windows_line_ends_is_merged_alone(text: str, start: int, end: int) -> None:
    text = text.replace("\r\n", "")
    spans = [Span(start, end), Span(end, end + 2), Span(0, 0)]

    assert widen(spans, text) == merge(spans)


def test_spans_that_meet_in_one_character_become_one() -> None:
    assert widen([(0, 1), (2, 3)], f"a{FAMILY}") == [Span(0, 6)]


def test_no_spans_stay_none() -> None:
    assert widen([], FAMILY) == widen([(1, 1)], FAMILY) == []
