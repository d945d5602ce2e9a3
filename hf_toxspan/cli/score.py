"""`hf-toxspan score`: what a published scorer would print for two files, and how far to trust it."""

import argparse
import json
import math
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hf_toxspan.metrics.loading import NAMES

if TYPE_CHECKING:
    from hf_toxspan.scoring.metric import Metric

_DESCRIPTION = """Score a file of predictions against a file of references: with confidence intervals, beside trivial
systems, and against another system where one is given."""

_EPILOG = """metrics, and the columns they read from predictions / references:
  toxic_span_f1           spans / spans, text; the ends of a span count characters: [[4, 8]]
  hard_soft_quad_f1       output / output: "T | A | G | H [SEP] ... [END]"
  rationale_plausibility  spans, scores / spans, length; the ends of a span count tokens
  rationale_faithfulness  full, without, only: probabilities of the predicted class
  gmb_bias_auc            score / toxic, groups
  vihos_char_f1           spans / spans, text

examples:
  hf-toxspan score toxic_span_f1 --predictions mine.jsonl --references gold.jsonl
  hf-toxspan score toxic_span_f1 -p mine.jsonl -r gold.jsonl --compare-to theirs.jsonl --output scores.json
  hf-toxspan score hard_soft_quad_f1 -p answers.jsonl -r gold.jsonl --protocol state --elements triple
  hf-toxspan score rationale_faithfulness -p probabilities.jsonl --json

files: .jsonl, .json, .csv (.gz added), or SemEval-2021's .tsv and .txt (id<TAB>[offsets]). Records are matched by "id"
where all have one, else by order. What hf-toxspan extract --output FILE.jsonl writes can be scored as it is.
"""


