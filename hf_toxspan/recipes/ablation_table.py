"""The ablation as people read it: a Markdown table with intervals, beside the trivial systems and the paper's rows."""

from collections.abc import Sequence
from statistics import mean, stdev
from typing import Any

import numpy as np

from hf_toxspan.core.resampling import Interval, compare, intervals
from hf_toxspan.core.span_scores import tally_spans
from hf_toxspan.core.spans import SpanLike
from hf_toxspan.core.tallies import Tally, scores
from hf_toxspan.evaluation.baselines import System, everything, lexicon, mine_lexicon
from hf_toxspan.recipes.ablation_arms import ARMS, TOP_K
from hf_toxspan.recipes.ablation_rows import Rows

Result = dict[str, Any]

PAPER = {
    "plain": "82.76 / 65.08",
    "without CuSA": "82.90 / 71.96",
    "without GCLoss": "83.36 / 65.15",
    "without ARCL": "83.12 / 75.16",
    "full": "83.68 / 77.90",
}
"""Macro-F1 on COLD and overlap F1 on CNTP of RoBERTa, as ToxiTrace (arXiv 2604.12321) prints them in its ablation."""

EXTRACTORS = {
    "BiCSE": "BiCSE, thresholds tuned",
    "BiCSE, default thresholds": "BiCSE, default thresholds",
    "top-k": "top-k, k tuned",
    f"top-{TOP_K}": f"top-k, k = {TOP_K}",
}
FULL, PLAIN = ARMS[-1].name, ARMS[0].name


def to_markdown(results: Sequence[Result], rows: Rows) -> str:
    """Lay the results out.

    Args:
        results: One an arm and seed, as `hf_toxspan.recipes.ablation_arms.run_arm` returns them.
        rows: The texts of the run.

    Returns:
        Two tables with their protocol, scores x 100.
    """
    seeds = sorted({result["seed"] for result in results})
    arms = [arm for arm in ARMS if any(result["arm"] == arm.name for result in results)]
    lines = [
        f"Trained on {len(rows.spans):,} texts with spans and {len(rows.labels):,} with labels alone; spans tested on "
        f"{len(rows.test):,} toxic texts, each explained, labels on {len(rows.dev):,}; thresholds set on "
        f"{len(rows.tuning):,} others; {len(seeds)} seed{'s' * (len(seeds) > 1)}. Span scores pool the characters of "
        "all seeds, with 95 % bootstrap intervals over texts; p is that of a paired permutation test against the full "
        "system; macro-F1 is a mean over seeds ± their standard deviation. The paper's column is RoBERTa's macro-F1 on "
        "COLD / overlap F1 on CNTP: another encoder, other data, spans by Gemini 2.5 Pro.",
        "",
        "| trained with | macro-F1 | char F1 | p | char IoU | overlap F1 | paper |",
        "|---|---:|---:|---:|---:|---:|---:|",
    ]
    for arm in arms:
        tally = _pooled(results, rows, arm.name, "BiCSE")
        p_value = "" if arm.name == FULL else _p_value(results, rows, arm.name)
        f1 = _spread([100 * result["macro_f1"] for result in results if result["arm"] == arm.name])
        lines.append(_line(arm.name, f1, *_cells(tally, p_value), PAPER.get(arm.paper or "", "")))
    for name, system in trivial_systems(rows).items():
        found = [system(row["text"]) for row in rows.test]
        lines.append(_line(name, "", *_cells(_tally(found, rows), ""), ""))
    lines += [
        "",
        "| extractor | trained with | char F1 | char IoU | overlap F1 | paper |",
        "|---|---|---:|---:|---:|---:|",
    ]
    paper = {"BiCSE": "65.08", f"top-{TOP_K}": "52.34 (k not said)"}
    for name in (PLAIN, FULL):
        for extractor, title in EXTRACTORS.items():
            tally = _pooled(results, rows, name, extractor)
            if tally is not None:
                f1, _, iou, overlap = _cells(tally, "")
                lines.append(_line(title, name, f1, iou, overlap, paper.get(extractor, "") if name == PLAIN else ""))
    return "\n".join(lines) + "\n"


def trivial_systems(rows: Rows) -> dict[str, System]:
    """Return the systems that every score stands beside.

    Args:
        rows: The texts; the lexicons are mined from those that are trained on.

    Returns:
        From text to spans, by name.
    """
    known = rows.spans + rows.labels
    return {
        "lexicon mined from the gold spans": lexicon(mine_lexicon(known)),
        "lexicon mined from labels": lexicon(mine_lexicon([row | {"spans": None} for row in known])),
        "mark everything": everything,
    }


def _tally(found: Sequence[Sequence[SpanLike]], rows: Rows) -> Tally:
    return tally_spans(found, [row["spans"] for row in rows.test])


def _pooled(results: Sequence[Result], rows: Rows, arm: str, extractor: str) -> Tally | None:
    """Sum the statistics of each text over the seeds; None where the arm was not run."""
    tallies = [_tally(result["spans"][extractor], rows) for result in results if result["arm"] == arm]
    if not tallies:
        return None
    columns = {name: np.sum([tally.columns[name] for tally in tallies], axis=0) for name in tallies[0].columns}
    return Tally(columns, tallies[0].combine)


def _p_value(results: Sequence[Result], rows: Rows, arm: str) -> str:
    """Test an arm against the full system on the seeds that both were run with; empty where there is none."""
    seeds = {result["seed"] for result in results if result["arm"] == FULL}
    paired = [result for result in results if result["seed"] in seeds and result["arm"] in (arm, FULL)]
    common = {result["seed"] for result in paired if result["arm"] == arm}
    pools = [
        _pooled([result for result in paired if result["seed"] in common], rows, name, "BiCSE") for name in (arm, FULL)
    ]
    if pools[0] is None or pools[1] is None:
        return ""
    return f"{compare(pools[0], pools[1])['char_f1'].p_value:.3f}"


def _cells(tally: Tally | None, p_value: str) -> list[str]:
    if tally is None:
        return ["", p_value, "", ""]
    measured, around = scores(tally), intervals(tally)
    f1, iou, overlap = (
        f"{100 * measured[name]:.1f} {_around(around[name])}" for name in ("char_f1", "char_iou", "overlap_f1")
    )
    return [f1, p_value, iou, overlap]


def _around(interval: Interval) -> str:
    return f"[{100 * interval.low:.1f}, {100 * interval.high:.1f}]"


def _spread(values: Sequence[float]) -> str:
    return f"{mean(values):.1f}" + (f" ± {stdev(values):.1f}" if len(values) > 1 else "")


def _line(*cells: str) -> str:
    return "| " + " | ".join(cells) + " |"
