"""Promises of `hf_toxspan.data.quadruple_encoding`."""

import copy
from typing import Any

import pytest
import torch
from datasets import Dataset
from transformers import PreTrainedTokenizerBase

from hf_toxspan.core.alignment import IGNORED
from hf_toxspan.core.quadruples import GROUPS
from hf_toxspan.data.quadruple_encoding import EncodedQuadruples, QuadrupleCollator, encode_quadruples
from tests.toy_quadruples import Row, quad, row

X = IGNORED
"""Special tokens."""


def encode(tokenizer: PreTrainedTokenizerBase, *rows: Row, max_length: int = 32) -> EncodedQuadruples:
    return encode_quadruples(Dataset.from_list(list(rows)), tokenizer, groups=GROUPS, max_length=max_length)


def only(tokenizer: PreTrainedTokenizerBase, text: str, *quads: Row, **settings: Any) -> tuple[Row, dict[str, int]]:
    encoded = encode(tokenizer, row(text, *quads), **settings)
    return encoded.rows[0], encoded.notes


def test_tags_and_pairs_are_those_of_the_spans(tiny_tokenizer: PreTrainedTokenizerBase) -> None:
    text = "they are ugly trash"

    found, notes = only(tiny_tokenizer, text, quad(text, "they", "ugly trash", ["Racism", "Sexism"]))

    assert found["input_ids"] == tiny_tokenizer(text)["input_ids"]
    assert found["attention_mask"] == [1] * 6 and found["token_type_ids"] == [0] * 6
    assert found["target_tags"] == [X, 1, 0, 0, 0, X]
    assert found["argument_tags"] == [X, 0, 0, 1, 2, X]
    assert found["pairs"] == [[1, 2, 3, 5]]  # [CLS] is token 0
    assert found["pair_labels"] == [[1, 1, 0, 0, 1, 0]]  # hate; Racism, Region, LGBTQ, Sexism, others
    assert notes == {}


def test_a_target_inside_its_argument_is_tagged_by_itself(tiny_tokenizer: PreTrainedTokenizerBase) -> None:
    text = "the ugly trash"

    found, _ = only(tiny_tokenizer, text, quad(text, "trash", "ugly trash", ["others"]))

    assert found["target_tags"] == [X, 0, 0, 1, X]
    assert found["argument_tags"] == [X, 0, 1, 2, X]
    assert found["pairs"] == [[3, 4, 2, 4]]


def test_null_is_no_target_and_what_is_not_hate_has_no_groups_to_learn(
    tiny_tokenizer: PreTrainedTokenizerBase,
) -> None:
    text = "very good"

    found, notes = only(tiny_tokenizer, text, quad(text, None, "very good", hateful=False))

    assert found["target_tags"] == [X, 0, 0, X]
    assert found["pairs"] == [[0, 0, 1, 3]]
    assert found["pair_labels"] == [[0, X, X, X, X, X]]
    assert notes == {}


def test_where_a_string_is_not_found_its_tags_are_not_learnt(tiny_tokenizer: PreTrainedTokenizerBase) -> None:
    text = "they are ugly"

    found, notes = only(
        tiny_tokenizer, text, quad(text, "them", "ugly", ["Region"]), quad(text, "they", "ugly", ["Region"])
    )
    lost, more = only(tiny_tokenizer, text, quad(text, "they", "uglier", ["Region"]))

    assert found["target_tags"] == [X] * 5 and found["argument_tags"] == [X, 0, 0, 1, X]
    assert found["pairs"] == [[1, 2, 3, 4]]
    assert lost["argument_tags"] == [X] * 5 and lost["target_tags"] == [X, 1, 0, 0, X] and lost["pairs"] == []
    assert notes == {"targets not found in their text": 1}
    assert more == {"arguments not found in their text": 1}


def test_spans_that_touch_stay_apart_and_those_that_overlap_are_one(tiny_tokenizer: PreTrainedTokenizerBase) -> None:
    text = "我是狗猪猫"

    touching, none = only(tiny_tokenizer, text, *(quad(text, None, own, ["others"]) for own in ("狗猪", "猫")))
    overlapping, notes = only(tiny_tokenizer, text, *(quad(text, None, own, ["others"]) for own in ("狗猪", "猪猫")))

    assert touching["argument_tags"] == [X, 0, 0, 1, 2, 1, X] and none == {}
    assert overlapping["argument_tags"] == [X, 0, 0, 1, 2, 2, X]
    assert overlapping["pairs"] == [[0, 0, 3, 5], [0, 0, 4, 6]]  # each classified by its own tokens
    assert notes == {"spans that overlap another one, learnt as one": 1}


def test_what_the_model_cannot_say_is_counted_and_learnt_as_far_as_it_goes(
    tiny_tokenizer: PreTrainedTokenizerBase,
) -> None:
    text = "she is stupid"

    found, notes = only(
        tiny_tokenizer,
        text,
        quad(text, "she", "stupid", ["Sexism"], hateful=False),
        quad(text, "she", "stupi", ["Sexism", "Racism"]),
    )

    assert found["pair_labels"] == [[0, 0, 0, 0, 1, 0], [1, 1, 0, 0, 1, 0]]
    assert found["pairs"] == [[1, 2, 3, 4]] * 2
    assert notes == {
        "quadruples hateful without a group, or not hateful with one: the model can't say them": 1,
        "quadruples whose groups stand in another order than the model writes": 1,
        "spans that overlap another one, learnt as one": 1,
    }


