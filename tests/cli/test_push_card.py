"""Promises about the options of a card: reports by name, comparisons, what the author states."""

import argparse
import json
from pathlib import Path

import pytest

from hf_toxspan.cards.training_facts import TrainingFacts
from hf_toxspan.cli.push_card import add_card_options, read_notes, read_reports, read_statement
from tests.cards.reports import span_report


def parse(*arguments: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    add_card_options(parser)
    return argparse.Namespace(
        **{"folder": "runs/mine", "repo": None, "license": None, "language": [], "notes": None},
        **vars(parser.parse_args(arguments)),
    )


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for name, model in (("ours.json", "runs/v1"), ("teacher.json", "runs/teacher"), ("a=b.json", "odd")):
        (tmp_path / name).write_text(json.dumps(span_report(model=model)))
    return tmp_path


def test_reports_have_names_and_are_compared(files: Path) -> None:
    (report,) = read_reports(parse("--report", "COLD dev (zh)=ours.json", "--compare", "teacher=teacher.json"))
    assert (report.data, report.model) == ("COLD dev (zh)", "runs/v1")
    assert "teacher" in report.protocols["toxic_or_not"].systems


def test_a_name_of_a_file_may_hold_an_equals_sign(files: Path) -> None:
    (report,) = read_reports(parse("--report", "a=b.json"))
    assert (report.data, report.model) == ("cold:dev.csv", "odd")


def test_another_system_can_be_the_model(files: Path) -> None:
    (report,) = read_reports(parse("--report", "ours.json", "--system", "mark everything"))
    assert report.model == "mark everything"


def test_the_name_comes_from_the_repository_or_the_folder() -> None:
    assert read_statement(parse(), None).name == "mine"
    args = parse()
    args.repo = "me/other"
    assert read_statement(args, None).name == "other"
    assert read_statement(parse("--name", "third"), None).name == "third"


def test_emissions_are_measured_or_estimated_or_not_told(files: Path) -> None:
    training = TrainingFacts("T", "x", seconds=3600.0)
    assert read_statement(parse(), training).emissions is None
    estimated = read_statement(parse("--watts", "100", "--grid", "0.5"), training).emissions
    assert estimated is not None and estimated.kilograms == pytest.approx(0.05)
    longer = read_statement(parse("--watts", "100", "--grid", "0.5", "--hours", "2"), training).emissions
    assert longer is not None and longer.kilograms == pytest.approx(0.1)
    (files / "e.csv").write_text("emissions\n0.25\n")
    measured = read_statement(parse("--emissions", "e.csv"), training).emissions
    assert measured is not None and measured.kilograms == 0.25


def test_what_is_stated_comes_through() -> None:
    found = read_statement(
        parse("--data", "cold:a.csv", "--data", "mine", "--dataset", "me/d", "--base-model", "me/b"), None
    )
    assert [own.source for own in found.sources] == ["cold:a.csv", "mine"]
    assert (found.hub_datasets, found.base_model) == (["me/d"], "me/b")


def test_notes_are_a_text_without_a_header(tmp_path: Path) -> None:
    (tmp_path / "notes.md").write_text("*By hand.*", encoding="utf-8")
    assert read_notes(str(tmp_path / "notes.md")) == "*By hand.*"
    assert read_notes(None) == ""
    (tmp_path / "notes.md").write_text("---\nlicense: mit\n---\n", encoding="utf-8")
    with pytest.raises(ValueError, match="begins with a header of its own"):
        read_notes(str(tmp_path / "notes.md"))
