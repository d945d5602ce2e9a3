"""Promises of `hf_toxspan.data.collator`."""

import copy
import logging
from typing import Any

import pytest
import torch
from transformers import BertForSequenceClassification, PreTrainedTokenizerBase

from hf_toxspan.data.collator import SpanCollator
from hf_toxspan.data.encoding import encode
from hf_toxspan.data.samples import cold_sample


def two_rows() -> list[dict[str, Any]]:
    return [
        {"input_ids": [2, 9, 3], "attention_mask": [1, 1, 1], "labels": 1, "token_labels": [-100, 1, -100]},
        {"input_ids": [2, 3], "attention_mask": [1, 1], "labels": 0, "token_labels": [-100, -100]},
    ]


def test_everything_is_padded_to_the_longest_row(tiny_tokenizer: PreTrainedTokenizerBase) -> None:
    batch = SpanCollator(tiny_tokenizer)(two_rows())

    assert {key: value.tolist() for key, value in batch.items()} == {
        "input_ids": [[2, 9, 3], [2, 3, 0]],
        "attention_mask": [[1, 1, 1], [1, 1, 0]],
        "labels": [1, 0],
        "token_labels": [[-100, 1, -100], [-100, -100, -100]],
    }


def test_reasons_are_padded_on_their_own_with_their_masks(tiny_tokenizer: PreTrainedTokenizerBase) -> None:
    one, two = two_rows()
    rows = [
        {**one, "agreeing_input_ids": [2, 7, 8, 3], "opposing_input_ids": [2, 3]},
        {**two, "agreeing_input_ids": [], "opposing_input_ids": []},
    ]

    batch = SpanCollator(tiny_tokenizer)(rows)

    assert batch["agreeing_input_ids"].tolist() == [[2, 7, 8, 3], [0, 0, 0, 0]]
    assert batch["agreeing_attention_mask"].tolist() == [[1, 1, 1, 1], [0, 0, 0, 0]]
    assert batch["opposing_input_ids"].tolist() == [[2, 3], [0, 0]]
    assert batch["opposing_attention_mask"].tolist() == [[1, 1], [0, 0]]
    assert batch["input_ids"].shape == batch["token_labels"].shape == (2, 3)


def test_a_batch_in_which_nobody_has_a_reason_collates(tiny_tokenizer: PreTrainedTokenizerBase) -> None:
    rows = [{**row, "agreeing_input_ids": [], "opposing_input_ids": []} for row in two_rows()]

    batch = SpanCollator(tiny_tokenizer)(rows)

    assert batch["agreeing_attention_mask"].shape == (2, 0)


def test_token_labels_follow_a_tokenizer_that_pads_on_the_left(tiny_tokenizer: PreTrainedTokenizerBase) -> None:
    tokenizer = copy.deepcopy(tiny_tokenizer)
    tokenizer.padding_side = "left"
    long, short = two_rows()
    short["token_labels"] = [-100, 0]

    batch = SpanCollator(tokenizer)([long, short])

    assert batch["input_ids"][1].tolist() == [0, 2, 3]
    assert batch["token_labels"][1].tolist() == [-100, -100, 0]


def tagged_rows() -> list[dict[str, Any]]:
    nothing, out, begin = [0.0, 0.0, 0.0], [1.0, 0.0, 0.0], [0.0, 0.5, 0.5]
    return [
        {"input_ids": [2, 9, 8, 3], "token_mask": [0, 1, 1, 0], "tag_targets": [nothing, out, begin, nothing]},
        {"input_ids": [2, 3], "token_mask": [0, 0], "tag_targets": [nothing, nothing]},
        {"input_ids": [2, 9, 3], "token_mask": [0, 1, 0], "tag_targets": [nothing, begin, nothing]},
    ]


@pytest.mark.parametrize(("side", "place"), [("right", 1), ("left", 2)])
def test_tags_are_padded_with_what_no_loss_looks_at(
    tiny_tokenizer: PreTrainedTokenizerBase, side: str, place: int
) -> None:
    tokenizer = copy.deepcopy(tiny_tokenizer)
    tokenizer.padding_side = side

    batch = SpanCollator(tokenizer)(tagged_rows())

    assert batch["tag_targets"].shape == (3, 4, 3) and batch["tag_targets"].dtype == torch.float32
    assert batch["tag_targets"][2, place].tolist() == [0, 0.5, 0.5]
    assert batch["tag_targets"].sum(dim=(1, 2)).tolist() == [2, 0, 1]
    assert batch["token_mask"].sum(dim=1).tolist() == [2, 0, 1]
    assert batch["token_mask"][2, place] == 1
    assert torch.equal(batch["tag_targets"].any(dim=-1), batch["token_mask"].bool())
    assert not batch["token_mask"][batch["attention_mask"] == 0].any()


