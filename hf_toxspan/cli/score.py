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

OPTIONS = ("protocol", "elements", "iou_threshold", "power", "communities", "clip")

_DESCRIPTION = """Score a file of predictions against a file of references: with confidence intervals, beside trivial
systems, and against another system where one is given."""

_EPILOG = """metrics, and the columns they read from predictions / references:
  toxic_span_f1           spans / spans, text; the ends of a span count characters: [[4, 8]]
  hard_soft_quad_f1       output / output: "T | A | G | H [SEP] ... [END]"
  rationale_plausibility  spans, scores / spans, length; the ends of a span count tokens
  rationale_faithfulness  full, without, only: probabilities of the predicted class
  gmb_bias_auc            toxicity / toxic, groups
  vihos_char_f1           spans / spans, text

protocols, each metric's own first:
  hard_soft_quad_f1 ccl25, state; rationale_plausibility eraser, rated; gmb_bias_auc hatexplain, rated;
  vihos_char_f1 vihatet5, rated

examples:
  hf-toxspan score toxic_span_f1 --predictions mine.jsonl --references gold.jsonl
  hf-toxspan score toxic_span_f1 -p mine.jsonl -r gold.jsonl --compare-to theirs.jsonl --output scores.json
  hf-toxspan score hard_soft_quad_f1 -p answers.jsonl -r gold.jsonl --protocol state --elements triple
  hf-toxspan score rationale_faithfulness -p probabilities.jsonl --json

files: .jsonl, .json, .csv (.gz added), or SemEval-2021's .tsv and .txt (id<TAB>[offsets]). Records are matched by "id"
where both files have ids, else by order. Spans that hf-toxspan extract --output FILE.jsonl wrote can be scored as they
are.
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
    parser.add_argument("--compare-to", metavar="FILE", help="what another system said: adds a paired test")
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
    options.add_argument("--protocol", metavar="NAME", help="whose rules; see below")
    options.add_argument("--elements", metavar="NAME", help="of quadruples: quad, triple, pair or argument")
    options.add_argument("--iou-threshold", type=float, metavar="X", help="of rationale_plausibility (default: 0.5)")
    options.add_argument("--power", type=float, metavar="X", help="of gmb_bias_auc (default: -5)")
    options.add_argument(
        "--communities", action="append", metavar="NAME", help="of gmb_bias_auc: only this one (repeat; default: all)"
    )
    options.add_argument("--clip", action="store_true", default=None, help="of rationale_faithfulness, as RATeD does")
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
    from hf_toxspan.cli.score_table import to_tables
    from hf_toxspan.cli.show import show
    from hf_toxspan.cli.writing import dump, write_whole
    from hf_toxspan.scoring.catalogue import METRICS

    metric = METRICS[args.metric]
    files = _files(metric, args)
    scored = _score(metric, args, files)
    rows = scored.pop("per_text")
    whole = json.dumps(_nan_to_none(scored), ensure_ascii=False, indent=2) + "\n"
    if "per_text" in files:
        write_whole(files["per_text"], b"".join(dump(_nan_to_none(row)) for row in rows))
    if "output" in files:
        write_whole(files["output"], whole.encode())
    if args.json:
        sys.stdout.write(whole)
    else:
        show(to_tables(_heading(scored), scored["result"]))
    return 0


def _files(metric: "Metric", args: argparse.Namespace) -> dict[str, Path]:
    """Return the files by their option's name, after saying what would stop the run later."""
    from hf_toxspan.cli.writing import check_output

    if args.references is None and not all(one.by_system for one in metric.inputs.values() if one.required):
        raise ValueError(f"{metric.name} needs --references FILE")
    if args.compare_to is not None and not args.n_resamples:
        raise ValueError("--compare-to tests by resampling; expected --n-resamples of at least 1")
    names = ("predictions", "references", "compare_to", "output", "per_text")
    files = {name: Path(getattr(args, name)).expanduser() for name in names if getattr(args, name) is not None}
    for name in ("output", "per_text"):
        if name in files:
            check_output(files[name], force=args.force)
            others = {other: path for other, path in files.items() if other != name}
            for other, path in others.items():
                if path.resolve() == files[name].resolve():
                    raise ValueError(f"--{name.replace('_', '-')} and --{other.replace('_', '-')} are both {path}")
    return files


def _score(metric: "Metric", args: argparse.Namespace, files: dict[str, Path]) -> dict[str, Any]:
    """Read, score, and say what was done."""
    from hf_toxspan.cli.pairing import load_pairs
    from hf_toxspan.scoring.metric import compute, read_inputs

    options, columns = _options(metric, args), _columns(metric, args.column)
    references = files.get("references", files["predictions"])
    paired = load_pairs(metric, files["predictions"], references, columns=columns, missing=args.missing)
    requests = {"n_resamples": args.n_resamples, "seed": args.seed, "per_text": True, "baselines": True}
    if args.n_resamples:
        requests["confidence_level"] = args.confidence_level
    if "compare_to" in files:
        other = load_pairs(metric, files["compare_to"], references, columns=columns, missing=args.missing)
        read_inputs(metric, other.inputs, where=other.where)  # so that an error names this file's line
        requests["compare_to"] = {
            name: values for name, values in other.inputs.items() if metric.inputs[name].by_system
        }
    result = compute(metric, {**paired.inputs, **options, **requests}, where=paired.where)
    columns_by_text = result.pop("per_text")
    return {
        "metric": metric.name,
        "options": {name: options.get(name, option.default) for name, option in metric.options.items()},
        **{name: str(path) for name, path in files.items() if name not in ("output", "per_text")},
        "texts": len(paired.names),
        "matched_by": paired.matched_by,
        "missing": paired.missing,
        "unused": paired.unused,
        "n_resamples": args.n_resamples,
        "confidence_level": args.confidence_level,
        "seed": args.seed,
        "result": result,
        "per_text": [
            {"id": name, **dict(zip(columns_by_text, values, strict=True))}
            for name, values in zip(paired.names, zip(*columns_by_text.values(), strict=True), strict=True)
        ],
    }


def _options(metric: "Metric", args: argparse.Namespace) -> dict[str, Any]:
    chosen = {name: getattr(args, name) for name in OPTIONS if getattr(args, name) is not None}
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
    heading += f"\nmatched by {scored['matched_by']}"
    if scored["missing"] or scored["unused"]:
        heading += f"; {scored['missing']} without a prediction, scored as empty; {scored['unused']} predictions unused"
    return heading
