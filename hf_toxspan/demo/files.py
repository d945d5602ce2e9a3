"""What a visitor sends, with its limits: a pasted text, or a file that is read in memory and never kept."""

import base64
import binascii
import csv
import io
import json
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import NamedTuple

from hf_toxspan.core.text import LONE_SURROGATE
from hf_toxspan.data.text_records import FORMATS, Lines, Record, from_texts, read
from hf_toxspan.demo.words import Refused

MEGABYTES = 4
MOST_BYTES = MEGABYTES * 1_000_000
MOST_TEXTS = 1_000
LONGEST_TEXT = 200_000
MOST_CHARACTERS = 400_000
MOST_COLUMNS = 100
"""Limits of what one click may ask of the server (ours); what is more is refused, never cut."""

_SCANNED = 100
"""Lines of a JSONL file whose columns are offered."""
_LIKELY = ("text", "comment", "content", "comment_text", "sentence", "tweet", "post", "message")
_LONGEST_NAME = 80


class Upload(NamedTuple):
    """A file of a visitor.

    Attributes:
        name: What the visitor calls it, shortened.
        format: One of `hf_toxspan.data.text_records.FORMATS`.
        data: Its bytes.
        columns: Columns to choose the text from; none for plain text.
        column: The one that most likely holds it.
    """

    name: str
    format: str
    data: bytes
    columns: tuple[str, ...] = ()
    column: str = "text"


def receive(sent: str) -> Upload:
    """Open what the page's script sends: JSON with ``name``, ``size`` and ``data`` (base64; none where it is too big).

    Args:
        sent: The JSON, from anyone.

    Returns:
        The file.

    Raises:
        Refused: If it is too big, no file of texts, or broken.
    """
    try:
        fields = json.loads(sent)
        name, size, encoded = str(fields["name"]), int(fields["size"]), str(fields["data"])
        if size > MOST_BYTES or len(encoded) > MOST_BYTES * 4 // 3 + 4:
            raise Refused("too_big", megabytes=MEGABYTES)
        data = base64.b64decode(encoded, validate=True)
    except Refused:
        raise
    except (ValueError, KeyError, TypeError, OverflowError, RecursionError, binascii.Error):
        raise Refused("broken_upload") from None
    if len(data) != size:
        raise Refused("broken_upload")
    return open_upload(name, data)


def open_upload(name: str, data: bytes) -> Upload:
    """Find out what a file holds.

    Args:
        name: Its name; the suffix says the format.
        data: Its bytes.

    Returns:
        The file with its columns.

    Raises:
        Refused: If it can't be one of ours.
    """
    short = name if len(name) <= _LONGEST_NAME else f"{name[:40]}…{name[-39:]}"
    kind = name.rpartition(".")[2].lower() if "." in name else ""
    if kind not in FORMATS:
        raise Refused("wrong_type", name=short)
    if b"\0" in data[:4096]:  # archives, pictures, UTF-16: whatever the suffix says
        raise Refused("not_text", name=short)
    upload = Upload(short, kind, data)
    if kind == "txt":
        return upload
    columns = _csv_columns(data) if kind == "csv" else _json_columns(data)
    if len(columns) > MOST_COLUMNS:
        raise Refused("too_many_columns", count=len(columns), most=MOST_COLUMNS)
    likely = next((column for word in _LIKELY for column in columns if column.strip().lower() == word), None)
    return upload._replace(columns=columns, column=likely or (columns[0] if columns else "text"))


def _csv_columns(data: bytes) -> tuple[str, ...]:
    csv.field_size_limit(2**31 - 1)
    try:
        header = next(csv.reader(iter(Lines(io.BytesIO(data))), strict=True), [])
    except csv.Error:
        raise Refused("bad_header") from None
    if len(set(header)) < len(header) or any(LONE_SURROGATE.search(name) for name in header):
        raise Refused("bad_header")
    return tuple(header)


def _json_columns(data: bytes) -> tuple[str, ...]:
    found: dict[str, None] = {}
    for line in islice(io.BytesIO(data), _SCANNED):
        try:
            fields = json.loads(line)
        except (ValueError, RecursionError):
            continue
        if isinstance(fields, dict):
            found |= {name: None for name, value in fields.items() if isinstance(value, str) and _writable(name)}
    return tuple(found)


def _writable(name: str) -> bool:
    return LONE_SURROGATE.search(name) is None


def texts_of(upload: Upload, column: str | None = None) -> list[Record]:
    """Read the texts of a file, lines that can't be read included.

    Args:
        upload: The file.
        column: Which column holds the text; the likely one when None.

    Returns:
        At least one record.

    Raises:
        Refused: If there is no such column, no text, or too much.
    """
    chosen = column if column is not None else upload.column
    if upload.columns and chosen not in upload.columns:
        raise Refused("no_column", column=chosen, columns=", ".join(upload.columns))
    found = read(io.BytesIO(upload.data), upload.format, text_column=chosen)
    kept = list(islice(found, MOST_TEXTS))
    if not kept:
        raise Refused("empty_file")
    if next(found, None) is not None:
        raise Refused("too_many", most=MOST_TEXTS)
    if all(record.error for record in kept):
        raise Refused("not_text", name=upload.name)
    return list(_within_limits(kept))


def pasted(text: str) -> list[Record]:
    """Take the text of the box as one record.

    Args:
        text: The text.

    Returns:
        One record.

    Raises:
        Refused: If it is blank or too long.
    """
    if not text.strip():
        raise Refused("no_text")
    return list(_within_limits(list(from_texts([text]))))


def _within_limits(records: Sequence[Record]) -> Iterator[Record]:
    total = sum(len(record.text) for record in records)
    if total > MOST_CHARACTERS and len(records) > 1:
        raise Refused("too_much", count=total, most=MOST_CHARACTERS)
    for record in records:
        if len(record.text) > LONGEST_TEXT:
            raise Refused("too_long", line=record.line, count=len(record.text), most=LONGEST_TEXT)
        yield record
