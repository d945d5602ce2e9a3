"""Texts from a file or a pipe, one record at a time in flat memory; a bad line is a record that says so."""

import csv
import json
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

from hf_toxspan.core.text import LONE_SURROGATE

FORMATS = ("txt", "csv", "jsonl")
STDIN = "-"
_BOM = b"\xef\xbb\xbf"


class Record(NamedTuple):
    """One text to classify, or what was wrong with it.

    Attributes:
        line: Number of its (last) line, from 1.
        text: The text; empty where there is an error.
        fields: The other columns, as read.
        error: What is wrong, without file and line; None for a good record.
        offset: Bytes of the file read so far, for a progress bar.
    """

    line: int
    text: str
    fields: dict[str, Any]
    error: str | None = None
    offset: int = 0


class Lines:
    """The lines of a binary stream as text, with where we are.

    A byte that is not UTF-8 becomes a lone surrogate (`surrogateescape`), so that a reader can go on behind it.
    """

    def __init__(self, stream: BinaryIO) -> None:
        self.stream = stream
        self.number = 0
        self.offset = 0

    def __iter__(self) -> Iterator[str]:
        """Yield lines with their ends; only a line feed ends one."""
        for raw in self.stream:
            self.number += 1
            self.offset += len(raw)
            content = raw.removeprefix(_BOM) if self.number == 1 else raw
            yield content.decode("utf-8", errors="surrogateescape")


def format_of(source: str, wanted: str | None = None) -> str:
    """Return the format of an input: the wanted one, or what its suffix says; a pipe holds a text a line.

    Args:
        source: Path, or `-` for standard input.
        wanted: One of `FORMATS`.

    Returns:
        One of `FORMATS`.

    Raises:
        ValueError: If the suffix says nothing.

    >>> format_of("comments.JSONL"), format_of("-")
    ('jsonl', 'txt')
    """
    found = wanted or ("txt" if source == STDIN else Path(source).suffix.lower().removeprefix("."))
    if found not in FORMATS:
        raise ValueError(f"{source}: can't tell its format by the suffix {found!r}; pass --input-format {_one_of()}")
    return found


def _one_of() -> str:
    return "{" + ",".join(FORMATS) + "}"


@contextmanager
def open_source(source: str) -> Iterator[BinaryIO]:
    """Open a file, or standard input for `-`, to read bytes.

    Args:
        source: Path or `-`.

    Yields:
        A binary stream.

    Raises:
        FileNotFoundError: If there is no such file.
    """
    if source == STDIN:
        yield sys.stdin.buffer
        return
    path = Path(source).expanduser()
    if not path.exists() or path.is_dir():
        there = "a folder" if path.is_dir() else "nothing"
        raise FileNotFoundError(f"looked for an input file at {path.absolute()} and found {there}; check the path")
    with path.open("rb") as stream:
        yield stream


def read(stream: BinaryIO, format_name: str, *, text_column: str = "text") -> Iterator[Record]:
    r"""Yield the records of a stream in order, errors included.

    | format | a record | bad |
    |---|---|---|
    | txt | a line (an empty one is an empty text) | bytes that are not UTF-8, NUL |
    | csv | a row below the header (blank lines are none) | the same, another number of cells than the header |
    | jsonl | a JSON object a line (blank lines are none) | the same, no object, no text column, no string in it |

    A NUL written as `\u0000` in JSON is meant and stays; a lone surrogate (`\ud83d`) in the text is an error,
    since no tokenizer takes it, and elsewhere stays.

    Args:
        stream: The bytes.
        format_name: One of `FORMATS`.
        text_column: Name of the column that holds the text, in csv and jsonl.

    Yields:
        Records; those with `error` have no text.

    Raises:
        ValueError: If a CSV header lacks the text column or names a column twice: then no row could be read.
    """
    lines = Lines(stream)
    for record in _READERS[format_name](lines, text_column):
        problem = record.error or _problem_in(record.text)
        good = record if problem is None else record._replace(text="", error=problem)
        yield good._replace(line=lines.number, offset=lines.offset)


