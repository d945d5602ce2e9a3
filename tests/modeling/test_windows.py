"""Promises of `hf_toxspan.modeling.windows`."""

import unicodedata
from types import SimpleNamespace

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from transformers import BertConfig, PreTrainedTokenizerBase, RobertaConfig, RobertaForSequenceClassification

from hf_toxspan.core.spans import Span
from hf_toxspan.modeling.windows import Window, batches, collate, split, text_tokens, where_read, window_length

STRANGE = {
    "Chinese": "他真是个蠢货吧，呀！",
    "Vietnamese, composed": unicodedata.normalize("NFC", "đồ người không tốt"),
    "Vietnamese, decomposed": unicodedata.normalize("NFD", "đồ người không tốt"),
    "emoji": "😀👩‍👩‍👧 🇻🇳 hello",
    "zero-width": "he\u200bllo\u200d wor\ufeffld\u200b",
    "NUL and other control characters": "hel\0lo \x07you",
    "lone surrogates": "a\ud83d \udc00b \ud83d\udc00",
    "unknown script": "გამარჯობა ᚠᚢᚦ",
}


def test_every_character_of_a_long_text_lies_in_a_window(tiny_tokenizer: PreTrainedTokenizerBase) -> None:
    text = "you are 他真是个蠢货 rất tốt, hello world! " * 40

    windows = split([text], tiny_tokenizer, 16)

    covered = {position for window in windows for start, end in window.offsets for position in range(start, end)}
    assert covered == {position for position, character in enumerate(text) if not character.isspace()}
    assert max(len(window.ids) for window in windows) == 16


@pytest.mark.parametrize("script", STRANGE)
def test_windows_hold_the_tokens_of_the_uncut_text(tiny_tokenizer: PreTrainedTokenizerBase, script: str) -> None:
    text = STRANGE[script] * 9
    (whole,) = split([text], tiny_tokenizer, 10_000)

    windows = split([text], tiny_tokenizer, 7)

    assert {(start, end) for window in windows for start, end in window.offsets} == set(whole.offsets)
    assert len(windows) > 1


@pytest.mark.parametrize("script", STRANGE)
def test_offsets_point_into_the_original_text(tiny_tokenizer: PreTrainedTokenizerBase, script: str) -> None:
    text = f"{STRANGE[script]} stupid {STRANGE[script]} STUPID {STRANGE[script]}"
    stupid = tiny_tokenizer.convert_tokens_to_ids("stupid")

    windows = split([text], tiny_tokenizer, 9)

    found = {
        span for window in windows for token, span in zip(window.ids, window.offsets, strict=True) if token == stupid
    }
    assert found == {Span(text.index(word), text.index(word) + 6) for word in ("stupid", "STUPID")}


def test_neighbouring_windows_share_a_quarter_of_their_tokens(tiny_tokenizer: PreTrainedTokenizerBase) -> None:
    first, second = split(
        ["的一是了我不人在他有这个上们"], tiny_tokenizer, 10
    )  # 14 tokens, 8 a window, 2 of them shared

    assert first.offsets[1:-1] == [Span(i, i + 1) for i in range(8)]
    assert second.offsets[1:-1] == [Span(i, i + 1) for i in range(6, 14)]


def test_special_tokens_have_no_characters(tiny_tokenizer: PreTrainedTokenizerBase) -> None:
    (window,) = split(["you"], tiny_tokenizer, 16)

    assert tiny_tokenizer.convert_ids_to_tokens(window.ids) == ["[CLS]", "you", "[SEP]"]
    assert [end - start for start, end in window.offsets] == [0, 3, 0]
    assert window.types == [0, 0, 0]


def test_windows_name_their_text_and_every_text_has_one(tiny_tokenizer: PreTrainedTokenizerBase) -> None:
    windows = split(["you", "", "hello " * 20], tiny_tokenizer, 12)

    assert [window.text for window in windows] == [0, 1, 2, 2, 2]
    assert split([], tiny_tokenizer, 12) == []


def test_length_is_the_smallest_limit(tiny_tokenizer: PreTrainedTokenizerBase) -> None:
    assert window_length(tiny_tokenizer, BertConfig(max_position_embeddings=64)) == 64
    assert window_length(tiny_tokenizer, BertConfig(max_position_embeddings=512)) == 128
    assert window_length(tiny_tokenizer, SimpleNamespace()) == 128
    endless = SimpleNamespace(model_max_length=int(1e30))
    assert window_length(endless, SimpleNamespace()) == 512  # type: ignore[arg-type]
    assert window_length(endless, BertConfig(max_position_embeddings=8192)) == 512  # type: ignore[arg-type]


def test_roberta_never_uses_two_of_its_positions(tiny_tokenizer: PreTrainedTokenizerBase) -> None:
    config = RobertaConfig(
        vocab_size=len(tiny_tokenizer), hidden_size=8, num_hidden_layers=1, num_attention_heads=1, intermediate_size=8,
        max_position_embeddings=20, pad_token_id=1,
    )  # fmt: skip
    model = RobertaForSequenceClassification(config).eval()
    length = window_length(tiny_tokenizer, config)

    assert length == 18
    assert torch.isfinite(model(input_ids=torch.full((1, length), 9)).logits).all()
    with pytest.raises((IndexError, RuntimeError)):
        model(input_ids=torch.full((1, length + 1), 9))