def test_a_row_with_too_few_tags_is_told(tiny_tokenizer: PreTrainedTokenizerBase) -> None:
    rows = tagged_rows()
    rows[2]["tag_targets"].pop()

    with pytest.raises(ValueError, match="Row 2 of the batch has 2 tag_targets; expected one for each of its 3"):
        SpanCollator(tiny_tokenizer)(rows)


def test_the_width_can_be_rounded_up(tiny_tokenizer: PreTrainedTokenizerBase) -> None:
    batch = SpanCollator(tiny_tokenizer, pad_to_multiple_of=8)(two_rows())

    assert batch["input_ids"].shape == batch["token_labels"].shape == (2, 8)


def test_no_key_is_dropped(tiny_tokenizer: PreTrainedTokenizerBase) -> None:
    rows = [{**row, "weight": 0.5, "text": "傻", "spans": [[0, 1]]} for row in two_rows()]

    batch = SpanCollator(tiny_tokenizer)(rows)

    assert batch.keys() == rows[0].keys()
    assert torch.equal(batch["weight"], torch.tensor([0.5, 0.5]))
    assert batch["text"] == ["傻", "傻"]
    assert batch["spans"] == [[[0, 1]], [[0, 1]]]


def test_labels_are_not_needed(tiny_tokenizer: PreTrainedTokenizerBase) -> None:
    batch = SpanCollator(tiny_tokenizer)([{"input_ids": [2, 3]}, {"input_ids": [2]}])

    assert batch["attention_mask"].tolist() == [[1, 1], [1, 0]]


def test_rows_stay_as_they_are_and_nothing_is_warned(
    tiny_tokenizer: PreTrainedTokenizerBase, caplog: pytest.LogCaptureFixture
) -> None:
    rows = two_rows()

    with caplog.at_level(logging.WARNING):
        SpanCollator(tiny_tokenizer)(rows)

    assert rows == two_rows()
    assert not caplog.records


def test_no_rows_are_told(tiny_tokenizer: PreTrainedTokenizerBase) -> None:
    with pytest.raises(ValueError, match="Got no rows to collate; expected at least one"):
        SpanCollator(tiny_tokenizer)([])


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda rows: rows[1].pop("labels"), "Row 1 of the batch has the keys .*; expected those of row 0: .*labels"),
        (lambda rows: rows[1]["token_labels"].pop(), "Row 1 .* has 1 token_labels; expected one for each of its 2"),
        (lambda rows: rows[0].pop("input_ids"), "expected input_ids. Run `encode`"),
    ],
)
def test_rows_that_do_not_fit_together_are_told(
    tiny_tokenizer: PreTrainedTokenizerBase,
    change: Any,
    told: str,
) -> None:
    rows = two_rows()
    change(rows)

    with pytest.raises(ValueError, match=told):
        SpanCollator(tiny_tokenizer)(rows)


def test_a_tokenizer_without_padding_is_told(tiny_tokenizer: PreTrainedTokenizerBase) -> None:
    tokenizer = copy.deepcopy(tiny_tokenizer)
    tokenizer.pad_token = None

    with pytest.raises(ValueError, match="has no padding token"):
        SpanCollator(tokenizer)(two_rows())


def test_encoded_sample_rows_reach_the_model(
    tiny_tokenizer: PreTrainedTokenizerBase, tiny_model: BertForSequenceClassification
) -> None:
    encoded = encode(cold_sample("dev"), tiny_tokenizer, label2id={"non-offensive": 0, "offensive": 1}, max_length=128)

    batch = SpanCollator(tiny_tokenizer)([encoded[number] for number in range(8)])

    assert batch["token_labels"].shape == batch["input_ids"].shape
    del batch["token_labels"]
    assert torch.isfinite(tiny_model(**batch).loss)
