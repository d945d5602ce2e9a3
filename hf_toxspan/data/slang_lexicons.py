"""Lexicons of slang as their authors publish them, or a plain list of terms."""

from collections.abc import Mapping
from os import PathLike
from pathlib import Path
from typing import Any

from hf_toxspan.core.slang_mining import Given
from hf_toxspan.core.terms import normal_form
from hf_toxspan.data.records import Record, check_columns, kind_of, read_json, read_records, read_text

LONGEST_TERM = 100
"""Characters of a term; what is longer is no term but a mistake in the file."""

_NAMES = {"category": "categories"}
"""Columns that may go by another name."""


def read_slang_lexicon(path: str | PathLike[str]) -> list[Given]:
    """Read a lexicon; its name is the file's, without suffix.

    All files may be packed, with ``.gz`` added to their names.

    | file | what is read |
    |---|---|
    | ``.txt`` | a term a line; blank lines and those that begin with ``#`` are passed over |
    | ``.json`` | STATE-ToxiCN's ``annotated_lexicon.json``: ``terms``, a list of objects with ``term``, ``category`` \
and ``definition``; or such a list alone |
    | ``.jsonl``, ``.csv`` | ``term``, and where they are there ``definition`` and ``category`` or ``categories`` |

    Args:
        path: The file.

    Returns:
        The terms in the order of the file.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If a term is missing, empty or longer than `LONGEST_TERM`; the place is named.
    """
    path = Path(path)
    name = path.name.split(".")[0]
    return [_given(record, name) for record in _records(path)]


def _records(path: Path) -> list[Record]:
    kind = kind_of(path)
    if kind == ".txt":
        lines = enumerate(read_text(path).split("\n"), start=1)
        terms = ((number, line.strip()) for number, line in lines)
        return [Record(f"{path}, line {number}", {"term": term}) for number, term in terms if term and term[0] != "#"]
    if kind == ".json":
        return _json_records(path)
    return list(read_records(path, kinds=(".jsonl", ".csv")))


def _json_records(path: Path) -> list[Record]:
    content = read_json(path)
    terms = content.get("terms") if isinstance(content, Mapping) else content
    if not isinstance(terms, list) or not all(isinstance(term, Mapping) for term in terms):
        raise ValueError(f"{path}: expected a list of terms, or an object that holds one as `terms`.")
    return [Record(f"{path}, term {number}", dict(term)) for number, term in enumerate(terms, start=1)]


def _given(record: Record, lexicon: str) -> Given:
    check_columns(record, ("term",), advice="Name the column of the terms `term`.")
    fields = {_NAMES.get(name, name): value for name, value in record.fields.items()}
    term, definition = fields["term"], fields.get("definition") or ""
    if not isinstance(term, str) or not isinstance(definition, str):
        raise ValueError(f"{record.where}: term {term!r:.60}, definition {definition!r:.60}; expected strings.")
    if not normal_form(term) or len(term) > LONGEST_TERM:
        raise ValueError(f"{record.where}: term {term!r:.60}; expected 1 to {LONGEST_TERM} characters. Correct it.")
    return Given(term.strip(), lexicon, definition.strip(), _categories(fields.get("categories"), record.where))


def _categories(value: Any, where: str) -> tuple[str, ...]:
    categories = [value] if isinstance(value, str) else value or []
    if not isinstance(categories, list) or not all(isinstance(category, str) for category in categories):
        raise ValueError(f"{where}: category {value!r:.60}; expected a string or a list of strings.")
    return tuple(category.strip() for category in categories if category.strip())
