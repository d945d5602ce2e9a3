"""Two files, of predictions and of references, put side by side as the inputs of a metric."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from hf_toxspan.data.offset_files import read_offsets
from hf_toxspan.data.records import Record, kind_of, read_records
from hf_toxspan.scoring.inputs import COUNT, TEXT
from hf_toxspan.scoring.metric import Input, Metric

Pair = tuple[Record | None, Record]
"""What the system said of a text (None: nothing), and what is known of it."""


class Paired(NamedTuple):
    """The inputs of a metric, read from files.

    Attributes:
        inputs: Values by the input's name, one a text.
        places: File and line of each of them.
        names: Of each text its id, else file and line of its reference.
        matched_by: "id" or "order".
        missing: Texts without a prediction, scored as if nothing was predicted.
        unused: Predictions for texts that nobody asked about.
    """

    inputs: dict[str, list[Any]]
    places: dict[str, list[str]]
    names: list[Any]
    matched_by: str
    missing: int
    unused: int

    def where(self, name: str, place: int) -> str:
        """Name an input of a text by its file and line."""
        return f"{self.places[name][place]}: {name}"


def load_pairs(
    metric: Metric,
    predictions: Path,
    references: Path,
    *,
    columns: Mapping[str, str] | None = None,
    missing: str = "error",
) -> Paired:
    """Read a metric's inputs from files.

    Records are matched by their ``id`` (7 and "7" are the same) where both files have ids, else by their order.

    Args:
        metric: What the inputs are for.
        predictions: File of what the system said.
        references: File of what is right; the same file where the metric takes everything from the system.
        columns: Column by the input's name, where it is none of those that the metric knows.
        missing: "empty" counts a text without prediction as one in which nothing was predicted and passes over
            predictions for other texts, as official scorers do; "error" refuses both.

    Returns:
        The inputs and where they came from.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If a file can't be read, records don't match or a column is missing; file and line are named.
    """
    lenient = missing == "empty"
    said = _records(predictions, lenient=lenient)
    known = said if references == predictions else _records(references, lenient=False)
    for path, records in ((predictions, said), (references, known)):
        if not records:
            raise ValueError(f"{path} holds no record; expected at least one text to score")
    pairs, by_id = match(said, known, predictions, references, lenient=lenient)
    columns_found = {name: _column(metric, name, pairs, (columns or {}).get(name)) for name in metric.inputs}
    found = {name: column for name, column in columns_found.items() if column is not None}
    answered = sum(said is not None for said, _ in pairs)
    return Paired(
        inputs={name: [value for _, value in column] for name, column in found.items()},
        places={name: [where for where, _ in column] for name, column in found.items()},
        names=[known.fields.get("id", known.where) for _, known in pairs],
        matched_by="id" if by_id else "order",
        missing=len(pairs) - answered,
        unused=len(said) - answered,
    )


def match(
    said: list[Record], known: list[Record], predictions: Path | str, references: Path | str, *, lenient: bool = False
) -> tuple[list[Pair], bool]:
    """Put what a system said of texts beside what is known of them: by id where both sides have ids, else by order.

    Args:
        said: Records of what the system said.
        known: Records of what is known.
        predictions: Where the first come from, for errors.
        references: Where the second come from.
        lenient: Pass over texts without a prediction, and predictions for other texts.

    Returns:
        The pairs in the order of what is known, and whether they were matched by id.

    Raises:
        ValueError: If they don't match, or a prediction is for another text.
    """
    by_id = _have_ids(said) and _have_ids(known)
    pairs = _by_id(said, known, lenient=lenient) if by_id else _by_order(said, known, predictions, references)
    _check_texts(pairs)
    return pairs, by_id


def _records(path: Path, *, lenient: bool) -> list[Record]:
    """Read a file; one in SemEval's form (``id<TAB>[offsets]``) has the columns id and spans."""
    if kind_of(path) in {".tsv", ".txt"}:
        return read_offsets(path, lenient=lenient)
    return list(read_records(path))


def _have_ids(records: list[Record]) -> bool:
    """Say whether records have ids, all of them or none."""
    without = [record for record in records if "id" not in record.fields]
    if without and len(without) < len(records):
        raise ValueError(f"{without[0].where}: no id, but other records of the file have one; expected all or none")
    return not without


