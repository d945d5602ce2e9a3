"""COLD: offensive language about race, region and gender in Chinese (Deng et al., EMNLP 2022)."""

import os
from pathlib import Path

from datasets import Dataset

from hf_toxspan.data.records import Record, check_columns, read_records
from hf_toxspan.data.rows import check_row, to_dataset

COLUMNS = ("split", "topic", "label", "TEXT")
"""Columns of the authors' CSV, after an unnamed one that numbers the rows."""

LABELS = {"0": "non-offensive", "1": "offensive"}
"""The paper's words for the label numbers; only the second is toxic."""

_OURS = {"column_0": "source_idx", "split": "split_column"}  # the dev file's own `split` says "train" for half its rows


def read_cold(path: str | os.PathLike[str]) -> Dataset:
    """Read a CSV file of COLD as its authors publish it (``train.csv``, ``dev.csv``, ``test.csv``).

    The texts are not annotated with spans. Kept besides the common columns: ``topic``, ``split_column`` (the file's
    `split`), ``source_idx`` (its unnamed first column) and what else the file has.

    Args:
        path: The CSV file.

    Returns:
        The rows in the order of the file, with ids such as "cold-dev-0" after the file's name.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If a column is missing or a label is neither 0 nor 1.
    """
    path = Path(path)
    split = path.name.split(".")[0]
    rows = [
        check_row(_row(record, f"cold-{split}-{number}"), where=record.where)
        for number, record in enumerate(read_records(path, kinds=[".csv"]))
    ]
    return to_dataset(rows, name=str(path))


def _row(record: Record, identity: str) -> dict[str, object]:
    check_columns(
        record, COLUMNS, advice="Take the CSV of thu-coai/COLDataset; your own files are read by `read_rows`."
    )
    fields = dict(record.fields)
    number = fields.pop("label").strip()
    if number not in LABELS:
        raise ValueError(f"{record.where}: `label` is {number!r}; expected 0 (non-offensive) or 1 (offensive).")
    common = {
        "id": identity,
        "text": fields.pop("TEXT"),
        "label": LABELS[number],
        "toxic": number == "1",
        "spans": None,
    }
    return {**common, **{_OURS.get(name, name): value for name, value in fields.items()}}
