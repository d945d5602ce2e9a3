"""Output formats: chosen by suffix, readable by others, nothing dropped."""

import csv
import io
import json
from pathlib import Path

import pytest

from hf_toxspan.cli.formats import converter, format_of, write_csv, write_html
from hf_toxspan.cli.writing import dump

ROWS = [
    {"id": 1, "text": 'a "b",\n你', "label": "toxic", "score": 0.9, "toxic": True,
     "spans": [{"start": 0, "end": 1, "text": "a", "score": 0.8}], "note": None, "tags": ["x"]},
    {"line": 2, "error": "invalid JSON"},
]  # fmt: skip


def test_format_is_told_by_suffix_or_wish() -> None:
    assert format_of(Path("a.CSV"), None) == "csv"
    assert format_of(Path("a.csv"), "html") == "html"
    assert format_of(None, None, default="terminal") == "terminal"
    with pytest.raises(ValueError, match=r"suffix 'xlsx'; pass --format {jsonl,csv,html}"):
        format_of(Path("a.xlsx"), None)


def test_csv_has_every_column_and_spans_as_json() -> None:
    stream = io.StringIO(newline="")
    write_csv(lambda: ROWS, stream)
    stream.seek(0)
    first, second = csv.DictReader(stream)
    assert list(first) == ["id", "text", "label", "score", "toxic", "spans", "note", "tags", "line", "error"]
    assert first["text"] == ROWS[0]["text"]
    assert json.loads(first["spans"]) == ROWS[0]["spans"]
    assert (first["toxic"], first["note"], first["tags"]) == ("true", "", '["x"]')
    assert (second["id"], second["line"], second["error"]) == ("", "2", "invalid JSON")


def test_csv_of_no_rows_is_a_header() -> None:
    stream = io.StringIO(newline="")
    write_csv(list, stream)
    assert stream.getvalue() == "id,text,label,score,toxic,spans\r\n"


def test_html_has_a_card_a_row() -> None:
    stream = io.StringIO()
    write_html(ROWS, stream, title="t")
    assert stream.getvalue().count("<article") == 2


@pytest.mark.parametrize("format_name", ["csv", "html"])
def test_lone_surrogate_in_another_column_is_written_as_its_escape(tmp_path: Path, format_name: str) -> None:
    source, target = tmp_path / "rows", tmp_path / "target"
    source.write_bytes(dump({**ROWS[0], "id": "\ud83d"}))
    convert = converter(format_name, title="t")
    assert convert is not None
    convert(source, target)
    assert ("\\ud83d" if format_name == "csv" else "U+D83D") in target.read_text(encoding="utf-8")


def test_jsonl_needs_no_conversion() -> None:
    assert converter("jsonl", title="t") is None
