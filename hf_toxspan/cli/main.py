"""The command `hf-toxspan`: finds the command asked for, runs it, and turns errors into one line."""

import argparse
import io
import os
import sys
from collections.abc import Sequence

from hf_toxspan._version import __version__
from hf_toxspan.cli import (
    annotate,
    calibrate,
    demo,
    evaluate,
    export,
    extract,
    judge,
    mine_slang,
    push,
    quads,
    quads_report,
    reason,
    score,
    serve,
    train,
    vote_study,
)

COMMANDS = (
    extract,
    judge,
    calibrate,
    quads,
    vote_study,
    quads_report,
    mine_slang,
    annotate,
    reason,
    train,
    export,
    evaluate,
    score,
    serve,
    demo,
    push,
)
"""One module a command, in the order of the help; each has `add_parser(subparsers)` and `run(args)`."""

FAILED, INTERRUPTED, PIPE_CLOSED = 2, 130, 141

_EPILOG = """examples:
  hf-toxspan extract "What a stupid idea, you fool."
  hf-toxspan extract --input comments.csv --text-column comment --output results.html
  hf-toxspan judge --llm Qwen/Qwen3-8B --base-url http://127.0.0.1:8000/v1 "What a lemon."
  hf-toxspan annotate --annotator clue --data rows.jsonl --output spans.jsonl
  hf-toxspan reason --llm Qwen/Qwen3-8B --base-url http://127.0.0.1:8000/v1 --data rows.jsonl --output reasons.jsonl
  hf-toxspan mine-slang --data cold:train.csv --output slang.jsonl
  hf-toxspan quads --llm runs/srag/merged --local --demonstrations runs/srag/demonstrations "You fool."
  hf-toxspan train toxitrace --output runs/toxitrace
  hf-toxspan export --model runs/rated --output exported --int8
  hf-toxspan calibrate --data dev.jsonl --judged judged.jsonl --budget 0.2 --output region.json
  hf-toxspan evaluate --model runs/toxitrace --data sample:dev
  hf-toxspan score toxic_span_f1 --predictions mine.jsonl --references gold.jsonl
  hf-toxspan push model runs/toxitrace --dry-run look
  hf-toxspan serve --port 8000
  hf-toxspan demo --open

hf-toxspan COMMAND --help shows the options and more examples of a command.
exit status: 0 done, 1 done but for rows that wait for another run (judge, quads, annotate, reason), 2 an error (one
line on standard error; --debug shows where), 130 interrupted
"""


def build_parser() -> argparse.ArgumentParser:
    """Return the parser of all commands; nothing heavy is imported for it."""
    parser = argparse.ArgumentParser(
        prog="hf-toxspan",
        description="Explainable toxicity detection: a label, a score and the words that made a text toxic.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"hf-toxspan {__version__}")
    subparsers = parser.add_subparsers(title="commands", dest="command", metavar="COMMAND", required=True)
    for command in COMMANDS:
        command.add_parser(subparsers)
    for subparser in subparsers.choices.values():
        subparser.add_argument("--debug", action="store_true", help="show the traceback of an error")
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command.

    Args:
        arguments: The command line without the program's name; the process's own when None.

    Returns:
        The exit status: 0 done, 1 done in part, 2 an error, 130 interrupted, 141 the reader of a pipe went away.
    """
    if sys.stdout is None:  # it was closed before we started
        sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115
    if isinstance(sys.stdout, io.TextIOWrapper):
        # A terminal that can't show a character shows its escape instead of ending the run.
        sys.stdout.reconfigure(errors="backslashreplace")
    args = build_parser().parse_args(arguments)
    try:
        status: int = args.run(args)
        sys.stdout.flush()
    except BrokenPipeError:
        # Python flushes standard output once more at exit: let that go nowhere.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return PIPE_CLOSED
    except KeyboardInterrupt as interrupt:
        _say(str(interrupt) or "interrupted")
        return INTERRUPTED
    except (ValueError, OSError, TypeError, ImportError) as error:
        if args.debug:
            raise
        _say(f"error: {_message(error)}")
        return FAILED
    return status


def _message(error: Exception) -> str:
    if isinstance(error, OSError) and error.strerror:
        return f"{error.filename}: {error.strerror}" if error.filename else error.strerror
    return str(error) or type(error).__name__


def _say(message: str) -> None:
    """Write one line to standard error, whatever characters the message quotes."""
    from hf_toxspan.views.pieces import visible

    sys.stderr.write(f"hf-toxspan: {visible(' '.join(message.split()))}\n")


if __name__ == "__main__":
    sys.exit(main())
