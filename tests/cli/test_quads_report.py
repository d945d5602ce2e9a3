"""`hf-toxspan quads-report` as a user meets it."""

import json
from pathlib import Path

import pytest

from hf_toxspan.cli.main import main
from hf_toxspan.data.files import write_rows


@pytest.fixture
def gold(tmp_path: Path) -> Path:
    quads = [{"target": "you", "argument": "fool", "group": ["others"], "hateful": True}]
    common = {"text": "you fool", "label": "hate", "toxic": True, "spans": None, "quads": quads}
    write_rows([{"id": str(number), **common} for number in range(6)], tmp_path / "gold.jsonl")
    return tmp_path / "gold.jsonl"


def system(path: Path, argument: str, count: int = 6) -> Path:
    quad = {"target": "you", "argument": argument, "groups": ["others"], "hateful": True}
    lines = [json.dumps({"id": str(number), "quadruples": [quad]}) + "\n" for number in range(count)]
    path.write_text("".join(lines), encoding="utf-8")
    return path


def test_systems_stand_side_by_side_and_the_table_is_written(
    gold: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    base, better = system(tmp_path / "a.jsonl", "goose goose"), system(tmp_path / "b.jsonl", "fool")
    command = ["quads-report", "-d", str(gold), f"base={base}", f"+TR={better}", "--n-resamples", "50"]
    assert main([*command, "--table", str(tmp_path / "t.md")]) == 0
    assert "100.0" in capfd.readouterr().out
    written = (tmp_path / "t.md").read_text(encoding="utf-8")
    assert "| base | 0.0 [0.0, 0.0]" in written and "| +TR | 100.0 [100.0, 100.0]" in written
    assert main([*command, "--table", str(tmp_path / "t.md")]) == 2
    assert "exists" in capfd.readouterr().err


@pytest.mark.parametrize(
    ("given", "words"),
    [("base", "expected NAME=FILE"), ("x=missing.jsonl", "missing.jsonl"), ("x=GOLD", "no `quadruples`")],
)
def test_what_can_not_be_read_is_named(gold: Path, given: str, words: str, capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["quads-report", "-d", str(gold), given.replace("GOLD", str(gold))]) == 2
    assert words in capfd.readouterr().err
