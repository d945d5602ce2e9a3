"""Promises of `hf_toxspan.data.toxicn`."""

import logging
from pathlib import Path

import pytest

from hf_toxspan.data.toxicn import read_toxicn

HEADER = "platform,topic,length,content,toxic,toxic_type,expression,target"


def write(folder: Path, *lines: str, header: str = HEADER) -> Path:
    path = folder / "ToxiCN_1.0.csv"
    path.write_text("\n".join([header, *lines]), "utf-8-sig")
    return path


def test_rows_carry_labels_and_the_authors_columns_but_no_spans(tmp_path: Path) -> None:
    path = write(tmp_path, 'zhihu,gender,3,真蠢😀,1,1,0,"[0, 0, 0, 0, 0, 0]"', "tieba,race,2,你好,0,0,0,[]")

    first, second = read_toxicn(path).to_list()

    assert first == {
        "id": "toxicn-0",
        "text": "真蠢😀",
        "label": "toxic",
        "toxic": True,
        "spans": None,
        "platform": "zhihu",
        "topic": "gender",
        "length": "3",
        "toxic_type": "1",
        "expression": "0",
        "target": "[0, 0, 0, 0, 0, 0]",
    }
    assert (second["id"], second["label"], second["toxic"]) == ("toxicn-1", "non-toxic", False)


def test_a_type_that_contradicts_the_label_is_counted(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    path = write(
        tmp_path, "zhihu,gender,2,你好,0,2,0,[]", "zhihu,gender,2,真蠢,1,0,0,[]", "zhihu,gender,2,真蠢,1,2,1,[]"
    )

    with caplog.at_level(logging.WARNING):
        assert read_toxicn(path)["toxic"] == [False, True, True]

    assert "posts whose `toxic_type` contradicts `toxic`, which decides: 2 (first: line 2)" in caplog.text


@pytest.mark.parametrize(
    ("header", "line", "told"),
    [
        (
            "label,TEXT",
            "1,a",
            "line 2: no column content, toxic, toxic_type, .*; found label, TEXT, expected content, ",
        ),
        (HEADER, "p,t,1,a,2,0,0,[]", "line 2: `toxic` is '2'; expected 0 .* or 1"),
    ],
)
def test_another_file_is_told_with_what_was_expected(tmp_path: Path, header: str, line: str, told: str) -> None:
    with pytest.raises(ValueError, match=told):
        read_toxicn(write(tmp_path, line, header=header))
