"""Promises of `hf_toxspan.modeling.window_reader`."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from transformers import (
    BertForSequenceClassification,
    GPT2Config,
    GPT2ForSequenceClassification,
    PreTrainedModel,
    PreTrainedTokenizerBase,
)

from hf_toxspan.core.spans import Span
from hf_toxspan.modeling.labels import read_toxic_labels
from hf_toxspan.modeling.rationale import RationaleForToxicSpans
from hf_toxspan.modeling.window_reader import WindowReader, deciding_windows
from hf_toxspan.modeling.windows import Window

Build = Callable[..., RationaleForToxicSpans]
TEXTS = ["you fool", "hello world, you stupid idiot " * 30, "他真是个蠢货吧", "đồ ngu"]


def reader_of(model: PreTrainedModel, tokenizer: PreTrainedTokenizerBase) -> WindowReader:
    return WindowReader(model, tokenizer, read_toxic_labels(model.config))


def test_a_classifier_has_logits_and_no_tags(
    taught_model: BertForSequenceClassification, tiny_tokenizer: PreTrainedTokenizerBase
) -> None:
    reader = reader_of(taught_model, tiny_tokenizer)

    reading = reader.read(reader.windows(["you fool"]))

    with torch.no_grad():
        expected = taught_model(**tiny_tokenizer("you fool", return_tensors="pt")).logits
    torch.testing.assert_close(reading.logits, expected, rtol=0, atol=1e-6)
    assert reading.tags is None


def test_a_rationale_model_has_tags_of_each_token_of_each_window(
    build_rationale: Build, tiny_tokenizer: PreTrainedTokenizerBase
) -> None:
    model = build_rationale(lively=True)
    reader = reader_of(model, tiny_tokenizer)
    windows = reader.windows(TEXTS)

    reading = reader.read(windows, batch_size=3)

    assert len(windows) > len(TEXTS)
    assert reading.tags is not None
    for window, logits, tags in zip(windows, reading.logits, reading.tags, strict=True):
        mask = torch.tensor([[int(end > start) for start, end in window.offsets]])
        with torch.no_grad():
            alone = model(input_ids=torch.tensor([window.ids]), token_mask=mask)
        torch.testing.assert_close(logits, alone.logits[0], rtol=0, atol=1e-4)
        np.testing.assert_allclose(tags, alone.tag_logits[0].softmax(dim=-1), rtol=0, atol=1e-4)
        assert tags.dtype == np.float32


@pytest.mark.parametrize("size", [1, 2, 5, 100])
def test_order_is_that_of_the_windows_for_any_batch_size(
    build_rationale: Build, tiny_tokenizer: PreTrainedTokenizerBase, size: int
) -> None:
    reader = reader_of(build_rationale(lively=True), tiny_tokenizer)
    windows = reader.windows(TEXTS)
    expected = reader.read(windows)

    reading = reader.read(windows, batch_size=size)

    torch.testing.assert_close(reading.logits, expected.logits, rtol=0, atol=1e-4)
    for found, tags in zip(reading.tags or [], expected.tags or [], strict=True):
        np.testing.assert_allclose(found, tags, rtol=0, atol=1e-4)
    assert torch.equal(reader.logits(windows, batch_size=size), reading.logits)


def test_no_windows_are_read_as_nothing(build_rationale: Build, tiny_tokenizer: PreTrainedTokenizerBase) -> None:
    reading = reader_of(build_rationale(), tiny_tokenizer).read([])

    assert reading.logits.shape == (0, 2)
    assert not reading.tags


def test_what_the_model_takes_is_passed_on_and_nothing_else(
    build_rationale: Build, adding_model: Any, tiny_tokenizer: PreTrainedTokenizerBase
) -> None:
    plain = reader_of(adding_model({}, bias=[0, 0], toxic_labels=["toxic"]), tiny_tokenizer)
    tagging = reader_of(build_rationale(), tiny_tokenizer)
    windows = plain.windows(["you fool"])

    assert plain.inputs(windows).keys() == {"input_ids", "attention_mask"}
    assert tagging.inputs(windows).keys() == {"input_ids", "attention_mask", "token_type_ids", "token_mask"}
    assert tagging.inputs(windows)["token_mask"].tolist() == [[0, 1, 1, 0]]


def test_texts_without_a_character_that_could_be_evidence_have_no_window(
    build_rationale: Build, tiny_tokenizer: PreTrainedTokenizerBase
) -> None:
    windows = reader_of(build_rationale(), tiny_tokenizer).windows(["", "you", "  ", "\u200b", "fool"])

    assert [window.text for window in windows] == [1, 4]


def test_windows_of_different_length_never_share_a_batch_of_a_decoder(
    build_rationale: Build, tiny_tokenizer: PreTrainedTokenizerBase
) -> None:
    labels = {"id2label": {0: "clean", 1: "toxic"}, "pad_token_id": 0}
    config = GPT2Config(vocab_size=len(tiny_tokenizer), n_embd=8, n_layer=1, n_head=1, **labels)
    decoder = reader_of(GPT2ForSequenceClassification(config), tiny_tokenizer)
    encoder = reader_of(build_rationale(), tiny_tokenizer)
    windows = encoder.windows(["you", "you fool", "they"])

    assert list(encoder.batches(windows, 9)) == [[1, 0, 2]]
    assert list(decoder.batches(windows, 9)) == [[1], [0, 2]]


def test_the_most_toxic_window_decides_and_of_equals_the_first() -> None:
    windows = [Window(text, [5], [0], [Span(0, 1)]) for text in (0, 0, 2, 2, 2)]

    assert deciding_windows(windows, [0.2, 0.3, 0.7, 0.9, 0.9]) == {0: 1, 2: 3}
    assert deciding_windows([], []) == {}
