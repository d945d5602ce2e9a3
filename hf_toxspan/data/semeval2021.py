"""SemEval-2021 task 5: toxic spans of English comments (Pavlopoulos et al., 2021)."""

import os
from pathlib import Path

from datasets import Dataset

from hf_toxspan.core.text import WORD
from hf_toxspan.data.blemishes import Blemishes
from hf_toxspan.data.offset_cells import read_offset_cell
from hf_toxspan.data.records import Record, check_columns, read_records
from hf_toxspan.data.rows import Row, check_row, own_fields, to_dataset

COLUMNS = ("spans", "text")
"""Columns of the organisers' CSV."""


def read_semeval2021(path: str | os.PathLike[str]) -> Dataset:
    """Read a CSV file of the organisers (``tsd_train.csv``, ``tsd_trial.csv``, ``tsd_test.csv``).

    Every comment is toxic; one without any offset was annotated as having no toxic span. Spans stay as published, and a
    warning counts those known to be rough: with blanks at an end, or ending inside a word.

    Args:
        path: The CSV file.

    Returns:
        The rows in the order of the file, with ids such as "tsd_trial-0" after the file's name.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If a column is missing or a cell holds no offsets.
    """
    path, blemishes = Path(path), Blemishes()
    stem = path.name.split(".")[0]
    records = read_records(path, kinds=[".csv"])
    rows = [_row(record, f"{stem}-{number}", blemishes) for number, record in enumerate(records)]
    blemishes.warn(path)
    return to_dataset(rows, name=str(path))


def _row(record: Record, identity: str, blemishes: Blemishes) -> Row:
    check_columns(record, COLUMNS, advice="Take a tsd_....csv of ipavlopoulos/toxic_spans.")
    fields = dict(record.fields)
    text, cell = fields.pop("text"), fields.pop("spans")
    spans = read_offset_cell(cell, text, where=record.where, blemishes=blemishes)
    for start, end in spans or []:
        if text[start:end] != text[start:end].strip():
            blemishes.note("spans with a blank at an end, left so", record.where)
        if _inside_word(start, text) or _inside_word(end, text):
            blemishes.note("spans that cut a word, left so", record.where)
    if spans == []:
        blemishes.note("toxic comments without a span", record.where)
    row = {"id": identity, "text": text, "label": "toxic", "toxic": True, "spans": spans, **own_fields(fields)}
    return check_row(row, where=record.where)


def _inside_word(position: int, text: str) -> bool:
    return position > 0 and bool(WORD.fullmatch(text[position - 1]) and WORD.match(text, position))
