"""What supervising the tags brings: the same training for several weights of their loss, RATeD-V's sweep of alpha.

A finished weight leaves a result file, and a run that is started again goes on behind the last one.
"""

import json
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from datasets import Dataset
from tqdm.auto import tqdm

from hf_toxspan.evaluation.report import CLASSES, LABELS, POOLED, add_model, start_report
from hf_toxspan.modeling.extraction import SpanExtractor
from hf_toxspan.recipes import rated
from hf_toxspan.recipes.rated_rows import RatedOptions, Rows, load_rows
from hf_toxspan.recipes.run_folder import check_folder, write_json
from hf_toxspan.views.plots import plot_sweep

SCORES = {
    "macro_f1": "macro-F1 of the labels",
    "span_f1": "span IoU F1",
    "token_f1": "token F1",
    "char_f1": "char F1",
    "text_char_f1": "text F1",
}
"""Scores of a weight: the first as the model's own labels allow, IoU and tokens pooled over all texts (RATeD)."""

FREE = {"output", "lambda_tag", "resume"}
"""Options that may change between two runs into one folder."""


@dataclass
class SweepOptions:
    """The weights of a sweep."""

    alphas: list[float] = field(
        default_factory=list,
        metadata={"help": "Train once for each of these weights of the tags, and draw what they bring."},
    )


def run(options: RatedOptions, sweep: SweepOptions) -> str:
    """Train with each weight that has no result yet, and write the table and the plot.

    Spans are read at the threshold 0.5 everywhere, so that the weights alone differ.

    Args:
        options: The recipe's options; ``lambda_tag`` is the sweep's.
        sweep: The weights.

    Returns:
        The table; ``sweep.md`` and ``sweep.png`` lie in the output folder.

    Raises:
        ValueError: If the folder holds results of other options.
        ImportError: Without matplotlib.
    """
    output = Path(options.output)
    check_folder(options, output, free=FREE)
    rows = load_rows(options)
    results = []
    for alpha in tqdm(sorted(set(sweep.alphas)), desc="Weights", unit=" weights"):
        path = output / f"alpha-{alpha:g}.json"
        if not path.exists():
            own = replace(options, lambda_tag=alpha, output=str(output / f"alpha-{alpha:g}"))
            write_json(path, {"alpha": alpha, **_train_and_score(own, rows)})
        results.append(json.loads(path.read_text(encoding="utf-8")))
    table = _to_markdown(options, rows.dev, results)
    (output / "sweep.md").write_text(table, encoding="utf-8")
    scores = {title: [result[name] for result in results] for name, title in SCORES.items()}
    plot_sweep(output / "sweep.png", [result["alpha"] for result in results], scores, label="weight of the tags, alpha")
    return table


def _train_and_score(options: RatedOptions, rows: Rows) -> dict[str, Any]:
    model, tokenizer = rated.load_model(options, rows)
    trainer = rated.build_trainer(options, rows, model, tokenizer)
    trainer.train(resume_from_checkpoint=options.resume)
    dev = rows.dev.to_list()  # a data set reads its rows anew each time it is asked
    report = start_report(dev, data="dev")
    scores = add_model(report, "model", SpanExtractor(model, tokenizer), dev, plausibility=True)
    assert scores.end_to_end is not None, "plausibility asks for annotated rows"
    labels = report.boards[LABELS if LABELS in report.boards else CLASSES].systems["model"].scores
    pooled = report.boards[POOLED].systems["model"].scores
    found = {**labels, **pooled, **scores.end_to_end._asdict()}
    return {name: found[name] for name in SCORES}


def _to_markdown(options: RatedOptions, dev: Dataset, results: list[dict[str, Any]]) -> str:
    settings = asdict(options) | options.settings._asdict()
    shown = ("epochs", "learning_rate", "batch_size", "max_length", "fusion", "consistency", "lambda_cons", "seed")
    lines = [
        f"{len(dev):,} texts of {', '.join(options.dev)}; {', '.join(f'{name} {settings[name]}' for name in shown)}; "
        "spans as shown at the threshold 0.5, none where the text is called clean.",
        "",
        "| " + " | ".join(["alpha", *SCORES.values()]) + " |",
        "|---:" * (1 + len(SCORES)) + "|",
    ]
    for result in results:
        cells = [f"{result['alpha']:g}", *(f"{100 * result[name]:.1f}" for name in SCORES)]
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"
