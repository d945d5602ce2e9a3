"""The tables of a report that people read: scores x 100, in 80 columns."""

from collections.abc import Iterable, Mapping, Sequence
from math import isnan

from rich import box
from rich.table import Table

from hf_toxspan.evaluation.boards import Board
from hf_toxspan.evaluation.faithfulness import EVIDENCE, SHARES, Faithfulness
from hf_toxspan.evaluation.published import OTHER_RULES, SOURCES, Published
from hf_toxspan.modeling.masking import MASKINGS
from hf_toxspan.training.metrics import RowScores

SPAN_COLUMNS = {
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
    "scores 100 there: read it with char F1 and IoU. text F1: mean over texts (SemEval-2021's rule)."
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
PUBLISHED_ROW = "published, test part:"

Parts = list[Table | str]


def board_parts(board: Board, published: Sequence[Published] = ()) -> Parts:
    """Lay out one protocol.

    Args:
        board: With its systems.
        published: What others report under this protocol, for lines below.

    Returns:
        The table and how to read it.
    """
    first, *others = board.columns
    table = _table(board.title, first, "95 %\ninterval", *others, widest=30)
    for name, (scores, intervals, _) in board.systems.items():
        main, *rest = (_percent(scores[score]) for score in board.columns.values())
        low, high, _ = intervals[board.columns[first]]
        table.add_row(name, main, _interval(low, high), *rest)
    _add_published(table, published, [board.columns[first], None, *(board.columns[heading] for heading in others)])
    return [table, f"{board.texts} texts. {board.reading}", ""]


def span_parts(systems: Mapping[str, RowScores]) -> Parts:
    """Lay out the span scores, a line a system and span protocol.

    Args:
        systems: Scores by the system's name.

    Returns:
        The table and how to read it.
    """
    table = _table("Spans", "texts", *SPAN_COLUMNS)
    for name, row in systems.items():
        for protocol, scores in (("explained", row.explained), ("as shown", row.end_to_end)):
            if scores:
                table.add_row(name, protocol, *(_percent(getattr(scores, field)) for field in SPAN_COLUMNS.values()))
                name = ""
    return [table, PROTOCOLS, ""]


def faithfulness_parts(name: str, measured: Faithfulness, published: Sequence[Published] = ()) -> Parts:
    """Lay out the faithfulness of one model.

    Args:
        name: Of the model.
        measured: Its numbers.
        published: What others report.

    Returns:
        The table with the sentences around it.
    """
    looked_at = (
        f"Of {measured.predicted_toxic} texts called toxic by {name}, {measured.texts} show evidence; tokens are "
        f"{MASKINGS[measured.masking]}."
    )
    if not measured.texts:
        return ["Faithfulness", looked_at]
    table = _table("Faithfulness", "tokens\nmarked", "comp.", "suff.", "drop", "95 %\ninterval", "flipped")
    for rationale, (scores, intervals, _) in measured.rationales.items():
        low, high, _ = intervals["confidence_drop"]
        numbers = [scores[score] for score in ("marked", "comprehensiveness", "sufficiency", "confidence_drop")]
        table.add_row(rationale, *map(_percent, numbers), _interval(low, high), _percent(scores["flipped"]))
    _add_published(table, published, [None, "comprehensiveness", "sufficiency"])
    beyond = measured.beyond_random[EVIDENCE]["confidence_drop"]
    verdict = (
        f"Drop beyond random spans: {_percent(beyond.difference)} (95 % interval "
        f"{_interval(beyond.low, beyond.high)}; p = {beyond.p_value:.3f})."
    )
    return [table, looked_at, verdict, "", FAITHFULNESS, ""]


def published_parts(published: Mapping[str, Sequence[Published]], shown: Iterable[str]) -> Parts:
    """Lay out what is published by rules that are not ours, and say what to make of all published numbers.

    Args:
        published: One benchmark's numbers by board.
        shown: The boards that are in the report.

    Returns:
        Tables and sentences.
    """
    parts: Parts = []
    for protocol in published.keys() & OTHER_RULES.keys():
        names = list(published[protocol][0].scores)
        table = _table(OTHER_RULES[protocol], *names, widest=30)
        _add_published(table, published[protocol], names)
        parts += [table]
    absent = [protocol for protocol in published if protocol not in {*shown, *OTHER_RULES}]
    sources = dict.fromkeys(line.source for lines in published.values() for line in lines)
    parts += [
        "Published numbers are of the benchmark's test part and of single runs: on any other part they are about other "
        f"texts. {'; '.join(f'{source}: {SOURCES[source]}' for source in sources)}."
    ]
    if absent:
        parts += [f"Published too, in the JSON, but not measured here: {', '.join(absent)}."]
    return [*parts, ""]


def _table(title: str, *columns: str, widest: int = 24) -> Table:
    table = Table(title=title, title_justify="left", title_style="bold", box=box.SIMPLE, pad_edge=False)
    table.add_column("system", max_width=widest)
    for column in columns:
        table.add_column(column, justify="left" if column == "texts" else "right", no_wrap=True)
    return table


def _add_published(table: Table, published: Sequence[Published], columns: Sequence[str | None]) -> None:
    """Add lines below the measured ones; a column that is None, or missing in a source, stays empty."""
    if published:
        table.add_section()
        table.add_row(PUBLISHED_ROW)
    for system, source, scores in published:
        values = ["" if name is None or name not in scores else _percent(scores[name]) for name in columns]
        table.add_row(f"{system} ({source})", *values)


def _percent(value: float) -> str:
    return "-" if isnan(value) else f"{100 * value:.1f}"


def _interval(low: float, high: float) -> str:
    return f"{_percent(low)}, {_percent(high)}"
