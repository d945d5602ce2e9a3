"""Promises of `hf_toxspan.data.toxirewritecn`."""

import json
import logging
from pathlib import Path
from typing import Any

import pytest

from hf_toxspan.data.blemishes import Blemishes
from hf_toxspan.data.files import read_rows
from hf_toxspan.data.toxirewritecn import TEXT_NAMES, read_toxirewritecn
from hf_toxspan.data.words import locate


def write(folder: Path, records: list[dict[str, Any]], name: str = "data.json") -> Path:
    path = folder / name
    lines = "\n".join(json.dumps(record) for record in records)
    path.write_text(lines if name.endswith(".jsonl") else json.dumps(records))
    return path


@pytest.mark.parametrize("name", ["data.json", "data.jsonl"])
def test_all_occurrences_of_the_words_become_spans(tmp_path: Path, name: str) -> None:
    record = {
        "toxic": "蠢猪，真蠢",
        "toxic_words": ["蠢", "猪"],
        "neutral": "不好",
        "polite": "请",
        "category": "direct",
    }

    assert read_toxirewritecn(write(tmp_path, [record], name)).to_list() == [
        {
            "id": "toxirewritecn-0",
            "text": "蠢猪，真蠢",
            "label": "direct",
            "toxic": True,
            "spans": [[0, 2], [4, 5]],
            "neutral": "不好",
            "polite": "请",
            "toxic_words": ["蠢", "猪"],
            "unmatched": [],
        }
    ]


def test_words_that_do_not_occur_are_kept_and_counted(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    records = [
        {"toxic": "真蠢", "toxic_words": ["蠢", "丑，球"]},
        {"toxic": "羡慕个球", "toxic_words": ["丑，球"]},
        {"toxic": "好", "toxic_words": []},
    ]

    with caplog.at_level(logging.WARNING):
        rows = read_toxirewritecn(write(tmp_path, records))

    assert rows["spans"] == [[[1, 2]], None, []]
    assert rows["unmatched"] == [["丑，球"], ["丑，球"], []]
    assert (
        "toxic words that do not occur in their text, in `unmatched` instead of `spans`: 2 (first: rec" in caplog.text
    )


def test_a_field_whose_name_a_row_needs_is_kept_under_another(tmp_path: Path) -> None:
    record = {"toxic": True, "text": "真蠢", "toxic_words": ["蠢"], "spans": [], "id": 5}

    (row,) = read_toxirewritecn(write(tmp_path, [record]))

    assert (row["id"], row["toxic"], row["spans"]) == ("5", True, [[1, 2]])
    assert (row["raw_toxic"], row["raw_spans"]) == (True, [])


@pytest.mark.parametrize("name", TEXT_NAMES)
def test_the_sentence_is_found_under_every_known_name(tmp_path: Path, name: str) -> None:
    (row,) = read_toxirewritecn(write(tmp_path, [{name: "真蠢", "toxic_words": ["蠢"]}]))

    assert (row["text"], row["label"], row["toxic"]) == ("真蠢", "toxic", True)


@pytest.mark.parametrize(
    ("record", "told"),
    [
        (
            {"sentences": "a", "toxic_words": []},
            "record 1: found the fields sentences, toxic_words; expected a string under",
        ),
        ({"toxic": "a"}, "record 1: found the fields .*; expected a list under one of toxic_words"),
        ({"toxic": "a", "toxic_words": [1]}, r"record 1: the toxic words are \[1\]; expected a list of strings"),
    ],
)
def test_an_unknown_record_is_told_with_what_was_expected(tmp_path: Path, record: dict[str, Any], told: str) -> None:
    with pytest.raises(ValueError, match=told):
        read_toxirewritecn(write(tmp_path, [record]))


def test_spans_rebuilt_from_the_words_of_real_rows_equal_theirs(real_data: Path) -> None:
    rows = read_rows(real_data / "toxirewritecn" / "train.jsonl.gz")

    rebuilt = [locate(row["toxic_words"], row["text"], where=row["id"], blemishes=Blemishes()) for row in rows]

    assert [found.spans or [] for found in rebuilt] == rows["spans"]  # there, [] also where no word occurs
    assert [found.unmatched for found in rebuilt] == rows["unmatched"]
