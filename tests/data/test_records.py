"""Promises of `hf_toxspan.data.records`."""

import gzip
from pathlib import Path

import pytest

from hf_toxspan.data.records import Record, check_columns, kind_of, read_json, read_records, read_text


def write(folder: Path, name: str, content: bytes | str) -> Path:
    path = folder / name
    content = content.encode() if isinstance(content, str) else content
    path.write_bytes(gzip.compress(content) if name.endswith(".gz") else content)
    return path


@pytest.mark.parametrize("name", ["a.jsonl", "a.jsonl.gz", "a.JSONL"])
def test_jsonl_gives_one_record_a_line_with_its_number(tmp_path: Path, name: str) -> None:
    path = write(tmp_path, name, '{"a": 1}\r\n\n  \n{"a": 2}')

    assert list(read_records(path)) == [Record(f"{path}, line 1", {"a": 1}), Record(f"{path}, line 4", {"a": 2})]


@pytest.mark.parametrize("name", ["a.jsonl", "a.json", "a.csv"])
def test_a_byte_order_mark_is_no_part_of_the_content(tmp_path: Path, name: str) -> None:
    content = {"a.jsonl": '{"a": "1"}', "a.json": '[{"a": "1"}]', "a.csv": "a\n1\n"}[name]

    (record,) = read_records(write(tmp_path, name, b"\xef\xbb\xbf" + content.encode()))

    assert record.fields == {"a": "1"}


def test_other_line_separators_of_unicode_do_not_end_a_line(tmp_path: Path) -> None:
    text = "a\u2028b\u0085c\x0bd"

    (record,) = read_records(write(tmp_path, "a.jsonl", '{"a": "a\u2028b\u0085c\\u000bd"}'))

    assert record.fields == {"a": text}


def test_json_gives_one_record_an_element_with_its_number(tmp_path: Path) -> None:
    path = write(tmp_path, "a.json", '[{"a": 1},\n {"a": 2}]')

    assert [record.where for record in read_records(path)] == [f"{path}, record 1", f"{path}, record 2"]


def test_csv_cells_stay_the_strings_they_are(tmp_path: Path) -> None:
    path = write(tmp_path, "a.csv", "id,text,n\n007,NA,1.0\nnull,,nan\n")

    assert [record.fields for record in read_records(path)] == [
        {"id": "007", "text": "NA", "n": "1.0"},
        {"id": "null", "text": "", "n": "nan"},
    ]


def test_a_csv_cell_may_hold_commas_quotes_and_line_ends(tmp_path: Path) -> None:
    path = write(tmp_path, "a.csv", 'text\n"a,""b""\r\nc"\n\nd\n')

    records = list(read_records(path))

    assert [record.fields["text"] for record in records] == ['a,"b"\r\nc', "d"]
    assert [record.where for record in records] == [f"{path}, line 2", f"{path}, line 5"]


def test_an_unnamed_csv_column_is_named_by_its_position(tmp_path: Path) -> None:
    (record,) = read_records(write(tmp_path, "a.csv", ",text\n5,x\n"))

    assert record.fields == {"column_0": "5", "text": "x"}


@pytest.mark.parametrize("name", ["a.jsonl", "a.json", "a.csv"])
def test_no_records_are_no_error(tmp_path: Path, name: str) -> None:
    content = {"a.jsonl": "", "a.json": "[]", "a.csv": "text\n"}[name]

    assert list(read_records(write(tmp_path, name, content))) == []


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("a.jsonl", '{"a": 1}\n{"a" 2}', "line 2: invalid JSON (Expecting ':' delimiter at column 6)"),
        ("a.jsonl", '{"a": NaN}', "line 1: invalid JSON (NaN is no JSON value; write null)"),
        ("a.jsonl", "[" * 200_000, "line 1: invalid JSON"),
        ("a.jsonl", "[1]", "line 1: holds '[1]'; expected a JSON object"),
        ("a.jsonl", b'{"a": 1}\n\xff', "line 2: byte 0xff is not UTF-8. Save the file as UTF-8"),
        ("a.jsonl", '{"a": 1}\n{"a": "\0"}', "line 2: holds a NUL character"),
        ("a.csv", "text\na\0b\n", "line 2: holds a NUL character"),
        ("a.json", '{"a": 1}', "holds dict; expected an array of objects"),
        ("a.json", '[{"a": 1},\n 3]', "record 2: holds '3'; expected a JSON object"),
        ("a.json", '[\n{"a" 1}]', "invalid JSON (Expecting ':' delimiter at line 2 column 6)"),
        ("a.csv", "", "the file is empty; expected a header line"),
        ("a.csv", "text,label\na,b,c\n", "line 2: 3 cells; the header names 2 columns: text, label"),
        ("a.csv", "text,text\n", "line 1: the columns ['text'] occur more than once"),
        ("a.csv", 'text\nx\n"a', "line 3: invalid CSV (unexpected end of data)"),
        ("a.csv", 'text\n"a"b\n', "line 2: invalid CSV"),
        ("a.parquet", "", "unknown suffix '.parquet'; expected one of .jsonl, .json, .csv"),
    ],
)
def test_what_cannot_be_read_is_told_with_file_and_line(
    tmp_path: Path, name: str, content: bytes | str, told: str
) -> None:
    path = write(tmp_path, name, content)

    with pytest.raises(ValueError) as caught:
        list(read_records(path))

    assert str(caught.value).startswith(str(path))
    assert told in str(caught.value)


def test_a_missing_file_is_told_with_the_place_looked_at(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"none\.csv and found nothing; check the path"):
        list(read_records(tmp_path / "none.csv"))
    with pytest.raises(FileNotFoundError, match="found a folder"):
        read_text(tmp_path)


def test_a_broken_gzip_file_is_told(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl.gz"
    path.write_bytes(gzip.compress(b'{"a": 1}')[:-9])

    with pytest.raises(ValueError, match="not a complete gzip file"):
        list(read_records(path))


def test_the_kind_of_a_file_is_its_last_suffix_without_gz() -> None:
    assert kind_of(Path("x.csv.jsonl")) == ".jsonl"
    assert kind_of(Path("folder.csv/x")) == ""


@pytest.mark.parametrize(("name", "content", "value"), [("a.json.gz", '{"a": [1]}', {"a": [1]}), ("a.json", "3", 3)])
def test_a_json_file_of_any_shape_can_be_read_whole(tmp_path: Path, name: str, content: str, value: object) -> None:
    assert read_json(write(tmp_path, name, content)) == value


def test_a_file_without_the_columns_of_a_loader_is_told_with_those_found() -> None:
    record = Record("a.csv, line 2", {"text": "a", "topic": "b"})

    check_columns(record, ("topic", "text"), advice="")
    with pytest.raises(
        ValueError, match=r"a\.csv, line 2: no column toxic; found text, topic, expected text, toxic\. Hm"
    ):
        check_columns(record, ("text", "toxic"), advice="Hm.")
    with pytest.raises(ValueError, match=r"no column text; found \(none\), expected text"):
        check_columns(Record("a.json, record 1", {}), ("text",), advice="")


def test_a_loader_of_one_kind_of_file_refuses_the_others(tmp_path: Path) -> None:
    path = write(tmp_path, "a.json", "[]")

    with pytest.raises(ValueError, match=r"a\.json: unknown suffix '\.json'; expected one of \.csv \(or with"):
        read_records(path, kinds=[".csv"])
