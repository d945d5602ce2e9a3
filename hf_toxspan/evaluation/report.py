"""A model against a data set under every protocol, beside the trivial baselines and what others published."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from rich.console import Group

from hf_toxspan._version import __version__
from hf_toxspan.evaluation import baselines, protocols, tables
from hf_toxspan.evaluation.baselines import System
from hf_toxspan.evaluation.boards import Board
from hf_toxspan.evaluation.faithfulness import Faithfulness, measure
from hf_toxspan.evaluation.plausibility import ORACLE, Tokens, ceilings, plausibility_boards, word_tokens
from hf_toxspan.evaluation.protocols import Rows
from hf_toxspan.evaluation.published import PUBLISHED, Published
from hf_toxspan.modeling.extraction import Explanation, SpanExtractor
from hf_toxspan.modeling.masking import find_filler
from hf_toxspan.modeling.windows import text_tokens
from hf_toxspan.training.metrics import RowScores, predict, score_rows

CLASSES, LABELS, TOP, POOLED = "toxic_or_not", "labels", "plausibility_top5", "plausibility_pooled"
SPANS = ("spans_explained", "spans_as_shown")
"""Boards of what the first table shows of each system, with intervals; for `to_dict` alone."""


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
        boards: Protocols that the rows allow, by name, each with its systems.
        benchmark: A key of `PUBLISHED`, or None.
        notes: What could not be measured, and why.
    """

    data: str
    rows: int
    toxic: int
    annotated: int
    systems: dict[str, RowScores] = field(default_factory=dict)
    baselines: Mapping[str, System] = field(default_factory=dict)
    faithfulness: dict[str, Faithfulness] = field(default_factory=dict)
    boards: dict[str, Board] = field(default_factory=dict)
    benchmark: str | None = None
    notes: list[str] = field(default_factory=list)

    @property
    def published(self) -> Mapping[str, Sequence[Published]]:
        """Return what others report on the benchmark, by board; nothing without one."""
        return PUBLISHED[self.benchmark] if self.benchmark else {}

    def to_dict(self) -> dict[str, Any]:
        """Return the scores as plain JSON values, in [0, 1] (faithfulness: [-1, 1]; left out where not measured)."""
        measured = {name: faithfulness.to_dict() for name, faithfulness in self.faithfulness.items()}
        published = {name: [line._asdict() for line in lines] for name, lines in self.published.items()}
        return {
            "made_by": f"hf_toxspan {__version__}",
            "data": self.data,
            "rows": self.rows,
            "toxic": self.toxic,
            "annotated": self.annotated,
            "systems": {
                name: {part: scores and scores._asdict() for part, scores in row._asdict().items()}
                for name, row in self.systems.items()
            },
            "protocols": {name: board.to_dict() for name, board in self.boards.items()},
            **({"faithfulness": measured} if measured else {}),
            **({"published": {"benchmark": self.benchmark, "part": "test", **published}} if published else {}),
            "notes": self.notes,
        }

    def to_tables(self) -> Group:
        """Return the tables that people read, in 80 columns: scores x 100, a line a system."""
        heading = f"{self.data}: {self.rows} texts, {self.toxic} toxic, {self.annotated} with span labels"
        parts: tables.Parts = [heading, ""]
        classes = [name for name in (CLASSES, LABELS) if name in self.boards]
        parts += self._board_parts(classes)
        if self.annotated:
            parts += tables.span_parts(self.systems)
        others = sorted(
            (name for name in self.boards if name not in (*classes, *SPANS)),
            key=lambda name: not name.startswith("plausibility"),
        )
        parts += self._board_parts(others)
        for name, faithfulness in self.faithfulness.items():
            parts += tables.faithfulness_parts(name, faithfulness, self.published.get("faithfulness", ()))
        if self.published:
            shown = [*self.boards, *(["faithfulness"] if self.faithfulness else [])]
            parts += tables.published_parts(self.published, shown)
        return Group(*parts, *self.notes, *([tables.SAMPLE_NOTE] if "sample:" in self.data else []))

    def _board_parts(self, names: Sequence[str]) -> tables.Parts:
        return [part for name in names for part in tables.board_parts(self.boards[name], self.published.get(name, ()))]


def start_report(
    rows: Rows, *, data: str, lexicon: Collection[str] | None = None, benchmark: str | None = None
) -> Report:
    """Score the trivial systems on rows, under every protocol that the rows' columns allow.

    | rows | protocols |
    |---|---|
    | any | classes, toxic or not; with more than two labels that are the model's, these too |
    | with ``spans`` | spans |
    | with ``tokens``, the words that joined by blanks are the text | plausibility (``annotator_spans`` add a ceiling) |
    | with ``target_groups`` | bias |
    | of the benchmark ViHOS | its character scores |

    Args:
        rows: Rows with ``text``, ``toxic`` and ``spans``.
        data: Name of the data set, for the heading.
        lexicon: Terms of the lexicon baseline; left out when None.
        benchmark: A key of `PUBLISHED`: the rows are a part of it, so its numbers stand beside.

    Returns:
        A report to which models can be added.

    Raises:
        ValueError: If there are no rows, or the benchmark is unknown.
    """
    if not len(rows):
        raise ValueError(f"{data} has no rows; expected at least one text to score")
    if benchmark is not None and benchmark not in PUBLISHED:
        raise ValueError(f"benchmark is {benchmark!r}; expected one of {', '.join(PUBLISHED)}, or None")
    systems: dict[str, System] = {"mark everything": baselines.everything, "mark nothing": baselines.nothing}
    if lexicon is not None:
        systems[f"lexicon ({len(lexicon)} terms)"] = baselines.lexicon(lexicon)
    toxic, annotated = sum(row["toxic"] for row in rows), sum(row["spans"] is not None for row in rows)
    report = Report(data, len(rows), toxic, annotated, baselines=systems, benchmark=benchmark)
    trivial = _trivial(report, rows)
    report.systems = {name: score_rows(explanations, rows) for name, explanations in trivial.items()}
    report.boards = _boards(rows, benchmark)
    for board in report.boards.values():
        for name, explanations in trivial.items():
            board.add(name, explanations)
    words = word_tokens(rows)
    if words is not None and _has_rationales(rows):
        _add_plausibility(report, rows, words, whose="words")
    elif words is None and any(row.get("tokens") for row in rows):
        report.notes.append("The rows' tokens, joined by blanks, are not all their texts: no words for plausibility.")
    return report