def test_an_end_inside_a_token_is_counted(tiny_tokenizer: PreTrainedTokenizerBase) -> None:
    text = "she is stupid"

    found, notes = only(tiny_tokenizer, text, quad(text, "she", "stupi", ["Sexism"]))

    assert found["argument_tags"] == [X, 0, 0, 1, X]
    assert notes == {"spans that begin or end inside a token: the model's are longer": 1}


def test_a_text_is_cut_with_what_is_said_there(tiny_tokenizer: PreTrainedTokenizerBase) -> None:
    text = "they are kind hello she is dumb"
    quads = quad(text, "they", "kind", hateful=False), quad(text, "she", "dumb", ["Sexism"])

    found, notes = only(tiny_tokenizer, text, *quads, max_length=6)

    assert found["argument_tags"] == [X, 0, 0, 1, 0, X] and found["pairs"] == [[1, 2, 3, 4]]
    assert notes == {"texts cut off at their end": 1, "quadruples behind the end of the cut text": 1}


def test_rows_without_quadruples_keep_their_place_and_teach_nothing(tiny_tokenizer: PreTrainedTokenizerBase) -> None:
    text = "they are kind"
    encoded = encode(tiny_tokenizer, row("hello"), row(text, quad(text, "they", "kind", hateful=False)), row("nice"))

    assert [own["argument_tags"] for own in encoded.rows] == [[X] * 3, [X, 0, 0, 1, X], [X] * 3]
    assert encoded.notes == {"texts without a quadruple": 2}


def test_no_rows_are_encoded_to_none(tiny_tokenizer: PreTrainedTokenizerBase) -> None:
    empty = encode(tiny_tokenizer, row("hello")).rows.select([])
    rows = Dataset.from_list([row("hello")]).select([])

    encoded = encode_quadruples(rows, tiny_tokenizer, groups=GROUPS, max_length=8)

    assert len(encoded.rows) == 0 and encoded.rows.features == empty.features and encoded.notes == {}


def test_a_batch_is_padded_tokens_and_pairs(tiny_tokenizer: PreTrainedTokenizerBase) -> None:
    long, short = "they are kind and she is dumb", "nice"
    rows = encode(
        tiny_tokenizer,
        row(long, quad(long, "they", "kind", hateful=False), quad(long, "she", "dumb", ["Sexism"])),
        row(short, quad(short, None, "nice", hateful=False)),
    ).rows

    batch = QuadrupleCollator(tiny_tokenizer, len(GROUPS))(list(rows))

    assert batch["input_ids"].shape == batch["target_tags"].shape == (2, 9)
    assert batch["argument_tags"].tolist() == [[X, 0, 0, 1, 0, 0, 0, 1, X], [X, 1, X, *[X] * 6]]
    assert batch["pairs"].tolist() == [[[1, 2, 3, 4], [5, 6, 7, 8]], [[0, 0, 1, 2], [0, 0, 0, 0]]]
    assert batch["pair_labels"].tolist()[1] == [[0, X, X, X, X, X], [X] * 6]
    assert {own.dtype for own in batch.values()} == {torch.int64}


def test_padding_before_the_text_moves_tags_and_pairs(tiny_tokenizer: PreTrainedTokenizerBase) -> None:
    tokenizer = copy.deepcopy(tiny_tokenizer)
    tokenizer.padding_side = "left"
    text = "she is dumb"
    rows = encode(
        tokenizer,
        row("hello kind world hello"),
        row(text, quad(text, "she", "dumb", ["Sexism"]), quad(text, None, "dumb", ["Sexism"])),
    ).rows

    batch = QuadrupleCollator(tokenizer, len(GROUPS))(list(rows))

    assert batch["target_tags"][1].tolist() == [X, X, 1, 0, 0, X]
    assert batch["argument_tags"][1].tolist() == [X, X, 0, 0, 1, X]
    assert batch["pairs"][1].tolist() == [[2, 3, 4, 5], [0, 0, 4, 5]]
    assert batch["pairs"][0].tolist() == [[0, 0, 0, 0]] * 2


def test_a_batch_without_pairs_has_none(tiny_tokenizer: PreTrainedTokenizerBase) -> None:
    batch = QuadrupleCollator(tiny_tokenizer, 5)(list(encode(tiny_tokenizer, row("hello")).rows))

    assert batch["pairs"].shape == (1, 0, 4) and batch["pair_labels"].shape == (1, 0, 6)


def test_what_can_not_be_encoded_is_told(tiny_tokenizer: PreTrainedTokenizerBase) -> None:
    text = "she is dumb"
    with pytest.raises(ValueError, match=r"No column quads in the data set; found text, expected text and quads"):
        encode_quadruples(Dataset.from_list([{"text": text}]), tiny_tokenizer, groups=GROUPS, max_length=8)
    with pytest.raises(ValueError, match="max_length is 2; expected more than 2, the number of special tokens"):
        encode(tiny_tokenizer, row(text), max_length=2)
    with pytest.raises(ValueError, match="has the group 'Weather'; expected Racism, Region"):
        encode(tiny_tokenizer, row(text, quad(text, "she", "dumb", ["Weather"])))
    with pytest.raises(ValueError, match="Got no rows to collate"):
        QuadrupleCollator(tiny_tokenizer, 5)([])
