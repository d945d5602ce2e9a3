"""A study of votes as people read it: tables in 80 columns, Markdown, rows for a file, and what it means in words."""

from collections.abc import Iterator, Sequence
from typing import Any

from rich import box
from rich.console import Group
from rich.table import Table

from hf_toxspan.core.resampling import Difference
from hf_toxspan.core.trade_off import Estimate
from hf_toxspan.evaluation.vote_study import PAPER_HARD, Line, VoteStudy

DECIDED = ("tau", "beta", "esc", "certified", "stratified", "settled")
"""Ends of a vote that needed no more votes."""

NEARLY_SAME = 0.99
"""Share of equal answers from which the verdict calls a rule as good as the largest tau."""


def to_tables(study: VoteStudy) -> Group:
    """Lay out a study.

    Args:
        study: The study.

    Returns:
        A heading, the scores, the costs, and how to read them.
    """
    scores = _table("F1 x 100, rules of ccl25", _SCORES)
    beside = _table(f"Beside tau {study.reference}", _BESIDE)
    for before, line in zip([study.lines[0], *study.lines], study.lines, strict=False):
        if line.kind != before.kind:
            scores.add_section()
            beside.add_section()
        scores.add_row(line.name, *_scored(line))
        beside.add_row(line.name, *_compared(line, study))
    return Group(heading(study), "", scores, beside, reading(study), "", *verdict(study))


def to_markdown(study: VoteStudy) -> str:
    """Write a study as Markdown: one table with all columns, and how to read it.

    Args:
        study: The study.

    Returns:
        The text, ending in a line break.
    """
    columns = [name.replace("\n", " ") for name in ("vote", *_SCORES, *_BESIDE)]
    lines = [columns, ["---", *["---:"] * (len(columns) - 1)]]
    lines += [[line.name, *_scored(line), *_compared(line, study)] for line in study.lines]
    table = "\n".join(f"| {' | '.join(cells)} |" for cells in lines)
    return "\n\n".join([heading(study), table, reading(study), *verdict(study)]) + "\n"


def to_rows(study: VoteStudy) -> list[dict[str, Any]]:
    """Return a row a line for a file, scores and shares in [0, 1].

    Args:
        study: The study.

    Returns:
        The rows, all with the same columns.
    """
    ends = sorted({name for line in study.lines for name in line.stopped})
    return [
        {
            "vote": line.name,
            "kind": line.kind,
            "tau": line.tau,
            **{f"{name}{end}": value for name, own in line.scores.items() for end, value in _ends(own)},
            "over_reference": line.over_reference.difference,
            "over_reference_low": line.over_reference.low,
            "over_reference_high": line.over_reference.high,
            "p_value": line.over_reference.p_value,
            "paper_hard_f1": PAPER_HARD.get(line.tau or 0),
            "generations": line.generations,
            "relative_generations": line.relative,
            "relative_written": line.written,
            "same_answers": line.same,
            **{f"stopped_by_{name}": line.stopped.get(name, 0) for name in ends},
        }
        for line in study.lines
    ]


def heading(study: VoteStudy) -> str:
    """Say what was studied.

    Args:
        study: The study.

    Returns:
        A sentence.
    """
    equal = {"raw": "equal strings count as one answer", "canonical": "equal statements count as one answer"}
    return (
        f"{study.texts} texts, {study.prompts} prompts each, {study.rounds} rounds recorded; {equal[study.votes]}, "
        "the lines of elements aside."
    )


def reading(study: VoteStudy) -> str:
    """Say how to read the tables.

    Args:
        study: The study.

    Returns:
        A paragraph.
    """
    largest = f"tau {study.reference}"
    return (
        "tau N: SRAG-MAV's rule, N equal answers; tau 1 is the majority of one round. "
        f"{largest}, settled: the same, ended when the winner can't change any more. elements: statements that half of "
        "the answers make. Paper: SRAG-MAV's hard F1 for its model and test split, but for tau 200 read off a plot. "
        f"Beside {largest}: answers drawn, and as a share of its own; written: the different answers of each prompt, "
        "which is what a local model writes; texts with the same statements; votes that their "
        "rule decided before the recording ended (certified draws prompts by lot, so for it the first prompt's "
        f"recording ends it); average F1 minus that of {largest}. Intervals of 95 %: bootstrap over texts, paired for "
        "differences."
    )


def verdict(study: VoteStudy) -> Iterator[str]:
    """Say what the numbers allow to say, and no more.

    Args:
        study: The study.

    Yields:
        Sentences.
    """
    reference = next(line for line in study.lines if line.tau == study.reference)
    short = 1 - _decided(reference)
    if short > 0:
        yield (
            f"{_percent(short)} % of the votes with tau {study.reference} end with the recording, not by their rule: "
            "record more rounds to see its whole cost."
        )
    less = next(line for line in study.lines if line.name == "one draw").over_reference
    gain = Estimate(-less.difference, -less.high, -less.low)
    if gain.low > 0:
        yield f"Voting with tau {study.reference} adds {_gain(gain)} to one draw."
    else:
        yield f"These texts don't show that voting adds anything: {_gain(gain)} of tau {study.reference} over one draw."
    good = [line for line in study.lines if line.kind == "sequential" and line.same >= NEARLY_SAME]
    if good:
        best = min(good, key=lambda line: line.generations)
        yield (
            f"Of the rules with the same answers on at least {100 * NEARLY_SAME:.0f} % of the texts, {best.name} takes "
            f"fewest generations: {_percent(best.relative)} % of those of tau {study.reference}."
        )


_SCORES = ("hard", "95 %\ninterval", "soft", "95 %\ninterval", "average", "95 %\ninterval", "paper\nhard")
_BESIDE = ("drawn\na text", "share", "written", "same\nanswers", "decided", "average F1\nover it")


def _table(title: str, columns: Sequence[str]) -> Table:
    table = Table(title=title, title_justify="left", title_style="bold", box=box.SIMPLE, pad_edge=False, padding=0)
    table.add_column("vote", no_wrap=True)
    for column in columns:
        table.add_column(column, justify="right", no_wrap=True)
    return table


def _scored(line: Line) -> list[str]:
    cells = [cell for own in line.scores.values() for cell in (_percent(own.value), _interval(own))]
    paper = PAPER_HARD.get(line.tau or 0)
    return [*cells, "" if paper is None else f"{100 * paper:.2f}"]


def _compared(line: Line, study: VoteStudy) -> list[str]:
    return [
        f"{line.generations:.1f}",
        _percent(line.relative),
        _percent(line.written),
        _percent(line.same),
        _percent(_decided(line)) if line.kind in ("tau", "sequential") else "",
        "" if line.tau == study.reference else _gain(line.over_reference),
    ]


def _decided(line: Line) -> float:
    return sum(line.stopped.get(name, 0) for name in DECIDED) / max(sum(line.stopped.values()), 1)


def _interval(estimate: Estimate) -> str:
    return f"{_percent(estimate.low)}-{_percent(estimate.high)}"


def _ends(estimate: Estimate) -> list[tuple[str, float]]:
    return list(zip(("", "_low", "_high"), estimate, strict=True))


def _gain(gain: Estimate | Difference) -> str:
    return f"{100 * gain[0]:+.1f} ({100 * gain.low:+.1f},{100 * gain.high:+.1f})"


def _percent(value: float) -> str:
    return f"{100 * value:.1f}"
