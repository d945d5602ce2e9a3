"""Promises of `hf_toxspan.data.rows`."""

import logging
from typing import Any

import pytest

from hf_toxspan.data.rows import ROW_FEATURES, check_row, own_fields, to_dataset


def row(**changes: object) -> dict[str, Any]:
    return {"id": "1", "text": "你这个傻子", "label": "toxic", "toxic": True, "spans": [[3, 5]], **changes}


@pytest.mark.parametrize("spans", [None, [], [[3, 5]], [(0, 1), (4, 5)]])
def test_a_good_row_comes_back_unchanged(spans: object) -> None:
    good = row(spans=spans, topic="race")

    assert check_row(good, where="here") is good


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"id": 7}, "`id` is 7; expected a string"),
        ({"text": None}, "`text` is None; expected a string"),
        ({"label": 1}, "`label` is 1; expected a string"),
        ({"toxic": 1}, "`toxic` is 1; expected true or false"),
        ({"toxic": "false"}, "`toxic` is 'false'; expected true or false"),
        ({"spans": "[[0, 1]]"}, "expected a list of [start, end) pairs, or null"),
        ({"spans": [[3, 6]]}, "span 0 is [3, 6); expected 0 <= start < end <= 5, the length of the text"),
        ({"spans": [[0, 1], [2, 2]]}, "span 1 is [2, 2)"),
        ({"spans": [[0.0, 1.0]]}, "expected two whole numbers"),
        ({"spans": [3]}, "expected a pair"),
    ],
)
def test_a_wrong_value_is_told_with_its_place_and_what_was_expected(changes: dict[str, Any], told: str) -> None:
    with pytest.raises(ValueError) as caught:
        check_row(row(**changes), where="file.jsonl, line 7")

    assert str(caught.value).startswith("file.jsonl, line 7: ")
    assert told in str(caught.value)


def test_a_missing_column_is_told_with_those_found() -> None:
    with pytest.raises(ValueError, match="no `label`, `spans`; found the columns `id`, `text`, `toxic`, expected"):
        check_row({"id": "1", "text": "", "toxic": False}, where="here")


def test_a_long_wrong_value_is_shortened_in_the_error() -> None:
    with pytest.raises(ValueError) as caught:
        check_row(row(text=["x" * 1000]), where="here")

    assert len(str(caught.value)) < 200


def test_the_data_set_has_the_common_columns_first_and_keeps_own_fields() -> None:
    dataset = to_dataset([{"topic": "race", **row()}, row(spans=None)], name="test")

    assert dataset.column_names == ["id", "text", "label", "toxic", "spans", "topic"]
    assert dataset["topic"] == ["race", None]
    assert dataset["spans"] == [[[3, 5]], None]


def test_no_rows_give_an_empty_data_set_with_the_columns() -> None:
    dataset = to_dataset([], name="test")

    assert len(dataset) == 0
    assert dataset.features == ROW_FEATURES


def test_unannotated_and_annotated_as_none_stay_apart() -> None:
    assert to_dataset([row(spans=None), row(spans=[])], name="test")["spans"] == [None, []]


def test_lone_surrogates_become_one_replacement_character_each_and_are_counted(
    caplog: pytest.LogCaptureFixture,
) -> None:
    broken = row(text="\ud83d傻\ude00", spans=[[1, 2]], words=["\ud800"], more={"a": "\udfff"})

    with caplog.at_level(logging.WARNING):
        dataset = to_dataset([broken, row(words=[], more={"a": ""})], name="file.jsonl")

    assert dataset[0]["text"] == "\ufffd傻\ufffd"
    assert dataset[0]["words"] == ["\ufffd"]
    assert dataset[0]["more"] == {"a": "\ufffd"}
    assert "file.jsonl: 1 rows held lone surrogates" in caplog.text


def test_values_of_several_types_in_one_field_are_an_error_that_names_it() -> None:
    with pytest.raises(ValueError, match=r"file\.jsonl: the values of `year` don't fit into one column"):
        to_dataset([row(year=1999), row(year="1999")], name="file.jsonl")


def test_own_fields_never_take_the_name_of_a_common_column() -> None:
    named = own_fields({"topic": "race", **dict.fromkeys(ROW_FEATURES, 1)})

    assert named == {"topic": "race", "raw_id": 1, "raw_text": 1, "raw_label": 1, "raw_toxic": 1, "raw_spans": 1}
