"""Promises of files of recorded votes: they come back as they were written, and what is wrong is named."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hf_toxspan.core.vote_rules import VoteRule
from hf_toxspan.core.voting import INVALID, LOST, replay
from hf_toxspan.evaluation.recorded_votes import (
    RecordedVotes,
    collect,
    quadruple_strings,
    read_votes,
    streams,
    to_line,
)

SILLY = "you | are silly | others [END]"
WIDE = "you |  are silly | others [END]"
BOTH = "you | are silly | others [SEP] NULL | hello | non-hate [END]"
TURNED = "NULL | hello | non-hate [SEP] you | are silly | others [END]"
LINE = {"id": "7", "text": "hello", "form": "triples", "answers": [SILLY], "draws": [[0, -1], [0]]}


def test_each_distinct_answer_is_kept_once_in_the_order_of_rounds() -> None:
    record = collect("7", "hello", "triples", [["a", "b", None], ["c", "a"]])
    assert record == RecordedVotes("7", "hello", "triples", ("a", "c", "b"), ((0, 2, -1), (1, 0)))
    assert record.rounds == 3


@settings(max_examples=60, deadline=None)
@given(
    st.text(max_size=5),
    st.lists(st.lists(st.none() | st.text(max_size=4), min_size=1, max_size=4), min_size=1, max_size=3),
)
def test_records_come_back_as_they_were_written(
    tmp_path_factory: pytest.TempPathFactory, text: str, answers: list[list[str | None]]
) -> None:
    path = tmp_path_factory.mktemp("votes") / "votes.jsonl"
    records = [collect(name, text, "quadruples", answers) for name in ("1", "2")]
    path.write_text("".join(map(to_line, records)), encoding="utf-8")
    assert read_votes(path) == records


def test_a_lone_surrogate_can_be_written_and_read(tmp_path: Path) -> None:
    record = collect("7", "\ud83d", "triples", [["\udc00"]])
    (tmp_path / "votes.jsonl").write_text(to_line(record), encoding="utf-8")
    assert read_votes(tmp_path / "votes.jsonl") == [record]


def test_canonical_votes_are_equal_statements_and_raw_ones_equal_strings() -> None:
    record = collect("7", "hello", "triples", [[BOTH, TURNED], [WIDE, "no idea"], [None, SILLY]])
    (first, second), (wide, bad), (lost, silly) = streams(record)
    assert first == second != wide == silly
    assert (bad, lost) == (INVALID, LOST)
    assert streams(record, "raw") == [[BOTH, TURNED], [WIDE, INVALID], [LOST, SILLY]]


def test_raw_votes_are_valid_where_the_papers_reading_takes_them() -> None:
    further, wide_end = "you | are silly | others | hate [END]", "you | are silly | others [END] "
    record = collect("7", "hello", "triples", [[further, wide_end]])
    assert streams(record, "raw") == [[further, INVALID]]
    canonical = streams(record)[0]
    assert canonical[0] is INVALID and canonical[1] is not INVALID


def test_answers_in_quadruples_are_read_as_such() -> None:
    good, bad = "you | are silly | others | hate [END]", "you | are silly | others | non-hate [END]"
    record = collect("7", "hello", "quadruples", [[good, bad]])
    assert streams(record, "raw") == [[good, INVALID]]
    assert quadruple_strings(record, "raw") == {good: good}
    assert list(quadruple_strings(record).values()) == [good]


def test_a_winner_is_written_as_the_first_answer_that_says_so() -> None:
    record = collect("7", "hello", "triples", [[TURNED, BOTH, WIDE, "no idea"]])
    turned = "NULL | hello | non-hate | non-hate [SEP] you | are silly | others | hate [END]"
    assert list(quadruple_strings(record).values()) == [turned, "you | are silly | others | hate [END]"]
    winner = replay(streams(record), VoteRule("fixed", max_rounds=4)).winner
    assert quadruple_strings(record)[winner] == turned
    raw = quadruple_strings(record, "raw")
    assert list(raw) == [TURNED, BOTH, WIDE]
    assert raw[WIDE] == "you |  are silly | others | hate [END]"


def test_other_ways_of_counting_are_refused() -> None:
    record = collect("7", "hello", "triples", [[SILLY]])
    for read in (streams, quadruple_strings):
        with pytest.raises(ValueError, match="votes is 'strict'"):
            read(record, "strict")


def test_numbers_as_ids_are_read_as_strings(tmp_path: Path) -> None:
    (tmp_path / "votes.jsonl").write_text(json.dumps(LINE | {"id": 7}), encoding="utf-8")
    assert read_votes(tmp_path / "votes.jsonl")[0].id == "7"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"id": None}, "`id` is None"),
        ({"id": True}, "`id` is True"),
        ({"text": 7}, "`text` is 7"),
        ({"form": "pairs"}, "`form` is 'pairs'; expected triples or quadruples"),
        ({"answers": ["a", 1]}, "`answers` is"),
        ({"draws": [[0, 1]]}, r"`draws` is \[\[0, 1\]\]; expected .* -1 or 0 to 0"),
        ({"draws": [[-2]]}, "`draws` is"),
        ({"draws": [[True]]}, "`draws` is"),
        ({"draws": [0]}, "`draws` is"),
        ({"draws": []}, "expected at least one prompt"),
        ({"draws": [[0], []]}, "a draw of each"),
    ],
)
def test_what_is_no_record_is_named_with_file_and_line(tmp_path: Path, change: dict[str, Any], message: str) -> None:
    path = tmp_path / "votes.jsonl"
    path.write_text(json.dumps(LINE) + "\n" + json.dumps(LINE | {"id": "8"} | change) + "\n", encoding="utf-8")
    with pytest.raises(ValueError, match=message) as error:
        read_votes(path)
    assert str(error.value).startswith(f"{path}, line 2: ")


def test_missing_columns_repeated_ids_and_empty_files_are_named(tmp_path: Path) -> None:
    path = tmp_path / "votes.jsonl"
    path.write_text(json.dumps({"id": "7"}), encoding="utf-8")
    with pytest.raises(ValueError, match="no column text, form, answers, draws"):
        read_votes(path)
    path.write_text((json.dumps(LINE) + "\n") * 2, encoding="utf-8")
    with pytest.raises(ValueError, match="line 2: the id '7' stands above already"):
        read_votes(path)
    path.write_text("", encoding="utf-8")
    with pytest.raises(ValueError, match="holds no text"):
        read_votes(path)
    with pytest.raises(ValueError, match="unknown suffix"):
        (tmp_path / "votes.csv").write_text("id\n")
        read_votes(tmp_path / "votes.csv")
