"""Our own files: rows as JSONL, JSON or CSV, in and out."""

import gzip
import json
import logging
import os
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path
from typing import Any

from datasets import Dataset

from hf_toxspan.data.records import Record, kind_of, read_records
from hf_toxspan.data.rows import ROW_FEATURES, Row, check_row, to_dataset

logger = logging.getLogger(__name__)

TRUTH_WORDS = {"true": True, "false": False, "1": True, "0": False}
"""What a cell of the CSV column ``toxic`` may hold, in any case."""


def read_rows(path: str | os.PathLike[str], *, toxic_labels: Collection[str] | None = None) -> Dataset:
    """Read our own ``.jsonl``, ``.json`` or ``.csv`` file (or with ``.gz`` added) into rows.

    | column | JSON | CSV | when absent |
    |---|---|---|---|
    | text | string | cell | error |
    | label | string | cell | "toxic" or "clean", after `toxic` |
    | toxic | true or false | true, false, 1, 0 | whether `label` is one of `toxic_labels` |
    | id | string | cell | file name and number of the row: "dev-0" |
    | spans | list of [start, end), null | the same as JSON; empty: null | null: not annotated |

    All other columns are kept as they are; CSV cells are strings and stay so ("NA" and "007" too).

    Args:
        path: The file, in UTF-8 with or without a byte order mark.
        toxic_labels: Labels that mean toxic; needed where the file has no column `toxic`.

    Returns:
        The rows in the order of the file.

    Raises:
        FileNotFoundError: If there is no such file.
        TypeError: If `toxic_labels` is one string.
        ValueError: If a record is wrong; file, line, value and what was expected are named.
    """
    if isinstance(toxic_labels, str):
        raise TypeError(f"toxic_labels is the string {toxic_labels!r}; expected a list such as [{toxic_labels!r}].")
    path = Path(path)
    rows = []
    for number, record in enumerate(read_records(path)):
        fields = _typed(record) if kind_of(path) == ".csv" else record.fields
        rows.append(_complete(fields, record.where, f"{path.name.split('.')[0]}-{number}", toxic_labels))
    if rows and toxic_labels is not None and not any(row["toxic"] for row in rows):
        found = sorted({row["label"] for row in rows})
        logger.warning("%s: no row has a label of %s; labels found: %s.", path, sorted(toxic_labels), found)
    return to_dataset(rows, name=str(path))


def _typed(record: Record) -> dict[str, Any]:
    fields: dict[str, Any] = dict(record.fields)
    if "toxic" in fields:
        word = fields["toxic"].strip().lower()
        if word not in TRUTH_WORDS:
            raise ValueError(
                f"{record.where}: `toxic` is {fields['toxic']!r}; expected one of {', '.join(TRUTH_WORDS)}. Correct "
                "the cell."
            )
        fields["toxic"] = TRUTH_WORDS[word]
    if "spans" in fields:
        cell = fields["spans"].strip() or "null"
        try:
            fields["spans"] = json.loads(cell)
        except (ValueError, RecursionError) as error:
            raise ValueError(
                f"{record.where}: `spans` is {cell[:80]!r}; expected JSON such as [[0, 2], [5, 9]], or nothing "
                f"({error}). Correct the cell."
            ) from error
    return fields


def _complete(fields: Mapping[str, Any], where: str, identity: str, toxic_labels: Collection[str] | None) -> Row:
    if "text" not in fields or not ("label" in fields or "toxic" in fields):
        raise ValueError(
            f"{where}: found the columns {', '.join(fields) or '(none)'}; expected text, label or toxic, and "
            "perhaps id and spans. Rename the columns of the file."
        )
    if "toxic" not in fields and toxic_labels is None:
        raise ValueError(
            f"{where}: label {fields['label']!r} stands without a column `toxic`, and no label is toxic by itself. "
            "Name "
            'those that are: toxic_labels=["...", "..."].'
        )
    toxic = fields["toxic"] if "toxic" in fields else any(fields["label"] == label for label in toxic_labels or ())
    given = {"id": identity, "label": "toxic" if toxic is True else "clean", "spans": None, **fields, "toxic": toxic}
    common = {column: given[column] for column in ROW_FEATURES}
    row = check_row({**common, **given}, where=where)
    if toxic_labels is not None and (row["label"] in toxic_labels) != row["toxic"]:
        raise ValueError(
            f"{where}: `toxic` is {row['toxic']}, but label {row['label']!r} and "
            f"toxic_labels={sorted(toxic_labels)} say the contrary. Leave toxic_labels out to trust the column."
        )
    return row


def write_rows(rows: Iterable[Mapping[str, Any]], path: str | os.PathLike[str]) -> None:
    """Write rows as JSONL, which `read_rows` gives back as they were.

    The file appears when it is complete; an interrupted call leaves what was there before.

    Args:
        rows: Rows, or a data set of them; each is checked. None gives an empty file.
        path: A name in ``.jsonl``, or ``.jsonl.gz`` to pack it.

    Raises:
        ValueError: If the suffix is another, a row is wrong, or a field is no JSON value.
    """
    path = Path(path)
    if not path.name.lower().endswith((".jsonl", ".jsonl.gz")):
        raise ValueError(f"Cannot write rows to {path}: expected a name in .jsonl or .jsonl.gz.")
    content = b"".join(_line(row, f"row {number}") for number, row in enumerate(rows))
    if path.suffix.lower() == ".gz":
        content = gzip.compress(content, mtime=0)  # the same rows give the same bytes
    unfinished = path.with_name(f"{path.name}.part")
    unfinished.write_bytes(content)
    unfinished.replace(path)


def _line(row: Mapping[str, Any], where: str) -> bytes:
    check_row(row, where=where)
    try:
        line = json.dumps(row, ensure_ascii=False, allow_nan=False)
    except (TypeError, ValueError) as error:
        raise ValueError(f"{where}: a field is no JSON value ({error}). Convert or remove it.") from error
    try:
        return f"{line}\n".encode()
    except UnicodeEncodeError:  # a lone surrogate: JSON can only hold it as an escape
        return f"{json.dumps(row)}\n".encode()
