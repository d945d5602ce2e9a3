"""The trade-off as people read it: tables in 80 columns with scores x 100, and what they mean in plain words."""

from collections.abc import Iterator
from math import nan

from rich import box
from rich.console import Group
from rich.table import Table

from hf_toxspan.core.routing import NOTHING, Region
from hf_toxspan.core.trade_off import Estimate, Point
from hf_toxspan.evaluation.cascade import CascadeReport, CurvePoint
from hf_toxspan.judging.desk import JUDGED

SHOWN = (0.0, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0)
"""Shares judged that the printed table shows; a file holds more."""

READING = (
    "judged: share of the texts that the judge is asked about, the most doubtful first. lot: as many texts drawn by "
    "lot. over lot: gain over that, with its 95 % interval. oracle: a router that knows the gold answers. Intervals: "
    "paired bootstrap over texts; they speak of other texts of the same kind, not of other models."
)


def to_tables(report: CascadeReport) -> Group:
    """Lay out a report.

    Args:
        report: The report.

    Returns:
        Calibration, curve, the chosen region and the verdict.
    """
    statuses = ", ".join(f"{name} {count}" for name, count in report.statuses.items())
    heading = f"{report.texts} texts ({statuses}); {report.wish.score} over {report.classes}"
    parts = [
        heading,
        "",
        *_calibration(report),
        _curve(report),
        READING,
        "",
        _systems(report),
        _chosen(report.choice.region),
    ]
    return Group(*parts, "", *verdict(report))


def describe(region: Region) -> str:
    """Say in words where a region asks.

    >>> describe(Region(0.0, 0.8)), describe(NOTHING)
    ('confidence at most 0.8000', 'nowhere')
    >>> describe(Region(0.4, 0.6, "toxicity"))
    'toxicity 0.4000 to 0.6000'
    """
    if region == NOTHING:
        return "nowhere"
    if not region.by_label:
        return _ends(region.measure, region.low, region.high)
    own = [f"{label}: {_ends(region.measure, *ends)}" for label, ends in region.by_label.items()]
    return "; ".join([*own, f"any other label: {_ends(region.measure, region.low, region.high)}"])


def verdict(report: CascadeReport) -> Iterator[str]:
    """Say what the numbers allow to say, and no more.

    Args:
        report: The report.

    Yields:
        Sentences.
    """
    yield from _wish(report)
    if report.choice.region != NOTHING:
        yield from _worth(report.honest)
    unanswered = sum(count for name, count in report.statuses.items() if name != JUDGED)
    if unanswered:
        yield f"{unanswered} texts were asked about without an answer that counts: the backbone's stands, the cost too."


def _wish(report: CascadeReport) -> Iterator[str]:
    """Say whether the wish is met, and when without the judge."""
    wanted = f"{report.wish.score} {_percent(report.wish.at_least or nan)} on these texts"
    if not report.choice.reached:
        yield f"No region reaches {wanted}; this one scores best ({_percent(report.choice.score)})."
    if report.choice.region == NOTHING:
        met = report.wish.at_least is not None and report.choice.reached
        nowhere = "The best choice is to ask the judge nothing: wherever it may be asked, these texts score no better."
        yield f"The backbone alone reaches {wanted}." if met else nowhere


def _worth(honest: Point) -> Iterator[str]:
    """Say what the chosen region is worth on texts that it was not chosen on."""
    if honest.over_fast.high < 0:
        yield f"Asking the judge makes the answers worse ({_gain(honest.over_fast)} against the backbone alone)."
    elif honest.over_fast.low <= 0:
        yield (
            f"These texts don't show that the judge adds anything: {_gain(honest.over_fast)} against the backbone "
            "alone, an interval that holds 0. Take more texts, a better judge, or none."
        )
    else:
        yield f"The judge adds {_gain(honest.over_fast)} to the backbone alone."
    if honest.over_random.low <= 0:
        yield (
            "These texts don't show that the region picks the texts better than a lot would: "
            f"{_gain(honest.over_random)} against as many texts drawn by lot."
        )