def window(text: int, tokens: int) -> Window:
    return Window(text, list(range(5, 5 + tokens)), [0] * tokens, [Span(0, 0)] * tokens)


def test_batches_hold_each_window_once_the_longest_first() -> None:
    windows = [window(0, 3), window(1, 9), window(2, 1), window(3, 9), window(4, 4)]

    assert list(batches(windows, 2)) == [[1, 3], [4, 0], [2]]
    assert list(batches(windows, 100)) == [[1, 3, 4, 0, 2]]
    assert list(batches([], 2)) == []


def test_batches_are_cut_where_padding_costs_more_than_a_pass() -> None:
    windows = [window(0, 40), window(1, 40), window(2, 4), window(3, 3)]

    assert list(batches(windows, 4, pass_cost=60)) == [[0, 1], [2, 3]]  # 60 + 80, 60 + 8, against 60 + 160
    assert list(batches(windows, 4, pass_cost=80)) == [[0, 1, 2, 3]]
    assert list(batches(windows, 1, pass_cost=80)) == [[0], [1], [2], [3]]
    assert list(batches(windows, 4, pass_cost=1)) == [[0, 1], [2], [3]]  # 1 + 80, 1 + 4, 1 + 3
    assert list(batches([], 4, pass_cost=60)) == []


@given(st.lists(st.integers(1, 30), min_size=1, max_size=7), st.integers(1, 4), st.integers(0, 50))
def test_no_other_cuts_cost_less(lengths: list[int], batch_size: int, pass_cost: int) -> None:
    windows = [window(place, length) for place, length in enumerate(lengths)]
    ordered = sorted(lengths, reverse=True)

    def cost(sizes: list[int]) -> int:
        starts = [sum(sizes[:place]) for place in range(len(sizes))]
        return sum(pass_cost + size * ordered[start] for start, size in zip(starts, sizes, strict=True))

    def cuts(count: int) -> list[list[int]]:
        heads = range(1, min(count, batch_size) + 1)
        return [[head, *rest] for head in heads for rest in cuts(count - head)] if count else [[]]

    found = list(batches(windows, batch_size, pass_cost=pass_cost))
    assert sorted(place for batch in found for place in batch) == list(range(len(lengths)))
    assert cost([len(batch) for batch in found]) == min(map(cost, cuts(len(lengths))))


def test_collate_pads_on_the_right() -> None:
    batch = collate([window(0, 1), Window(1, [7, 8, 9], [0, 1, 1], [Span(0, 0)] * 3)], pad_id=4)

    assert {name: tensor.tolist() for name, tensor in batch.items()} == {
        "input_ids": [[5, 4, 4], [7, 8, 9]],
        "token_type_ids": [[0, 0, 0], [0, 1, 1]],
        "attention_mask": [[1, 0, 0], [1, 1, 1]],
        "token_mask": [[0, 0, 0], [0, 0, 0]],
    }


def test_a_token_that_may_not_be_looked_at_has_no_attention() -> None:
    hidden = window(0, 3)._replace(attention=(1, 0, 1))

    assert collate([hidden, window(1, 4)], pad_id=0)["attention_mask"].tolist() == [[1, 0, 1, 0], [1, 1, 1, 1]]


def test_tokens_of_the_text_are_those_with_characters_that_may_be_looked_at() -> None:
    offsets = [Span(0, 0), Span(0, 2), Span(2, 3), Span(0, 0)]
    seen = Window(0, [1, 5, 6, 2], [0] * 4, offsets)

    batch = collate([seen, seen._replace(attention=(1, 1, 0, 1))], pad_id=0)

    assert batch["token_mask"].tolist() == [[0, 1, 1, 0], [0, 1, 0, 0]]


def test_the_tokens_of_a_text_stand_once_each_in_its_order(tiny_tokenizer: PreTrainedTokenizerBase) -> None:
    texts = ["you fool", "", "的一是了我不人在他有这个上们"]

    tokens = text_tokens(split(texts, tiny_tokenizer, 10), len(texts))

    assert tokens == [[Span(0, 3), Span(4, 8)], [], [Span(i, i + 1) for i in range(14)]]


def test_tokens_that_share_a_character_count_as_one() -> None:
    """As where the word mark before a text covers the first character of its first word."""
    first = Window(0, [1, 2, 3, 4], [0] * 4, [Span(0, 0), Span(0, 1), Span(0, 2), Span(2, 4)])
    second = Window(0, [3, 4, 5], [0] * 3, [Span(2, 4), Span(4, 5), Span(4, 5)])

    assert text_tokens([first, second], 1) == [[Span(0, 2), Span(2, 4), Span(4, 5)]]


def test_each_token_is_read_once_where_it_stands_further_from_the_border() -> None:
    first = [Span(0, 0), Span(0, 2), Span(2, 4), Span(4, 6), Span(6, 8), Span(0, 0)]
    second = [Span(0, 0), Span(4, 6), Span(6, 8), Span(8, 9)]
    assert list(where_read([first, second])) == [(0, 1), (0, 2), (0, 3), (1, 2), (1, 3)]
    assert list(where_read([[Span(0, 0)]])) == [] == list(where_read([]))
