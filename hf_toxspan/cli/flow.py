"""The loop of an extraction: records in, rows out, a chunk at a time; knows no file format and no model."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any

from hf_toxspan.core.text import replace_lone_surrogates
from hf_toxspan.data.text_records import Record
from hf_toxspan.views.pieces import kind

Row = dict[str, Any]
Classify = Callable[[list[str]], Sequence[Mapping[str, Any]]]

_OURS = frozenset({"text", "label", "score", "toxic", "spans", "saliency", "line", "error"})


def extract_file(
    source: Iterable[Record],
    sink: Callable[[list[Row]], None],
    *,
    classify: Classify,
    name: str = "input",
    skip: int = 0,
    chunk_size: int = 1024,
    keep_errors: bool = False,
    advance: Callable[[int, Counter[str]], None] = lambda _offset, _counts: None,
) -> Counter[str]:
    """Classify records chunk by chunk and hand the rows to a sink, one row for each record, in order.

    Args:
        source: The records.
        sink: Called with the rows of one chunk; what it has taken is safe.
        classify: Texts -> one pipeline result each.
        name: What to call the source in an error.
        skip: Records that are already done.
        chunk_size: Records of one chunk.
        keep_errors: Write a bad record as `{"line", "error"}`; otherwise it ends the run.
        advance: Called after each chunk with the bytes read and what was counted.

    Returns:
        How many rows of this call were `toxic`, `clean` and `error`.

    Raises:
        ValueError: At a bad record, after everything before it is in the sink; it names the source and the line.
    """
    counts: Counter[str] = Counter()
    for chunk in _chunks(islice(iter(source), skip, None), chunk_size):
        bad = next((position for position, record in enumerate(chunk) if record.error), None)
        good = chunk if keep_errors or bad is None else chunk[:bad]
        rows = _rows(good, classify)
        if rows:
            sink(rows)
        counts.update(kind(row) for row in rows)
        advance(chunk[-1].offset, counts)
        if bad is not None and not keep_errors:
            raise ValueError(f"{name}, line {chunk[bad].line}: {chunk[bad].error}")
    return counts


def _chunks(records: Iterator[Record], size: int) -> Iterator[list[Record]]:
    while chunk := list(islice(records, size)):
        yield chunk


def _rows(records: Sequence[Record], classify: Classify) -> list[Row]:
    texts = [record.text for record in records if record.error is None]
    results = classify(texts) if texts else []
    if len(results) != len(texts):
        raise RuntimeError(f"the model answered {len(results)} times for {len(texts)} texts; this is a bug, report it")
    answers = iter(results)
    return [error_row(record) if record.error else result_row(record, next(answers)) for record in records]


def result_row(record: Record, result: Mapping[str, Any]) -> Row:
    """Join a record and its result: id and text, what the model says, then the record's other columns.

    The id is the record's own, or its line number. A column of the input that has the name of one of ours is kept
    as `input_<name>`.

    Args:
        record: A good record.
        result: The pipeline's dict.

    Returns:
        A row ready to be written.

    >>> result_row(Record(3, "hi", {"label": "x"}), {"label": "clean", "score": 0.9, "spans": []})
    {'id': 3, 'text': 'hi', 'label': 'clean', 'score': 0.9, 'spans': [], 'input_label': 'x'}
    """
    fields = dict(record.fields)
    row: Row = {"id": fields.pop("id", record.line), "text": record.text, **result}
    for name, value in fields.items():
        free = name
        while free in row or free in _OURS or (free != name and free in fields):
            free = f"input_{free}"
        row[free] = value
    return row


def error_row(record: Record) -> Row:
    """Return what stands in the output for a record that could not be read: its line, its id if any, the error.

    >>> error_row(Record(7, "", {}, "invalid JSON"))
    {'line': 7, 'error': 'invalid JSON'}
    """
    named = {"id": record.fields["id"]} if "id" in record.fields else {}
    # A byte that is not UTF-8 may sit in a quoted column name: show it, as nothing can encode it.
    return {**named, "line": record.line, "error": replace_lone_surrogates(record.error or "")}
