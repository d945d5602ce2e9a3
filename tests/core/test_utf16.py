"""Offsets in UTF-16 code units."""

from hypothesis import given
from hypothesis import strategies as st

from hf_toxspan.core.utf16 import has_pairs, per_unit, utf16_length, utf16_offsets

# Any code point, lone surrogates too, with those above U+FFFF made frequent.
TEXTS = st.text(st.one_of(st.characters(codec=None), st.sampled_from("😀𠀀a\ud83d\ude00")))


def encoded_length(text: str) -> int:
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


@given(TEXTS)
def test_offsets_are_the_lengths_of_the_encoded_prefixes(text: str) -> None:
    offsets = range(len(text) + 1)
    assert utf16_offsets(text, offsets) == [encoded_length(text[:end]) for end in offsets]
    assert utf16_length(text) == encoded_length(text)


def test_the_order_of_the_offsets_is_kept() -> None:
    assert utf16_offsets("😀a😀", [3, 0, 2]) == [5, 0, 3]


def test_an_empty_text_has_one_offset() -> None:
    assert utf16_offsets("", [0]) == [0]
    assert utf16_length("") == 0
    assert not has_pairs("")


@given(TEXTS)
def test_every_code_unit_has_the_value_of_its_character(text: str) -> None:
    values = per_unit(text, range(len(text)))
    assert len(values) == utf16_length(text)
    assert sorted(set(values)) == list(range(len(text)))
