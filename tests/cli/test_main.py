"""The command itself: light help, one-line errors, exit statuses."""

import argparse
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from hf_toxspan._version import __version__
from hf_toxspan.cli import extract
from hf_toxspan.cli.main import main

REPO = Path(__file__).parents[2]
HEAVY = ("torch", "transformers", "datasets", "numpy", "rich")


@pytest.mark.parametrize(
    "arguments",
    [
        ["--help"],
        ["extract", "--help"],
        ["annotate", "--help"],
        ["reason", "--help"],
        ["train", "--help"],
        ["evaluate", "--help"],
        ["score", "--help"],
        ["--version"],
    ],
)
def test_help_imports_nothing_heavy(arguments: list[str]) -> None:
    code = (
        "import sys\nfrom hf_toxspan.cli.main import main\n"
        f"try:\n    main({arguments!r})\nexcept SystemExit as stop:\n    assert not stop.code\n"
        f"loaded = set({HEAVY!r}) & set(sys.modules)\nassert not loaded, loaded"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=REPO, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "hf-toxspan" in done.stdout


def test_help_teaches_by_example(capsys: pytest.CaptureFixture[str]) -> None:
    for arguments in (["--help"], ["extract", "--help"]):
        with pytest.raises(SystemExit):
            main(arguments)
        assert "examples:\n  hf-toxspan extract" in capsys.readouterr().out


def test_version_is_the_packages(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["--version"])
    assert capsys.readouterr().out == f"hf-toxspan {__version__}\n"


@pytest.mark.parametrize("arguments", [[], ["dance"], ["extract", "--dance"]])
def test_wrong_command_line_is_status_2(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stop:
        main(arguments)
    assert stop.value.code == 2
    assert "usage: hf-toxspan" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (ValueError("two\nlines \x1b[31m"), "two lines <U+001B>[31m"),
        (FileNotFoundError(2, "No such file or directory", "a.txt"), "a.txt: No such file or directory"),
        (OSError(28, "No space left on device"), "No space left on device"),
        (TypeError("text 3 is int"), "text 3 is int"),
        (ImportError('pip install "hf_toxspan[sft]"'), 'pip install "hf_toxspan[sft]"'),
        (ValueError(), "ValueError"),
    ],
)
def test_error_is_one_line_and_status_2(
    error: Exception, message: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(extract, "run", raising(error))
    assert main(["extract", "a"]) == 2
    assert capsys.readouterr().err == f"hf-toxspan: error: {message}\n"


def test_debug_shows_where(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(extract, "run", raising(ValueError("x")))
    with pytest.raises(ValueError, match="x"):
        main(["extract", "a", "--debug"])


def test_a_bug_is_not_hidden(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(extract, "run", raising(KeyError("bug")))
    with pytest.raises(KeyError):
        main(["extract", "a"])


def test_interrupt_is_status_130_and_says_how_to_go_on(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(extract, "run", raising(KeyboardInterrupt("run it again")))
    assert main(["extract", "a"]) == 130
    assert capsys.readouterr().err == "hf-toxspan: run it again\n"


def test_reader_that_goes_away_ends_the_run_quietly() -> None:
    code = (
        "import sys\nfrom hf_toxspan.cli import extract, main\n"
        "def run(args):\n    for _ in range(100_000): sys.stdout.write('x' * 100 + chr(10))\n    return 0\n"
        "extract.run = run\nsys.exit(main.main(['extract', 'a']))"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code], cwd=REPO, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdout is not None and process.stderr is not None
        process.stdout.readline()
        process.stdout.close()
        assert process.stderr.read() == b""
        assert process.wait(60) == 128 + signal.SIGPIPE


def test_a_closed_standard_output_is_no_error() -> None:
    code = (
        "import sys\nsys.stdout = None\nfrom hf_toxspan.cli import extract, main\n"
        "def run(args):\n    sys.stdout.write('x')\n    return 0\n"
        "extract.run = run\nsys.exit(main.main(['extract', 'a']))"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=REPO, capture_output=True, text=True)

    assert (done.returncode, done.stderr) == (0, "")


def raising(error: BaseException) -> Callable[[argparse.Namespace], int]:
    def run(_: argparse.Namespace) -> int:
        raise error

    return run
