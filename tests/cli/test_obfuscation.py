"""`--second-reading` and `--terms`: what they ask for, and what is told where they are wrong."""

import argparse
import json
from pathlib import Path

import pytest

from hf_toxspan.cli.main import main
from hf_toxspan.cli.obfuscation import add_options, normaliser_of, read_terms
from hf_toxspan.obfuscation.normaliser import KINDS


def parsed(*arguments: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    add_options(parser.add_argument_group())
    return parser.parse_args(arguments)


@pytest.fixture
def terms(tmp_path: Path) -> str:
    path = tmp_path / "terms.txt"
    path.write_text("\ufefffool\n\n 垃圾 \nshut up", encoding="utf-8")
    return str(path)


def test_terms_are_lines(terms: str) -> None:
    assert read_terms(terms) == ["fool", "垃圾", "shut up"]
    assert read_terms(None) == []


def test_nothing_is_read_twice_unless_asked_for() -> None:
    assert normaliser_of(parsed()) is None


def test_all_kinds_or_some(terms: str) -> None:
    everything = normaliser_of(parsed("--second-reading", "all", "--terms", terms))
    some = normaliser_of(parsed("--second-reading", "leet,spacing"))
    assert everything is not None and [name for name, _ in everything.steps] == list(KINDS)
    assert some is not None and [name for name, _ in some.steps] == ["spacing", "leet"]
    assert everything("你这la圾").text == "你这垃圾"


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--second-reading", "all"], "there are no terms; pass some"),
        (["--second-reading", "leet,x"], "['x']; expected some of"),
        (["--second-reading", "leet", "--terms", "/no/such.txt"], "found nothing"),
    ],
)
def test_what_is_wrong_is_one_line(arguments: list[str], told: str, capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["extract", "a", *arguments]) == 2
    err = capfd.readouterr().err
    assert told in err and err.count("\n") == 1


def test_terms_without_a_second_reading_are_told(terms: str, capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["extract", "a", "--terms", terms]) == 2
    assert "pass --second-reading all too" in capfd.readouterr().err


def test_the_command_reports_what_was_read_and_is_otherwise_as_without(
    terms: str, capfd: pytest.CaptureFixture[str]
) -> None:
    texts = ["你这la圾", "What a stupid idea."]
    assert main(["extract", "--device", "cpu", *texts]) == 0
    plain = [json.loads(line) for line in capfd.readouterr().out.splitlines()]
    assert main(["extract", "--device", "cpu", "--second-reading", "all", "--terms", terms, *texts]) == 0
    found, same = (json.loads(line) for line in capfd.readouterr().out.splitlines())
    assert (found["toxic"], found["read_as"]) == (True, "你这垃圾")
    (span,) = found["spans"]
    assert (span["text"], span["read_as"], span["reading"]) == ("la圾", "垃圾", ["pinyin"])
    assert all("read_as" not in row for row in plain)
    assert same == {**plain[1], "read_as": None}
