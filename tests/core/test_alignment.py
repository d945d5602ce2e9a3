"""Promises of the alignment of characters and tokens."""

import itertools
import unicodedata

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tokenizers import Tokenizer
from tokenizers.models import BPE
from tokenizers.pre_tokenizers import ByteLevel
from transformers import PreTrainedTokenizerFast

from hf_toxspan.core.alignment import (
    IGNORED,
    char_values,
    joined_offsets,
    run_spans,
    strip_blanks,
    token_labels,
    token_spans,
)
from hf_toxspan.core.spans import Span, find_all, from_mask, intersect, merge, size, to_mask

few = settings(max_examples=60, deadline=None)

TEXT = st.one_of(
    st.text(max_size=20), st.text(alphabet="ab傻货đ\u0323é e\u0301 \t\u3000\u200b😀👨\u200d👩", min_size=1, max_size=20)
)


@st.composite
def cut_texts(draw: st.DrawFn) -> tuple[str, list[tuple[int, int]], list[Span]]:
    """Return a text, token offsets that cover it between two special tokens, and spans inside it."""
    text = draw(TEXT)
    cuts = sorted({0, len(text), *draw(st.lists(st.integers(0, len(text)), max_size=8))})
    pieces = [piece for piece in itertools.pairwise(cuts) for _ in range(draw(st.integers(1, 2)))]
    ends = st.integers(0, len(text))
    spans = draw(st.lists(st.tuples(ends, ends).map(lambda pair: Span(min(pair), max(pair))), max_size=4))
    return text, [(0, 0), *pieces, (0, 0)], spans


def marked(labels: list[int]) -> list[int]:
    return [position for position, label in enumerate(labels) if label == 1]


def inked(spans: list[Span], text: str) -> list[Span]:
    """Return the characters of the spans that are no blanks."""
    return intersect(spans, from_mask([not character.isspace() for character in text]))


@few
@given(cut_texts())
def test_stripped_tokens_quote_their_text_without_blanks(
    cut: tuple[str, list[tuple[int, int]], list[Span]],
) -> None:
    text, offsets, _ = cut

    stripped = strip_blanks(offsets, text)

    assert [text[start:end] for start, end in stripped] == [text[start:end].strip() for start, end in offsets]


def test_a_token_of_blanks_becomes_empty_where_it_stood() -> None:
    assert strip_blanks([(0, 2), (2, 5)], "ab \u3000\t") == [Span(0, 2), Span(2, 2)]


@few
@given(cut_texts())
def test_marked_tokens_cover_every_character_of_the_spans_that_is_no_blank(
    cut: tuple[str, list[tuple[int, int]], list[Span]],
) -> None:
    text, offsets, spans = cut
    stripped = strip_blanks(offsets, text)

    back = token_spans(stripped, marked(token_labels(stripped, spans, len(text))))

    wanted = inked(spans, text)
    assert intersect(back, wanted) == wanted


@few
@given(cut_texts())
def test_marked_tokens_are_exactly_those_that_share_a_character(
    cut: tuple[str, list[tuple[int, int]], list[Span]],
) -> None:
    text, offsets, spans = cut
    mask = to_mask(spans, len(text))

    labels = token_labels(offsets, spans, len(text))

    expected = [int(mask[start:end].any()) if end > start else IGNORED for start, end in offsets]
    assert labels == expected


@few
@given(cut_texts())
def test_spans_on_token_borders_come_back_unchanged(cut: tuple[str, list[tuple[int, int]], list[Span]]) -> None:
    text, offsets, _ = cut
    spans = merge(offsets[::2])

    assert token_spans(offsets, marked(token_labels(offsets, spans, len(text)))) == spans


def test_special_tokens_are_ignored_also_when_a_span_begins_at_zero() -> None:
    assert token_labels([(0, 0), (0, 1), (1, 2), (0, 0)], [[0, 1]], 2) == [IGNORED, 1, 0, IGNORED]


def test_a_token_without_characters_is_ignored_wherever_it_stands() -> None:
    assert token_labels([(0, 2), (2, 2), (3, 4), (4, 4)], [[0, 4]], 4) == [1, IGNORED, 1, IGNORED]


def test_a_text_that_was_not_annotated_labels_no_token() -> None:
    assert token_labels([(0, 0), (0, 2), (2, 3)], None, 3) == [IGNORED] * 3


def test_a_text_annotated_as_clean_labels_every_token_clean() -> None:
    assert token_labels([(0, 0), (0, 2), (2, 3)], [], 3) == [IGNORED, 0, 0]


def test_no_tokens_have_no_labels_no_spans_and_leave_each_character_zero() -> None:
    assert token_labels([], [[0, 1]], 2) == []
    assert token_spans([], []) == []
    assert char_values([], [], 2).tolist() == [0.0, 0.0]


def test_blanks_between_two_marked_tokens_stay_outside() -> None:
    assert token_spans([(0, 4), (5, 7)], [1, 0]) == [Span(0, 4), Span(5, 7)]