def add_model(
    report: Report,
    name: str,
    extractor: SpanExtractor,
    rows: Rows,
    *,
    batch_size: int = 32,
    masking: str | None = None,
    plausibility: bool = False,
) -> RowScores:
    """Score a model on the report's rows and add it.

    Args:
        report: The report.
        name: Name of the model's lines.
        extractor: Model and tokenizer.
        rows: The rows that the report was started with.
        batch_size: Windows of a forward pass.
        masking: Measure faithfulness too, with this one of `hf_toxspan.modeling.masking.MASKINGS`.
        plausibility: Where the rows bring no words, count this model's tokens; models added later are measured on them
            too.

    Returns:
        The model's scores.

    Raises:
        ValueError: If the model can't be masked so, or plausibility is asked for without evidence to compare with.
    """
    if masking is not None:
        find_filler(extractor, masking)  # an error now, not after minutes of work
    texts = [row["text"] for row in rows]
    if plausibility and TOP not in report.boards:
        if not _has_rationales(rows):
            raise ValueError(f"{report.data}: no toxic text has spans; plausibility needs at least one. Leave it out.")
        own = text_tokens(extractor.windows(texts), len(texts))
        _add_plausibility(report, rows, own, whose=f"tokens of {name}")
    explanations = predict(extractor, rows, batch_size=batch_size, progress=True, explain_clean=POOLED in report.boards)
    report.systems[name] = score_rows(explanations, rows)
    for protocol, board in report.boards.items():
        if protocol != LABELS:  # which speaks of the model's own label names
            board.add(name, explanations)
    _add_labels(report, name, extractor, explanations, rows)
    if masking is not None:
        report.faithfulness[name] = measure(
            extractor,
            texts,
            explanations,
            baselines=report.baselines,
            masking=masking,
            batch_size=batch_size,
            progress=True,
        )
    return report.systems[name]


def _trivial(report: Report, rows: Rows) -> dict[str, list[Explanation]]:
    texts = [row["text"] for row in rows]
    return {name: baselines.explain(system, texts) for name, system in report.baselines.items()}


def _boards(rows: Rows, benchmark: str | None) -> dict[str, Board]:
    """Return the boards that need no tokens and no label names, as far as the rows allow."""
    found = {
        CLASSES: protocols.toxic_or_not(rows),
        SPANS[0]: protocols.spans_explained(rows),
        SPANS[1]: protocols.spans_as_shown(rows),
        "bias": protocols.bias(rows),
    }
    if benchmark == "vihos":
        found |= {"vihos_vihatet5": protocols.vihos(rows, "vihatet5"), "vihos_rated": protocols.vihos(rows, "rated")}
    return {name: board for name, board in found.items() if board is not None}


def _has_rationales(rows: Rows) -> bool:
    return any(row["toxic"] and row["spans"] is not None for row in rows)


def _add_plausibility(report: Report, rows: Rows, tokens: Tokens, *, whose: str) -> None:
    """Add the boards of plausibility with the trivial systems and what people reach."""
    boards, known = plausibility_boards(rows, tokens, whose=whose), _trivial(report, rows) | ceilings(rows)
    for protocol, board in boards.items():
        for name, explanations in known.items():
            if name != ORACLE or protocol == TOP:  # on runs the oracle is gold itself
                board.add(name, explanations)
    report.boards |= boards


def _add_labels(
    report: Report, name: str, extractor: SpanExtractor, explanations: Sequence[Explanation], rows: Rows
) -> None:
    """Score a model on the data's own labels, if they are more than two and the model's."""
    labels, own = sorted({row.get("label") or "" for row in rows}), list(extractor.labels.names)
    if len(labels) < 3:
        return
    if extractor.labels.multi_label or sorted(own) != labels:
        alone = ", each by itself" if extractor.labels.multi_label else ""
        report.notes.append(
            f"{name} tells {_listed(own)} apart{alone}, the data {_listed(labels)}: its labels are read as toxic or "
            "not alone."
        )
        return
    if LABELS not in report.boards:
        report.boards[LABELS] = protocols.all_labels(rows, labels)
    order = [own.index(label) for label in labels]
    report.boards[LABELS].add(
        name, [replace(one, probabilities=tuple(one.probabilities[place] for place in order)) for one in explanations]
    )


def _listed(names: Sequence[str]) -> str:
    return ", ".join([*names[:5], *(["..."] if len(names) > 5 else [])])
