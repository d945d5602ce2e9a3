"""The row that every loader returns, and the check that a row is one."""

import logging
from collections.abc import Iterable, Mapping
from typing import Any, TypedDict, cast

import pyarrow as pa
from datasets import Dataset, Features, List, Value

from hf_toxspan.core import spans as span_algebra
from hf_toxspan.core.text import replace_lone_surrogates

logger = logging.getLogger(__name__)

ROW_FEATURES = Features(
    {
        "id": Value("string"),
        "text": Value("string"),
        "label": Value("string"),
        "toxic": Value("bool"),
        "spans": List(List(Value("int64"))),
    }
)
"""Columns of every data set, in this order; a data set's own fields follow."""


class Row(TypedDict):
    """One text with its label; data sets add their own fields.

    ``spans`` are ``[start, end)`` in code points of ``text``. None says that nobody annotated the text, an empty list
    that somebody did and found nothing.
    """

    id: str
    text: str
    label: str
    toxic: bool
    spans: list[list[int]] | None


def check_row(row: Mapping[str, Any], *, where: str) -> Row:
    """Return the row unchanged, or say where it is, what is wrong with it and what to do.

    Args:
        row: A row with at least the columns of `Row`.
        where: Place named in the error, such as ``"file.jsonl, line 7"``.

    Returns:
        The same row.

    Raises:
        ValueError: If a column is missing or of another type, or a span does not lie inside the text.

    >>> row = {"id": "1", "text": "you fool", "label": "toxic", "toxic": True, "spans": [[4, 8]]}
    >>> check_row(row, where="file.jsonl, line 7") is row
    True
    >>> check_row({**row, "toxic": 1}, where="file.jsonl, line 7")
    Traceback (most recent call last):
    ValueError: file.jsonl, line 7: `toxic` is 1; expected true or false. Correct the value and read again.
    """
    missing = [column for column in ROW_FEATURES if column not in row]
    if missing:
        raise ValueError(
            f"{where}: no {_quoted(missing)}; found the columns {_quoted(row)}, expected {_quoted(ROW_FEATURES)}. "
            "Add what is missing (`spans` may be null: not annotated)."
        )
    for column in ("id", "text", "label"):
        if not isinstance(row[column], str):
            raise ValueError(_wrong(where, column, row[column], "a string (in quotes)"))
    if not isinstance(row["toxic"], bool):
        raise ValueError(_wrong(where, "toxic", row["toxic"], "true or false"))
    _check_spans(row["spans"], row["text"], where)
    return cast("Row", row)


def _check_spans(spans: object, text: str, where: str) -> None:
    if spans is None:
        return
    if not isinstance(spans, list | tuple):
        raise ValueError(_wrong(where, "spans", spans, "a list of [start, end) pairs, or null"))
    try:
        span_algebra.check(spans, length=len(text))
    except ValueError as error:
        raise ValueError(
            f"{where}: {error}. Count Unicode characters of `text` from 0 (not bytes, not tokens), end exclusive."
        ) from None


def _wrong(where: str, column: str, value: object, expected: str) -> str:
    shown = repr(value)
    shown = shown if len(shown) <= 80 else f"{shown[:80]}..."
    return f"{where}: `{column}` is {shown}; expected {expected}. Correct the value and read again."


def _quoted(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def own_fields(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Name a data set's own fields so that none hides a column of `Row`.

    >>> own_fields({"topic": "race", "label": 3})
    {'topic': 'race', 'raw_label': 3}
    """
    return {f"raw_{name}" if name in ROW_FEATURES else name: value for name, value in fields.items()}


def to_dataset(rows: Iterable[Mapping[str, Any]], *, name: str) -> Dataset:
    """Put checked rows into a data set, their common columns first; a field that a row lacks is None there.

    A lone surrogate, which Arrow can't hold, becomes U+FFFD (one for one: spans stay right); a warning counts the rows.

    Args:
        rows: Rows that passed `check_row`; none gives an empty data set with the columns of `Row`.
        name: What the rows were read from, named in warnings and errors.

    Returns:
        One row each, in the given order.

    Raises:
        ValueError: If a data set's own field holds values of several types.
    """
    repaired, broken = [], 0
    for row in rows:
        clean = _without_surrogates(row)
        broken += clean != row
        repaired.append(clean)
    if broken:
        logger.warning("%s: %d rows held lone surrogates; each became U+FFFD.", name, broken)
    own = dict.fromkeys(field for row in repaired for field in row if field not in ROW_FEATURES)
    columns = {field: [row.get(field) for row in repaired] for field in (*ROW_FEATURES, *own)}
    features = Features({**ROW_FEATURES, **{field: _infer(field, columns[field], name) for field in own}})
    return Dataset.from_dict(columns, features=features)


def _infer(field: str, values: list[Any], name: str) -> Any:
    try:
        return Dataset.from_dict({field: values}).features[field]
    except (pa.ArrowException, OverflowError, TypeError) as error:
        raise ValueError(
            f"{name}: the values of `{field}` don't fit into one column ({error}). Write them all with one type."
        ) from error


def _without_surrogates(value: Any) -> Any:
    if isinstance(value, str):
        return replace_lone_surrogates(value)
    if isinstance(value, Mapping):
        return {_without_surrogates(key): _without_surrogates(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_without_surrogates(item) for item in value]
    return value
