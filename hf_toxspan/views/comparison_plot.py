"""Scores of several systems beside each other, with their intervals, from the reports of `hf-toxspan evaluate`."""

import itertools
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from hf_toxspan.views.fonts import drawable
from hf_toxspan.views.plots import subplots

_COLOURS = ("#2c3e50", "#c0392b", "#2980b9", "#27ae60", "#8e44ad", "#d35400")


class Line(NamedTuple):
    """A score of a system in [0, 1], and the ends of its 95 % interval (None where it has none)."""

    system: str
    score: float
    low: float | None
    high: float | None


def lines_of(reports: Mapping[str, Mapping[str, Any]], protocol: str, score: str) -> list[Line]:
    """Collect one score of every system of reports.

    Args:
        reports: The JSON of `hf-toxspan evaluate --output`, by a name. Systems of the same name and numbers, such as
            the trivial ones on the same data, stand once; of other numbers, each with its report's name.
        protocol: A key of the reports' ``protocols``, such as "toxic_or_not".
        score: A key of a system's scores, such as "macro_f1".

    Returns:
        A line a system, in the order of the reports.

    Raises:
        ValueError: If a report lacks the protocol, or no system has the score.
    """
    found: dict[str, Line] = {}
    for report_name, report in reports.items():
        for system, scores in _systems(report, report_name, protocol).items():
            if scores.get(score) is None:
                continue
            low, high = scores.get("confidence_intervals", {}).get(score) or (None, None)
            line = Line(system, scores[score], low, high)
            if found.setdefault(system, line) != line:
                found[f"{system} ({report_name})"] = line._replace(system=f"{system} ({report_name})")
    if not found:
        known = sorted(_scores(reports, protocol))
        raise ValueError(f"no system has a score {score!r} under {protocol!r}; expected one of {', '.join(known)}")
    return list(found.values())


def plot_comparison(
    path: str | Path,
    reports: Mapping[str, Mapping[str, Any]],
    scores: Sequence[tuple[str, str]] = (("toxic_or_not", "macro_f1"),),
) -> None:
    """Draw scores of several systems with their 95 % intervals, a panel a score.

    Example:
        ```python
        report = json.loads(Path("report.json").read_text())
        plot_comparison("systems.png", {"mine": report}, [("toxic_or_not", "macro_f1"), ("toxic_or_not", "roc_auc")])
        ```

    Args:
        path: The picture; its suffix says the format (.png, .svg, .pdf).
        reports: As for `lines_of`.
        scores: Protocol and score of each panel.

    Raises:
        ImportError: Without matplotlib.
        ValueError: If a report lacks a protocol, or no system has a score.
    """
    panels = [lines_of(reports, protocol, score) for protocol, score in scores]
    if not panels:
        raise ValueError("scores is empty; expected at least one pair of a protocol and a score")
    systems = list(dict.fromkeys(line.system for lines in panels for line in lines))
    colours = dict(zip(systems, itertools.cycle(_COLOURS), strict=False))
    figure, axes = subplots(len(panels))
    figure.set_size_inches(2.2 + 2.8 * len(panels), 1 + 0.38 * len(systems))
    for axis, lines, (protocol, score) in zip(axes, panels, scores, strict=True):
        for line in lines:
            _draw(axis, line, systems.index(line.system), colours[line.system])
        axis.set_title(f"{protocol.replace('_', ' ')}\n{score.replace('_', ' ')} x 100", fontsize="medium")
        axis.grid(axis="x", linewidth=0.4)
    axes[0].set_ylim(len(systems) - 0.5, -0.5)
    axes[0].set_yticks(range(len(systems)), [drawable(name)[0] for name in systems], parse_math=False)
    for tick, name in zip(axes[0].get_yticklabels(), systems, strict=True):
        tick.set_font(drawable(name)[1])
    figure.savefig(path, dpi=150, bbox_inches="tight")


def _draw(axis: Any, line: Line, place: int, colour: str) -> None:
    if line.low is not None and line.high is not None:
        axis.plot(
            [100 * line.low, 100 * line.high],
            [place, place],
            color=colour,
            linewidth=3,
            alpha=0.35,
            solid_capstyle="butt",
        )
    axis.plot(100 * line.score, place, marker="o", color=colour)
    axis.annotate(
        f"{100 * line.score:.1f}", (100 * line.score, place), xytext=(0, 5), textcoords="offset points",
        ha="center", fontsize="x-small",
    )  # fmt: skip


def _systems(report: Mapping[str, Any], name: str, protocol: str) -> Mapping[str, Mapping[str, Any]]:
    protocols = report.get("protocols")
    if not isinstance(protocols, Mapping) or protocol not in protocols:
        known = ", ".join(protocols) if isinstance(protocols, Mapping) else "none: not a report of hf-toxspan evaluate"
        raise ValueError(f"report {name} has no protocol {protocol!r}; it has {known}")
    systems: Mapping[str, Mapping[str, Any]] = protocols[protocol]["systems"]
    return systems


def _scores(reports: Mapping[str, Mapping[str, Any]], protocol: str) -> set[str]:
    systems = [_systems(report, name, protocol) for name, report in reports.items()]
    return {
        score
        for own in systems
        for scores in own.values()
        for score, value in scores.items()
        if isinstance(value, float)
    }
