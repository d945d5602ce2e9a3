"""Promises of `hf_toxspan.data.cntp`."""

import json
import logging
from pathlib import Path
from typing import Any

import pytest

from hf_toxspan.data.cntp import read_cntp


def write(folder: Path, *records: dict[str, Any], name: str = "toxic_base.json") -> Path:
    path = folder / name
    path.write_text(json.dumps(records))
    return path


def record(text: Any, words: Any, **changes: Any) -> dict[str, Any]:
    return {"sentence_id": 17, "original_text": text, "is_toxic": 1, "toxic_entity": words, **changes}


def test_all_occurrences_of_the_words_become_spans(tmp_path: Path) -> None:
    path = write(tmp_path, record("蠢😀猪，真蠢", ["蠢", "猪"], topic="x", label=3))

    assert read_cntp(path).to_list() == [
        {
            "id": "toxic_base-17",
            "text": "蠢😀猪，真蠢",
            "label": "toxic",
            "toxic": True,
            "spans": [[0, 1], [2, 3], [5, 6]],
            "topic": "x",
            "raw_label": 3,
            "toxic_words": ["蠢", "猪"],
            "unmatched": [],
        }
    ]


def test_words_that_do_not_occur_or_were_not_given_are_counted(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = write(tmp_path, record("真蠢", ["笨"]), record("真蠢", None), record("真蠢", []))

    with caplog.at_level(logging.WARNING):
        rows = read_cntp(path)

    assert rows["spans"] == [None, None, []]
    assert rows["unmatched"] == [["笨"], [], []]
    assert "in `unmatched` instead of `spans`: 1 (first: record 1)" in caplog.text
    assert "toxic sentences without a list of words, `spans` None: 1 (first: record 2)" in caplog.text


@pytest.mark.parametrize("truth", [0, False, "0", "False"])
def test_a_clean_sentence_has_no_spans(tmp_path: Path, truth: Any) -> None:
    clean = {"sentence_id": 3, "original_text": "你好", "is_toxic": truth}

    (row,) = read_cntp(write(tmp_path, clean, name="non_toxic_base.json"))

    assert (row["id"], row["label"], row["toxic"], row["spans"]) == ("non_toxic_base-3", "non-toxic", False, [])


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"text": "a"}, "record 1: no column sentence_id, original_text, is_toxic; found text, expected sentence_id"),
        (record(5, []), "record 1: `original_text` is 5 .* expected a string"),
        (record("a", [], is_toxic="maybe"), "record 1: .* `is_toxic` 'maybe'; expected .* one of true, false, 1, 0"),
        (record("a", "a"), "record 1: the toxic words are 'a'; expected a list"),
    ],
)
def test_another_file_is_told_with_what_was_expected(tmp_path: Path, wrong: dict[str, Any], told: str) -> None:
    with pytest.raises(ValueError, match=told):
        read_cntp(write(tmp_path, wrong))
