"""Where the texts of a command come from: arguments, a file, a pipe, or a data set."""

import argparse
import hashlib
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from contextlib import contextmanager as context_manager
from pathlib import Path
from typing import Any, NamedTuple

from hf_toxspan.data import text_records
from hf_toxspan.data.text_records import STDIN, Record


class Input(NamedTuple):
    """A source of records.

    Attributes:
        name: What to call it.
        identity: What tells its content from another's, without reading a file: JSON values.
        open: Opens the records, for a ``with``.
        path: Its file; None where it is none.
        is_pipe: It can be read once only.
    """

    name: str
    identity: dict[str, Any]
    open: Callable[[], AbstractContextManager[Iterator[Record]]]
    path: Path | None = None
    is_pipe: bool = False

    @property
    def size(self) -> int | None:
        """Bytes of its file, for a progress bar; None where it is none."""
        return self.path.stat().st_size if self.path else None


def find(args: argparse.Namespace) -> Input:
    """Return the input that the options name.

    Args:
        args: The options ``texts``, ``input``, ``input_format``, ``text_column``, and ``data`` where there is one.

    Returns:
        The input; a file is looked for when it is opened.

    Raises:
        ValueError: If the options name none, or more than one.
    """
    data = getattr(args, "data", None)
    named = {f"{len(args.texts)} TEXT": args.texts, f"--input {args.input}": args.input, f"--data {data}": data}
    given = [name for name, value in named.items() if value not in (None, [])]
    if len(given) > 1:
        raise ValueError(f"got {' and '.join(given)}; pass one of them")
    if args.texts:
        return _texts(args.texts)
    if data is not None:
        return _rows(data)
    if args.input is None and sys.stdin.isatty():
        raise ValueError('nothing to look at; pass a "TEXT", --input FILE, or pipe texts in')
    return _file(str(args.input or STDIN), args.input_format, args.text_column)


def _texts(texts: Sequence[str]) -> Input:
    digest = hashlib.sha256("\0".join(texts).encode("utf-8", "surrogatepass")).hexdigest()
    return Input("arguments", {"texts": digest}, lambda: nullcontext(text_records.from_texts(texts)))


def _file(source: str, wanted: str | None, text_column: str) -> Input:
    format_name = text_records.format_of(source, wanted)

    @context_manager
    def opened() -> Iterator[Iterator[Record]]:
        with text_records.open_source(source) as stream:
            yield text_records.read(stream, format_name, text_column=text_column)

    if source == STDIN:
        # Nothing says that two pipes hold the same: no run from a pipe is ever taken for another.
        identity = {"standard input, read at": time.strftime("%F %T"), "run": time.time_ns()}
        return Input("standard input", identity, opened, is_pipe=True)
    path = Path(source).expanduser()
    identity = {"text column": text_column, "input format": wanted, "input": str(path.resolve())}
    if path.exists():
        identity |= {"input bytes": path.stat().st_size, "input changed at": path.stat().st_mtime_ns}
    return Input(source, identity, opened, path)


def _rows(source: str) -> Input:
    from hf_toxspan.data.sources import load_data

    @context_manager
    def opened() -> Iterator[Iterator[Record]]:
        yield text_records.from_rows(load_data(source))

    return Input(source, {"data": source}, opened)
