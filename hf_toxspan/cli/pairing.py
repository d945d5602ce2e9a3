"""Two files, of predictions and of references, put side by side as the inputs of a metric."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from hf_toxspan.data.offset_files import read_offsets
from hf_toxspan.data.records import Record, kind_of, read_records
from hf_toxspan.scoring.inputs import TEXT
from hf_toxspan.scoring.metric import Input, Metric

Pair = tuple[Record | None, Record]
"""What the system said of a text (None: nothing), and what is known of it."""


class Paired(NamedTuple):
    """The inputs of a metric, read from files.

    Attributes:
        inputs: Values by the input's name, one a text.
        places: File and line of each of them.
        texts: Of each text what tells it from the others: its id, else file and line of its reference.
        missing: Texts without a prediction, scored as if nothing was predicted.
        unused: Predictions for texts that nobody asked about.
    """

    inputs: dict[str, list[Any]]
    places: dict[str, list[str]]
    texts: list[Any]
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

    Records are matched by their ``id`` where every record of both files has one, else by their order.

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
    matched = _match(said, known, lenient=lenient)
    if matched is None:
        raise ValueError(
            f"{predictions} holds {len(said)} records, {references} {len(known)}, and not every one has an id to match "
            "them by; expected as many, in the same order"
        )
    pairs, unused = matched
    if not pairs:
        raise ValueError(f"{references} holds no record; expected at least one text to score")
    columns_found = {name: _column(metric, name, pairs, (columns or {}).get(name)) for name in metric.inputs}
    found = {name: column for name, column in columns_found.items() if column is not None}
    return Paired(
        inputs={name: [value for _, value in column] for name, column in found.items()},
        places={name: [where for where, _ in column] for name, column in found.items()},
        texts=[known.fields.get("id", known.where) for _, known in pairs],
        missing=sum(said is None for said, _ in pairs),
        unused=unused,
    )


def _records(path: Path, *, lenient: bool) -> list[Record]:
    """Read a file; one in SemEval's form (``id<TAB>[offsets]``) has the columns id and spans."""
    if kind_of(path) in {".tsv", ".txt"}:
        return read_offsets(path, lenient=lenient)
    return list(read_records(path))


def _match(said: list[Record], known: list[Record], *, lenient: bool) -> tuple[list[Pair], int] | None:
    """Pair what was said with what is known and count what was said for nothing; None where they can't be paired."""
    if not (said and known and all("id" in record.fields for record in [*said, *known])):
        return (list(zip(said, known, strict=True)), 0) if len(said) == len(known) else None
    by_id, _ = _by_id(said), _by_id(known)
    pairs: list[Pair] = [(by_id.get(record.fields["id"]), record) for record in known]
    if not lenient:
        _check_complete(pairs, {record.fields["id"] for record in known}, said)
    return pairs, len(said) - sum(one is not None for one, _ in pairs)


def _by_id(records: list[Record]) -> dict[Any, Record]:
    found: dict[Any, Record] = {}
    for record in records:
        name = record.fields["id"]
        if not isinstance(name, str | int):
            raise ValueError(f"{record.where}: the id is {name!r:.80}; expected a string or a whole number")
        if name in found:
            raise ValueError(
                f"{record.where}: the id {name!r} stands at {found[name].where} already; expected each once"
            )
        found[name] = record
    return found


def _check_complete(pairs: list[Pair], known: set[Any], said: list[Record]) -> None:
    hint = "pass --missing empty to score a missing prediction as an empty one and to ignore extra ones"
    for one, other in pairs:
        if one is None:
            raise ValueError(f"{other.where}: the id {other.fields['id']!r} has no prediction; {hint}")
    for record in said:
        if record.fields["id"] not in known:
            raise ValueError(f"{record.where}: the id {record.fields['id']!r} has no reference; {hint}")


def _column(metric: Metric, name: str, pairs: Sequence[Pair], column: str | None) -> list[tuple[str, Any]] | None:
    """Return the places and values of one input, or None where an optional one has no column."""
    wanted = metric.inputs[name]
    names = (column,) if column else wanted.columns
    # what a system said never stands in for a reference, though both may be called "spans"
    said_names = names if wanted.by_system else [name for name in names if name not in _system_columns(metric)]
    values: list[tuple[str, Any]] = []
    for said, known in pairs:
        if said is None and wanted.by_system:
            values.append((known.where, wanted.nothing))
            continue
        sources = [] if said is None else [(said, said_names)]
        sources = sources if wanted.by_system else [(known, names), *sources]
        found = next(((record, n) for record, listed in sources for n in listed if n in record.fields), None)
        if found is not None:
            record, field = found
            values.append((record.where, _value(record.fields[field], wanted)))
        elif column or wanted.required or values:
            place = sources[0][0]
            raise ValueError(
                f"{place.where}: no column for {name} ({wanted.meaning}); looked for {', '.join(names)}, found "
                f"{', '.join(place.fields)}; rename it or pass --column {name}=NAME"
            )
        else:
            return None
    return values


def _system_columns(metric: Metric) -> set[str]:
    return {column for one in metric.inputs.values() if one.by_system for column in one.columns}


def _value(value: Any, wanted: Input) -> Any:
    """Read the JSON in a cell of a CSV file, and lists of quadruples or spans, into what the metric takes."""
    if isinstance(value, str) and wanted.kind is not TEXT:
        try:
            return json.loads(value)
        except (ValueError, RecursionError):
            return value
    return value
