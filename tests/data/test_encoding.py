"""Promises of `hf_toxspan.data.encoding`."""

import logging
import unicodedata
from types import SimpleNamespace
from typing import Any, cast

import pytest
from datasets import Dataset
from hypothesis import given, settings
from hypothesis import strategies as st
from transformers import PreTrainedTokenizerBase

from hf_toxspan.core.spans import to_mask
from hf_toxspan.data.encoding import encode
from hf_toxspan.data.rows import to_dataset

LABELS = {"clean": 0, "toxic": 1}
DECOMPOSED = unicodedata.normalize("NFD", "đồ ngu")


def rows(*pairs: tuple[str, Any]) -> Dataset:
    return to_dataset(
        (
            {
                "id": str(number),
                "text": text,
                "label": "toxic" if spans else "clean",
                "toxic": bool(spans),
                "spans": spans,
            }
            for number, (text, spans) in enumerate(pairs)
        ),
        name="test",
    )


def quoted(tokenizer: PreTrainedTokenizerBase, text: str, encoded: dict[str, list[int]]) -> list[str]:
    offsets = tokenizer(text, return_offsets_mapping=True)["offset_mapping"]
    return [text[slice(*offsets[place])] for place, label in enumerate(encoded["token_labels"]) if label == 1]


def test_columns_by_hand(tiny_tokenizer: PreTrainedTokenizerBase) -> None:
    (row,) = encode(rows(("you 傻子!", [[4, 6]])), tiny_tokenizer, label2id=LABELS, max_length=16)

    tokens = ["[CLS]", "you", "傻", "子", "!", "[SEP]"]
    assert row == {
        "input_ids": tiny_tokenizer.convert_tokens_to_ids(tokens),
        "token_type_ids": [0] * 6,
        "attention_mask": [1] * 6,
        "labels": 1,
        "token_labels": [-100, 0, 1, 1, 0, -100],
    }


def test_the_reason_on_the_side_of_the_label_agrees(tiny_tokenizer: PreTrainedTokenizerBase) -> None:
    data = rows(("you fool", [[4, 8]]), ("hello", []), ("you fool", [[4, 8]]))
    data = data.add_column("reason_toxic", ["fool", "not nice", "fool"])
    data = data.add_column("reason_clean", ["a friend", "hello friend", None])

    encoded = encode(data, tiny_tokenizer, label2id=LABELS, max_length=16)

    def spoken(side: str) -> list[str]:
        return [tiny_tokenizer.decode(ids, skip_special_tokens=True) for ids in encoded[f"{side}_input_ids"]]

    assert spoken("agreeing") == ["fool", "hello friend", ""]
    assert spoken("opposing") == ["a friend", "not nice", ""]
    assert encoded["agreeing_input_ids"][2] == []  # one reason alone is none


def test_a_reason_is_cut_like_a_text(tiny_tokenizer: PreTrainedTokenizerBase) -> None:
    data = rows(("you fool", [[4, 8]])).add_column("reason_toxic", ["fool " * 50]).add_column("reason_clean", ["nice"])

    encoded = encode(data, tiny_tokenizer, label2id=LABELS, max_length=8)

    assert len(encoded["agreeing_input_ids"][0]) == 8


def test_reasons_without_a_side_are_refused(tiny_tokenizer: PreTrainedTokenizerBase) -> None:
    data = rows(("you fool", [[4, 8]])).add_column("reason_toxic", ["fool"]).add_column("reason_clean", ["nice"])

    with pytest.raises(ValueError, match="No column toxic"):
        encode(data.remove_columns("toxic"), tiny_tokenizer, label2id=LABELS, max_length=8)


