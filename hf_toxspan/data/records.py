"""Raw records of a JSONL, JSON or CSV file, each with its place in the file; no type is ever guessed."""

import csv
import gzip
import io
import json
import zlib
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple


class Record(NamedTuple):
    """The fields of one record and its place, such as ``"file.jsonl, line 7"``."""

    where: str
    fields: dict[str, Any]


def check_file(path: Path) -> None:
    """Say what is there instead of a file.

    Args:
        path: Where it should be.

    Raises:
        FileNotFoundError: If there is no file.
    """
    if not path.is_file():
        there = "a folder" if path.is_dir() else "nothing"
        raise FileNotFoundError(f"Looked for a data file at {path.absolute()} and found {there}; check the path.")


def read_text(path: Path) -> str:
    """Return the text of a file (unpacked where its name ends in ``.gz``) without a byte order mark.

    Args:
        path: A file in UTF-8.

    Returns:
        The whole text; line ends are as in the file.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If the file is not UTF-8, not gzip, or holds NUL characters; the line is named.
    """
    check_file(path)
    content = path.read_bytes()
    if path.suffix.lower() == ".gz":
        try:
            content = gzip.decompress(content)
        except (OSError, EOFError, zlib.error) as error:
            raise ValueError(f"{path}: not a complete gzip file ({error}). Download or pack it again.") from error
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        bad = error.object[error.start]
        line = _line_of(error.object, error.start)
        raise ValueError(f"{path}, line {line}: byte 0x{bad:02x} is not UTF-8. Save the file as UTF-8.") from error
    if "\0" in text:
        line = _line_of(content, content.index(b"\0"))
        raise ValueError(
            f"{path}, line {line}: holds a NUL character, as UTF-16 and broken files do. Save the file as UTF-8; "
            'in JSON a NUL that is meant is written "\\u0000".'
        )
    return text


def read_json(path: Path) -> Any:
    """Return what a JSON file holds, whatever it is.

    Args:
        path: A file in UTF-8, perhaps packed (``.gz``).

    Returns:
        The value.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If it holds no JSON; the place is named.
    """
    return _parse(read_text(path), str(path))


def check_columns(record: Record, expected: Sequence[str], *, advice: str) -> None:
    """Refuse a record of another file than the one that a loader reads.

    Args:
        record: Any record of the file.
        expected: Columns that must be there.
        advice: What to do, or which file to take.

    Raises:
        ValueError: If one is missing; those found and expected are named.

    >>> check_columns(Record("a.csv, line 2", {"text": "x"}), ("text", "label"), advice="Rename the columns.")
    Traceback (most recent call last):
    ValueError: a.csv, line 2: no column label; found text, expected text, label. Rename the columns.
    """
    missing = [column for column in expected if column not in record.fields]
    if missing:
        raise ValueError(
            f"{record.where}: no column {', '.join(missing)}; found {', '.join(record.fields) or '(none)'}, expected "
            f"{', '.join(expected)}. {advice}"
        )


def _line_of(content: bytes, position: int) -> int:
    return content.count(b"\n", 0, position) + 1


def kind_of(path: Path) -> str:
    """Return the suffix that says how a file is written, in lower case and without ``.gz``.

    >>> kind_of(Path("old.csv/Dev.JSONL.gz"))
    '.jsonl'
    """
    return Path(path.stem if path.suffix.lower() == ".gz" else path.name).suffix.lower()


def read_records(path: Path, *, kinds: Collection[str] | None = None) -> Iterator[Record]:
    """Return an iterator over the records of a file in order, read as its suffix says.

    ``.jsonl`` holds one JSON object a line (blank lines are passed over), ``.json`` one array of objects, ``.csv`` a
    header and comma-separated cells, all strings; each may be packed (``.gz`` added).

    Args:
        path: The file.
        kinds: Suffixes that are accepted; all of these when None.

    Returns:
        One record after the other, each with its line (``.json``: its number in the array).

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If the suffix is another or something can't be read; file and line are named.
    """
    check_file(path)
    suffix, accepted = kind_of(path), kinds or _READERS
    if suffix not in accepted:
        raise ValueError(
            f"{path}: unknown suffix {suffix!r}; expected one of {', '.join(accepted)} (or with .gz added). Rename "
            "the file after what it holds."
        )
    return _READERS[suffix](path)


def _read_jsonl(path: Path) -> Iterator[Record]:
    # Only \n ends a line: str.splitlines would also cut at U+2028 and U+0085, which JSON strings may hold.
    for number, line in enumerate(read_text(path).split("\n"), start=1):
        if line.strip():
            yield _object(_parse(line, f"{path}, line {number}"), f"{path}, line {number}")


def _read_json(path: Path) -> Iterator[Record]:
    records = read_json(path)
    if not isinstance(records, list):
        raise ValueError(
            f"{path}: holds {type(records).__name__}; expected an array of objects. For one object a line name it "
            ".jsonl."
        )
    for number, record in enumerate(records, start=1):
        yield _object(record, f"{path}, record {number}")


def _parse(source: str, where: str) -> Any:
    try:
        return json.loads(source, parse_constant=_refuse_constant)
    except json.JSONDecodeError as error:
        place = f"line {error.lineno} column {error.colno}" if error.lineno > 1 else f"column {error.colno}"
        raise ValueError(f"{where}: invalid JSON ({error.msg} at {place}). Correct it there.") from error
    except (ValueError, RecursionError) as error:
        raise ValueError(f"{where}: invalid JSON ({error}). Correct it there.") from error


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is no JSON value; write null")


def _object(value: object, where: str) -> Record:
    if not isinstance(value, dict):
        raise ValueError(f"{where}: holds {str(value)[:40]!r}; expected a JSON object {{...}}.")
    return Record(where, value)


def _read_csv(path: Path) -> Iterator[Record]:
    lines = csv.reader(io.StringIO(read_text(path), newline=""), strict=True)
    header: list[str] | None = None
    first_line = 1  # a quoted cell may run over several lines: the record is named by its first
    try:
        for cells in lines:
            if header is None:
                header = _header(cells, path)
            elif cells:
                yield Record(f"{path}, line {first_line}", _cells(header, cells, f"{path}, line {first_line}"))
            first_line = lines.line_num + 1
    except csv.Error as error:
        raise ValueError(
            f"{path}, line {first_line}: invalid CSV ({error}). A cell with commas, quotes or line ends stands in "
            "double quotes, a quote inside is doubled."
        ) from error
    if header is None:
        raise ValueError(f"{path}: the file is empty; expected a header line with the column names.")


def _header(cells: list[str], path: Path) -> list[str]:
    names = [cell.strip() or f"column_{position}" for position, cell in enumerate(cells)]
    doubled = [name for name, count in Counter(names).items() if count > 1]
    if doubled:
        raise ValueError(f"{path}, line 1: the columns {doubled} occur more than once. Rename or remove one.")
    return names


def _cells(header: list[str], cells: list[str], where: str) -> dict[str, str]:
    if len(cells) != len(header):
        raise ValueError(
            f"{where}: {len(cells)} cells; the header names {len(header)} columns: {', '.join(header)}. Put cells with "
            "commas into double quotes."
        )
    return dict(zip(header, cells, strict=True))


_READERS: dict[str, Callable[[Path], Iterator[Record]]] = {
    ".jsonl": _read_jsonl,
    ".json": _read_json,
    ".csv": _read_csv,
}
