"""ToxiCN: toxic Chinese posts with a hierarchical taxonomy of labels (Lu et al., ACL 2023)."""

import os
from pathlib import Path

from datasets import Dataset

from hf_toxspan.data.blemishes import Blemishes
from hf_toxspan.data.records import Record, check_columns, read_records
from hf_toxspan.data.rows import Row, check_row, own_fields, to_dataset

COLUMNS = ("content", "toxic", "toxic_type", "expression", "target")
"""Columns of the authors' CSV that say something of a text, beside ``platform``, ``topic`` and ``length``."""

LABELS = {"0": "non-toxic", "1": "toxic"}


def read_toxicn(path: str | os.PathLike[str]) -> Dataset:
    """Read the authors' ``ToxiCN_1.0.csv``.

    The texts are not annotated with spans. All columns but ``content`` and ``toxic`` are kept as they are written:
    ``toxic_type`` ("0" none, "1" offensive, "2" hate), ``expression``, ``target``, ...

    Args:
        path: The CSV file; JSON with the same fields is read as well.

    Returns:
        The rows in the order of the file, with ids such as "toxicn-0".

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If a column is missing or `toxic` is neither 0 nor 1.
    """
    path, blemishes = Path(path), Blemishes()
    rows = [_row(record, f"toxicn-{number}", blemishes) for number, record in enumerate(read_records(path))]
    blemishes.warn(path)
    return to_dataset(rows, name=str(path))


def _row(record: Record, identity: str, blemishes: Blemishes) -> Row:
    check_columns(record, COLUMNS, advice="Take ToxiCN_1.0.csv of DUT-lujunyu/ToxiCN.")
    fields = dict(record.fields)
    text, number = fields.pop("content"), str(fields.pop("toxic")).strip()
    if number not in LABELS:
        raise ValueError(f"{record.where}: `toxic` is {number!r}; expected 0 (non-toxic) or 1 (toxic).")
    toxic = number == "1"
    if (str(fields["toxic_type"]).strip() != "0") != toxic:
        blemishes.note("posts whose `toxic_type` contradicts `toxic`, which decides", record.where)
    own = own_fields({"source_idx" if name == "column_0" else name: value for name, value in fields.items()})
    row = {"id": identity, "text": text, "label": LABELS[number], "toxic": toxic, "spans": None, **own}
    return check_row(row, where=record.where)
