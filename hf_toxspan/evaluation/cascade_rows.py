"""Development rows that backbone and judge have both answered, as ``hf-toxspan judge --region all`` writes them.

A text of which the judge gave no opinion keeps the backbone's answer; it was asked about all the same.
"""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from hf_toxspan.core.class_scores import tally_classes
from hf_toxspan.core.routing import SUM_TOLERANCE, Region
from hf_toxspan.core.span_scores import tally_spans
from hf_toxspan.core.spans import Span, check
from hf_toxspan.core.tallies import Sums, Tally, Values
from hf_toxspan.core.verdicts import Labels, MergeRules, Verdict, merge_verdicts
from hf_toxspan.judging.desk import JUDGED

Row = Mapping[str, Any]

_COLUMNS = {
    "backbone": ("label", "toxicity", "probabilities", "spans"),
    "judge": ("status", "toxic", "label", "toxicity", "probabilities", "spans"),
}


class JudgedRow(NamedTuple):
    """What a cascade said of a text, and what is right.

    Attributes:
        where: File and line of what it said.
        said: With ``label``, ``toxic``, ``spans``, ``backbone`` and ``judge``.
        gold: With ``label``, ``toxic`` and ``spans``.
    """

    where: str
    said: Row
    gold: Row


@dataclass(frozen=True)
class Cases:
    """Texts with the answers of three systems.

    Attributes:
        gold: The rows with what is right.
        names: The backbone's labels.
        labels: Those that it is known of whether they are toxic: all that decide an answer.
        backbone: Its answers.
        merged: What comes out where the judge is asked.
        judge: The judge's answers, with the backbone's where it gave none.
        statuses: How the questions went, counted.
    """

    gold: Sequence[Row]
    names: Sequence[str]
    labels: Labels
    backbone: Sequence[Verdict]
    merged: Sequence[Verdict]
    judge: Sequence[Verdict]
    statuses: Counter[str]

    @property
    def same_labels(self) -> bool:
        """Say whether the data use the backbone's labels."""
        return all(row["label"] in self.names for row in self.gold)

    @property
    def multi_label(self) -> bool:
        """Say whether the backbone's probabilities are of independent labels."""
        return any(abs(sum(own.probabilities.values()) - 1) > SUM_TOLERANCE for own in self.backbone)


def read_cases(rows: Sequence[JudgedRow], rules: MergeRules | None = None) -> Cases:
    """Read what a cascade wrote.

    Args:
        rows: The rows.
        rules: How to merge the two answers anew; as they were merged when None.

    Returns:
        The answers.

    Raises:
        ValueError: If a text was not judged, a row lacks a part, or it can't be known which labels are toxic.
    """
    names, labels = _labels(rows, needed=rules is not None)
    backbone = [_backbone(row, labels) for row in rows]
    opinions = [_opinion(row) for row in rows]
    merged = [
        own if opinion is None else _out(row, own, opinion, labels, rules)
        for row, own, opinion in zip(rows, backbone, opinions, strict=True)
    ]
    judge = [opinion or own for opinion, own in zip(opinions, backbone, strict=True)]
    statuses = Counter(str(row.said["judge"]["status"]) for row in rows)
    return Cases([row.gold for row in rows], names, labels, backbone, merged, judge, statuses)


def tally_cases(cases: Cases, *, toxic_or_not: bool) -> tuple[Tally, Tally, Tally | None]:
    """Count what the scores of the three systems are made of.

    The scores are ``accuracy`` and ``macro_f1`` over classes and, where a row has gold spans, ``char_f1``: of the
    characters of all annotated texts together, with no span where a text is called clean.

    Args:
        cases: The answers.
        toxic_or_not: The classes are toxic and clean, not the labels.

    Returns:
        Backbone, merged answers and the judge alone, with the same columns; None for a judge that does not name the
        labels that are asked for.
    """
    systems = [cases.backbone, cases.merged, cases.judge]
    if None in (_class(own, cases.labels, toxic_or_not) for own in cases.judge):
        systems.pop()
    answers = [own for system in systems for own in system]
    gold = list(cases.gold) * len(systems)
    tally = tally_classes(
        [_class(own, cases.labels, toxic_or_not) for own in answers],
        [row["toxic"] if toxic_or_not else row["label"] for row in gold],
    )
    if any(row["spans"] for row in cases.gold):
        tally = _with_spans(tally, answers, gold)
    backbone, merged, *judge = _split(tally, len(systems))
    return backbone, merged, judge[0] if judge else None


