"""Promises of `hf_toxspan.data.semeval2021`."""

import gzip
import logging
from pathlib import Path

import pytest

from hf_toxspan.data.files import read_rows
from hf_toxspan.data.semeval2021 import read_semeval2021


def test_offsets_become_spans_of_a_toxic_comment(tmp_path: Path) -> None:
    path = tmp_path / "tsd_trial.csv.gz"
    path.write_bytes(gzip.compress('spans,text\n"[4, 5, 6, 7, 12, 13, 14, 15]","Old fool, 😀 idle."\n'.encode()))

    assert read_semeval2021(path).to_list() == [
        {
            "id": "tsd_trial-0",
            "text": "Old fool, 😀 idle.",
            "label": "toxic",
            "toxic": True,
            "spans": [[4, 8], [12, 16]],
        }
    ]


def test_known_roughness_stays_and_is_counted(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    path = tmp_path / "tsd_train.csv"
    path.write_text('spans,text\n"[3, 4, 5]",you fools\n[],you fools\n"[0, 1, 2]","you, fools"\n')

    with caplog.at_level(logging.WARNING):
        rows = read_semeval2021(path)

    assert rows["spans"] == [[[3, 6]], [], [[0, 3]]]
    assert caplog.messages == [
        f"{path}: spans with a blank at an end, left so: 1 (first: line 2); spans that cut a word, left so: 1 (first: "
        "line 2); toxic comments without a span: 1 (first: line 3)."
    ]


def test_another_file_is_told_with_what_was_expected(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("content,index_spans\na,[]\n")

    with pytest.raises(ValueError, match="no column spans, text; found content, index_spans, expected spans, text"):
        read_semeval2021(path)


@pytest.mark.parametrize(("split", "normalised"), [("train", "train"), ("trial", "dev")])
def test_the_real_file_gives_the_normalised_rows_in_their_order(
    real_data: Path, split: str, normalised: str, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        rows = read_semeval2021(real_data / "raw" / "semeval2021_toxic_spans" / f"tsd_{split}.csv")[:]
    expected = read_rows(real_data / "semeval2021_toxic_spans" / f"{normalised}.jsonl.gz")[:]

    for column in ("id", "text", "label", "toxic", "spans"):
        assert rows[column] == expected[column]
    assert f"toxic comments without a span: {sum(spans == [] for spans in expected['spans'])} " in caplog.text
