"""Reading texts: every format, every bad line, flat memory."""

import io
import json
import tracemalloc
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hf_toxspan.cli.formats import write_csv
from hf_toxspan.cli.writing import dump
from hf_toxspan.data.text_records import Record, format_of, from_texts, open_source, read

# Texts and names that a file in UTF-8 can hold.
TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"))


def records_of(content: bytes, format_name: str, text_column: str = "text") -> list[Record]:
    return list(read(io.BytesIO(content), format_name, text_column=text_column))


def texts_of(content: bytes, format_name: str) -> list[str]:
    return [record.text for record in records_of(content, format_name)]


def test_txt_is_a_text_a_line_and_an_empty_line_is_an_empty_text() -> None:
    assert texts_of(b"one\r\n\ntwo\x0b\x1c\xe2\x80\xa8still two", "txt") == ["one", "", "two\x0b\x1c\u2028still two"]


@pytest.mark.parametrize(
    ("format_name", "content"), [("txt", b"a"), ("csv", b"text\r\na\r\n"), ("jsonl", b'{"text": "a"}')]
)
def test_byte_order_mark_is_no_part_of_the_first_record(format_name: str, content: bytes) -> None:
    assert texts_of(b"\xef\xbb\xbf" + content, format_name) == ["a"]


@pytest.mark.parametrize("format_name", ["txt", "csv", "jsonl"])
def test_empty_file_has_no_records(format_name: str) -> None:
    assert records_of(b"", format_name) == []


def test_csv_keeps_the_other_columns_and_counts_lines_inside_cells() -> None:
    records = records_of(b'id,text,n\n7,"two\nlines, ""quoted""",1\n\n8,b,2\n', "csv")
    assert [(record.line, record.text, record.fields) for record in records] == [
        (3, 'two\nlines, "quoted"', {"id": "7", "n": "1"}),
        (5, "b", {"id": "8", "n": "2"}),
    ]


def test_csv_cell_of_a_million_characters_is_read() -> None:
    assert texts_of(b"text\n" + b"a" * 1_000_000 + b"\n", "csv") == ["a" * 1_000_000]