@few
@given(st.lists(TEXT, max_size=6), st.data())
def test_joined_tokens_and_their_runs_are_quoted_by_their_offsets(tokens: list[str], data: st.DataObject) -> None:
    text, offsets = " ".join(tokens), joined_offsets(tokens)
    mask = data.draw(st.lists(st.booleans(), min_size=len(tokens), max_size=len(tokens)))
    quotes = [" ".join(tokens[first:behind]) for first, behind in from_mask(mask)]

    assert [text[start:end] for start, end in offsets] == tokens
    assert [text[start:end] for start, end in run_spans(offsets, from_mask(mask))] == list(filter(None, quotes))


def test_runs_that_follow_each_other_stay_apart_at_the_blank() -> None:
    assert run_spans(joined_offsets(["ngu", "ngốc", "khờ"]), [[1, 3], [0, 1]]) == [Span(0, 3), Span(4, 12)]


def test_numpy_offsets_give_plain_integers() -> None:
    offsets = np.array([(0, 0), (0, 2), (2, 4)])

    spans = token_spans(offsets, np.array([1, 2]))

    assert spans == [Span(0, 4)]
    assert all(type(end) is int for end in spans[0])
    assert token_labels(offsets, [[3, 4]], 4) == [IGNORED, 0, 1]


def test_byte_tokens_that_share_an_emoji_share_its_label_span_and_largest_value() -> None:
    offsets = [(0, 1), (1, 2), (1, 2), (1, 2), (1, 2)]

    labels = token_labels(offsets, [[1, 2]], 2)

    assert labels == [0, 1, 1, 1, 1]
    assert token_spans(offsets, [2, 4]) == [Span(1, 2)]
    assert char_values(offsets, [0.1, 0.2, 0.9, 0.4, 0.3], 2).tolist() == [0.1, 0.9]


@few
@given(cut_texts(), st.data())
def test_a_character_has_the_largest_value_of_its_tokens(
    cut: tuple[str, list[tuple[int, int]], list[Span]], data: st.DataObject
) -> None:
    text, offsets, _ = cut
    amount = len(offsets)
    values = data.draw(st.lists(st.floats(0, 1), min_size=amount, max_size=amount))

    spread = char_values(offsets, values, len(text))

    expected = [
        max((value for (start, end), value in zip(offsets, values, strict=True) if start <= i < end), default=0.0)
        for i in range(len(text))
    ]
    assert spread.tolist() == expected


def test_char_values_demands_one_value_a_token() -> None:
    with pytest.raises(ValueError, match="zip"):
        char_values([(0, 1), (1, 2)], [1.0], 2)


@pytest.mark.parametrize(
    ("text", "quote"),
    [
        ("他真是个蠢货，滚吧", "蠢货"),
        ("蠢货", "蠢货"),
        ("đồ ngu ạ", "ngu"),
        ("bạn là đồ ngu", "đồ ngu"),
        (unicodedata.normalize("NFD", "bạn là đồ ngu"), unicodedata.normalize("NFD", "đồ ngu")),
        ("😀😀 you idiot 😀", "idiot"),
        ("👨\u200d👩\u200d👧 idiot!", "idiot"),
        ("𝕬 傻 𠮷", "𠮷"),
        ("you stu\u200bpid fool", "stu\u200bpid"),
        ("\ufeffYou IDIOT", "IDIOT"),
        ("你这个idiot真trash", "idiot"),
        ("a\u3000 trash \n", "trash"),
    ],
)
def test_spans_survive_a_real_tokenizer_in_every_script(
    tiny_tokenizer: PreTrainedTokenizerFast, text: str, quote: str
) -> None:
    spans = find_all(quote, text)
    encoding = tiny_tokenizer(text, return_offsets_mapping=True)

    offsets = strip_blanks(encoding["offset_mapping"], text)
    labels = token_labels(offsets, spans, len(text))

    assert labels[0] == labels[-1] == IGNORED
    assert [text[start:end] for start, end in merge(inked(token_spans(offsets, marked(labels)), text), gap=1)] == [
        quote
    ]
    values = char_values(offsets, [max(label, 0) for label in labels], len(text))
    assert size(from_mask(values > 0)) == size(inked(spans, text))


@few
@given(st.text(alphabet="a đồ\u0301ngu傻\u3000 \n😀👨\u200d\u200b\u0301𠮷ß", min_size=1, max_size=16), st.data())
def test_spans_survive_byte_level_tokens_of_any_text(text: str, data: st.DataObject) -> None:
    alphabet = {character: position for position, character in enumerate(sorted(ByteLevel.alphabet()))}
    tokenizer = Tokenizer(BPE(alphabet, []))
    tokenizer.pre_tokenizer = ByteLevel(add_prefix_space=False)
    ends = st.integers(0, len(text))
    span = Span(*sorted(data.draw(st.tuples(ends, ends))))

    offsets = strip_blanks(tokenizer.encode(text).offsets, text)
    back = token_spans(offsets, marked(token_labels(offsets, [span], len(text))))

    assert back == inked([span], text)
