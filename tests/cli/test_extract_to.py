"""What makes two extractions the same run (the rest of `extract_to` is tested through `extract`)."""

import argparse
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from hf_toxspan.cli.extract_to import _summary, settings
from hf_toxspan.cli.main import build_parser


def options(*arguments: str) -> argparse.Namespace:
    return build_parser().parse_args(["extract", *arguments])


@pytest.mark.parametrize(
    "more", [["--batch-size", "7"], ["--device", "cuda"], ["--on-error", "skip"], ["--quiet"], ["--format", "csv"]]
)
def test_speed_and_format_do_not_make_another_run(more: list[str]) -> None:
    assert settings(options("a", *more)) == settings(options("a"))


@pytest.mark.parametrize(
    "more", [["--model", "m"], ["--explain-all"], ["--max-spans", "2"], ["--saliency"], ["--dtype", "auto"]]
)
def test_what_changes_a_row_makes_another_run(more: list[str]) -> None:
    assert settings(options("a", *more)) != settings(options("a"))


@pytest.mark.parametrize(("counts", "said"), [({"clean": 1}, False), ({"error": 1}, True)])
def test_quiet_keeps_still_but_for_errors(counts: Any, said: bool, capsys: pytest.CaptureFixture[str]) -> None:
    _summary(Counter(counts), Path("out"), quiet=True)
    assert bool(capsys.readouterr().err) == said