def from_texts(texts: Iterable[str]) -> Iterator[Record]:
    """Yield texts that are already in memory as records, numbered from 1."""
    for number, text in enumerate(texts, start=1):
        problem = _problem_in(text)
        yield Record(number, "" if problem else text, {}, problem)


def from_rows(rows: Iterable[Mapping[str, Any]]) -> Iterator[Record]:
    """Yield rows of a data set as records, numbered from 1; the other columns are kept."""
    for number, row in enumerate(rows, start=1):
        fields = dict(row)
        text = fields.pop("text")
        problem = _problem_in(text)
        yield Record(number, "" if problem else text, fields, problem)


def _problem_in(text: str) -> str | None:
    """Say what in a decoded text no tokenizer takes, or None."""
    found = LONE_SURROGATE.search(text)
    if found is None:
        return None
    return f"the text holds the lone surrogate U+{ord(found.group()):04X} at character {found.start()}"


def _undecoded(line: str) -> str | None:
    """Say what is wrong with the bytes of a line, or None."""
    found = LONE_SURROGATE.search(line)
    if found:
        return f"byte 0x{ord(found.group()) - 0xDC00:02x} is not UTF-8; save the file as UTF-8"
    return "holds a NUL byte, as UTF-16 and broken files do; save the file as UTF-8" if "\0" in line else None


def _read_txt(lines: Lines, _text_column: str) -> Iterator[Record]:
    for line in lines:
        yield Record(lines.number, line.removesuffix("\n").removesuffix("\r"), {}, _undecoded(line))


def _read_jsonl(lines: Lines, text_column: str) -> Iterator[Record]:
    for line in lines:
        if line.strip():
            problem = _undecoded(line)
            yield Record(lines.number, "", {}, problem) if problem else _from_json(line, lines.number, text_column)


def _from_json(line: str, number: int, text_column: str) -> Record:
    try:
        fields = json.loads(line)
    except json.JSONDecodeError as error:
        return Record(number, "", {}, f"invalid JSON at character {error.pos}: {error.msg}")
    except (ValueError, RecursionError) as error:
        return Record(number, "", {}, f"invalid JSON: {error}")
    if not isinstance(fields, dict):
        return Record(number, "", {}, f"a JSON {type(fields).__name__}; expected an object with {text_column!r}")
    if text_column not in fields:
        return Record(number, "", fields, f"no column {text_column!r}; found {sorted(fields)}")
    text = fields.pop(text_column)
    if not isinstance(text, str):
        return Record(number, "", fields, f"{text_column!r} is {text!r:.80}; expected a string")
    return Record(number, text, fields)


def _read_csv(lines: Lines, text_column: str) -> Iterator[Record]:
    csv.field_size_limit(2**31 - 1)
    rows = csv.reader(iter(lines), strict=True)
    header = next(rows, None)
    if header is None:
        return
    _check_header(header, text_column)
    while True:
        try:
            row = next(rows)
        except StopIteration:
            return
        except csv.Error as error:
            yield Record(lines.number, "", {}, f"invalid CSV: {error}")
            continue
        if row:
            yield _from_cells(row, header, lines.number, text_column)


def _check_header(header: list[str], text_column: str) -> None:
    problem = _undecoded("".join(header))
    if problem:
        raise ValueError(f"the CSV header (line 1): {problem}")
    if text_column not in header:
        raise ValueError(f"the CSV header has no column {text_column!r}; found {header}; pass --text-column NAME")
    if len(set(header)) < len(header):
        raise ValueError(f"the CSV header names a column twice: {header}; rename one")


def _from_cells(row: list[str], header: list[str], number: int, text_column: str) -> Record:
    problem = next((found for found in map(_undecoded, row) if found), None)
    if problem is None and len(row) != len(header):
        problem = f"{len(row)} cells; the header names {len(header)}"
    if problem:
        return Record(number, "", {}, problem)
    fields: dict[str, Any] = dict(zip(header, row, strict=True))
    return Record(number, fields.pop(text_column), fields)


_READERS: dict[str, Callable[[Lines, str], Iterator[Record]]] = {
    "txt": _read_txt,
    "csv": _read_csv,
    "jsonl": _read_jsonl,
}
