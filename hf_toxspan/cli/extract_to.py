"""Where the results of `hf-toxspan extract` go: standard output, or a file that can be resumed."""

import argparse
import hashlib
import shutil
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from rich.console import Console

from hf_toxspan.cli import classifier, formats, obfuscation
from hf_toxspan.cli.flow import Classify, Row, extract_file
from hf_toxspan.cli.progress import progress
from hf_toxspan.cli.records import STDIN, Record
from hf_toxspan.cli.writing import ResumableFile, dump
from hf_toxspan.views.pieces import visible
from hf_toxspan.views.terminal import has_colour, render

# Batches of a chunk: what an interrupted run has to do again, and what the pipeline may sort by length.
_BATCHES = 32


def _load(args: argparse.Namespace) -> Classify:
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


def stdout(args: argparse.Namespace, source: str | None, found: Iterator[Record]) -> int:
    """Write results to standard output as they come (CSV and HTML: when all are there).

    Args:
        args: The parsed options.
        source: A path, `-`, or None for the texts of the command line.
        found: The records.

    Returns:
        0.
    """
    name = _name(source)
    format_name = formats.format_of(None, args.format, default="terminal" if sys.stdout.isatty() else "jsonl")
    classify = _load(args)

    def extract(sink: Callable[[list[Row]], None]) -> Counter[str]:
        keep = args.on_error == "skip"
        return extract_file(found, sink, classify=classify, name=name, chunk_size=args.batch_size, keep_errors=keep)

    convert = formats.converter(format_name, title=name) if format_name != "terminal" else None
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
        _say(f"{counts['error']:,} of {counts.total():,} records could not be read")
    return 0


def _print_rows(rows: list[Row]) -> None:
    console = Console(file=sys.stdout)
    for row in rows:
        console.print(render(row, colour=has_colour(console)), soft_wrap=True)


def _write_rows(rows: list[Row]) -> None:
    sys.stdout.buffer.writelines(map(dump, rows))
    sys.stdout.buffer.flush()


def file(args: argparse.Namespace, source: str | None, found: Iterator[Record], output: Path) -> int:
    """Write results to a file, going on with an interrupted run.

    Args:
        args: The parsed options.
        source: A path, `-`, or None for the texts of the command line.
        found: The records.
        output: The file.

    Returns:
        0.

    Raises:
        KeyboardInterrupt: When interrupted, with what to do next.
    """
    name = _name(source)
    convert = formats.converter(formats.format_of(output, args.format), title=name)
    sink = ResumableFile(output, _fingerprint(args, source), restart=args.restart, force=args.force)
    sink.check()
    classify = _load(args)
    with sink:
        done = sink.done
        if done and not args.quiet:
            _say(f"going on after {done:,} records of {sink.partial}")
        size = None if source in (None, STDIN) else Path(str(source)).expanduser().stat().st_size
        try:
            with progress(size, quiet=args.quiet, done=done) as advance:
                extract_file(
                    found,
                    sink.write,
                    classify=classify,
                    name=name,
                    skip=done,
                    chunk_size=_BATCHES * args.batch_size,
                    keep_errors=args.on_error == "skip",
                    advance=advance,
                )
            sink.finish(convert)
        except KeyboardInterrupt:
            raise KeyboardInterrupt(_what_next(sink, source)) from None
    _summary(sink.counts, output, quiet=args.quiet)
    return 0


def _what_next(sink: ResumableFile, source: str | None) -> str:
    if source == STDIN:
        return f"interrupted; {sink.done:,} results are in {sink.partial} (standard input can't be continued)"
    return f"interrupted after {sink.done:,} records; run the same command again to go on, --restart to begin anew"


def _summary(counts: Counter[str], output: Path, *, quiet: bool) -> None:
    bad = f', {counts["error"]:,} not read (they have "error")' if counts["error"] else ""
    if bad or not quiet:
        _say(f"{counts.total():,} records: {counts['toxic']:,} toxic, {counts['clean']:,} clean{bad} -> {output}")


def _fingerprint(args: argparse.Namespace, source: str | None) -> dict[str, Any]:
    """Return what must be equal for two runs to be one: input, model and what changes a row; not speed, not format."""
    options = {
        "text column": args.text_column,
        "input format": args.input_format,
        "dtype": args.dtype,
        "toxic labels": args.toxic_label,
        "explain all": args.explain_all,
        "max spans": args.max_spans,
        "saliency": args.saliency,
        "second reading": args.second_reading,
        "terms": obfuscation.read_terms(args.terms),
    }
    if source is None:
        texts = hashlib.sha256("\0".join(args.texts).encode("utf-8", "surrogatepass")).hexdigest()
        return {"texts": texts, **classifier.fingerprint(args.model), **options}
    if source == STDIN:
        # Nothing says that two pipes hold the same: no run from a pipe is ever taken for another.
        return {"standard input, read at": time.strftime("%F %T"), "run": time.time_ns()}
    path = Path(source).expanduser().resolve()
    found = {"input": str(path), "input bytes": path.stat().st_size, "input changed at": path.stat().st_mtime_ns}
    return {**found, **classifier.fingerprint(args.model), **options}


def _name(source: str | None) -> str:
    return {None: "arguments", STDIN: "standard input"}.get(source) or str(source)


def _say(message: str) -> None:
    sys.stderr.write(f"hf-toxspan: {visible(message)}\n")
