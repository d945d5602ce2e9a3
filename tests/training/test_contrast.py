"""Promises of `hf_toxspan.training.contrast`."""

import pytest
import torch
from datasets import Dataset
from torch import Tensor
from transformers import BertForSequenceClassification, PreTrainedTokenizerBase

from hf_toxspan.data.collator import SpanCollator
from hf_toxspan.data.encoding import encode
from hf_toxspan.tensor.losses import info_nce_loss
from hf_toxspan.training.contrast import REASON_INPUTS, Contrast, contrast_sum, reasoned_rows

PLAIN = Contrast(temperature=0.1, gamma=1.0)
TEXTS = [
    ("you are a stupid idiot", True, "stupid idiot", "you are nice"),
    ("hello world", False, None, None),
    ("他真是个蠢货吧", True, "蠢货", "他真是个朋友"),
    ("good friend, good world", False, "trash", "good friend"),
    ("they are trash", True, "trash", None),
]


@pytest.fixture
def batch(tiny_tokenizer: PreTrainedTokenizerBase) -> dict[str, Tensor]:
    columns = ("text", "toxic", "reason_toxic", "reason_clean")
    rows = [dict(zip(columns, row, strict=True)) for row in TEXTS]
    data = Dataset.from_list([{**row, "label": "toxic" if row["toxic"] else "clean", "spans": None} for row in rows])
    encoded = encode(data, tiny_tokenizer, label2id={"clean": 0, "toxic": 1}, max_length=64)
    return SpanCollator(tiny_tokenizer)(list(encoded))


@pytest.fixture
def model(lively_model: BertForSequenceClassification) -> BertForSequenceClassification:
    return lively_model.double()


def summed(model: BertForSequenceClassification, batch: dict[str, Tensor], contrast: Contrast = PLAIN) -> Tensor:
    inputs = {name: batch[name] for name in ("input_ids", "attention_mask", "token_type_ids")}
    return contrast_sum(model, inputs, {name: batch[name] for name in REASON_INPUTS & batch.keys()}, contrast)


def test_texts_with_both_reasons_enter(batch: dict[str, Tensor]) -> None:
    assert reasoned_rows(batch).tolist() == [True, False, True, True, False]


def test_a_batch_without_reasons_has_none(batch: dict[str, Tensor]) -> None:
    bare = {name: tensor for name, tensor in batch.items() if name not in REASON_INPUTS}

    assert not reasoned_rows(bare).any()


def test_the_sum_is_that_of_texts_and_reasons_embedded_one_by_one(
    model: BertForSequenceClassification, batch: dict[str, Tensor], tiny_tokenizer: PreTrainedTokenizerBase
) -> None:
    def embed(texts: list[str]) -> Tensor:
        encoded = (tiny_tokenizer(text, return_tensors="pt") for text in texts)
        return torch.cat([model.bert(**one).last_hidden_state.mean(dim=1) for one in encoded])

    texts = embed([TEXTS[place][0] for place in (0, 2, 3)])
    agreeing = embed(["stupid idiot", "蠢货", "good friend"])
    opposing = embed(["you are nice", "他真是个朋友", "trash"])

    expected = info_nce_loss(texts, agreeing, opposing, temperature=0.1, gamma=1.0, reduction="sum")

    torch.testing.assert_close(summed(model, batch), expected, rtol=0, atol=1e-9)
    assert expected > 0.1


def test_padding_changes_nothing(
    model: BertForSequenceClassification, batch: dict[str, Tensor], tiny_tokenizer: PreTrainedTokenizerBase
) -> None:
    wider = {name: torch.nn.functional.pad(tensor, (0, 5)) for name, tensor in batch.items() if tensor.dim() == 2}

    torch.testing.assert_close(summed(model, wider), summed(model, batch), rtol=0, atol=1e-9)


def test_a_reason_repeated_in_the_batch_is_not_pushed_away(
    model: BertForSequenceClassification, batch: dict[str, Tensor]
) -> None:
    twice = {name: tensor[[0, 0]] for name, tensor in batch.items()}
    once = {name: tensor[[0]] for name, tensor in batch.items()}
    # The opposing reason stands twice among the negatives, the agreeing one not at all.
    alone = torch.expm1(summed(model, once, Contrast(0.1, 0.0)))

    torch.testing.assert_close(summed(model, twice, Contrast(0.1, 0.0)), 2 * torch.log1p(2 * alone), rtol=0, atol=1e-9)


def test_without_reasons_the_sum_is_zero(model: BertForSequenceClassification, batch: dict[str, Tensor]) -> None:
    assert summed(model, {name: tensor[[1, 4]] for name, tensor in batch.items()}).item() == 0


def test_the_encoder_learns_from_it(model: BertForSequenceClassification, batch: dict[str, Tensor]) -> None:
    summed(model, batch).backward()

    assert model.get_input_embeddings().weight.grad.abs().max() > 1e-3