def _calibration(report: CascadeReport) -> list[Table | str]:
    if report.fit is None:
        return ["Not calibrated: the data's labels are not the backbone's, so nothing says which one is right.", ""]
    fit, used = report.fit, report.curve[-1].region.temperature
    table = _table("Calibration", "backbone", "temperature", "ECE", "NLL")
    table.add_row("as it is", "1", _percent(fit.ece_before), f"{fit.nll_before:.3f}")
    table.add_row("fitted", f"{fit.temperature:.3f}", _percent(fit.ece_after), f"{fit.nll_after:.3f}")
    used_words = "fitted temperature" if used == fit.temperature else f"given temperature {used:g}"
    return [table, f"ECE: expected calibration error, bins of as many texts each. Below, the {used_words} is used.", ""]


def _curve(report: CascadeReport) -> Table:
    table = _table(
        f"{report.wish.score} x 100", "judged", "where", "score", "95 %\ninterval", "lot", "over lot", "oracle"
    )
    for region, point, _, oracle in _shown(report):
        table.add_row(
            _percent(point.share),
            _short(region),
            _percent(point.score.value),
            _interval(point.score),
            _percent(point.random),
            "" if point.share in (0, 1) else _gain(point.over_random),
            _percent(oracle),
        )
    return table


def _shown(report: CascadeReport) -> list[CurvePoint]:
    """Return for each share of `SHOWN` the curve's last point that keeps to it, each once."""
    last = [max(place for place, own in enumerate(report.curve) if own.point.share <= share + 1e-9) for share in SHOWN]
    return [report.curve[place] for place in dict.fromkeys(last)]


def _systems(report: CascadeReport) -> Table:
    table = _table("Systems", "system", "asked", "score", "95 %\ninterval", "over\nbackbone", "over lot")
    first, last, honest = report.curve[0].point, report.curve[-1].point, report.honest
    table.add_row("backbone alone", "0.0", _percent(first.score.value), _interval(first.score))
    table.add_row("judge always", "100.0", _percent(last.score.value), _interval(last.score), _gain(last.over_fast))
    if report.judge_alone is not None:
        table.add_row("judge alone", "100.0", _percent(report.judge_alone.value), _interval(report.judge_alone))
    table.add_row(
        "region, unseen",
        _percent(honest.share),
        _percent(honest.score.value),
        _interval(honest.score),
        _gain(honest.over_fast),
        _gain(honest.over_random),
    )
    table.add_row("region, tuned", _percent(report.choice.share), _percent(report.choice.score))
    return table


def _chosen(region: Region) -> str:
    return (
        f"Chosen region: {describe(region)}. Unseen: each text routed by a region chosen without it (cross-fitted). "
        "Tuned: on the texts that it was chosen on, where it looks better than it is."
    )


def _short(region: Region) -> str:
    if region == NOTHING:
        return "nowhere"
    return f"<= {region.high:.3f}" if region.low == 0 else f"{region.low:.3f}-{region.high:.3f}"


def _ends(measure: str, low: float, high: float) -> str:
    if high == 0:
        return "nowhere"
    return f"{measure} at most {high:.4f}" if low == 0 else f"{measure} {low:.4f} to {high:.4f}"


def _table(title: str, first: str, *columns: str) -> Table:
    table = Table(title=title, title_justify="left", title_style="bold", box=box.SIMPLE, pad_edge=False, padding=0)
    table.add_column(first, no_wrap=True)
    for column in columns:
        table.add_column(column, justify="right", no_wrap=True)
    return table


def _gain(gain: Estimate) -> str:
    return f"{100 * gain.value:+.1f} ({100 * gain.low:+.1f},{100 * gain.high:+.1f})"


def _interval(estimate: Estimate) -> str:
    return f"{_percent(estimate.low)}, {_percent(estimate.high)}"


def _percent(value: float) -> str:
    return f"{100 * value:.1f}"