@pytest.mark.parametrize(
    ("text", "span", "tokens"),
    [
        ("你这个 傻子 吧", [4, 6], ["傻", "子"]),
        ("bạn đồ ngu!", [4, 10], ["đồ", "ngu"]),
        (f"bạn {DECOMPOSED}!", [4, 4 + len(DECOMPOSED)], DECOMPOSED.split()),
        ("👨‍👩‍👧😀 idiot 😀", [6, 12], ["idiot"]),
        ("so\u200b stupid", [4, 10], ["stupid"]),
        ("你 stupid 垃圾", [2, 10], ["stupid", "垃"]),
    ],
)
def test_labelled_tokens_quote_the_span_in_every_script(
    tiny_tokenizer: PreTrainedTokenizerBase, text: str, span: list[int], tokens: list[str]
) -> None:
    (row,) = encode(rows((text, [span])), tiny_tokenizer, label2id=LABELS, max_length=64)

    assert quoted(tiny_tokenizer, text, row) == tokens


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_a_token_is_labelled_exactly_where_it_shares_a_character(
    tiny_tokenizer: PreTrainedTokenizerBase, data: st.DataObject
) -> None:
    text = data.draw(st.text(st.sampled_from("傻子ngu đồe\u0301😀\u200b\u00a0 ,A垃"), min_size=1, max_size=20))
    start = data.draw(st.integers(0, len(text) - 1))
    span = [start, data.draw(st.integers(start + 1, len(text)))]

    (row,) = encode(rows((text, [span])), tiny_tokenizer, label2id=LABELS, max_length=100)

    mask = to_mask([span], len(text))
    offsets = tiny_tokenizer(text, return_offsets_mapping=True)["offset_mapping"]
    assert row["token_labels"] == [int(mask[begin:end].any()) if end > begin else -100 for begin, end in offsets]


def test_unannotated_texts_are_ignored_and_texts_without_spans_are_not(tiny_tokenizer: PreTrainedTokenizerBase) -> None:
    encoded = encode(rows(("傻", None), ("傻", [])), tiny_tokenizer, label2id=LABELS, max_length=8)

    assert encoded["token_labels"] == [[-100, -100, -100], [-100, 0, -100]]