@pytest.mark.parametrize(
    ("header", "message"),
    [
        (b"comment,id\n", r"no column 'text'; found \['comment', 'id'\]; pass --text-column"),
        (b"text,a,a\n", "names a column twice"),
        (b"text,\xff\n", "byte 0xff is not UTF-8"),
    ],
)
def test_csv_header_that_makes_every_row_unreadable_is_refused(header: bytes, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        records_of(header + b"a,b\n", "csv")


@pytest.mark.parametrize(
    ("row", "message"),
    [
        (b"a,b,c", "3 cells; the header names 2"),
        (b"a", "1 cells; the header names 2"),
        (b"a\xff,b", "byte 0xff is not UTF-8"),
        (b"a\0,b", "NUL"),
        (b'"a"x,b', "invalid CSV"),
    ],
)
def test_bad_csv_row_is_an_error_and_the_next_row_is_read(row: bytes, message: str) -> None:
    first, second = records_of(b"text,id\n" + row + b"\nnext,2\n", "csv")
    assert message in str(first.error)
    assert (second.line, second.text, second.error) == (3, "next", None)


@pytest.mark.parametrize(
    ("line", "message"),
    [
        (b'{"text": "a"', "invalid JSON at character"),
        (b'"just a string"', "a JSON str; expected an object with 'text'"),
        (b"null", "a JSON NoneType; expected an object"),
        (b'{"comment": "a", "id": 1}', "no column 'text'; found ['comment', 'id']"),
        (b'{"text": 5}', "'text' is 5; expected a string"),
        (b'{"text": null}', "'text' is None; expected a string"),
        (b'{"text": "a\xff"}', "byte 0xff is not UTF-8"),
        (b'{"text": "a\0"}', "NUL"),
        (b'{"text": "\\ud83d"}', "lone surrogate U+D83D at character 0"),
        (b"[" * 100_000, "invalid JSON"),
        (b'{"text": ' + b"9" * 5000 + b"}", "invalid JSON"),
    ],
)
def test_bad_json_line_is_an_error_and_the_next_line_is_read(line: bytes, message: str) -> None:
    first, second = records_of(line + b'\n\n{"text": "next"}\n', "jsonl")
    assert message in str(first.error)
    assert (first.line, first.text) == (1, "")
    assert (second.line, second.text, second.error) == (3, "next", None)


def test_nul_written_as_an_escape_is_meant_and_stays() -> None:
    assert texts_of(b'{"text": "a\\u0000b"}', "jsonl") == ["a\0b"]


def test_surrogate_pair_escapes_are_one_character() -> None:
    assert texts_of(b'{"text": "\\ud83d\\ude21"}', "jsonl") == ["😡"]


@pytest.mark.parametrize("content", [b"a\xff", b"\xff\xfea\0", b"a\0"])
def test_bad_bytes_of_a_txt_line_are_an_error(content: bytes) -> None:
    first, second = records_of(content + b"\nnext\n", "txt")
    assert "save the file as UTF-8" in str(first.error)
    assert second.text == "next"


def test_text_column_can_have_any_name() -> None:
    assert records_of(b'{"comment": "a", "text": "b"}', "jsonl", "comment")[0].fields == {"text": "b"}


def test_offset_of_the_last_record_is_the_size_of_the_file() -> None:
    content = 'text\n"你\n好"\nb\n'.encode()
    assert records_of(content, "csv")[-1].offset == len(content)


def test_texts_of_the_command_line_are_numbered_records() -> None:
    assert [record[:2] for record in from_texts(["a", ""])] == [(1, "a"), (2, "")]
    assert "lone surrogate" in str(next(from_texts(["\udcff"])).error)


@pytest.mark.parametrize(("source", "found"), [("a.TXT", "txt"), ("a.b.csv", "csv"), ("-", "txt")])
def test_format_is_told_by_the_suffix(source: str, found: str) -> None:
    assert format_of(source) == found
    assert format_of(source, "jsonl") == "jsonl"


@pytest.mark.parametrize("source", ["a.xlsx", "noname"])
def test_unknown_suffix_names_the_option(source: str) -> None:
    with pytest.raises(ValueError, match=r"--input-format {txt,csv,jsonl}"):
        format_of(source)


def test_missing_file_and_folder_are_told_apart(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="found nothing"), open_source(str(tmp_path / "no.txt")):
        pass
    with pytest.raises(FileNotFoundError, match="found a folder"), open_source(str(tmp_path)):
        pass


@given(st.lists(st.tuples(TEXTS, st.dictionaries(TEXTS.filter(lambda name: name != "text"), TEXTS, max_size=3))))
def test_reading_what_was_written_as_jsonl_gives_it_back(rows: list[tuple[str, dict[str, str]]]) -> None:
    content = b"".join(dump({"text": text, **fields}) for text, fields in rows)
    assert [(record.text, record.fields) for record in records_of(content, "jsonl")] == rows


@given(st.lists(st.tuples(TEXTS, TEXTS), min_size=1))
def test_reading_what_was_written_as_csv_gives_it_back(rows: list[tuple[str, str]]) -> None:
    stream = io.StringIO(newline="")
    write_csv(lambda: [{"text": text, "note": note} for text, note in rows], stream)
    records = records_of(stream.getvalue().encode(), "csv")
    assert [(record.text, record.fields["note"]) for record in records] == rows


@given(st.lists(TEXTS.filter(lambda text: "\n" not in text and not text.endswith("\r") and "\ufeff" not in text)))
def test_reading_what_was_written_as_txt_gives_it_back(texts: list[str]) -> None:
    assert texts_of("".join(f"{text}\n" for text in texts).encode(), "txt") == texts


def test_memory_stays_flat_however_long_the_file() -> None:
    class Endless(io.RawIOBase):
        def __iter__(self) -> Iterator[bytes]:
            return (json.dumps({"id": n, "text": "x" * 1000}).encode() + b"\n" for n in range(50_000))

    tracemalloc.start()
    for _ in read(Endless(), "jsonl"):  # type: ignore[arg-type]
        pass
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 2_000_000
