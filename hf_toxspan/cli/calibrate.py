"""`hf-toxspan calibrate`: when is it worth asking the judge? The trade-off, and a region for `hf-toxspan judge`."""

import argparse
import csv
import io
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from hf_toxspan.core.verdicts import MergeRules
    from hf_toxspan.evaluation.cascade import CascadeReport, Family
    from hf_toxspan.evaluation.cascade_rows import Cases

DEFAULT_BUDGET = 0.2

_DESCRIPTION = """Find out on development data when it is worth asking the judge: how good the answers are for every
share of judged texts, and the region of ambiguity that is best for a budget, or cheapest for a wanted score."""

_EPILOG = """first let the judge answer all development texts, once, then calibrate as often as you like:
  hf-toxspan judge --model runs/rated --region all --data dev.jsonl --output judged.jsonl ...
  hf-toxspan calibrate --data dev.jsonl --judged judged.jsonl --budget 0.2 --output region.json
  hf-toxspan judge --model runs/rated --region region.json --input comments.jsonl --output answers.jsonl ...

examples:
  hf-toxspan calibrate --data hatexplain:dataset.json#dev --judged judged.jsonl --plot curve.svg --table curve.csv
  hf-toxspan calibrate -d vihos:dev.csv -j judged.jsonl --at-least 0.92 --score accuracy
  hf-toxspan calibrate -d dev.jsonl -j judged.jsonl --budget 0.1 --by-label --output region.json
  hf-toxspan calibrate -d dev.jsonl -j judged.jsonl --score char_f1 --measure toxicity --two-sided

how to read it:
  Doubt is low confidence, the probability of the backbone's most probable label, calibrated by one
  temperature; with --measure toxicity it is a probability of being toxic near one half. The curve asks
  about the most doubtful texts first. Beside it stand as many texts drawn by lot (a region that does not
  beat the lot is not worth having), the backbone alone, the judge asked always, the judge alone, and a
  router that knows the gold answers. A region always looks better on the texts it was chosen on, so its
  score is measured with each text routed by a region chosen without it (cross-fitting).

regions (default: one upper end of the confidence, or with --measure toxicity two ends around one half):
  --by-label   an upper end of the confidence for each label of the backbone
  --two-sided  any two ends of the measure
The more freedom, the more texts it takes: compare the cross-fitted scores.

scores: macro_f1 and accuracy are of the labels where the data use the backbone's, else (or with
--toxic-or-not) of toxic against clean; char_f1 is of the evidence's characters, and needs gold spans.
Texts that the judge gave no answer to keep the backbone's, and count as judged. A region holds for the
way of merging that it was found with: its file says which, and hf-toxspan judge merges likewise.
"""