def _by_order(said: list[Record], known: list[Record], predictions: Path | str, references: Path | str) -> list[Pair]:
    if len(said) != len(known):
        raise ValueError(
            f"{predictions} holds {len(said)} records, {references} {len(known)}, and not both have ids to match them "
            "by; expected as many, in the same order"
        )
    return list(zip(said, known, strict=True))


def _by_id(said: list[Record], known: list[Record], *, lenient: bool) -> list[Pair]:
    answers, asked = _index(said), _index(known)
    pairs: list[Pair] = [(answers.get(name), record) for name, record in asked.items()]
    if not answers.keys() & asked.keys():
        first, other = (next(iter(index.items())) for index in (answers, asked))
        raise ValueError(
            f"no id occurs in both files: {first[0]!r} at {first[1].where}, {other[0]!r} at {other[1].where}"
        )
    if not lenient:
        _check_complete(answers, asked)
    return pairs


def _index(records: list[Record]) -> dict[str, Record]:
    found: dict[str, Record] = {}
    for record in records:
        name = record.fields["id"]
        if isinstance(name, bool) or not isinstance(name, str | int):
            raise ValueError(f"{record.where}: the id is {name!r:.80}; expected a string or a whole number")
        if str(name) in found:
            place = found[str(name)].where
            raise ValueError(f"{record.where}: the id {name!r} stands at {place} already; expected each once")
        found[str(name)] = record
    return found


def _check_complete(answers: Mapping[str, Record], asked: Mapping[str, Record]) -> None:
    hint = "pass --missing empty to score a missing prediction as an empty one and to ignore extra ones"
    for name, record in asked.items():
        if name not in answers:
            raise ValueError(f"{record.where}: the id {name!r} has no prediction; {hint}")
    for name, record in answers.items():
        if name not in asked:
            raise ValueError(f"{record.where}: the id {name!r} has no reference; {hint}")


def _check_texts(pairs: Sequence[Pair]) -> None:
    """Find the prediction for another text: its spans would be offsets of that one."""
    for said, known in pairs:
        texts = [] if said is None else [record.fields.get("text") for record in (said, known)]
        if said is not None and all(isinstance(text, str) for text in texts) and texts[0] != texts[1]:
            raise ValueError(
                f"{said.where}: the text {texts[0]!r:.60} is not {texts[1]!r:.60}, as at {known.where}; spans count "
                "the characters of one unchanged text"
            )


def _column(metric: Metric, name: str, pairs: Sequence[Pair], column: str | None) -> list[tuple[str, Any]] | None:
    """Return places and values of one input, or None where an optional one has no column."""
    wanted = metric.inputs[name]
    names = (column,) if column else wanted.columns
    sources = [_sources(metric, name, names, *pair) for pair in pairs]
    found = [
        next(((record, field) for record, fields in listed for field in fields if field in record.fields), None)
        for listed in sources
    ]
    if not (column or wanted.required or any(found)):
        return None
    values = []
    for (_, known), listed, place in zip(pairs, sources, found, strict=True):
        if place is not None:
            record, field = place
            values.append((record.where, _value(record.fields[field], wanted)))
        elif listed:
            record, _ = listed[0]
            raise ValueError(
                f"{record.where}: no column for {name} ({wanted.meaning}); looked for {', '.join(names)}, found "
                f"{', '.join(record.fields)}; rename it or pass --column {name}=NAME"
            )
        elif wanted.required and wanted.nothing is None:
            raise ValueError(f"{known.where}: no prediction, which {metric.name} can't score as an empty one")
        else:
            values.append((known.where, wanted.nothing))
    return values


def _sources(
    metric: Metric, name: str, names: Sequence[str], said: Record | None, known: Record
) -> list[tuple[Record, Sequence[str]]]:
    """Return the records that may hold an input of a text, with the columns to look for in each."""
    if metric.inputs[name].by_system:
        return [] if said is None else [(said, names)]
    # what a system said never stands in for a reference, though both may be called "spans"
    taken = {column for one in metric.inputs.values() if one.by_system for column in one.columns}
    others = [column for column in names if column not in taken]
    return [(known, names)] if said is None else [(known, names), (said, others)]


def _value(value: Any, wanted: Input) -> Any:
    """Read the JSON in a cell of a CSV file, and the number of tokens off a list of them."""
    if isinstance(value, str) and wanted.kind is not TEXT:
        try:
            return json.loads(value)
        except (ValueError, RecursionError):
            return value
    return len(value) if wanted.kind is COUNT and isinstance(value, list) else value
