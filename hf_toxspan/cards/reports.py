"""What `hf-toxspan evaluate` and the recipes wrote of a model's scores, as a card tells it.

A report is a dict of JSON values (`hf_toxspan.evaluation.report.Report.to_dict`, or that of quadruples). It names the
model as whoever ran it did; in a card the last system of a report is "this model", unless told otherwise.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

SPANS = {
    "overlap F1": "overlap_f1",
    "char F1": "char_f1",
    "char IoU": "char_iou",
    "text F1": "text_char_f1",
}
EXPLAINED, AS_SHOWN, CLASSES, BIAS = "spans_explained", "spans_as_shown", "toxic_or_not", "bias"
_CLASS_COLUMNS = {"macro-F1": "macro_f1", "accuracy": "accuracy"}
_QUADRUPLE_COLUMNS = {"average F1": "average_f1", "hard F1": "hard_f1", "soft F1": "soft_f1"}
_OLD_PARTS = {
    CLASSES: ("classes", "Classes: toxic or not", _CLASS_COLUMNS),
    EXPLAINED: ("explained", "Spans, explained: toxic annotated texts, whatever their predicted label", SPANS),
    AS_SHOWN: ("end_to_end", "Spans, as shown: all annotated texts, none where called clean", SPANS),
}
"""Where a report of before has what now is a protocol of its own: part of a system, title, columns."""


class Score(NamedTuple):
    """A score in [0, 1] with the ends of its 95 % interval; None where it is undefined, or no interval was made."""

    value: float | None
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True)
class Protocol:
    """Several systems on the same texts by the same rules.

    Attributes:
        title: What is measured.
        columns: Names of scores by their headings.
        reading: How to read the numbers.
        texts: How many; None where the report does not say.
        systems: By the system's name its scores and whatever else is known of it.
    """

    title: str
    columns: Mapping[str, str]
    reading: str
    texts: int | None
    systems: Mapping[str, Mapping[str, Any]]

    def score(self, system: str, name: str) -> Score:
        """Return a score of a system.

        Args:
            system: Name of the system.
            name: Name of the score.

        Returns:
            The score; without a value where the report holds none.
        """
        own = self.systems.get(system, {})
        low, high = (own.get("confidence_intervals") or {}).get(name) or (None, None)
        return Score(_number(own.get(name)), _number(low), _number(high))


@dataclass(frozen=True)
class ReadReport:
    """One report.

    Attributes:
        data: What the data set is called in the card.
        rows: Texts.
        toxic: Toxic ones among them; None where the report does not say.
        annotated: Those with span labels; None where the report does not say.
        model: Name of the system that the card is about.
        protocols: By name.
        faithfulness: That of the model, as the report holds it; None where it was not measured.
        notes: What the report says could not be measured.
        source: What the report itself calls the data.
        made_by: Version that measured; None where the report does not say.
        extra: Numbers that stand beside the scores, by name.
    """

    data: str
    rows: int
    toxic: int | None
    annotated: int | None
    model: str
    protocols: Mapping[str, Protocol]
    faithfulness: Mapping[str, Any] | None = None
    notes: tuple[str, ...] = ()
    source: str = ""
    made_by: str | None = None
    extra: Mapping[str, float] = field(default_factory=dict)


def read_report(report: Any, *, where: str, name: str | None = None, system: str | None = None) -> ReadReport:
    """Read a report.

    Args:
        report: Its JSON values.
        where: Where it comes from, for errors.
        name: What to call the data set; as the report does, without folders, when None.
        system: The system that the card is about; the last one when None.

    Returns:
        The report.

    Raises:
        ValueError: If it is no report, or has no such system.
    """
    if not isinstance(report, Mapping) or not {"data", "rows", "systems"} <= report.keys() or not report["systems"]:
        found = ", ".join(map(str, report)) if isinstance(report, Mapping) else type(report).__name__
        raise ValueError(
            f"{where} holds {found or 'nothing'}; expected a report with data, rows and systems, as hf-toxspan "
            "evaluate --output writes it"
        )
    systems = [*report["systems"]]
    if system is not None and system not in systems:
        raise ValueError(f"{where} has no system {system!r}; expected one of {', '.join(map(repr, systems))}")
    model = system or systems[-1]
    protocols = _of_quadruples(report) if _is_of_quadruples(report) else _of_spans(report)
    return ReadReport(
        data=name or short_name(str(report["data"])),
        rows=int(report["rows"]),
        toxic=report.get("toxic"),
        annotated=report.get("annotated"),
        model=model,
        protocols=protocols,
        faithfulness=(report.get("faithfulness") or {}).get(model),
        notes=tuple(map(str, report.get("notes") or ())),
        source=str(report["data"]),
        made_by=report.get("made_by"),
        extra={own: report[own] for own in ("agreement", "speedup") if isinstance(report.get(own), float)},
    )


def short_name(data: str) -> str:
    """Take folders out of the names of data: they tell nothing, and a card is public.

    >>> short_name("vihos:/home/me/dev.csv, hatexplain:data/dataset.json#dev, sample:dev")
    'vihos:dev.csv, hatexplain:dataset.json#dev, sample:dev'
    """
    return ", ".join(re.sub(r"^(\w+:)?.*[/\\]", lambda match: match[1] or "", part) for part in data.split(", "))


def compare(reports: Sequence[ReadReport], other: ReadReport, *, name: str, where: str) -> list[ReadReport]:
    """Put the model of another report beside that of a report on the same data.

    Args:
        reports: The reports.
        other: The other one.
        name: What to call its model.
        where: Where the other one comes from, for errors.

    Returns:
        The reports; one of them has another system in each protocol that both have.

    Raises:
        ValueError: If none is about the same data, or that one is about other texts of it.
    """
    place = next((place for place, own in enumerate(reports) if own.source == other.source), None)
    if place is None:
        known = ", ".join(own.source for own in reports) or "nothing"
        raise ValueError(f"{where} is about {other.source}, the reports about {known}; expected the same data")
    return [_beside(own, other, name, where) if at == place else own for at, own in enumerate(reports)]


def _beside(report: ReadReport, other: ReadReport, name: str, where: str) -> ReadReport:
    ours, theirs = ((own.rows, own.toxic, own.annotated) for own in (report, other))
    if ours != theirs:
        raise ValueError(
            f"{where} is about {theirs[0]} texts ({theirs[1]} toxic, {theirs[2]} annotated), {report.data} about "
            f"{ours[0]} ({ours[1]}, {ours[2]}); expected two reports on the same texts"
        )
    protocols = {
        own: protocol
        if own not in other.protocols or other.model not in other.protocols[own].systems
        else replace(protocol, systems={**protocol.systems, name: other.protocols[own].systems[other.model]})
        for own, protocol in report.protocols.items()
    }
    return replace(report, protocols=protocols)


def _is_of_quadruples(report: Mapping[str, Any]) -> bool:
    return all(isinstance(own, Mapping) and {"ccl25", "state"} & own.keys() for own in report["systems"].values())


def _of_quadruples(report: Mapping[str, Any]) -> dict[str, Protocol]:
    names = dict.fromkeys(name for own in report["systems"].values() for name in own)
    reading = (
        "hard: equal quadruples; soft: equal group and hateful, target and argument similar; average: their mean. F1 "
        "pools the quadruples of all texts."
    )
    return {
        f"quadruples_{name}": Protocol(
            f"Quadruples, rules of {name}",
            _QUADRUPLE_COLUMNS,
            reading,
            int(report["rows"]),
            {system: own[name] for system, own in report["systems"].items() if name in own},
        )
        for name in names
    }


def _of_spans(report: Mapping[str, Any]) -> dict[str, Protocol]:
    stored = report.get("protocols") or {}
    old = {
        name: Protocol(
            title, columns, "", None, {system: own[part] for system, own in report["systems"].items() if own.get(part)}
        )
        for name, (part, title, columns) in _OLD_PARTS.items()
        if name not in stored
    }
    found = {name: own for name, own in old.items() if own.systems}
    return found | {
        name: Protocol(
            str(board.get("protocol", name)),
            board.get("columns") or _columns_of(board["systems"]),
            str(board.get("reading", "")),
            board.get("texts"),
            board["systems"],
        )
        for name, board in stored.items()
        if board.get("systems")
    }


def _columns_of(systems: Mapping[str, Mapping[str, Any]]) -> dict[str, str]:
    """Return the scores of a report that does not say which ones lead."""
    first = next(iter(systems.values()))
    return {name.replace("_", " "): name for name, value in first.items() if isinstance(value, float)}


def _number(value: Any) -> float | None:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None
