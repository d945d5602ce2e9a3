"""Promises of `hf_toxspan.data.files`."""

import gzip
import logging
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hf_toxspan.data.files import read_rows, write_rows

ALPHABET = st.one_of(
    st.characters(exclude_categories=["Cs"]),
    st.sampled_from("傻子ngu đồ e\u0301ô\u0302😀👨‍👩‍👧\u200b\ufeff\u2028\0\r\n\"'\\,"),
)
TEXTS = st.text(ALPHABET, max_size=20)


@st.composite
def rows(draw: st.DrawFn) -> dict[str, Any]:
    text = draw(TEXTS)
    pairs = st.tuples(st.integers(0, len(text)), st.integers(0, len(text))).filter(lambda pair: pair[0] < pair[1])
    spans = st.none() | (st.lists(pairs.map(list), max_size=3) if text else st.just([]))
    return {
        "id": draw(TEXTS),
        "text": text,
        "label": draw(TEXTS),
        "toxic": draw(st.booleans()),
        "spans": draw(spans),
        "words": draw(st.lists(TEXTS, max_size=2)),
        "topic": draw(st.none() | TEXTS),
        "year": draw(st.integers(-(2**63), 2**63 - 1)),
        "score": draw(st.floats(allow_nan=False, allow_infinity=False)),
    }


@settings(max_examples=50, deadline=None)
@given(st.lists(rows(), max_size=3), st.sampled_from([".jsonl", ".jsonl.gz"]))
def test_reading_what_was_written_gives_the_same_rows(
    tmp_path_factory: pytest.TempPathFactory, written: list[dict[str, Any]], suffix: str
) -> None:
    path = tmp_path_factory.mktemp("rows") / f"a{suffix}"

    write_rows(written, path)

    read = read_rows(path)
    assert read.to_list() == written
    write_rows(read, path)
    assert read_rows(path).to_list() == written


def test_text_that_looks_like_nothing_or_a_number_survives_csv(tmp_path: Path) -> None:
    path = tmp_path / "dev.csv"
    path.write_text('id,text,label,toxic,spans,score\n007,NA,1,true,"[[0, 2]]",1.0\nnull,null,nan,0,,\n', "utf-8-sig")

    assert read_rows(path).to_list() == [
        {"id": "007", "text": "NA", "label": "1", "toxic": True, "spans": [[0, 2]], "score": "1.0"},
        {"id": "null", "text": "null", "label": "nan", "toxic": False, "spans": None, "score": ""},
    ]


@pytest.mark.parametrize(("cell", "spans"), [("", None), (" ", None), ("null", None), ("[]", [])])
def test_an_empty_spans_cell_is_not_annotated_and_an_empty_list_annotated_as_none(
    tmp_path: Path, cell: str, spans: object
) -> None:
    path = tmp_path / "dev.csv"
    path.write_text(f"text,toxic,spans\nhello,false,{cell}\n")

    assert read_rows(path)[0]["spans"] == spans


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("dev.csv", "text,toxic\nyou fool,TRUE\nhello,0\n"),
        ("dev.jsonl", '{"text": "you fool", "toxic": true}\n{"text": "hello", "toxic": false}\n'),
        ("dev.json", '[{"text": "you fool", "toxic": true}, {"text": "hello", "toxic": false}]'),
    ],
)
def test_id_label_and_spans_are_filled_in_where_absent(tmp_path: Path, name: str, content: str) -> None:
    path = tmp_path / name
    path.write_text(content)

    assert read_rows(path).to_list() == [
        {"id": "dev-0", "text": "you fool", "label": "toxic", "toxic": True, "spans": None},
        {"id": "dev-1", "text": "hello", "label": "clean", "toxic": False, "spans": None},
    ]


def test_toxic_follows_from_the_labels_that_are_named(tmp_path: Path) -> None:
    path = tmp_path / "dev.csv"
    path.write_text("text,label\na,hate\nb,offensive\nc,normal\n")

    assert read_rows(path, toxic_labels=["hate", "offensive"])["toxic"] == [True, True, False]


def test_labels_alone_ask_for_the_toxic_ones(tmp_path: Path) -> None:
    path = tmp_path / "dev.csv"
    path.write_text("text,label\na,hate\n")

    with pytest.raises(ValueError, match=r"line 2: label 'hate' stands without a column `toxic`.*toxic_labels="):
        read_rows(path)
    with pytest.raises(TypeError, match=r"expected a list such as \['hate'\]"):
        read_rows(path, toxic_labels="hate")


def test_named_labels_that_contradict_the_column_are_an_error(tmp_path: Path) -> None:
    path = tmp_path / "dev.csv"
    path.write_text("text,label,toxic\na,hate,false\n")

    with pytest.raises(ValueError, match="`toxic` is False, but label 'hate'"):
        read_rows(path, toxic_labels=["hate"])