def test_a_long_text_is_cut_at_a_token_and_counted(
    tiny_tokenizer: PreTrainedTokenizerBase, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        encoded = encode(
            rows(("傻子垃圾 stupid", [[1, 3], [5, 11]]), ("好", [])), tiny_tokenizer, label2id=LABELS, max_length=4
        )

    assert encoded["token_labels"] == [[-100, 0, 1, -100], [-100, 0, -100]]
    assert "1 of 2 texts are longer than max_length=4 tokens" in caplog.text


def test_a_text_that_just_fits_is_not_counted(
    tiny_tokenizer: PreTrainedTokenizerBase, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        encode(rows(("傻子", [])), tiny_tokenizer, label2id=LABELS, max_length=4)

    assert "longer" not in caplog.text


def encode_tags(data: Dataset, tokenizer: PreTrainedTokenizerBase, **settings: Any) -> Dataset:
    return encode(data, tokenizer, **{"label2id": LABELS, "max_length": 16, "tags": True, **settings})


def test_tag_columns_by_hand(tiny_tokenizer: PreTrainedTokenizerBase) -> None:
    (row,) = encode_tags(rows(("you 傻子!", [[4, 6]])), tiny_tokenizer)

    nothing, out, begin, inside = [0, 0, 0], [1, 0, 0], [0, 1, 0], [0, 0, 1]
    assert row["token_mask"] == [0, 1, 1, 1, 1, 0]
    assert row["tag_targets"] == [nothing, out, begin, inside, out, nothing]
    plain = encode(rows(("you 傻子!", [[4, 6]])), tiny_tokenizer, label2id=LABELS, max_length=16)
    assert {name: row[name] for name in plain.column_names} == plain[0]


@pytest.mark.parametrize(
    ("spans", "annotators", "first", "second"),
    [
        ([[0, 6]], [[[0, 6]], [[4, 6]], [], []], [0.75, 0.25, 0], [0.5, 0.25, 0.25]),
        ([[0, 6]], [[[0, 6]]], [0, 1, 0], [0, 0, 1]),
        ([], [[], []], [1, 0, 0], [1, 0, 0]),
        ([], [], [1, 0, 0], [1, 0, 0]),  # no annotator is named: `spans` speaks
        ([[0, 6]], [], [0, 1, 0], [0, 0, 1]),
        ([[0, 6]], None, [0, 1, 0], [0, 0, 1]),
        (None, None, [0, 0, 0], [0, 0, 0]),
        (None, [], [0, 0, 0], [0, 0, 0]),
    ],
)
def test_several_annotators_make_a_soft_rationale(
    tiny_tokenizer: PreTrainedTokenizerBase, spans: Any, annotators: Any, first: list[float], second: list[float]
) -> None:
    data = rows(("you fool", spans), ("hello", [])).to_list()
    data = Dataset.from_list([{**data[0], "annotator_spans": annotators}, {**data[1], "annotator_spans": [[[0, 5]]]}])

    encoded = encode_tags(data, tiny_tokenizer)

    assert encoded[0]["tag_targets"][1:3] == [first, second]
    assert encoded[1]["tag_targets"][1] == [0, 1, 0]


def test_annotators_of_a_text_that_counts_as_not_annotated_are_told(tiny_tokenizer: PreTrainedTokenizerBase) -> None:
    data = rows(("hello", []), ("you fool", None)).add_column("annotator_spans", [[[]], [[[4, 8]]]])

    with pytest.raises(ValueError, match="row 1 and 0 more have annotator_spans, but spans is None"):
        encode_tags(data, tiny_tokenizer)


def test_a_cut_text_has_a_tag_for_each_token_that_is_left(tiny_tokenizer: PreTrainedTokenizerBase) -> None:
    (row,) = encode_tags(rows(("傻子垃圾 stupid", [[1, 3], [5, 11]])), tiny_tokenizer, max_length=4)

    assert row["tag_targets"] == [[0, 0, 0], [1, 0, 0], [0, 1, 0], [0, 0, 0]]
    assert row["token_mask"] == [0, 1, 1, 0]


def test_the_empty_text_and_the_empty_data_set_have_tags(tiny_tokenizer: PreTrainedTokenizerBase) -> None:
    assert encode_tags(rows(("", []), ("\u200b", None)), tiny_tokenizer)["token_mask"] == [[0, 0], [0, 0]]
    assert encode_tags(rows(), tiny_tokenizer).column_names == encode_tags(rows(("a", [])), tiny_tokenizer).column_names


@settings(max_examples=30, deadline=None)
@given(st.data())
def test_tags_mark_exactly_the_tokens_that_are_labelled(
    tiny_tokenizer: PreTrainedTokenizerBase, data: st.DataObject
) -> None:
    text = data.draw(st.text(st.sampled_from("傻子ngu đồe\u0301😀\u200b\u00a0 ,A垃\ud83d"), min_size=1, max_size=20))
    start = data.draw(st.integers(0, len(text) - 1))
    span = [start, data.draw(st.integers(start + 1, len(text)))]

    (row,) = encode_tags(rows((text, [span])), tiny_tokenizer, max_length=100)

    labels = [-100 if not any(own) else int(own[0] == 0) for own in row["tag_targets"]]
    assert labels == row["token_labels"]
    assert [int(label != -100) for label in labels] == row["token_mask"]


def test_rows_keep_their_order_over_many_batches(tiny_tokenizer: PreTrainedTokenizerBase) -> None:
    numbers = [f"{number}" for number in range(2500)]

    encoded = encode(rows(*((number, None) for number in numbers)), tiny_tokenizer, label2id=LABELS, max_length=8)

    decoded = [
        text.replace(" ", "")
        for text in tiny_tokenizer.batch_decode(list(encoded["input_ids"]), skip_special_tokens=True)
    ]
    assert decoded == numbers


def test_the_empty_text_and_the_empty_data_set_have_encodings(tiny_tokenizer: PreTrainedTokenizerBase) -> None:
    assert encode(rows(("", [])), tiny_tokenizer, label2id=LABELS, max_length=8)["token_labels"] == [[-100, -100]]

    empty = encode(rows(), tiny_tokenizer, label2id=LABELS, max_length=8)
    assert len(empty) == 0
    assert "token_labels" in empty.column_names
    assert "was_cut" not in empty.column_names


def test_a_label_without_a_number_is_told_with_the_known_ones(tiny_tokenizer: PreTrainedTokenizerBase) -> None:
    with pytest.raises(ValueError, match="Labels without a number: 'clean'; label2id knows 'hate', 'toxic'"):
        encode(rows(("a", [])), tiny_tokenizer, label2id={"hate": 0, "toxic": 1}, max_length=8)


def test_missing_columns_are_told_with_those_found(tiny_tokenizer: PreTrainedTokenizerBase) -> None:
    with pytest.raises(ValueError, match="No column label, spans in the data set; found text, expected text, label"):
        encode(Dataset.from_dict({"text": ["a"]}), tiny_tokenizer, label2id=LABELS, max_length=8)


def test_a_slow_tokenizer_is_told() -> None:
    slow = cast("PreTrainedTokenizerBase", SimpleNamespace(is_fast=False))

    with pytest.raises(ValueError, match="is a slow tokenizer"):
        encode(rows(("a", [])), slow, label2id=LABELS, max_length=8)


def test_a_limit_without_room_for_text_is_told(tiny_tokenizer: PreTrainedTokenizerBase) -> None:
    with pytest.raises(ValueError, match="max_length is 2; expected more than 2, the number of special tokens"):
        encode(rows(("a", [])), tiny_tokenizer, label2id=LABELS, max_length=2)
