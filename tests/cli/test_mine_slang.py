"""`hf-toxspan mine-slang` as a user meets it."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from hf_toxspan.cli.main import main
from hf_toxspan.cli.mine_slang import _name_of, script_of
from hf_toxspan.retrieval.knowledge import KnowledgeBase

TOXIC = ["my twit my", "old twit", "one twit one", "他滚了", "你滚吧", "我滚呢"]
CLEAN = ["my day", "old day", "one day", "他我吧", "so twit"]

Mine = Callable[..., int]


@pytest.fixture
def mine(tmp_path: Path) -> Mine:
    """The command on a small file of rows, in the folder `tmp_path`, to slang.jsonl."""
    rows = [{"text": text, "toxic": text in TOXIC} for text in TOXIC + CLEAN]
    (tmp_path / "train.jsonl").write_text("".join(f"{json.dumps(row)}\n" for row in rows), encoding="utf-8")
    data, output = f"small={tmp_path / 'train.jsonl'}", tmp_path / "slang.jsonl"
    loose = ("--min-z", "0", "--min-log-odds", "0")
    return lambda *options: main(["mine-slang", "-d", data, "-o", str(output), *loose, *options])


def test_a_glossary_is_written_and_told(mine: Mine, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "words.txt").write_text("Twit\nding\n")
    assert mine("--lexicon", str(tmp_path / "words.txt"), "--show", "1") == 0
    glossary = KnowledgeBase.load(tmp_path / "slang.jsonl").glossary
    assert {entry.term: entry.origin for entry in glossary.entries} == {
        "滚": "mined",
        "twit": "both",
        "ding": "given",
    }
    told = [" ".join(line.split()) for line in capfd.readouterr().out.splitlines()]
    assert told[:2] == ["small: 11 rows, 6 with something toxic", f"3 entries -> {tmp_path / 'slang.jsonl'}"]
    assert {"Chinese mined 1 0", "Latin both 1 1", "Latin given 1 0"} <= set(told)
    assert any(line.startswith("滚") and line.endswith("3 0 0 nearly always toxic") for line in told)


def test_quiet_says_nothing(mine: Mine, capfd: pytest.CaptureFixture[str]) -> None:
    assert mine("--quiet") == 0
    assert capfd.readouterr() == ("", "")


def test_options_become_rules(mine: Mine, tmp_path: Path) -> None:
    assert mine("-q", "--min-count", "2", "--max-units", "1", "--max-entries", "1", "--max-clean-share", "0.5") == 0
    glossary = KnowledgeBase.load(tmp_path / "slang.jsonl").glossary
    rules = glossary.rules
    assert (rules.min_count, rules.max_units, rules.max_entries, rules.max_clean_share) == (2, 1, 1, 0.5)
    assert (rules.min_z, rules.min_log_odds) == (0, 0)
    assert len(glossary.entries) == 1


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--min-count", "0"], "--min-count is 0; expected at least 1"),
        (["--max-units", "0"], "--max-units is 0; expected at least 1"),
        (["--max-entries", "-1"], "--max-entries is -1; expected 0 or more"),
        (["--show", "-1"], "--show is -1; expected 0 or more"),
        (["--max-clean-share", "2"], "--max-clean-share is 2.0; expected a share from 0 to 1"),
        (["-o", "slang.txt"], "--output is slang.txt; expected a name in .jsonl"),
        (["--data", "small=sample:dev"], "two sources are named small: "),
        (["--data", "nowhere.jsonl"], "nowhere.jsonl"),
        (["--lexicon", "nowhere.txt"], "nowhere.txt"),
    ],
)
def test_a_wrong_option_is_one_line(
    mine: Mine, tmp_path: Path, options: list[str], message: str, capfd: pytest.CaptureFixture[str]
) -> None:
    assert mine(*options) == 2
    told = capfd.readouterr().err
    assert message in told and told.count("\n") == 1
    assert not (tmp_path / "slang.jsonl").exists()


def test_nothing_to_mine_is_told(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["mine-slang", "-o", str(tmp_path / "slang.jsonl")]) == 2
    assert "there is nothing to mine; pass --data DATA, or --lexicon FILE" in capfd.readouterr().err


def test_an_output_is_replaced_only_when_asked_and_never_an_input(
    mine: Mine, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert mine("-q") == 0
    assert mine("-q") == 2
    assert mine("-q", "--force") == 0
    assert mine("-q", "--force", "-o", str(tmp_path / "train.jsonl")) == 2
    assert "train.jsonl is an input and the output" in capfd.readouterr().err


@pytest.mark.parametrize(
    ("data", "name"),
    [
        ("hatexplain:raw/dataset.json#train", "hatexplain:train"),
        ("vihos/train.jsonl.gz", "vihos:train"),
        ("rows:vihos/train.jsonl.gz", "vihos:train"),
        ("train.csv", "train"),
        ("vihos:x/train.csv", "vihos:train"),
        ("sample:train", "sample:train"),
    ],
)
def test_a_source_is_named_after_its_set_and_part(data: str, name: str) -> None:
    assert _name_of(data) == name


def test_scripts_are_named() -> None:
    assert [script_of(term) for term in ("ngu", "傻b", "дурак", "😀", "1")] == [
        "Latin",
        "Chinese",
        "Cyrillic",
        "no letters",
        "no letters",
    ]
