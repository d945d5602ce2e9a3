"""A model against a data set under every protocol, beside the trivial baselines."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from rich import box
from rich.console import Group
from rich.table import Table

from hf_toxspan.evaluation import baselines
from hf_toxspan.evaluation.baselines import System
from hf_toxspan.evaluation.faithfulness import EVIDENCE, SHARES, Faithfulness, measure
from hf_toxspan.modeling.extraction import SpanExtractor
from hf_toxspan.modeling.masking import MASKINGS, find_filler
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
FAITHFULNESS = (
    "comp. (comprehensiveness): how much less probable the label becomes when the marked tokens are masked, high is "
    "faithful; suff. (sufficiency): when all others are, low is faithful. drop: fall of the toxic probability without "
    "the marked tokens, with its 95 % interval; flipped: texts that are clean then. Marking everything is perfect in "
    "both, and a text with holes unsettles any model: what counts is how far evidence gets beyond random spans of the "
    f"same number and lengths. Rankings: means over the top {', '.join(map(str, SHARES))} % of the tokens (AOPC)."
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
        baselines: The trivial systems, which faithfulness is measured of too.
        faithfulness: By the model's name, where it was asked for.
    """

    data: str
    rows: int
    toxic: int
    annotated: int
    systems: dict[str, RowScores] = field(default_factory=dict)
    baselines: Mapping[str, System] = field(default_factory=dict)
    faithfulness: dict[str, Faithfulness] = field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        """Return the scores as plain JSON values, in [0, 1] (faithfulness: [-1, 1]; left out where not measured)."""
        measured = {name: faithfulness.to_dict() for name, faithfulness in self.faithfulness.items()}
        return {
            "data": self.data,
            "rows": self.rows,
            "toxic": self.toxic,
            "annotated": self.annotated,
            "systems": {
                name: {part: scores and scores._asdict() for part, scores in row._asdict().items()}
                for name, row in self.systems.items()
            },
            **({"faithfulness": measured} if measured else {}),
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
        for name, faithfulness in self.faithfulness.items():
            parts += ["", *_faithfulness_table(name, faithfulness)]
        if "sample:" in self.data:
            parts += ["", SAMPLE_NOTE]
        return Group(*parts)


def _table(title: str, *columns: str) -> Table:
    table = Table(title=title, title_justify="left", title_style="bold", box=box.SIMPLE, pad_edge=False)
    table.add_column("system", max_width=24)
    for column in columns:
        table.add_column(column, justify="left" if column == "texts" else "right", no_wrap=True)
    return table


def _faithfulness_table(name: str, measured: Faithfulness) -> list[Table | str]:
    """Return the table of one model with the sentences around it."""
    looked_at = (
        f"Of {measured.predicted_toxic} texts called toxic by {name}, {measured.texts} show evidence; tokens are "
        f"{MASKINGS[measured.masking]}."
    )
    if not measured.texts:
        return ["Faithfulness", looked_at]
    table = _table("Faithfulness", "tokens\nmarked", "comp.", "suff.", "drop", "95 %\ninterval", "flipped")
    for rationale, (scores, intervals) in measured.rationales.items():
        low, high, _ = intervals["confidence_drop"]
        numbers = [scores[score] for score in ("marked", "comprehensiveness", "sufficiency", "confidence_drop")]
        table.add_row(
            rationale, *map(_percent, numbers), f"{_percent(low)}, {_percent(high)}", _percent(scores["flipped"])
        )
    beyond = measured.beyond_random[EVIDENCE]["confidence_drop"]
    verdict = (
        f"Drop beyond random spans: {_percent(beyond.difference)} (95 % interval {_percent(beyond.low)}, "
        f"{_percent(beyond.high)}; p = {beyond.p_value:.3f})."
    )
    return [table, looked_at, verdict, "", FAITHFULNESS]


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
    systems: dict[str, System] = {"mark everything": baselines.everything, "mark nothing": baselines.nothing}
    if lexicon is not None:
        systems[f"lexicon ({len(lexicon)} terms)"] = baselines.lexicon(lexicon)
    toxic, annotated = sum(row["toxic"] for row in rows), sum(row["spans"] is not None for row in rows)
    report = Report(data, len(rows), toxic, annotated, baselines=systems)
    texts = [row["text"] for row in rows]
    for name, system in systems.items():
        report.systems[name] = score_rows(baselines.explain(system, texts), rows)
    return report


def add_model(
    report: Report,
    name: str,
    extractor: SpanExtractor,
    rows: Sequence[Mapping[str, Any]],
    *,
    batch_size: int = 32,
    masking: str | None = None,
) -> RowScores:
    """Score a model on the report's rows and add it.

    Args:
        report: The report.
        name: Name of the model's lines.
        extractor: Model and tokenizer.
        rows: The rows that the report was started with.
        batch_size: Windows of a forward pass.
        masking: Measure faithfulness too, with this one of `hf_toxspan.modeling.masking.MASKINGS`.

    Returns:
        The model's scores.

    Raises:
        ValueError: If the model can't be masked so.
    """
    if masking is not None:
        find_filler(extractor, masking)  # an error now, not after minutes of work
    explanations = predict(extractor, rows, batch_size=batch_size, progress=True)
    report.systems[name] = score_rows(explanations, rows)
    if masking is not None:
        report.faithfulness[name] = measure(
            extractor,
            [row["text"] for row in rows],
            explanations,
            baselines=report.baselines,
            masking=masking,
            batch_size=batch_size,
            progress=True,
        )
    return report.systems[name]


def _percent(value: float) -> str:
    return f"{100 * value:.1f}"
