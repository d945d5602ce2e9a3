"""Where the results of `hf-toxspan extract` go: standard output, or a file that can be resumed."""

import argparse
import shutil
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from rich.console import Console

from hf_toxspan.cli import classifier, formats, obfuscation
from hf_toxspan.cli.flow import Classify, Row, extract_file
from hf_toxspan.cli.inputs import Input
from hf_toxspan.cli.progress import progress
from hf_toxspan.cli.writing import ResumableFile, dump
from hf_toxspan.cli.writing import load as load_rows
from hf_toxspan.data.text_records import Record
from hf_toxspan.views.pieces import visible
from hf_toxspan.views.terminal import has_colour, render

_BATCHES = 32  # of a chunk: what an interrupted run has to do again, and what the pipeline may sort by length


class Work(NamedTuple):
    """What is done with the texts.

    Attributes:
        load: Loads the models; called when nothing else can go wrong.
        settings: What changes a row, models included: two runs are one where these are equal; not speed, not format.
        batches: Batches of a chunk.
        recall: Told of the rows that an interrupted run left behind.
    """

    load: Callable[[], Classify]
    settings: Mapping[str, Any]
    batches: int | None = None
    recall: Callable[[Iterator[Row]], None] | None = None


def load(args: argparse.Namespace) -> Classify:
    """Load the classifier that the options name."""
    return classifier.load_classify(
        args.model,
        device=args.device,
        dtype=args.dtype,
        toxic_labels=args.toxic_label,
        second_reading=obfuscation.normaliser_of(args),
        batch_size=args.batch_size,
        return_saliency=args.saliency,
        explain_all=args.explain_all,
        max_spans=args.max_spans,
    )


def settings(args: argparse.Namespace) -> dict[str, Any]:
    """Return what of the options about the classifier changes a row."""
    return {
        **classifier.fingerprint(args.model),
        "dtype": args.dtype,
        "toxic labels": args.toxic_label,
        "explain all": args.explain_all,
        "max spans": args.max_spans,
        "saliency": args.saliency,
        "second reading": args.second_reading,
        "terms": obfuscation.read_terms(args.terms),
    }


def stdout(args: argparse.Namespace, source: Input, found: Iterator[Record], work: Work) -> int:
    """Write results to standard output as they come (CSV and HTML: when all are there).

    Args:
        args: The parsed options.
        source: The input.
        found: Its records.
        work: What is done with them.

    Returns:
        0.
    """
    format_name = formats.format_of(None, args.format, default="terminal" if sys.stdout.isatty() else "jsonl")
    classify = work.load()

    def extract(sink: Callable[[list[Row]], None]) -> Counter[str]:
        keep = args.on_error == "skip"
        return extract_file(
            found, sink, classify=classify, name=source.name, chunk_size=args.batch_size, keep_errors=keep
        )

    convert = formats.converter(format_name, title=source.name) if format_name != "terminal" else None
    if convert is None:
        counts = extract(_print_rows if format_name == "terminal" else _write_rows)
    else:
        with tempfile.TemporaryDirectory(prefix="hf-toxspan-") as folder:
            rows, whole = Path(folder, "rows.jsonl"), Path(folder, "whole")
            with rows.open("wb") as stream:
                counts = extract(lambda chunk: stream.writelines(map(dump, chunk)))
            convert(rows, whole)
            with whole.open("rb") as page:
                shutil.copyfileobj(page, sys.stdout.buffer)
    if counts["error"]:
        say(f"{counts['error']:,} of {counts.total():,} records could not be read")
    return 0


def _print_rows(rows: list[Row]) -> None:
    console = Console(file=sys.stdout)
    for row in rows:
        console.print(render(row, colour=has_colour(console)), soft_wrap=True)


def _write_rows(rows: list[Row]) -> None:
    sys.stdout.buffer.writelines(map(dump, rows))
    sys.stdout.buffer.flush()


def file(args: argparse.Namespace, source: Input, found: Iterator[Record], work: Work, output: Path) -> int:
    """Write results to a file, going on with an interrupted run.

    Args:
        args: The parsed options.
        source: The input.
        found: Its records.
        work: What is done with them.
        output: The file.

    Returns:
        0.

    Raises:
        KeyboardInterrupt: When interrupted, with what to do next.
    """
    convert = formats.converter(formats.format_of(output, args.format), title=source.name)
    identity = {**source.identity, **({} if source.is_pipe else work.settings)}
    sink = ResumableFile(output, identity, restart=args.restart, force=args.force)
    sink.check()
    classify = work.load()
    with sink:
        done = sink.done
        if done and not args.quiet:
            say(f"going on after {done:,} records of {sink.partial}")
        if work.recall is not None:
            work.recall(load_rows(sink.partial))
        try:
            with progress(source.size, quiet=args.quiet, done=done) as advance:
                extract_file(
                    found,
                    sink.write,
                    classify=classify,
                    name=source.name,
                    skip=done,
                    chunk_size=(work.batches or _BATCHES) * args.batch_size,
                    keep_errors=args.on_error == "skip",
                    advance=advance,
                )
            sink.finish(convert)
        except KeyboardInterrupt:
            raise KeyboardInterrupt(_what_next(sink, source)) from None
    _summary(sink.counts, output, quiet=args.quiet)
    return 0


def _what_next(sink: ResumableFile, source: Input) -> str:
    if source.is_pipe:
        return f"interrupted; {sink.done:,} results are in {sink.partial} (standard input can't be continued)"
    return f"interrupted after {sink.done:,} records; run the same command again to go on, --restart to begin anew"


def _summary(counts: Counter[str], output: Path, *, quiet: bool) -> None:
    bad = f', {counts["error"]:,} not read (they have "error")' if counts["error"] else ""
    if bad or not quiet:
        say(f"{counts.total():,} records: {counts['toxic']:,} toxic, {counts['clean']:,} clean{bad} -> {output}")


def say(message: str) -> None:
    """Write one line to standard error."""
    sys.stderr.write(f"hf-toxspan: {visible(message)}\n")
