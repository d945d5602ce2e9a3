"""Systems that each add a part to the one before: what every part brings, with intervals, beside the paper's rows.

SRAG-MAV's own table has four such systems: the language model that writes quadruples, triples in their place (+TR),
demonstrations (+SRAG), votes (+MAV). The paper prints numbers without intervals; here each system is compared with the
one before on the same texts, by a paired test.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from rich import box
from rich.console import Group
from rich.table import Table

from hf_toxspan.core.quadruple_scores import tally_quadruples
from hf_toxspan.core.quadruples import END, HATE, NON_HATE, NULL
from hf_toxspan.core.resampling import Difference, Interval, compare, intervals
from hf_toxspan.core.tallies import Tally, scores

SCORES = ("hard_f1", "soft_f1", "average_f1")

PAPER = {
    "base": (23.70, 47.03, 35.365),
    "+TR": (24.33, 47.35, 35.840),
    "+SRAG": (25.30, 47.85, 36.575),
    "+MAV": (26.66, 48.35, 37.505),
}
"""Hard, soft and average F1 x 100 of Qwen2.5-7B-Instruct on STATE-ToxiCN, as SRAG-MAV prints them."""


class Step(NamedTuple):
    """A system.

    Attributes:
        name: Its name.
        scores: Hard, soft and average F1, in [0, 1], by CCL25's rules.
        intervals: Their bootstrap intervals.
        gain: Over the system before, by score; None for the first one.
        undecided: Texts it has no answer to, which count as answered with nothing.
    """

    name: str
    scores: dict[str, float]
    intervals: dict[str, Interval]
    gain: dict[str, Difference] | None
    undecided: int


@dataclass(frozen=True)
class Ablation:
    """Systems in the order in which each adds something to the one before.

    Attributes:
        data: Name of the data set.
        texts: How many.
        steps: The systems.
        seed: Of the resampling.
        n_resamples: Bootstrap samples, and swaps of the paired test.
    """

    data: str
    texts: int
    steps: list[Step]
    seed: int
    n_resamples: int


def predicted_string(row: Mapping[str, Any]) -> str:
    """Return what a row of ``hf-toxspan quads`` says, as the official scorers read it; ``[END]`` of no quadruples.

    >>> quadruple = {"target": None, "argument": "hello", "groups": [], "hateful": False}
    >>> predicted_string({"quadruples": [quadruple]})
    'NULL | hello | non-hate | non-hate [END]'
    """
    fields = [
        (
            quad["target"] or NULL,
            quad["argument"] or NULL,
            ", ".join(quad["groups"]) or NON_HATE,
            HATE if quad["hateful"] else NON_HATE,
        )
        for quad in row.get("quadruples") or ()
    ]
    return " [SEP] ".join(map(" | ".join, fields)) + f" {END}" if fields else END


def ablate(
    data: str,
    references: Mapping[str, str],
    systems: Mapping[str, Mapping[str, Mapping[str, Any]]],
    *,
    n_resamples: int = 1000,
    seed: int = 0,
) -> Ablation:
    """Score systems, each beside the one before.

    Args:
        data: Name of the data set.
        references: Gold strings by the text's id.
        systems: By name rows of ``hf-toxspan quads`` by the text's id; those that all have are scored.
        n_resamples: Bootstrap samples, and random swaps of the paired test.
        seed: Same seed, same result.

    Returns:
        The table.

    Raises:
        ValueError: If there is no system, or no text that all of them have.
    """
    if not systems:
        raise ValueError("there is no system; expected at least one NAME=FILE")
    shared = [name for name in references if all(name in rows for rows in systems.values())]
    if not shared:
        counts = ", ".join(f"{name} {len(rows)}" for name, rows in systems.items())
        raise ValueError(f"no id of {data} is in all of the files (rows: {counts}); expected answers to the same texts")
    gold, steps, before = [references[name] for name in shared], [], None
    for name, rows in systems.items():
        answers = [rows[own] for own in shared]
        tally = tally_quadruples([predicted_string(row) for row in answers], gold)
        steps.append(_step(name, tally, before, sum("error" in row for row in answers), n_resamples, seed))
        before = tally
    return Ablation(data, len(shared), steps, seed, n_resamples)


def _step(name: str, tally: Tally, before: Tally | None, undecided: int, n_resamples: int, seed: int) -> Step:
    gain = None if before is None else compare(tally, before, n_resamples=n_resamples, seed=seed)
    return Step(name, scores(tally), intervals(tally, n_resamples=n_resamples, seed=seed), gain, undecided)


def cells(step: Step) -> list[str]:
    """Return a system's line: its scores with intervals, the gain of the average and its p-value, the paper's row."""
    found = [
        f"{100 * step.scores[name]:.1f} [{100 * step.intervals[name].low:.1f}, {100 * step.intervals[name].high:.1f}]"
        for name in SCORES
    ]
    gain = step.gain and step.gain["average_f1"]
    told = f"{100 * gain.difference:+.1f} ({100 * gain.low:+.1f}, {100 * gain.high:+.1f})" if gain else ""
    paper = PAPER.get(step.name)
    return [
        *found,
        told,
        f"{gain.p_value:.3f}" if gain else "",
        " / ".join(f"{value:.2f}" for value in paper) if paper else "",
    ]


COLUMNS = ("system", "hard F1", "soft F1", "average F1", "over the one before", "p", "paper: hard / soft / average")


def notes(found: Ablation) -> str:
    """Return how the table is to be read."""
    undecided = ", ".join(f"{step.name} {step.undecided}" for step in found.steps if step.undecided)
    without = f" Without an answer: {undecided}." if undecided else ""
    return (
        f"{found.data}: {found.texts:,} texts; CCL25's rules, x 100, 95 % bootstrap intervals over texts, p of a "
        f"paired permutation test of the average F1 ({found.n_resamples:,} resamples, seed {found.seed}). The "
        f"paper's rows are Qwen2.5-7B-Instruct's on its own split.{without}"
    )


def to_tables(found: Ablation) -> Group:
    """Return the table that people read."""
    table = Table(box=box.SIMPLE, pad_edge=False)
    for place, name in enumerate(COLUMNS):
        table.add_column(name, justify="right" if place else "left")
    for step in found.steps:
        table.add_row(step.name, *cells(step))
    return Group(table, notes(found))


def to_markdown(found: Ablation) -> str:
    """Return the table in Markdown."""
    lines: list[Sequence[str]] = [COLUMNS, ["---", *["---:"] * (len(COLUMNS) - 1)]]
    lines += [[step.name, *cells(step)] for step in found.steps]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines) + f"\n\n{notes(found)}\n"
