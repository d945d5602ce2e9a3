"""Rows of results as JSONL, CSV or an HTML page."""

import csv
import json
from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, TextIO

from hf_toxspan.cli.flow import Row
from hf_toxspan.cli.writing import Converter, load
from hf_toxspan.views import html
from hf_toxspan.views.pieces import kind

FORMATS = ("jsonl", "csv", "html")
_FIRST_COLUMNS = ("id", "text", "label", "score", "toxic", "spans")
_LAST_COLUMNS = ("line", "error")


def format_of(output: Path | None, wanted: str | None, *, default: str = "jsonl") -> str:
    """Return the output format: the wanted one, or what the suffix says; `default` without a file.

    Args:
        output: The file, or None for standard output.
        wanted: A format's name.
        default: The format of standard output.

    Returns:
        One of `FORMATS`, or `default`.

    Raises:
        ValueError: If the suffix says nothing.

    >>> format_of(Path("results.HTML"), None)
    'html'
    """
    if wanted or output is None:
        return wanted or default
    suffix = output.suffix.lower().removeprefix(".")
    if suffix not in FORMATS:
        choices = ",".join(FORMATS)
        raise ValueError(f"{output}: can't tell its format by the suffix {suffix!r}; pass --format {{{choices}}}")
    return suffix


def write_csv(rows: Callable[[], Iterable[Row]], stream: TextIO) -> None:
    """Write rows as CSV: strings as they are, spans and other values as JSON, a missing value as an empty cell.

    Cells are not guarded against being read as formulas by a spreadsheet.

    Args:
        rows: Gives the rows, and is asked twice: first for the columns, then for the cells.
        stream: Opened with `newline=""`.
    """
    found = dict.fromkeys(name for row in rows() for name in row)
    first = [name for name in _FIRST_COLUMNS if name in found] or list(_FIRST_COLUMNS)
    last = [name for name in _LAST_COLUMNS if name in found]
    columns = [*first, *(name for name in found if name not in first and name not in last), *last]
    writer = csv.writer(stream)
    writer.writerow(columns)
    for row in rows():
        writer.writerow([_cell(row.get(name)) for name in columns])


def _cell(value: Any) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def write_html(rows: Iterable[Row], stream: TextIO, *, title: str) -> None:
    """Write rows as one HTML page, a card at a time.

    Args:
        rows: The rows.
        stream: Where to.
        title: The page's heading.
    """
    counts: Counter[str] = Counter()
    stream.write(html.page_start(title))
    for row in rows:
        counts[kind(row)] += 1
        stream.write(html.card(row))
    stream.write(html.page_end(counts))


def converter(format_name: str, *, title: str) -> Converter | None:
    r"""Return what turns a JSONL file of rows into a file of the format; None where there is nothing to do.

    A lone surrogate, which a file in UTF-8 can't hold, is written as its escape (`\ud83d`).

    Args:
        format_name: One of `FORMATS`.
        title: Heading of an HTML page.

    Returns:
        A function of two paths.
    """
    if format_name == "jsonl":
        return None

    def convert(source: Path, target: Path) -> None:
        with target.open("w", encoding="utf-8", errors="backslashreplace", newline="") as stream:
            if format_name == "csv":
                write_csv(lambda: load(source), stream)
            else:
                write_html(load(source), stream, title=title)

    return convert
