"""Promises of `hf_toxspan.data.offset_files`."""

import gzip
import logging
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hf_toxspan.core.spans import Span
from hf_toxspan.data.offset_files import MAX_LITERAL, read_offsets

FILES = st.dictionaries(st.integers(0, 50), st.lists(st.integers(-3, 40), max_size=8), max_size=5)


def write(folder: Path, name: str, content: str) -> Path:
    path = folder / name
    path.write_bytes(content.encode())
    return path


def spans_in(path: Path) -> dict[int, list[Span]]:
    return {record.fields["id"]: record.fields["spans"] for record in read_offsets(path)}


@pytest.mark.parametrize(
    ("value", "spans"),
    [
        ("[3, 4, 5, 9]", [(3, 6), (9, 10)]),
        ("[9, 4, 3, 3]", [(3, 5), (9, 10)]),
        ("[]", []),
        ("(3, 4)", [(3, 5)]),
        ("{3, 4}", [(3, 5)]),
        (" [3.0, 4.0,] ", [(3, 5)]),
        ("[-1, 0]", [(-1, 1)]),
        ("[(3, 6), 9]", [(3, 6), (9, 10)]),
    ],
)
def test_a_value_is_read_as_the_spans_that_it_means(tmp_path: Path, value: str, spans: list[tuple[int, int]]) -> None:
    assert spans_in(write(tmp_path, "gold.tsv", f"7\t{value}\n")) == {7: spans}


def test_ids_keep_the_order_of_the_file(tmp_path: Path) -> None:
    assert list(spans_in(write(tmp_path, "gold.tsv", "9\t[]\r\n 2 \t[1]\r\n"))) == [9, 2]
    assert spans_in(write(tmp_path, "empty.tsv", "")) == {}


def test_a_packed_file_with_a_byte_order_mark_is_read(tmp_path: Path) -> None:
    path = tmp_path / "gold.tsv.gz"
    path.write_bytes(gzip.compress("\ufeff1\t[0]\n".encode()))

    assert spans_in(path) == {1: [(0, 1)]}


@settings(max_examples=30, deadline=None)
@given(FILES)
def test_written_offsets_are_read_as_they_were(tmp_path_factory: pytest.TempPathFactory, file: Any) -> None:
    folder = tmp_path_factory.mktemp("offsets")
    path = write(folder, "gold.tsv", "".join(f"{number}\t{offsets}\n" for number, offsets in file.items()))
    read = spans_in(path)

    assert {number: [i for span in spans for i in range(*span)] for number, spans in read.items()} == {
        number: sorted(set(offsets)) for number, offsets in file.items()
    }


@pytest.mark.parametrize(
    "line",
    ["1 [3]", "1\t[3]\t[4]", "x\t[3]", "\t[3]", "1.0\t[3]", "9" * 5000 + "\t[3]", ""],
)
def test_a_line_of_another_form_is_named(tmp_path: Path, line: str) -> None:
    with pytest.raises(ValueError, match=r"gold\.tsv, line 2: holds .*; expected a whole number, one tab and offsets"):
        spans_in(write(tmp_path, "gold.tsv", f"0\t[]\n{line}\n"))


@pytest.mark.parametrize(
    "value",
    [
        "",
        "5",
        "null",
        "{}",
        "{3: 4}",
        "[3, 4",
        "['a']",
        "[3.5]",
        "[1e999]",
        "[True]",
        "[[3, 6]]",
        "[(6, 3)]",
        "[(3, 6, 9)]",
        "{[3]}",
        "foo(3)",
        "'ab'",
        "[9" + "9" * 5000 + "]",
        "[" * 5000,
        "-" * 9000 + "1",
        "1+" * 4000 + "1",
        "(" + "3, " * MAX_LITERAL + ")",
    ],
)
def test_a_value_that_is_no_list_of_offsets_is_named(tmp_path: Path, value: str) -> None:
    with pytest.raises(ValueError, match=r"gold\.tsv, line 2: the value is .*; expected a list of whole numbers"):
        spans_in(write(tmp_path, "gold.tsv", f"0\t[]\n1\t{value}\n"))


def test_a_long_list_of_offsets_is_read(tmp_path: Path) -> None:
    assert spans_in(write(tmp_path, "gold.tsv", f"0\t{list(range(50_000))}\n")) == {0: [(0, 50_000)]}


def test_a_repeated_id_is_named_with_both_lines(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"line 3: id 0 stands in .*gold\.tsv, line 1 already"):
        spans_in(write(tmp_path, "gold.tsv", "0\t[]\n1\t[]\n0\t[1]\n"))


def test_an_unusable_prediction_is_an_error_or_empty_with_a_warning(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = write(tmp_path, "bad.tsv", "0\tnone\n")

    with pytest.raises(ValueError, match=r"bad\.tsv, line 1: the value is 'none"):
        read_offsets(path)
    with caplog.at_level(logging.WARNING):
        assert read_offsets(path, lenient=True)[0].fields == {"id": 0, "spans": []}
    assert "bad.tsv, line 1: the value is 'none'" in caplog.text


def test_a_record_knows_its_line(tmp_path: Path) -> None:
    path = write(tmp_path, "gold.tsv", "0\t[]\n7\t[1]\n")

    assert [record.where for record in read_offsets(path)] == [f"{path}, line 1", f"{path}, line 2"]