def _labels(rows: Sequence[JudgedRow], *, needed: bool) -> tuple[list[str], Labels]:
    """Return the backbone's labels, and which are toxic: rows say it of the labels that they end up with.

    With `needed` this must be known of all of them, else of those that the backbone gave a text.
    """
    parts = [_part(row, "backbone") for row in rows]
    names = list(parts[0]["probabilities"])
    known: dict[str, bool] = {}
    for row, own in zip(rows, parts, strict=True):
        if list(own["probabilities"]) != names:
            raise ValueError(f"{row.where}: probabilities of {list(own['probabilities'])}; expected {names}, as above")
        for label, toxic in ((source["label"], source["toxic"]) for source in (row.gold, row.said)):
            if label in names and known.setdefault(label, toxic) != toxic:
                raise ValueError(f"{row.where}: the label {label!r} is toxic={toxic}, elsewhere it is {known[label]}")
    unknown = sorted({*(own["label"] for own in parts), *(names if needed else ())} - known.keys())
    if unknown:
        raise ValueError(
            f"no row ends up with the labels {unknown}, so nothing says whether they are toxic; expected rows with all "
            f"of {names}"
        )
    return names, {name: known[name] for name in names if name in known}


def _part(row: JudgedRow, name: str) -> Mapping[str, Any]:
    """Return the backbone's or the judge's part of a row, after saying what it lacks."""
    _need(row, "the row", row.said, ("label", "toxic", "spans", *_COLUMNS))
    if row.said["judge"] is None:
        raise ValueError(f"{row.where}: this text was not judged; run hf-toxspan judge --region all on all texts")
    part: Mapping[str, Any] = row.said[name]
    _need(row, name, part, _COLUMNS[name])
    return part


def _need(row: JudgedRow, what: str, found: Any, columns: Collection[str]) -> None:
    missing = [column for column in columns if not isinstance(found, Mapping) or column not in found]
    if missing:
        raise ValueError(f"{row.where}: {what} has no {', '.join(missing)}; expected a row that hf-toxspan judge wrote")


def _backbone(row: JudgedRow, labels: Labels) -> Verdict:
    own = _part(row, "backbone")
    try:
        toxicity = Region(measure="toxicity").value(own["probabilities"], own["toxicity"])
    except (ValueError, TypeError) as error:
        raise ValueError(f"{row.where}: {error}") from None
    return Verdict(labels[own["label"]], own["label"], toxicity, own["probabilities"], _spans(row, own["spans"]))


def _opinion(row: JudgedRow) -> Verdict | None:
    own = _part(row, "judge")
    if own["status"] != JUDGED:
        return None
    if not isinstance(own["toxic"], bool):
        raise ValueError(f"{row.where}: the judge's toxic is {own['toxic']!r:.80}; expected true or false")
    return Verdict(own["toxic"], own["label"], own["toxicity"], own["probabilities"], _spans(row, own["spans"]))


def _out(row: JudgedRow, own: Verdict, opinion: Verdict, labels: Labels, rules: MergeRules | None) -> Verdict:
    if rules is None:
        for span in row.said["spans"]:
            _need(row, "a span", span, ("start", "end"))
        pairs = [(span["start"], span["end"]) for span in row.said["spans"]]
        return Verdict(row.said["toxic"], row.said["label"], spans=_spans(row, pairs))
    merged = merge_verdicts(own, opinion, labels, rules)
    return Verdict(merged.toxic, merged.label, spans=tuple(span for span, _ in merged.spans))


def _spans(row: JudgedRow, pairs: Sequence[Sequence[int]]) -> tuple[Span, ...]:
    try:
        return tuple(check(pairs, length=len(row.gold["text"])))
    except ValueError as error:
        raise ValueError(f"{row.where}: {error}") from None


def _class(verdict: Verdict, labels: Labels, toxic_or_not: bool) -> str | bool | None:
    """Return what is right or wrong about an answer: a label, where several fit None."""
    if toxic_or_not:
        return verdict.toxic
    if verdict.label in labels:
        return verdict.label
    fitting = [name for name, toxic in labels.items() if toxic == verdict.toxic]
    return fitting[0] if len(fitting) == 1 else None


def _with_spans(tally: Tally, answers: Sequence[Verdict], gold: Sequence[Row]) -> Tally:
    shown = [
        own.spans if own.toxic and row["spans"] is not None else () for own, row in zip(answers, gold, strict=True)
    ]
    spans = tally_spans(shown, [row["spans"] or () for row in gold])

    def combine(sums: Sums) -> dict[str, Values]:
        return {**tally.combine(sums), "char_f1": spans.combine(sums)["char_f1"]}

    return Tally({**spans.columns, **tally.columns}, combine)


def _split(tally: Tally, parts: int) -> list[Tally]:
    columns = {name: np.split(np.asarray(column), parts) for name, column in tally.columns.items()}
    return [Tally({name: own[place] for name, own in columns.items()}, tally.combine) for place in range(parts)]
