"""A model against a data set under every protocol, beside the trivial baselines."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from rich import box
from rich.console import Group
from rich.table import Table

from hf_toxspan.evaluation import baselines
from hf_toxspan.modeling.extraction import SpanExtractor
from hf_toxspan.training.metrics import RowScores, predict, score_rows

COLUMNS = {
    "overlap\nF1": "overlap_f1",
    "char\nprec.": "char_precision",
    "char\nrec.": "char_recall",
    "char\nF1": "char_f1",
    "char\nIoU": "char_iou",
    "text\nF1": "text_char_f1",
}
"""Span scores of the table by their heading; `Report.to_dict` holds all of them."""

PROTOCOLS = (
    '"explained": the toxic annotated texts, each explained whatever its predicted label. "as shown": all annotated '
    "texts, with no span where the predicted label is clean. Overlap counts spans that touch, so marking everything "
    "scores 100 there: read it with char F1 and IoU."
)
SAMPLE_NOTE = (
    "The spans of the packaged sample were written by a word list, so a lexicon wins by construction, and the packaged "
    "model has seen its texts: these numbers show that the parts work, not how well."
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

    def to_tables(self) -> Group:
        """Return the tables that people read, in 80 columns: scores x 100, a line a system and span protocol."""
        classes = _table("Classes: toxic or not", "macro-F1", "accuracy")
        spans = _table("Spans", "texts", *COLUMNS)
        for name, row in self.systems.items():
            classes.add_row(name, _percent(row.classes.macro_f1), _percent(row.classes.accuracy))
            for protocol, scores in (("explained", row.explained), ("as shown", row.end_to_end)):
                if scores:
                    spans.add_row(name, protocol, *(_percent(getattr(scores, field)) for field in COLUMNS.values()))
                    name = ""
        heading = f"{self.data}: {self.rows} texts, {self.toxic} toxic, {self.annotated} with span labels"
        parts: list[Table | str] = [heading, "", classes]
        if self.annotated:
            parts += [spans, PROTOCOLS]
        if "sample:" in self.data:
            parts += ["", SAMPLE_NOTE]
        return Group(*parts)


def _table(title: str, *columns: str) -> Table:
    table = Table(title=title, title_justify="left", title_style="bold", box=box.SIMPLE, pad_edge=False)
    table.add_column("system", max_width=24)
    for column in columns:
        table.add_column(column, justify="left" if column == "texts" else "right", no_wrap=True)
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
