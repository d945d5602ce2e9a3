"""Promises of `hf_toxspan.data.cold`."""

from pathlib import Path

import pytest

from hf_toxspan.data.cold import read_cold
from hf_toxspan.data.files import read_rows


def test_rows_carry_the_papers_labels_and_no_spans(tmp_path: Path) -> None:
    path = tmp_path / "dev.csv"
    path.write_text(",split,topic,label,TEXT\n8168,dev,race,1,日本人都是坏人\n7,train,region,0,NA\n", "utf-8-sig")

    assert read_cold(path).to_list() == [
        {
            "id": "cold-dev-0",
            "text": "日本人都是坏人",
            "label": "offensive",
            "toxic": True,
            "spans": None,
            "source_idx": "8168",
            "split_column": "dev",
            "topic": "race",
        },
        {
            "id": "cold-dev-1",
            "text": "NA",
            "label": "non-offensive",
            "toxic": False,
            "spans": None,
            "source_idx": "7",
            "split_column": "train",
            "topic": "region",
        },
    ]


def test_further_columns_are_kept_as_in_the_test_file(tmp_path: Path) -> None:
    path = tmp_path / "test.csv"
    path.write_text(",split,topic,label,fine-grained-label,TEXT\n0,test,race,1,2,x\n")

    assert read_cold(path)[0]["fine-grained-label"] == "2"


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("text,label\na,1\n", "line 2: no column split, topic, TEXT; found text, label, expected split, topic"),
        (",split,topic,label,TEXT\n0,dev,race,2,a\n", "line 2: `label` is '2'; expected 0 .* or 1"),
    ],
)
def test_another_file_is_told_with_what_was_expected(tmp_path: Path, content: str, told: str) -> None:
    path = tmp_path / "dev.csv"
    path.write_text(content)

    with pytest.raises(ValueError, match=told):
        read_cold(path)


@pytest.mark.parametrize("split", ["train", "dev"])
def test_the_real_file_gives_the_normalised_rows_in_their_order(real_data: Path, split: str) -> None:
    rows = read_cold(real_data / "raw" / "cold" / f"{split}.csv")[:]
    normalised = read_rows(real_data / "cold" / f"{split}.jsonl.gz")[:]

    for column in ("id", "text", "toxic", "spans", "topic", "split_column", "source_idx"):
        assert rows[column] == normalised[column]
    words = {"offensive": "offensive", "safe": "non-offensive"}  # the normalised rows call the clean class "safe"
    assert rows["label"] == [words[label] for label in normalised["label"]]
