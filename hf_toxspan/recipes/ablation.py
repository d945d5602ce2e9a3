"""Which part of ToxiTrace pays: the same budget with and without each, over several seeds.

Every arm of a seed starts from the same warmed-up classifier (cross entropy alone) and goes on for the same number of
steps over the same texts; only who wrote the spans and which losses are on differ. A finished arm leaves a result
file, and a run that is started again goes on behind the last one.
"""

import json
import re
from pathlib import Path
from typing import Any

from tqdm.auto import tqdm

from hf_toxspan.recipes.ablation_arms import ARMS, Arm, run_arm, warm_up
from hf_toxspan.recipes.ablation_rows import AblationOptions, Rows, load_rows
from hf_toxspan.recipes.ablation_table import FULL, PLAIN, to_markdown
from hf_toxspan.recipes.run_folder import check_folder, write_json
from hf_toxspan.views.plots import plot_saliency

Result = dict[str, Any]

FREE = {"output", "seeds", "only"}
"""Options that may change between two runs into one folder."""


def run(options: AblationOptions) -> str:
    """Run what has no result yet, and write the table and the plot.

    Args:
        options: The options.

    Returns:
        The table; ``table.md`` and ``saliency.png`` lie in the output folder.

    Raises:
        ValueError: If the folder holds results of other options, or an arm is unknown.
        ImportError: Without matplotlib.
    """
    arms = _chosen(options)
    output = Path(options.output)
    check_folder(options, output, free=FREE)
    rows = load_rows(options)
    results = []
    for seed, arm in tqdm([(seed, arm) for seed in options.seeds for arm in arms], desc="Arms", unit=" arms"):
        folder = output / f"seed-{seed}"
        path = folder / (re.sub(r"\W+", "-", arm.name).strip("-") + ".json")
        if not path.exists():
            warm_up(options, rows, seed, folder / "warm-up")
            write_json(path, run_arm(options, arm, rows, seed, folder / "warm-up"))
        results.append(json.loads(path.read_text(encoding="utf-8")))
    table = to_markdown(results, rows)
    (output / "table.md").write_text(table, encoding="utf-8")
    _plot(output / "saliency.png", results, rows)
    return table


def _chosen(options: AblationOptions) -> list[Arm]:
    known = {arm.name: arm for arm in ARMS}
    unknown = sorted(set(options.only) - set(known))
    if unknown:
        raise ValueError(f"--only names {unknown}; expected some of {list(known)}")
    return [arm for name, arm in known.items() if not options.only or name in options.only]


def _plot(path: Path, results: list[Result], rows: Rows) -> None:
    """Draw the saliency of the test texts before and after, of the first seed that has both."""
    seeds = sorted({result["seed"] for result in results})
    for seed in seeds:
        found = {result["arm"]: result["saliency"] for result in results if result["seed"] == seed}
        if {PLAIN, FULL} <= found.keys():
            panels = {name: found[name] for name in (PLAIN, FULL)}
            plot_saliency(path, [row["text"] for row in rows.test], [row["spans"] for row in rows.test], panels)
            return
