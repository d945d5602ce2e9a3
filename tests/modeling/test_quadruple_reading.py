"""Promises of `hf_toxspan.modeling.quadruple_reading`."""

import numpy as np
import pytest
import torch
from transformers import PreTrainedTokenizerBase

from hf_toxspan.modeling.quadruple_encoder import QuadrupleEncoder
from hf_toxspan.modeling.quadruple_reading import DECIMALS, read_texts
from hf_toxspan.modeling.windows import split, text_tokens
from tests.toy_quadruples import build_encoder

ROUNDING = 0.5 * 10**-DECIMALS + 1e-5


@pytest.fixture
def model(tiny_tokenizer: PreTrainedTokenizerBase) -> QuadrupleEncoder:
    return build_encoder(tiny_tokenizer, lively=True)


def test_each_token_with_characters_is_read_as_the_model_says(
    model: QuadrupleEncoder, tiny_tokenizer: PreTrainedTokenizerBase
) -> None:
    text = "you are kind"
    with torch.no_grad():
        output = model(**tiny_tokenizer(text, return_tensors="pt"))

    (reading,) = read_texts(model, tiny_tokenizer, [text])

    assert reading.offsets == [(0, 3), (4, 7), (8, 12)] and reading.windows == [0, 0, 0]
    for found, logits in (
        (reading.target_tags, output.target_logits),
        (reading.argument_tags, output.argument_logits),
    ):
        expected = logits[0, 1:4].log_softmax(dim=-1)
        np.testing.assert_allclose(found, expected.numpy(), rtol=0, atol=ROUNDING)
    torch.testing.assert_close(reading.states, output.last_hidden_state[0, 1:4], rtol=0, atol=1e-5)
    torch.testing.assert_close(reading.firsts, output.last_hidden_state[:, 0], rtol=0, atol=1e-5)


def test_a_long_text_is_read_in_windows_each_token_once(
    model: QuadrupleEncoder, tiny_tokenizer: PreTrainedTokenizerBase
) -> None:
    text = " ".join(["hello kind world"] * 120)  # 360 tokens for an encoder of 128
    windows = split([text], tiny_tokenizer, 128)

    (reading,) = read_texts(model, tiny_tokenizer, [text])

    assert len(windows) == len(reading.firsts) == 4
    assert reading.offsets == text_tokens(windows, 1)[0]
    assert reading.target_tags.shape == (360, 3) and reading.states.shape == (360, 16)
    assert sorted(set(reading.windows)) == [0, 1, 2, 3] and reading.windows == sorted(reading.windows)
    # 126 tokens a window, of which the next one repeats 31; each half of those is read in the nearer window
    assert [reading.windows.count(row) for row in range(3)] == pytest.approx([110, 95, 95], abs=2)


def test_texts_without_characters_have_no_tokens(
    model: QuadrupleEncoder, tiny_tokenizer: PreTrainedTokenizerBase
) -> None:
    readings = read_texts(model, tiny_tokenizer, ["", "kind", " \n"])

    assert [len(reading.offsets) for reading in readings] == [0, 1, 0]
    assert readings[0].target_tags.shape == (0, 3) and readings[0].states.shape == (0, 16)
    assert read_texts(model, tiny_tokenizer, []) == []


def test_neither_order_nor_batch_size_matters(model: QuadrupleEncoder, tiny_tokenizer: PreTrainedTokenizerBase) -> None:
    texts = ["you are kind", "hello " * 200, "他真是个好朋友", "", "nice"]

    alone = [read_texts(model, tiny_tokenizer, [text], batch_size=1)[0] for text in texts]

    for found, expected in zip(read_texts(model, tiny_tokenizer, texts, batch_size=3), alone, strict=True):
        assert (found.offsets, found.windows) == (expected.offsets, expected.windows)
        np.testing.assert_allclose(found.argument_tags, expected.argument_tags, rtol=0, atol=2 * ROUNDING)
        torch.testing.assert_close(found.states, expected.states, rtol=0, atol=1e-4)
