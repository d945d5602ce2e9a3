"""What the tests of the trainers share: annotated rows, their batches, and a model without dropout."""

from typing import Any

import pytest
import torch
from datasets import Dataset
from torch import Tensor
from transformers import BertForSequenceClassification, PreTrainedTokenizerBase

from hf_toxspan.data.collator import SpanCollator
from hf_toxspan.data.encoding import encode

Row = dict[str, Any]


def row(text: str, *quotes: str, label: str = "toxic", annotated: bool = True) -> Row:
    spans = [[text.index(quote), text.index(quote) + len(quote)] for quote in quotes] if annotated else None
    return {"text": text, "label": label, "toxic": label == "toxic", "spans": spans}


ROWS = [
    row("you are a stupid idiot", "stupid idiot"),
    row("hello world", label="clean"),
    row("他真是个蠢货吧", "蠢货"),
    row("thank you kind people, thank you", label="clean", annotated=False),
    row("they are trash", "trash"),
    row("bạn rất ngu và người không tốt", "ngu"),
    row("xin chào", label="clean"),
    row("we are the garbage people", annotated=False),
    row("nice", label="clean"),
    row("good friend, good world", label="clean"),
    row("she is not ugly", label="clean", annotated=False),
    row("he is dumb, ugly and so not nice", "dumb", "ugly"),
    row("it is what it is", label="clean"),
    row("滚", "滚"),
]
"""14 rows of uneven length; 6 of them, unevenly spread, have toxic tokens; 3 are not annotated."""


@pytest.fixture
def rows() -> list[Row]:
    return ROWS


@pytest.fixture(scope="session")
def encoded(tiny_tokenizer: PreTrainedTokenizerBase) -> Dataset:
    return encode(Dataset.from_list(ROWS), tiny_tokenizer, label2id={"clean": 0, "toxic": 1}, max_length=128)


@pytest.fixture
def batch(encoded: Dataset, tiny_tokenizer: PreTrainedTokenizerBase) -> dict[str, Tensor]:
    """The first seven rows: four with toxic tokens, one not annotated."""
    return SpanCollator(tiny_tokenizer)([encoded[position] for position in range(7)])


@pytest.fixture
def lively_model(tiny_model: BertForSequenceClassification) -> BertForSequenceClassification:
    """The tiny model with eight times its weights, so that no gradient is small, and without dropout."""
    for parameter in tiny_model.parameters():
        if parameter.dim() == 2:
            parameter.data.mul_(8)
    for module in tiny_model.modules():
        if isinstance(module, torch.nn.Dropout):
            module.p = 0.0
    tiny_model.config.hidden_dropout_prob = tiny_model.config.attention_probs_dropout_prob = 0.0
    return tiny_model
