"""CNTP: toxic Chinese sentences with their toxic words (Yang et al., Findings of ACL 2025; repository ToxiBenchCN)."""

import os
from pathlib import Path

from datasets import Dataset

from hf_toxspan.data.blemishes import Blemishes
from hf_toxspan.data.files import TRUTH_WORDS
from hf_toxspan.data.records import Record, check_columns, read_records
from hf_toxspan.data.rows import Row, check_row, own_fields, to_dataset
from hf_toxspan.data.words import locate

COLUMNS = ("sentence_id", "original_text", "is_toxic")
"""Fields of every record; a toxic one has its words in ``toxic_entity``."""


def read_cntp(path: str | os.PathLike[str]) -> Dataset:
    """Read ``toxic_base.json`` or ``non_toxic_base.json`` of the authors.

    The words, found by GPT-4o-mini and checked by people, come without offsets, so a span is every place where one
    occurs. A word that does not occur is kept in ``unmatched`` and counted in a warning; ``spans`` is None where none
    of a text's words occurs, or a toxic text has no list of words.

    Args:
        path: The JSON file.

    Returns:
        The rows in the order of the file, with ids such as "toxic_base-17" after the file's name and `sentence_id`.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If a field is missing or of another kind.
    """
    path, blemishes = Path(path), Blemishes()
    stem = path.name.split(".")[0]
    rows = [_row(record, stem, blemishes) for record in read_records(path)]
    blemishes.warn(path)
    return to_dataset(rows, name=str(path))


def _row(record: Record, stem: str, blemishes: Blemishes) -> Row:
    check_columns(record, COLUMNS, advice="Take a ..._base.json of thomasyyyoung/ToxiBenchCN.")
    fields = dict(record.fields)
    text, truth = fields.pop("original_text"), str(fields.pop("is_toxic")).lower()
    if not isinstance(text, str) or truth not in TRUTH_WORDS:
        raise ValueError(
            f"{record.where}: `original_text` is {repr(text)[:80]} and `is_toxic` {truth!r}; expected a string and one "
            f"of {', '.join(TRUTH_WORDS)}."
        )
    toxic, words = TRUTH_WORDS[truth], fields.pop("toxic_entity", None)
    unlisted, words = words is None, [] if words is None else words
    if toxic and unlisted:
        blemishes.note("toxic sentences without a list of words, `spans` None", record.where)
    spans, unmatched = locate(words, text, where=record.where, blemishes=blemishes)
    common = {
        "id": f"{stem}-{fields.pop('sentence_id')}",
        "text": text,
        "label": "toxic" if toxic else "non-toxic",
        "toxic": toxic,
        "spans": None if toxic and unlisted else spans,
    }
    own = {**own_fields(fields), "toxic_words": words, "unmatched": unmatched}
    return check_row({**common, **own}, where=record.where)
