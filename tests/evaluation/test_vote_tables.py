"""Promises of the tables: 80 columns, nothing cut off, and sentences that say no more than the numbers do."""

import io
from dataclasses import replace

from rich.console import Console

from hf_toxspan.core.resampling import Difference
from hf_toxspan.evaluation.vote_study import Line, VoteStudy, study_votes
from hf_toxspan.evaluation.vote_tables import heading, to_markdown, to_rows, to_tables, verdict
from tests.evaluation.votes import GOLD, recording

RECORDS = recording(20)
STUDY = study_votes(RECORDS, {record.id: GOLD for record in RECORDS}, taus=(1, 5, 100), n_resamples=50)


def printed(study: VoteStudy) -> str:
    stream = io.StringIO()
    Console(file=stream, width=80).print(to_tables(study))
    return stream.getvalue()


def changed(name: str, **fields: object) -> VoteStudy:
    lines = [line._replace(**fields) if line.name == name else line for line in STUDY.lines]  # type: ignore[arg-type]
    return replace(STUDY, lines=lines)


def test_all_numbers_fit_into_80_columns() -> None:
    out = printed(STUDY)
    assert "…" not in out and max(map(len, out.splitlines())) <= 80
    for line in STUDY.lines:
        assert out.count(f"\n {line.name} ") == 2
        assert f"{100 * line.scores['average_f1'].value:.1f}" in out


def test_scores_of_one_hundred_fit_too() -> None:
    gold = {record.id: GOLD for record in RECORDS}
    sure = [replace(record, answers=(record.answers[0],), draws=((0,) * 10,) * 4) for record in RECORDS]
    out = printed(study_votes(sure, gold, taus=(100,), n_resamples=50))
    assert "…" not in out


def test_the_papers_numbers_stand_beside_the_same_tau() -> None:
    (first,) = [row for row in to_rows(STUDY) if row["vote"] == "tau 1"]
    assert first["paper_hard_f1"] == 0.2530
    lines = [line for line in printed(STUDY).splitlines() if "25.30" in line]
    assert len(lines) == 1 and lines[0].split()[:2] == ["tau", "1"]


def test_markdown_holds_each_line_once_with_all_columns() -> None:
    text = to_markdown(STUDY)
    rows = [line for line in text.splitlines() if line.startswith("|")]
    assert len(rows) == 2 + len(STUDY.lines)
    assert {row.count("|") for row in rows} == {rows[0].count("|")}
    assert heading(STUDY) in text and text.endswith("\n") and "\n\n\n" not in text


def test_rows_have_the_same_columns_and_say_how_votes_ended() -> None:
    rows = to_rows(STUDY)
    assert len({tuple(row) for row in rows}) == 1
    for row, line in zip(rows, STUDY.lines, strict=True):
        assert row["average_f1"] == line.scores["average_f1"].value
        assert row["hard_f1_low"] <= row["hard_f1"] <= row["hard_f1_high"]
        assert sum(value for name, value in row.items() if name.startswith("stopped_by_")) == sum(line.stopped.values())


def test_votes_that_the_recording_cut_off_are_said() -> None:
    assert "100.0 % of the votes with tau 100 end with the recording" in " ".join(verdict(STUDY))
    whole = changed("tau 100", stopped={"tau": 20})
    assert "end with the recording" not in " ".join(verdict(whole))


def test_an_interval_that_holds_zero_is_no_gain() -> None:
    better = changed("one draw", over_reference=Difference(-0.05, -0.07, -0.01, 0.01))
    assert "Voting with tau 100 adds +5.0 (+1.0,+7.0) to one draw." in " ".join(verdict(better))
    unsure = changed("one draw", over_reference=Difference(-0.05, -0.12, 0.02, 0.2))
    assert "don't show that voting adds anything: +5.0 (-2.0,+12.0)" in " ".join(verdict(unsure))


def test_the_cheapest_rule_with_the_same_answers_is_named() -> None:
    def only(kept: Line) -> bool:
        return kept.kind != "sequential" or kept.name in ("beta 0.9", "esc")

    lines = [
        line._replace(same={"beta 0.9": 0.98, "esc": 0.99}.get(line.name, line.same), relative=0.25)
        for line in STUDY.lines
        if only(line)
    ]
    assert "esc takes fewest generations: 25.0 % of those of tau 100" in " ".join(verdict(replace(STUDY, lines=lines)))
    none = [line for line in lines if line.name != "esc"]
    assert "fewest" not in " ".join(verdict(replace(STUDY, lines=none)))