def test_named_labels_that_no_row_has_are_a_warning_with_those_found(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "dev.csv"
    path.write_text("text,label\na,hate\n")

    with caplog.at_level(logging.WARNING):
        read_rows(path, toxic_labels=["Hate"])

    assert "no row has a label of ['Hate']; labels found: ['hate']" in caplog.text


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("a.csv", "txt,label\na,b\n", "line 2: found the columns txt, label; expected text, label or toxic"),
        ("a.jsonl", '{"text": "a"}', "line 1: found the columns text; expected text, label or toxic"),
        ("a.jsonl", "{}", "line 1: found the columns (none)"),
        ("a.csv", "text,toxic\na,yes\n", "line 2: `toxic` is 'yes'; expected one of true, false, 1, 0"),
        ("a.csv", 'text,toxic,spans\na,1,"[0, 1"\n', "line 2: `spans` is '[0, 1'; expected JSON such as"),
        ("a.csv", 'text,toxic,spans\na,1,"[[0, 2]]"\n', "line 2: span 0 is [0, 2); expected 0 <= start < end <= 1"),
        ("a.jsonl", '{"text": "a", "toxic": 1}', "line 1: `toxic` is 1; expected true or false"),
        ("a.jsonl", '\n{"text": "a", "toxic": true, "id": 7}', "line 2: `id` is 7; expected a string"),
        ("a.jsonl", '{"text": "a", "label": []}', "line 1: `label` is []; expected a string"),
    ],
)
def test_a_wrong_record_is_told_with_its_line(tmp_path: Path, name: str, content: str, told: str) -> None:
    path = tmp_path / name
    path.write_text(content)

    with pytest.raises(ValueError) as caught:
        read_rows(path, toxic_labels=["x"] if "[]" in content else None)

    assert str(caught.value).startswith(f"{path}, {told}")


def test_a_missing_file_is_told() -> None:
    with pytest.raises(FileNotFoundError, match="Looked for a data file at"):
        read_rows("no/such/file.jsonl")


def test_lone_surrogates_in_json_escapes_are_replaced_one_for_one(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text('{"text": "\\ud83d\\ude00\\ud83d fool", "toxic": true, "spans": [[3, 7]]}')

    with caplog.at_level(logging.WARNING):
        (row,) = read_rows(path)

    assert row["text"] == "😀\ufffd fool"
    assert row["text"][3:7] == "fool"
    assert "1 rows held lone surrogates" in caplog.text


def test_a_lone_surrogate_is_written_as_an_escape(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"

    write_rows([{"id": "1", "text": "\ud83d", "label": "clean", "toxic": False, "spans": None}], path)

    assert "\\ud83d" in path.read_text("ascii")


def test_the_same_rows_give_the_same_bytes(tmp_path: Path) -> None:
    row = {"id": "1", "text": "傻子", "label": "toxic", "toxic": True, "spans": [[0, 2]]}
    for name in ("a.jsonl.gz", "b.jsonl.gz"):
        write_rows([row], tmp_path / name)

    assert (tmp_path / "a.jsonl.gz").read_bytes() == (tmp_path / "b.jsonl.gz").read_bytes()
    assert "傻子" in gzip.decompress((tmp_path / "a.jsonl.gz").read_bytes()).decode()


@pytest.mark.parametrize(
    ("row", "told"),
    [
        ({"text": "a"}, "row 0: no `id`, `label`, `toxic`, `spans`"),
        (
            {"id": "1", "text": "", "label": "", "toxic": True, "spans": None, "x": {1}},
            "row 0: a field is no JSON value",
        ),
        (
            {"id": "1", "text": "", "label": "", "toxic": True, "spans": None, "x": float("nan")},
            "row 0: a field is no JSON value",
        ),
    ],
)
def test_a_wrong_row_is_told_and_leaves_the_old_file(tmp_path: Path, row: dict[str, Any], told: str) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text("old")

    with pytest.raises(ValueError) as caught:
        write_rows([row], path)

    assert str(caught.value).startswith(told)
    assert path.read_text() == "old"


def test_only_jsonl_is_written(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"expected a name in .jsonl or .jsonl.gz"):
        write_rows([], tmp_path / "a.csv")


@pytest.mark.parametrize("name", ["cold", "hatexplain", "semeval2021_toxic_spans", "state_toxicn", "vihos"])
def test_real_rows_are_read_with_spans_that_quote_the_text(real_data: Path, name: str) -> None:
    smallest = min((real_data / name).glob("*.jsonl.gz"), key=lambda path: path.stat().st_size)

    rows = read_rows(smallest).to_list()

    assert len(rows) > 500
    assert all(row["text"][start:end] for row in rows for start, end in row["spans"] or [])
