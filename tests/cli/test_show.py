"""Promises of printing tables."""

import subprocess
import sys

import pytest
from rich.console import Group
from rich.table import Table

from hf_toxspan.cli.show import show


def test_numbers_and_brackets_are_printed_as_they_are(capsys: pytest.CaptureFixture[str]) -> None:
    show(Group("6 texts [bold]", "95 % [/]"))

    assert capsys.readouterr().out == "6 texts [bold]\n95 % [/]\n"


def test_a_narrow_terminal_cuts_no_number(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("COLUMNS", "20")
    table = Table("score", "interval", "mark everything")
    table.add_row("overlap_precision", "0.0 to 100.0", "66.7")
    show(table)

    printed = capsys.readouterr().out
    assert all(cell in printed for cell in ("overlap_precision", "0.0 to 100.0", "66.7"))


def test_a_reader_that_goes_away_is_an_error_for_the_command_to_handle() -> None:
    code = (
        "import sys\nfrom hf_toxspan.cli import main, show\nfrom hf_toxspan.cli import score\n"
        "def run(args):\n    for _ in range(10_000): show.show('x' * 70)\n    return 0\n"
        "score.run = run\nsys.exit(main.main(['score', 'toxic_span_f1', '-p', 'a']))"
    )
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None and process.stderr is not None
        process.stdout.readline()
        process.stdout.close()
        assert process.stderr.read() == b""
        assert process.wait(60) == 141
