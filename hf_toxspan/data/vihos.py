"""ViHOS: hate and offensive spans of Vietnamese comments (Hoang et al., EACL 2023), in both published layouts."""

import os
import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from datasets import Dataset

from hf_toxspan.core.alignment import joined_offsets, run_spans
from hf_toxspan.core.spans import Span
from hf_toxspan.core.text import WORD
from hf_toxspan.data.blemishes import Blemishes
from hf_toxspan.data.offset_cells import read_offset_cell
from hf_toxspan.data.records import Record, read_records
from hf_toxspan.data.rows import Row, check_row, own_fields, to_dataset

SPAN_COLUMNS = ("content", "index_spans")
"""Columns of the span extraction layout: a comment a line."""

WORD_COLUMNS = {
    "sentence": ("sentence_id", "sentence", "id"),
    "word": ("word", "words", "syllable", "token"),
    "tag": ("tag", "tags", "label", "labels"),
}
"""Columns of the sequence labelling layout, a word or syllable a line, by the names that each may have, in any case."""

_TAG = re.compile(r"O|[BI](-\w+)?")

LABELS = {True: "hate/offensive", False: "clean"}
"""A comment with a span is hate or offensive; the data set has no label of its own."""


def read_vihos(path: str | os.PathLike[str], *, keep_underscores: bool = False) -> Dataset:
    """Read a CSV file of ViHOS, in the layout that its columns show.

    | layout | columns | text and spans |
    |---|---|---|
    | span extraction | content, index_spans | as they are: the offsets count characters of the raw text, which is \
never normalised |
    | sequence labelling (Word, Syllable) | sentence_id, word, tag | the words joined by single blanks; B-T begins a \
span and I-T continues it over the blank |

    The second kind of row keeps ``tokens`` and ``tags``. Offsets outside a text, tags that continue nothing and the
    like are counted in a warning.

    Args:
        path: The CSV file.
        keep_underscores: Leave ``_`` between two letters, as PhoBERT wants it. Otherwise it becomes the blank that it
            stands for in the Word layout, one for one, so no offset moves. (In the Syllable layout it is rare, part of
            user names.)

    Returns:
        One row a comment in the order of the file, with ids such as "dev-0" after the file's name and the number of the
        line or the sentence's own.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If the columns are of neither layout, or a cell is wrong.
    """
    path, blemishes = Path(path), Blemishes()
    stem, records = path.name.split(".")[0], list(read_records(path, kinds=[".csv"]))
    if all(set(SPAN_COLUMNS) <= record.fields.keys() for record in records[:1]):
        rows = [_row(record, f"{stem}-{number}", blemishes) for number, record in enumerate(records)]
    else:
        sentences = _sentences(records, blemishes, keep_underscores)
        rows = [_sentence_row(words, f"{stem}-{name}", blemishes) for name, words in sentences.items()]
    blemishes.warn(path)
    return to_dataset(rows, name=str(path))


def _row(record: Record, identity: str, blemishes: Blemishes) -> Row:
    fields = dict(record.fields)
    text = fields.pop("content")
    spans = read_offset_cell(fields.pop("index_spans"), text, where=record.where, blemishes=blemishes)
    own = own_fields({"source_idx" if name == "column_0" else name: value for name, value in fields.items()})
    return _complete(identity, text, spans, own, record.where)


class _Word(NamedTuple):
    text: str
    tag: str
    where: str


def _sentences(records: list[Record], blemishes: Blemishes, keep_underscores: bool) -> dict[str, list[_Word]]:
    """Collect the words of each sentence; an empty one has no character to mark and is left out."""
    names = _columns(records[0])
    sentences: dict[str, list[_Word]] = {}
    for where, fields in records:
        words = sentences.setdefault(fields[names["sentence"]], [])
        word, tag = fields[names["word"]], fields[names["tag"]].strip()
        if not _TAG.fullmatch(tag):
            raise ValueError(f"{where}: the tag is {tag!r}; expected B-T, I-T or O. Correct the cell.")
        if word:
            words.append(_Word(word if keep_underscores else _spaced(word), tag, where))
        else:
            blemishes.note("empty words, left out", where)
    return sentences


def _columns(record: Record) -> dict[str, str]:
    found = {name.lower(): name for name in reversed(record.fields)}
    names = {part: next((found[name] for name in known if name in found), "") for part, known in WORD_COLUMNS.items()}
    if not all(names.values()):
        raise ValueError(
            f"{record.where}: found the columns {', '.join(record.fields)}; expected {', '.join(SPAN_COLUMNS)}, or "
            "sentence_id, word, tag. Take a CSV of phusroyal/ViHOS."
        )
    return names


def _spaced(word: str) -> str:
    """Put a blank for each underscore inside a word; those of "^_^" stay."""
    return "".join(
        " " if letter == "_" and WORD.match(word, place + 1) and WORD.fullmatch(word[place - 1 : place]) else letter
        for place, letter in enumerate(word)
    )


def _sentence_row(words: Sequence[_Word], identity: str, blemishes: Blemishes) -> Row:
    tokens = [word.text for word in words]
    spans = run_spans(joined_offsets(tokens), _runs(words, blemishes))
    own = {"tokens": tokens, "tags": [word.tag for word in words]}
    where = words[0].where if words else identity
    return _complete(identity, " ".join(tokens), [list(span) for span in spans], own, where)


def _runs(words: Iterable[_Word], blemishes: Blemishes) -> list[Span]:
    """Return the ranges of words that B and I tags mark; an I that continues nothing begins one."""
    runs: list[Span] = []
    for number, word in enumerate(words):
        continues = bool(runs) and runs[-1].end == number
        if word.tag[0] == "I" and continues:
            runs[-1] = Span(runs[-1].start, number + 1)
        elif word.tag[0] != "O":
            runs.append(Span(number, number + 1))
        if word.tag[0] == "I" and not continues:
            blemishes.note("tags I-T that continue no span, each begins one", word.where)
    return runs


def _complete(identity: str, text: str, spans: list[list[int]] | None, own: dict[str, Any], where: str) -> Row:
    toxic = spans != []
    row = {"id": identity, "text": text, "label": LABELS[toxic], "toxic": toxic, "spans": spans, **own}
    return check_row(row, where=where)
