"""ToxiRewriteCN: toxic Chinese sentences with their toxic words and two rewrites (Wang et al., EMNLP 2025)."""

import os
from pathlib import Path
from typing import Any

from datasets import Dataset

from hf_toxspan.data.blemishes import Blemishes
from hf_toxspan.data.records import Record, read_records
from hf_toxspan.data.rows import check_row, own_fields, to_dataset
from hf_toxspan.data.words import locate

TEXT_NAMES = ("toxic", "toxic_sentence", "toxic_text", "text", "original", "sentence", "content")
"""Fields that may carry the toxic sentence; the first one that holds a string counts."""

WORD_NAMES = ("toxic_words", "toxic_word", "words")
"""Fields that may carry the list of toxic words."""

LABEL_NAMES = ("label", "category", "type", "scenario")
"""Fields that may carry the category; a record without one gets the label "toxic"."""


def read_toxirewritecn(path: str | os.PathLike[str]) -> Dataset:
    """Read the authors' JSON (an array, or one object a line) into rows, all of them toxic.

    The words come without offsets, so a span is every place where one occurs. Words that do not occur are kept in the
    field ``unmatched`` and counted in a warning; ``spans`` is None where none of a text's words was found.
    The label is the category; ``neutral`` and ``polite`` (the rewrites) and all other fields are kept, those
    whose name a row needs itself as ``raw_...``.

    Args:
        path: The ``.json`` or ``.jsonl`` file.

    Returns:
        The rows in the order of the file.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If a record has no toxic sentence or no list of words under a known name.
    """
    path, blemishes = Path(path), Blemishes()
    rows = [_row(record, number, blemishes) for number, record in enumerate(read_records(path))]
    blemishes.warn(path)
    return to_dataset(rows, name=str(path))


def _row(record: Record, number: int, blemishes: Blemishes) -> dict[str, Any]:
    fields = dict(record.fields)
    text = _take(fields, TEXT_NAMES, str, record.where)
    words = _take(fields, WORD_NAMES, list, record.where)
    has_label = any(isinstance(fields.get(name), str) for name in LABEL_NAMES)
    label = _take(fields, LABEL_NAMES, str, record.where) if has_label else "toxic"
    spans, unmatched = locate(words, text, where=record.where, blemishes=blemishes)
    common = {
        "id": str(fields.pop("id", f"toxirewritecn-{number}")),
        "text": text,
        "label": label,
        "toxic": True,
        "spans": spans,
    }
    own = {**own_fields(fields), "toxic_words": words, "unmatched": unmatched}
    return dict(check_row({**common, **own}, where=record.where))


def _take(fields: dict[str, Any], names: tuple[str, ...], kind: type, where: str) -> Any:
    """Remove and return the first of the named fields that holds a value of the kind."""
    for name in names:
        if isinstance(fields.get(name), kind):
            return fields.pop(name)
    expected = f"a {'string' if kind is str else 'list'} under one of {', '.join(names)}"
    raise ValueError(
        f"{where}: found the fields {', '.join(fields) or '(none)'}; expected {expected}. Rename the field."
    )