def add_parser(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command's options."""
    parser = subparsers.add_parser(
        "calibrate",
        help="find out when to ask the judge",
        description=_DESCRIPTION,
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.set_defaults(run=run)
    parser.add_argument("-d", "--data", required=True, metavar="DATA", help="what is right, as for hf-toxspan evaluate")
    parser.add_argument(
        "-j",
        "--judged",
        required=True,
        metavar="FILE",
        help="the same texts as hf-toxspan judge --region all wrote them",
    )
    parser.add_argument(
        "--data-toxic-label", action="append", metavar="LABEL", help="a toxic label, for rows without a column toxic"
    )
    wish = parser.add_argument_group("what for")
    either = wish.add_mutually_exclusive_group()
    either.add_argument(
        "--budget",
        type=float,
        metavar="SHARE",
        help=f"judge at most this share of the texts (default: {DEFAULT_BUDGET})",
    )
    either.add_argument("--at-least", type=float, metavar="SCORE", help="judge as few texts as reach this score")
    wish.add_argument(
        "--score", choices=("macro_f1", "accuracy", "char_f1"), default="macro_f1", help="default: macro_f1"
    )
    wish.add_argument("--toxic-or-not", action="store_true", help="score toxic against clean, whatever the labels")
    region = parser.add_argument_group("regions")
    region.add_argument(
        "--measure", choices=("confidence", "toxicity"), default="confidence", help="default: confidence"
    )
    family = region.add_mutually_exclusive_group()
    family.add_argument("--by-label", action="store_true", help="an upper end for each label; see below")
    family.add_argument("--two-sided", action="store_true", help="a lower and an upper end; see below")
    region.add_argument("--temperature", type=float, metavar="T", help="calibrate by this one (default: fitted)")
    merge = parser.add_argument_group("merging (default: as in the file; naming one of these merges anew)")
    merge.add_argument(
        "--judge-weight",
        type=float,
        metavar="W",
        help="pool the probabilities of both: 0 the backbone's, 1 the judge's",
    )
    merge.add_argument("--keep-toxic", type=float, metavar="P", help="a toxic label stays from this toxicity on")
    written = parser.add_argument_group("output")
    written.add_argument(
        "-o", "--output", metavar="FILE", help="write the region, for hf-toxspan judge --region (.json)"
    )
    written.add_argument("--plot", metavar="FILE", help="draw the curve (.png, .svg, .pdf)")
    written.add_argument("--table", metavar="FILE", help="write the curve (.csv)")
    written.add_argument("--force", action="store_true", help="replace outputs that exist")
    trust = parser.add_argument_group("trust")
    trust.add_argument("--folds", type=int, default=5, metavar="N", help="of the cross-fitting (default: 5)")
    trust.add_argument("--n-resamples", type=int, default=1000, metavar="N", help="bootstrap samples (default: 1000)")
    trust.add_argument("--seed", type=int, default=0, metavar="N", help="of folds and samples (default: 0)")


def run(args: argparse.Namespace) -> int:
    """Run the command.

    Args:
        args: The parsed options.

    Returns:
        0.

    Raises:
        ValueError: If a file can't be read, texts don't match, or an option is out of range.
        OSError: If a file can't be read or written.
    """
    from hf_toxspan.cli.show import show
    from hf_toxspan.cli.writing import write_whole
    from hf_toxspan.core.resampling import check_sampling
    from hf_toxspan.evaluation.cascade import Wish, report_cascade
    from hf_toxspan.evaluation.cascade_tables import to_tables

    files = _files(args)
    check_sampling(0.95, args.n_resamples, args.seed)
    budget = DEFAULT_BUDGET if args.budget is None and args.at_least is None else args.budget
    report = report_cascade(
        _load(args),
        Wish(args.score, budget, args.at_least),
        family=_family(args),
        measured=args.measure,
        temperature=args.temperature,
        toxic_or_not=args.toxic_or_not,
        folds=args.folds,
        n_resamples=args.n_resamples,
        seed=args.seed,
    )
    if "output" in files:
        write_whole(files["output"], report.choice.region.to_json(_provenance(args) | report.to_dict()).encode())
    if "table" in files:
        write_whole(files["table"], _csv(report).encode())
    if "plot" in files:
        _plot(files["plot"], report)
    show(to_tables(report))
    return 0


def _files(args: argparse.Namespace) -> dict[str, Path]:
    """Return the outputs by their option's name, after saying what would stop the run later."""
    from hf_toxspan.cli.writing import check_output

    suffixes = {"output": (".json",), "plot": (".png", ".svg", ".pdf"), "table": (".csv",)}
    files = {name: Path(getattr(args, name)).expanduser() for name in suffixes if getattr(args, name) is not None}
    for name, path in files.items():
        if path.suffix.lower() not in suffixes[name]:
            raise ValueError(f"--{name} is {path}; expected a name in {', '.join(suffixes[name])}")
        check_output(path, force=args.force)
    if "plot" in files:
        from hf_toxspan.views.plots import check_matplotlib

        check_matplotlib()
    return files


def _load(args: argparse.Namespace) -> "Cases":
    """Read what is right and what the cascade said, and put them side by side."""
    from hf_toxspan.cli.pairing import match
    from hf_toxspan.data.records import Record, read_records
    from hf_toxspan.data.sources import load_data
    from hf_toxspan.evaluation.cascade_rows import JudgedRow, read_cases

    rows = load_data(args.data, toxic_labels=args.data_toxic_label).to_list()
    said = list(read_records(Path(args.judged).expanduser()))
    for name, found in ((args.data, rows), (args.judged, said)):
        if not found:
            raise ValueError(f"{name} holds no text; expected at least two")
    known = [Record(f"{args.data}, text {place}", row) for place, row in enumerate(rows, start=1)]
    pairs, _ = match(said, known, args.judged, args.data)
    judged = [JudgedRow(own.where, own.fields, gold.fields) for own, gold in pairs if own is not None]
    return read_cases(judged, _rules(args))


def _rules(args: argparse.Namespace) -> "MergeRules | None":
    from hf_toxspan.core.verdicts import MergeRules

    if args.judge_weight is None and args.keep_toxic is None:
        return None
    return MergeRules(1.0 if args.judge_weight is None else args.judge_weight, args.keep_toxic)


def _provenance(args: argparse.Namespace) -> dict[str, Any]:
    merged_anew = {"judge_weight": args.judge_weight, "keep_toxic": args.keep_toxic}
    return {"command": "hf-toxspan calibrate", "data": args.data, "judged": args.judged, "merged_anew": merged_anew}


def _family(args: argparse.Namespace) -> "Family":
    from hf_toxspan.core.region_choice import by_label, nested, two_sided

    if args.by_label and args.measure != "confidence":
        raise ValueError(f"--by-label is about confidence, not --measure {args.measure}; leave one of the two out")
    return by_label if args.by_label else two_sided if args.two_sided else nested


def _csv(report: "CascadeReport") -> str:
    """Return the curve, a line a point, scores in [0, 1]."""
    lines: list[dict[str, Any]] = []
    for region, point, found, oracle in report.curve:
        name = report.wish.score
        lines.append(
            {
                "share": point.share,
                "low": region.low,
                "high": region.high,
                **found,
                f"{name}_low": point.score.low,
                f"{name}_high": point.score.high,
                "lot": point.random,
                **{
                    f"over_lot{end}": value for end, value in zip(("", "_low", "_high"), point.over_random, strict=True)
                },
                "oracle": oracle,
            }
        )
    stream = io.StringIO(newline="")
    writer = csv.DictWriter(stream, lines[0])
    writer.writeheader()
    writer.writerows(lines)
    return stream.getvalue()


def _plot(path: Path, report: "CascadeReport") -> None:
    from hf_toxspan.views.plots import plot_trade_off

    points = [own.point for own in report.curve]
    plot_trade_off(
        path,
        [point.share for point in points],
        {
            "the doubtful first": [point.score.value for point in points],
            "as many by lot": [point.random for point in points],
            "oracle": [own.oracle for own in report.curve],
        },
        band=([point.score.low for point in points], [point.score.high for point in points]),
        levels={
            "backbone alone": points[0].score.value,
            **({"judge alone": report.judge_alone.value} if report.judge_alone else {}),
        },
        chosen=(report.honest.share, report.honest.score.value),
        label=report.wish.score,
    )
