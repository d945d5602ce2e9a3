"""The file form of SemEval-2021 task 5: one text a line, its number, a tab and a list of character offsets.

A gold or prediction file reads ``7<tab>[3, 4, 5]`` line by line; ``[]`` marks nothing. On such files, matched by id,
``text_char_f1`` of `core/span_scores.py` is the number that the organisers' semeval2021.py prints.
"""

import ast
import io
import json
import logging
from pathlib import Path

from hf_toxspan.core.spans import Span, merge
from hf_toxspan.data.records import Record, read_text

logger = logging.getLogger(__name__)

MAX_LITERAL = 10_000
"""Characters of a value that is no plain list of numbers; Python's parser needs much memory for longer ones."""


class _NoOffsetsError(ValueError):
    """A value that the official script counts as an empty prediction, or compares as no offset could be."""


def read_offsets(path: Path, *, lenient: bool = False) -> list[Record]:
    """Read a file of character offsets.

    A value is a list, tuple or set of whole numbers in Python's notation; 5.0 counts as 5. A pair ``(3, 6)`` among them
    is read as the span [3, 6), which the official script would only compare as a whole.

    Args:
        path: The file, in UTF-8, perhaps packed (``.gz``).
        lenient: Read a bare name, a call or a string as an empty prediction, as the official script does with
            predictions, and warn with file and line. (That script compares a string's letters as if they were offsets:
            on a text without gold it scores 0 where the empty prediction here scores 1.)

    Returns:
        Records with ``id`` and ``spans``, normalised, in the order of the file.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If a line is wrong or an id occurs twice; file, line, value and what was expected are named.
    """
    records: dict[int, Record] = {}
    for position, line in enumerate(io.StringIO(read_text(path), newline=None), start=1):
        where = f"{path}, line {position}"
        number, cell = _cells(line, where)
        if number in records:
            raise ValueError(f"{where}: id {number} stands in {records[number].where} already. Remove one of the two.")
        try:
            spans = _spans(cell, where)
        except _NoOffsetsError as error:
            if not lenient:
                raise
            logger.warning("%s Counted as an empty prediction, as in the official evaluation.", error)
            spans = []
        records[number] = Record(where, {"id": number, "spans": spans})
    return list(records.values())


def _cells(line: str, where: str) -> tuple[int, str]:
    cells = line.split("\t")
    try:
        number, cell = cells
        return int(number), cell
    except ValueError as error:
        raise ValueError(
            f"{where}: holds {line[:80]!r}; expected a whole number, one tab and offsets, such as '7\\t[3, 4]'."
        ) from error


def _spans(cell: str, where: str) -> list[Span]:
    try:
        value = json.loads(cell)  # nearly all values are JSON, and its reader is fast and safe at any size
    except (ValueError, RecursionError):
        value = None
    if not isinstance(value, list) or any(type(offset) is not int for offset in value):
        value = _literal(cell, where)
    if not isinstance(value, list | tuple | set):
        raise ValueError(_expected(cell, where))
    return merge(_span(element, cell, where) for element in value)


def _literal(cell: str, where: str) -> object:
    if len(cell) > MAX_LITERAL:
        raise ValueError(f"{_expected(cell, where)} What is not such a list has at most {MAX_LITERAL} characters.")
    try:
        value = ast.literal_eval(cell.strip())
    except (SyntaxError, TypeError, MemoryError, RecursionError) as error:
        raise ValueError(_expected(cell, where)) from error
    except ValueError as error:
        raise _NoOffsetsError(_expected(cell, where)) from error
    if isinstance(value, str):
        raise _NoOffsetsError(_expected(cell, where))
    return value


def _span(element: object, cell: str, where: str) -> Span:
    if type(element) is int or (isinstance(element, float) and element.is_integer()):
        return Span(int(element), int(element) + 1)
    if isinstance(element, tuple) and len(element) == 2 and all(type(end) is int for end in element):
        start, end = element
        if start < end:
            return Span(start, end)
    raise ValueError(f"{_expected(cell, where)} {repr(element)[:40]} is none.")


def _expected(cell: str, where: str) -> str:
    return f"{where}: the value is {cell.strip()[:80]!r}; expected a list of whole numbers, such as [3, 4, 5]."
