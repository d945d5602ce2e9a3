"""A model against a data set under every protocol, beside the trivial baselines."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from rich.table import Table

from hf_toxspan.evaluation import baselines
from hf_toxspan.modeling.extraction import SpanExtractor
from hf_toxspan.training.metrics import RowScores, predict, score_rows

SPAN_COLUMNS = (
    "overlap_precision",
    "overlap_recall",
    "overlap_f1",
    "char_precision",
    "char_recall",
    "char_f1",
    "char_iou",
    "text_char_f1",
)


@dataclass
class Report:
    """Scores of several systems on the same rows.

    Attributes:
        data: Name of the data set.
        rows: Rows scored.
        toxic: Toxic ones among them.
        annotated: Rows with span labels.
        systems: Scores by the system's name, in the order they were added.
    """

    data: str
    rows: int
    toxic: int
    annotated: int
    systems: dict[str, RowScores] = field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        """Return everything as plain JSON values; scores in [0, 1]."""
        return {
            "data": self.data,
            "rows": self.rows,
            "toxic": self.toxic,
            "annotated": self.annotated,
            "systems": {
                name: {part: scores and scores._asdict() for part, scores in row._asdict().items()}
                for name, row in self.systems.items()
            },
        }

    def to_table(self) -> Table:
        """Return the table that people read: scores x 100, one line a system and span protocol."""
        table = Table(
            title=f"{self.data}: {self.rows} texts, {self.toxic} toxic, {self.annotated} with span labels",
            caption='"explained": toxic annotated texts, all explained; "end to end": all annotated texts, none shown '
            "where the label is clean. Overlap counts spans that touch, so marking everything scores 100 there: "
            "read it with char F1 and IoU.",
        )
        for column in ("system", "macro-F1", "accuracy", "spans", *(name.replace("_", " ") for name in SPAN_COLUMNS)):
            table.add_column(column, justify="left" if column in {"system", "spans"} else "right")
        for name, row in self.systems.items():
            classes = [_percent(row.classes.macro_f1), _percent(row.classes.accuracy)]
            protocols = [("explained", row.explained), ("end to end", row.end_to_end)]
            for protocol, scores in [pair for pair in protocols if pair[1] is not None] or [("", None)]:
                values = [_percent(getattr(scores, column)) for column in SPAN_COLUMNS] if scores else []
                table.add_row(name, *classes, protocol, *values)
                name, classes = "", ["", ""]
        return table


def start_report(rows: Sequence[Mapping[str, Any]], *, data: str, lexicon: Collection[str] | None = None) -> Report:
    """Score the trivial systems on rows.

    Args:
        rows: Rows with ``text``, ``toxic`` and ``spans``.
        data: Name of the data set, for the heading.
        lexicon: Terms of the lexicon baseline; left out when None.

    Returns:
        A report to which models can be added.

    Raises:
        ValueError: If there are no rows.
    """
    if not len(rows):
        raise ValueError(f"{data} has no rows; expected at least one text to score")
    report = Report(data, len(rows), sum(row["toxic"] for row in rows), sum(row["spans"] is not None for row in rows))
    systems = {"mark everything": baselines.everything, "mark nothing": baselines.nothing}
    if lexicon is not None:
        systems[f"lexicon ({len(lexicon)} terms)"] = baselines.lexicon(lexicon)
    texts = [row["text"] for row in rows]
    for name, system in systems.items():
        report.systems[name] = score_rows(baselines.explain(system, texts), rows)
    return report


def add_model(
    report: Report, name: str, extractor: SpanExtractor, rows: Sequence[Mapping[str, Any]], *, batch_size: int = 32
) -> RowScores:
    """Score a model on the report's rows and add it.

    Args:
        report: The report.
        name: Name of the model's lines.
        extractor: Model and tokenizer.
        rows: The rows that the report was started with.
        batch_size: Windows of a forward pass.

    Returns:
        The model's scores.
    """
    report.systems[name] = score_rows(predict(extractor, rows, batch_size=batch_size, progress=True), rows)
    return report.systems[name]


def _percent(value: float) -> str:
    return f"{100 * value:.1f}"
