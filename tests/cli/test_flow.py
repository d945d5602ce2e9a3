"""The loop: one row a record, in order, and nothing lost at a bad one."""

from collections.abc import Sequence
from typing import Any

import pytest

from hf_toxspan.cli.flow import Row, error_row, extract_file, result_row
from hf_toxspan.data.text_records import Record


def classify(texts: Sequence[str]) -> list[dict[str, Any]]:
    return [{"label": "toxic" if "fool" in text else "clean", "score": 0.9, "spans": []} for text in texts]


def records(*texts: str) -> list[Record]:
    return [Record(n, text, {}, "bad" if text == "BAD" else None, offset=10 * n) for n, text in enumerate(texts, 1)]


def test_rows_come_in_order_whatever_the_chunk() -> None:
    source = records("a", "fool", "b", "c", "fool")
    runs = []
    for size in (1, 2, 100):
        rows: list[Row] = []
        counts = extract_file(source, rows.extend, classify=classify, chunk_size=size)
        assert counts == {"clean": 3, "toxic": 2}
        runs.append(rows)
    assert runs[0] == runs[1] == runs[2]
    assert [row["text"] for row in runs[0]] == ["a", "fool", "b", "c", "fool"]


def test_no_records_call_neither_model_nor_sink() -> None:
    def never(_: object) -> Any:
        raise AssertionError

    assert extract_file([], never, classify=never) == {}


def test_bad_record_stops_the_run_after_what_came_before_it_is_safe() -> None:
    rows: list[Row] = []
    with pytest.raises(ValueError, match=r"in\.csv, line 3: bad"):
        extract_file(records("a", "b", "BAD", "c"), rows.extend, classify=classify, name="in.csv")
    assert [row["text"] for row in rows] == ["a", "b"]


def test_kept_errors_hold_their_place() -> None:
    rows: list[Row] = []
    counts = extract_file(records("BAD", "a", "BAD"), rows.extend, classify=classify, keep_errors=True)
    assert rows[0] == {"line": 1, "error": "bad"} and rows[1]["text"] == "a" and rows[2]["line"] == 3
    assert counts == {"error": 2, "clean": 1}


def test_done_records_are_passed_over_without_the_model() -> None:
    seen: list[str] = []
    rows: list[Row] = []

    def watched(texts: list[str]) -> list[dict[str, Any]]:
        seen.extend(texts)
        return classify(texts)

    extract_file(records("a", "b", "c"), rows.extend, classify=watched, skip=2)
    assert seen == ["c"] and rows[0]["id"] == 3


def test_progress_is_told_in_bytes_after_each_chunk() -> None:
    told: list[int] = []
    extract_file(
        records("a", "b", "c"),
        lambda _: None,
        classify=classify,
        chunk_size=2,
        advance=lambda offset, _: told.append(offset),
    )
    assert told == [20, 30]


def test_model_that_answers_too_little_is_an_error() -> None:
    with pytest.raises(RuntimeError, match="answered 0 times for 1 texts"):
        extract_file(records("a"), lambda _: None, classify=lambda _: [])


def test_column_named_like_ours_is_kept_beside_ours() -> None:
    fields = {"id": "x", "label": 1, "input_label": 2, "text": 3, "error": 4, "note": None}
    row = result_row(Record(1, "hi", fields), {"label": "clean", "score": 0.9, "spans": []})
    assert row == {
        "id": "x", "text": "hi", "label": "clean", "score": 0.9, "spans": [],
        "input_input_label": 1, "input_label": 2, "input_text": 3, "input_error": 4, "note": None,
    }  # fmt: skip


def test_error_row_can_be_written_whatever_the_error_quotes() -> None:
    assert error_row(Record(1, "", {"id": 5}, "found ['\ud83d']")) == {"id": 5, "line": 1, "error": "found ['\ufffd']"}
