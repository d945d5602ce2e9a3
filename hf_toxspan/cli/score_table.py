"""Scores as people read them: x 100, with intervals, beside trivial systems, against another system."""

import math
from collections.abc import Mapping
from typing import Any

from rich import box
from rich.console import Group
from rich.table import Table


def to_tables(heading: str, result: Mapping[str, Any]) -> Group:
    """Lay out what `hf_toxspan.scoring.metric.compute` returned.

    Args:
        heading: What was scored, and how.
        result: The scores and what was asked for besides.

    Returns:
        The heading and tables that fit 80 columns.
    """
    parts: list[Table | str] = [heading, "", _scores(result)]
    if "comparison" in result:
        parts.append(_comparison(result["comparison"]))
    if "groups" in result:
        parts.append(_groups(result["groups"]))
    parts += [f"{one['score']} leaves out {one['group']}: {one['reason']}" for one in result.get("skipped", ())]
    malformed = {side: count for side, count in result.get("malformed", {}).items() if count}
    parts += [f"malformed quadruples among the {side}: {count}" for side, count in malformed.items()]
    rare = result.get("defined_draws", {})
    parts += [f"{name} is undefined in some bootstrap samples: its interval rests on {n}" for name, n in rare.items()]
    return Group(*parts)


def _scores(result: Mapping[str, Any]) -> Table:
    intervals, trivial = result.get("confidence_intervals", {}), result.get("baselines", {})
    table = _table("Scores x 100", "score", "system", *(["interval"] if intervals else []), *map(_two_lines, trivial))
    for name, value in result.items():
        if isinstance(value, float):
            interval = [_interval(*intervals[name])] if intervals else []
            others = [_percent(scores.get(name, math.nan)) for scores in trivial.values()]
            table.add_row(name, _percent(value), *interval, *others)
    return table


def _comparison(comparison: Mapping[str, Mapping[str, float]]) -> Table:
    table = _table("Against the other system, x 100", "score", "difference", "interval", "p")
    for name, row in comparison.items():
        p_value = "-" if math.isnan(row["p_value"]) else f"{row['p_value']:.3f}"
        table.add_row(name, f"{100 * row['difference']:+.1f}", _interval(row["low"], row["high"]), p_value)
    return table


def _groups(groups: Mapping[str, Mapping[str, float]]) -> Table:
    columns = next(iter(groups.values()), {})
    table = _table("By group", "group", *map(_two_lines, columns))
    for name, row in groups.items():
        table.add_row(name, *(str(value) if isinstance(value, int) else _percent(value) for value in row.values()))
    return table


def _table(title: str, first: str, *columns: str) -> Table:
    table = Table(title=title, title_justify="left", title_style="bold", box=box.SIMPLE, pad_edge=False)
    table.add_column(first, no_wrap=True)
    for column in columns:
        table.add_column(column, justify="right", no_wrap=True)
    return table


def _two_lines(name: str) -> str:
    return name.replace("_", " ").replace(" ", "\n", 1)


def _percent(value: float) -> str:
    return "-" if math.isnan(value) else f"{100 * value:.1f}"


def _interval(low: float, high: float) -> str:
    return f"{_percent(low)} to {_percent(high)}"