def add_parser(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command's options."""
    parser = subparsers.add_parser(
        "score",
        help="score predictions against references",
        description=_DESCRIPTION,
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.set_defaults(run=run)
    parser.add_argument("metric", choices=NAMES, metavar="METRIC", help="one of the six below")
    parser.add_argument("-p", "--predictions", required=True, metavar="FILE", help="what the system said")
    parser.add_argument("-r", "--references", metavar="FILE", help="what is right")
    parser.add_argument("--compare-to", metavar="FILE", help="what another system said: adds a paired bootstrap test")
    parser.add_argument(
        "--column", action="append", default=[], metavar="INPUT=NAME", help="read an input from this column; repeat"
    )
    parser.add_argument(
        "--missing",
        choices=("error", "empty"),
        default="error",
        help="a text without prediction is an error, or scored as empty, as official scorers do (default: error)",
    )
    options = parser.add_argument_group("protocols")
    options.add_argument("--protocol", metavar="NAME", help="whose rules; each metric's page says which it knows")
    options.add_argument("--elements", metavar="NAME", help="of quadruples: quad, triple, pair or argument")
    options.add_argument("--iou-threshold", type=float, metavar="X", help="of rationale_plausibility (default: 0.5)")
    options.add_argument("--power", type=float, metavar="X", help="of gmb_bias_auc (default: -5)")
    trust = parser.add_argument_group("trust")
    trust.add_argument("--confidence-level", type=float, default=0.95, metavar="X", help="default: 0.95")
    trust.add_argument(
        "--n-resamples", type=int, default=1000, metavar="N", help="bootstrap samples, 0 for none (default: 1000)"
    )
    trust.add_argument("--seed", type=int, default=0, metavar="N", help="of the samples (default: 0)")
    written = parser.add_argument_group("output")
    written.add_argument("--json", action="store_true", help="print JSON, not tables")
    written.add_argument("-o", "--output", metavar="FILE", help="write the scores as JSON too")
    written.add_argument(
        "--per-text", metavar="FILE", help="write one line of JSON a text, with its own counts and scores"
    )
    written.add_argument("--force", action="store_true", help="replace outputs that exist")


def run(args: argparse.Namespace) -> int:
    """Run the command.

    Args:
        args: The parsed options.

    Returns:
        0.

    Raises:
        ValueError: If a file can't be read or an option is not one of the metric's.
        OSError: If a file can't be read or written.
    """
    from rich.console import Console

    from hf_toxspan.cli.score_table import to_tables
    from hf_toxspan.cli.writing import check_output, dump, write_whole
    from hf_toxspan.scoring.catalogue import METRICS

    metric = METRICS[args.metric]
    output, per_text = (None if name is None else Path(name).expanduser() for name in (args.output, args.per_text))
    for path in (output, per_text):
        if path is not None:
            check_output(path, force=args.force)
    scored = _score(metric, args)
    rows = scored.pop("per_text")
    whole = json.dumps(_nan_to_none(scored), ensure_ascii=False, indent=2) + "\n"
    if per_text is not None:
        write_whole(per_text, b"".join(dump(_nan_to_none(row)) for row in rows))
    if output is not None:
        write_whole(output, whole.encode())
    if args.json:
        sys.stdout.write(whole)
    else:
        Console().print(to_tables(_heading(scored), scored["result"]), markup=False)
    return 0


def _score(metric: "Metric", args: argparse.Namespace) -> dict[str, Any]:
    """Read, score, and say what was done."""
    from hf_toxspan.cli.pairing import load_pairs
    from hf_toxspan.scoring.metric import compute, read_inputs

    options, columns = _options(metric, args), _columns(metric, args.column)
    if args.references is None and not all(one.by_system for one in metric.inputs.values() if one.required):
        raise ValueError(f"{metric.name} needs --references FILE")
    predictions = Path(args.predictions).expanduser()
    references = predictions if args.references is None else Path(args.references).expanduser()
    paired = load_pairs(metric, predictions, references, columns=columns, missing=args.missing)
    requests = {"n_resamples": args.n_resamples, "seed": args.seed, "per_text": True, "baselines": True}
    if args.n_resamples:
        requests["confidence_level"] = args.confidence_level
    if args.compare_to is not None:
        other = load_pairs(
            metric, Path(args.compare_to).expanduser(), references, columns=columns, missing=args.missing
        )
        read_inputs(metric, other.inputs, where=other.where)  # so that an error names this file's line
        requests["compare_to"] = {
            name: values for name, values in other.inputs.items() if metric.inputs[name].by_system
        }
    result = compute(metric, {**paired.inputs, **options, **requests}, where=paired.where)
    columns_by_text = result.pop("per_text")
    return {
        "metric": metric.name,
        "options": {name: options.get(name, option.default) for name, option in metric.options.items()},
        "predictions": str(predictions),
        "references": str(references),
        "texts": len(paired.texts),
        "n_resamples": args.n_resamples,
        "confidence_level": args.confidence_level,
        "missing": paired.missing,
        "unused": paired.unused,
        "result": result,
        "per_text": [
            {"text": text, **dict(zip(columns_by_text, values, strict=True))}
            for text, values in zip(paired.texts, zip(*columns_by_text.values(), strict=True), strict=True)
        ],
    }


def _options(metric: "Metric", args: argparse.Namespace) -> dict[str, Any]:
    chosen = {name: getattr(args, name) for name in ("protocol", "elements", "iou_threshold", "power")}
    chosen = {name: value for name, value in chosen.items() if value is not None}
    for name in chosen:
        if name not in metric.options:
            known = ", ".join(f"--{option.replace('_', '-')}" for option in metric.options) or "none"
            raise ValueError(f"{metric.name} has no option --{name.replace('_', '-')}; it has {known}")
    return chosen


def _columns(metric: "Metric", pairs: list[str]) -> dict[str, str]:
    columns = dict(pair.partition("=")[::2] for pair in pairs)
    for name, column in columns.items():
        if name not in metric.inputs or not column:
            raise ValueError(
                f"--column {name}={column}: expected INPUT=NAME with one of the inputs {', '.join(metric.inputs)}"
            )
    return columns


def _nan_to_none(value: Any) -> Any:
    """Write an undefined score as null: JSON has no nan."""
    if isinstance(value, dict):
        return {name: _nan_to_none(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_nan_to_none(inner) for inner in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _heading(scored: dict[str, Any]) -> str:
    options = "".join(f", {name} {value}" for name, value in scored["options"].items() if value is not None)
    heading = f"{scored['metric']}: {scored['texts']} texts{options}"
    if scored["n_resamples"]:
        heading += f"; {100 * scored['confidence_level']:g} % intervals of {scored['n_resamples']} bootstrap samples"
    if scored["missing"] or scored["unused"]:
        heading += f"\n{scored['missing']} without a prediction, scored as empty; {scored['unused']} predictions unused"
    return heading
