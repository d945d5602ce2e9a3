"""Plots, drawn with matplotlib (an extra); importing this module does not need it."""

import itertools
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from hf_toxspan.core.spans import SpanLike, to_mask


def plot_saliency(
    path: str | Path,
    texts: Sequence[str],
    spans: Sequence[Sequence[SpanLike]],
    saliency: Mapping[str, Sequence[Sequence[float]]],
) -> None:
    """Draw how much saliency the toxic characters of texts have beside the clean ones, a panel for each model.

    Args:
        path: The picture; its suffix says the format (.png, .svg, .pdf).
        texts: The texts.
        spans: Gold spans of each text.
        saliency: By the model's name, one value in [0, 1] a character of each text.

    Raises:
        ImportError: Without matplotlib.
    """
    figure, axes = subplots(len(saliency))
    toxic = [mark for text, own in zip(texts, spans, strict=True) for mark in to_mask(own, len(text)).tolist()]
    blank = [character.isspace() for text in texts for character in text]
    for axis, (name, values) in zip(axes, saliency.items(), strict=True):
        flat = [value for own in values for value in own]
        for side, label, colour in ((True, "toxic characters", "#c0392b"), (False, "clean characters", "#7f8c8d")):
            chosen = [v for v, t, b in zip(flat, toxic, blank, strict=True) if t == side and not b]
            weights = [1 / max(len(chosen), 1)] * len(chosen)
            axis.hist(chosen, bins=20, range=(0, 1), weights=weights, alpha=0.65, color=colour, label=label)
        axis.set_title(name)
        axis.set_xlabel("saliency, as a share of the text's maximum")
    axes[0].set_ylabel("share of the characters")
    axes[0].legend()
    figure.savefig(path, dpi=150, bbox_inches="tight")


def plot_sweep(
    path: str | Path, weights: Sequence[float], scores: Mapping[str, Sequence[float]], *, label: str
) -> None:
    """Draw how scores change with the weight of a loss, each an equal step apart.

    Args:
        path: The picture; its suffix says the format (.png, .svg, .pdf).
        weights: The weights, ascending, >= 0.
        scores: By name, one score in [0, 1] a weight.
        label: What the weight is called.

    Raises:
        ImportError: Without matplotlib.
    """
    figure, (axis,) = subplots(1)
    for name, values in scores.items():
        axis.plot(range(len(weights)), [100 * value for value in values], marker="o", label=name)
    axis.set_xticks(range(len(weights)), [f"{weight:g}" for weight in weights])
    axis.set_xlabel(label)
    axis.set_ylabel("score x 100")
    axis.legend()
    figure.savefig(path, dpi=150, bbox_inches="tight")


def plot_trade_off(
    path: str | Path,
    shares: Sequence[float],
    lines: Mapping[str, Sequence[float]],
    *,
    band: tuple[Sequence[float], Sequence[float]],
    levels: Mapping[str, float],
    chosen: tuple[float, float],
    label: str,
) -> None:
    """Draw quality against the share of texts that a judge is asked about.

    Args:
        path: The picture; its suffix says the format (.png, .svg, .pdf).
        shares: Shares judged, ascending, in [0, 1].
        lines: By name, one score in [0, 1] a share; the first is the routing that the others stand beside.
        band: Lower and upper ends of the interval of the first line.
        levels: Scores of systems that route nothing, by name.
        chosen: Share and score of the chosen region.
        label: What the score is called.

    Raises:
        ImportError: Without matplotlib.
    """
    figure, (axis,) = subplots(1)
    places = [100 * share for share in shares]
    styles = (("#c0392b", "-"), ("#7f8c8d", "--"), ("#2980b9", ":"))
    for (name, values), (colour, style) in zip(lines.items(), itertools.cycle(styles), strict=False):
        axis.plot(places, [100 * value for value in values], color=colour, linestyle=style, label=name)
    low, high = ([100 * value for value in ends] for ends in band)
    axis.fill_between(places, low, high, color=styles[0][0], alpha=0.15, linewidth=0, label="95 % interval")
    for (name, value), colour in zip(levels.items(), itertools.cycle(("#2c3e50", "#8e44ad")), strict=False):
        axis.axhline(100 * value, color=colour, linewidth=0.8, linestyle="-.", label=name)
    axis.plot(
        100 * chosen[0], 100 * chosen[1], marker="o", color="#c0392b", linestyle="none", label="chosen region, unseen"
    )
    axis.set_xlabel("texts judged, %")
    axis.set_ylabel(f"{label} x 100")
    axis.legend(fontsize="small", loc="center left", bbox_to_anchor=(1, 0.5))
    figure.savefig(path, dpi=150, bbox_inches="tight")


def plot_votes(
    path: str | Path,
    generations: Sequence[float],
    scores: Sequence[float],
    *,
    band: tuple[Sequence[float], Sequence[float]],
    names: Sequence[str],
    others: Mapping[str, Sequence[tuple[float, float]]],
    label: str,
) -> None:
    """Draw quality against the generations that a vote takes, on a logarithmic axis.

    Args:
        path: The picture; its suffix says the format (.png, .svg, .pdf).
        generations: Mean generations a text, one for each setting of the first rule, > 0.
        scores: Its scores in [0, 1].
        band: Lower and upper ends of their intervals.
        names: What the settings are called.
        others: By the name of another rule, generations and score of each of its settings.
        label: What the score is called.

    Raises:
        ImportError: Without matplotlib.
    """
    figure, (axis,) = subplots(1)
    figure.set_size_inches(8, 4)
    axis.plot(generations, [100 * score for score in scores], marker="o", markersize=3, color="#c0392b", label="tau")
    low, high = ([100 * score for score in ends] for ends in band)
    axis.fill_between(generations, low, high, color="#c0392b", alpha=0.15, linewidth=0, label="95 % interval")
    last = 0.0
    for place, score, name in zip(generations, scores, names, strict=True):
        if place > 1.2 * last:  # names of places nearer than that would hide each other
            axis.annotate(name, (place, 100 * score), xytext=(0, 6), textcoords="offset points", fontsize="x-small")
            last = place
    looks = zip(itertools.cycle("sD^vP*X"), itertools.cycle(("#2980b9", "#8e44ad", "#27ae60", "#2c3e50", "#d35400")))
    for (name, points), (mark, colour) in zip(others.items(), looks, strict=False):
        places, heights = zip(*((place, 100 * score) for place, score in points), strict=True)
        axis.plot(places, heights, marker=mark, color=colour, markersize=5, linewidth=0.8, linestyle=":", label=name)
    axis.set_xscale("log")
    axis.set_xlabel("generations a text")
    axis.set_ylabel(f"{label} x 100")
    axis.legend(fontsize="small", loc="center left", bbox_to_anchor=(1, 0.5))
    figure.savefig(path, dpi=150, bbox_inches="tight")


def check_matplotlib() -> None:
    """Say now that plots could not be drawn later.

    Raises:
        ImportError: Without matplotlib.
    """
    subplots(1)


def subplots(panels: int) -> tuple[Any, list[Any]]:
    """Return a figure with panels side by side, made without pyplot: no window system, no global state.

    Args:
        panels: At least 1.

    Returns:
        The figure and its axes.

    Raises:
        ImportError: Without matplotlib.
    """
    try:
        from matplotlib.figure import Figure
    except ImportError as error:
        raise ImportError('plots need matplotlib: pip install "hf_toxspan[plots]"') from error
    figure = Figure(figsize=(5 * panels, 3.5), layout="constrained")
    return figure, list(figure.subplots(1, panels, sharey=True, squeeze=False)[0])
