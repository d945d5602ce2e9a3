"""Run or parse the commands of a page: `hf-toxspan` and the scripts in this process, the rest by itself."""

import contextlib
import importlib
import io
import re
import runpy
import shutil
import subprocess
import sys
from configparser import ConfigParser
from pathlib import Path
from typing import Any

from transformers import HfArgumentParser

from hf_toxspan.cli import train
from hf_toxspan.cli.main import build_parser, main
from tests.docs.blocks import REPO, Command

PROGRAMS = ("hf-toxspan", ".venv/bin/hf-toxspan")
_EXTRAS = re.compile(r"hf_toxspan\[([\w,]+)\]|\.\[([\w,]+)\]")


class WrongPageError(AssertionError):
    """A block that does not do what its page says."""


def run(words: list[str], where: str) -> str:
    """Run a command and return what it prints."""
    if words[0] in PROGRAMS:
        return run_command(words[1:], where)
    if words[:2] == ["accelerate", "launch"]:  # one process, as without it
        return run_script(words[2:])
    if words[0].endswith("python") and words[1].startswith(("examples/", "docs/")):
        return run_script(words[1:])
    if words[0] == "cat":
        return "".join(Path(word).read_text(encoding="utf-8") for word in words[1:])
    if words[0] == "curl":
        done = subprocess.run(words, capture_output=True, text=True, timeout=60, check=False)
        if done.returncode:
            raise WrongPageError(f"{where}: {' '.join(words)}\nended with {done.returncode}: {done.stderr}")
        return done.stdout
    raise WrongPageError(f"{where}: {' '.join(words)}\nis neither run nor listed in tests/docs/tables.py")


_TRAINED: dict[tuple[str, ...], tuple[Path, str]] = {}
"""Trainings of this session: the folder that each has left behind, and what it has printed."""


def run_command(words: list[str], where: str) -> str:
    """Run `hf-toxspan` in this process and return what it prints.

    A training finds its folder free; one that another page has run already, word for word, is copied from there.
    """
    output = Path(words[words.index("--output") + 1]) if words[0] == "train" and "--output" in words else None
    if output is not None:
        shutil.rmtree(output, ignore_errors=True)
        if tuple(words) in _TRAINED:
            folder, printed = _TRAINED[tuple(words)]
            shutil.copytree(folder, output)
            return printed
    printed = _run_main(words, where)
    if output is not None:
        _TRAINED[tuple(words)] = output.absolute(), printed
    return printed


def _run_main(words: list[str], where: str) -> str:
    errors, binary = io.StringIO(), io.BytesIO()
    printed = io.TextIOWrapper(binary, encoding="utf-8", write_through=True)
    with contextlib.redirect_stdout(printed), contextlib.redirect_stderr(errors):
        status = main(words)
    if status:
        raise WrongPageError(f"{where}: hf-toxspan {' '.join(words)}\nended with {status}: {errors.getvalue()[-2000:]}")
    return binary.getvalue().decode()


def run_script(words: list[str]) -> str:
    """Run a script of the repository in this process and return what it prints."""
    before = sys.argv
    sys.argv = [str(REPO / words[0]), *words[1:]]
    if "--output" in words:
        shutil.rmtree(words[words.index("--output") + 1], ignore_errors=True)
    try:
        with contextlib.redirect_stdout(io.StringIO()) as printed, contextlib.redirect_stderr(io.StringIO()):
            runpy.run_path(str(REPO / words[0]), run_name="__main__")
    finally:
        sys.argv = before
    return printed.getvalue()


class _ParsedError(Exception):
    """The options of a script were understood."""


def parse(command: Command) -> None:
    """Parse the options of a command that is not run."""
    words = list(command.words)
    if words[0] not in PROGRAMS:
        _parse_script(words)
        return
    args = build_parser().parse_args(words[1:])
    if args.command == "train":
        recipe = importlib.import_module(f"hf_toxspan.recipes.{args.recipe}")
        HfArgumentParser(getattr(recipe, train.RECIPES[args.recipe])).parse_args_into_dataclasses(args.options)


def _parse_script(words: list[str]) -> None:
    original = HfArgumentParser.parse_args_into_dataclasses

    def stop(parser: Any, *args: Any, **settings: Any) -> Any:
        original(parser, *args, **settings)
        raise _ParsedError

    HfArgumentParser.parse_args_into_dataclasses = stop
    try:
        with contextlib.suppress(_ParsedError):
            run_script(words[words.index("python") + 1 :])
    finally:
        HfArgumentParser.parse_args_into_dataclasses = original


def check_extras(text: str, where: str) -> None:
    """Say which extra of an install line the package does not have."""
    setup = ConfigParser()
    setup.read(REPO / "setup.cfg", encoding="utf-8")
    for found in _EXTRAS.finditer(text):
        for extra in (found[1] or found[2]).split(","):
            if extra not in setup["options.extras_require"]:
                raise WrongPageError(f"{where}: {text}\nnames the extra {extra!r}, which setup.cfg does not have")
