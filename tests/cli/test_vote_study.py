"""`hf-toxspan vote-study`: a recording and gold in; tables, a file and a plot out."""

import argparse
import csv
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from hf_toxspan.cli import vote_study
from hf_toxspan.evaluation.recorded_votes import to_line
from tests.evaluation.votes import recording

Run = Callable[..., int]


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path]:
    """A recording, and gold for more texts than were recorded, in another order."""
    votes, data = tmp_path / "votes.jsonl", tmp_path / "gold.jsonl"
    votes.write_text("".join(map(to_line, recording(12))), encoding="utf-8")
    quad = {"target": "you", "argument": "are silly", "group": ["others"], "hateful": True}
    rows = [
        {"id": str(name), "text": "you are silly", "label": "hate", "toxic": True, "spans": None, "quads": [quad]}
        for name in reversed(range(14))
    ]
    data.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return votes, data


@pytest.fixture
def run(files: tuple[Path, Path]) -> Run:
    def run(*more: str) -> int:
        parser = argparse.ArgumentParser()
        vote_study.add_parser(parser.add_subparsers())
        votes, data = files
        arguments = ["vote-study", "--votes", str(votes), "--data", str(data), "--n-resamples", "20", *more]
        args = parser.parse_args(arguments)
        status: int = args.run(args)
        return status

    return run


def test_a_study_is_printed(run: Run, capfd: pytest.CaptureFixture[str]) -> None:
    assert run() == 0
    out, error = capfd.readouterr()
    assert out.startswith("12 texts, 4 prompts each, 10 rounds recorded; equal strings count")
    for name in ("one draw", "tau 200", "beta 0.95", "elements, all"):
        assert f" {name} " in out
    assert not error


def test_tables_and_plot_are_written(run: Run, tmp_path: Path) -> None:
    for name in ("study.md", "study.csv"):
        assert run("--table", str(tmp_path / name), "--plot", str(tmp_path / "tau.svg"), "--force") == 0
    assert "| tau 200 |" in (tmp_path / "study.md").read_text(encoding="utf-8")
    rows = list(csv.DictReader((tmp_path / "study.csv").read_text(encoding="utf-8").splitlines()))
    (largest,) = [row for row in rows if row["vote"] == "tau 200"]
    assert (float(largest["same_answers"]), float(largest["over_reference"])) == (1, 0)
    drawn = (tmp_path / "tau.svg").read_text(encoding="utf-8")
    for words in ("one draw", "stratified", "tau 200, settled", "average F1 x 100"):
        assert f"<!-- {words} -->" in drawn
    assert "<!-- stratified 0.9" not in drawn  # the settings of one rule are one line


def test_thresholds_and_counting_can_be_chosen(run: Run, capfd: pytest.CaptureFixture[str]) -> None:
    assert run("--taus", "3,1", "--count", "canonical") == 0
    out = capfd.readouterr().out
    assert "equal statements count" in out
    assert " tau 3, raw " in out and "\n tau 200 " not in out


def test_another_form_can_be_read(run: Run, capfd: pytest.CaptureFixture[str]) -> None:
    assert run("--form", "quadruples", "--taus", "1") == 0
    out = capfd.readouterr().out
    (line,) = [line for line in out.splitlines() if line.startswith(" one draw") and " 0.0-0.0" in line]
    assert line.split()[2] == "0.0"  # triples are no quadruples


@pytest.mark.parametrize(
    ("more", "message"),
    [
        (["--plot", "tau.jpg"], "expected a name in .png"),
        (["--table", "study.txt"], "expected a name in .md, .csv"),
        (["--taus", "0"], "tau is 0"),
        (["--n-resamples", "0"], "n_resamples is 0"),
        (["--seed", "-1"], "seed is -1"),
        (["--votes", "/no/such.jsonl"], "/no/such.jsonl"),
    ],
)
def test_wrong_options_are_named(run: Run, more: list[str], message: str) -> None:
    with pytest.raises((ValueError, OSError), match=message):
        run(*more)


def test_taus_that_are_no_numbers_are_named(run: Run, capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        run("--taus", "1,many")
    assert "'1,many'; expected whole numbers with commas" in capfd.readouterr().err


def test_outputs_are_never_replaced_without_force(run: Run, tmp_path: Path) -> None:
    (tmp_path / "study.md").write_text("precious")
    with pytest.raises(FileExistsError, match="pass --force"):
        run("--table", str(tmp_path / "study.md"))
    assert (tmp_path / "study.md").read_text() == "precious"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"id": "99"}, "'0' of .*votes.jsonl is not in .*gold.jsonl"),
        ({"text": "another"}, "the text '0' is 'you are silly' in .* and 'another' in"),
        ({"quads": []}, "'0' has no quadruples"),
    ],
)
def test_texts_without_their_gold_are_named(
    run: Run, files: tuple[Path, Path], change: dict[str, Any], message: str
) -> None:
    rows = list(map(json.loads, files[1].read_text(encoding="utf-8").splitlines()))
    changed = [row | change if row["id"] == "0" else row for row in rows]
    files[1].write_text("".join(json.dumps(row) + "\n" for row in changed), encoding="utf-8")
    with pytest.raises(ValueError, match=message):
        run()
