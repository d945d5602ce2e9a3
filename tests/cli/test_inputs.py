"""An input is one of four, and says what tells it from another."""

import argparse
import json
from pathlib import Path

import pytest

from hf_toxspan.cli import inputs
from hf_toxspan.cli.main import build_parser


def options(*arguments: str) -> argparse.Namespace:
    return build_parser().parse_args(["judge", *arguments])


def test_texts_are_told_apart_by_their_content() -> None:
    assert inputs.find(options("a")).identity == inputs.find(options("a")).identity
    assert inputs.find(options("a")).identity != inputs.find(options("a", "b")).identity


def test_two_pipes_are_never_the_same_input() -> None:
    first, second = inputs.find(options("--input", "-")), inputs.find(options("--input", "-"))
    assert first.is_pipe and first.identity != second.identity


def test_a_file_is_told_apart_by_its_size_and_time(tmp_path: Path) -> None:
    path = tmp_path / "in.txt"
    path.write_text("a")
    before = inputs.find(options("--input", str(path)))
    path.write_text("ab")
    assert before.identity != inputs.find(options("--input", str(path))).identity
    assert before.size == 2
    with before.open() as found:
        assert [record.text for record in found] == ["ab"]


def test_rows_of_a_data_set_keep_their_columns(tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    row = {"id": "7", "text": "you fool", "label": "rude", "toxic": True, "spans": [[4, 8]]}
    path.write_text(json.dumps(row))
    with inputs.find(options("--data", str(path))).open() as found:
        (record,) = found
    assert (record.line, record.text, record.fields["id"], record.fields["spans"]) == (1, "you fool", "7", [[4, 8]])


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["a", "--input", "b.txt"], "got 1 TEXT and --input b.txt; pass one of them"),
        (["--data", "sample:dev", "--input", "b.txt"], "got --input b.txt and --data sample:dev"),
    ],
)
def test_two_inputs_are_one_too_many(arguments: list[str], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        inputs.find(options(*arguments))
