"""`hf-toxspan evaluate`: a model against a data set under every protocol, beside the trivial baselines."""

import argparse
import json
from pathlib import Path

_DESCRIPTION = """Score a model on labelled texts under every protocol that they allow, beside marking everything,
marking nothing and, with --lexicon, a list of words mined from training data."""

_EPILOG = """examples:
  hf-toxspan evaluate --data sample:dev --lexicon sample:train
  hf-toxspan evaluate --model runs/cold --data cold:path/to/dev.csv --output report.json
  hf-toxspan evaluate --data sample:dev --faithfulness --masking attention
  hf-toxspan evaluate --model ./my-model --data my_rows.jsonl --toxic-label offensive --toxic-label hatespeech
  hf-toxspan evaluate --model runs/hatexplain --data hatexplain:data/dataset.json#dev

what is measured follows from what the rows hold:
  label, toxic      classes: accuracy, macro-F1, AUROC; more than two labels too, if they are the model's
  spans             character spans, explained and as shown
  tokens            plausibility, if joined by blanks they are the text: HateXplain's top 5 words, the runs
                    of words as shown, and those pooled over all texts (RATeD). --plausibility measures it
                    without them too, on the model's own tokens, which gives other numbers
  annotator_spans   the spans of one annotator, copied: a ceiling of plausibility
  target_groups     bias: AUCs by community, such as ["Women"], and their power mean (GMB)
Numbers that others published stand beside those of their benchmark: see --benchmark.

faithfulness: --faithfulness masks the words that the model shows as evidence, in each text that it
calls toxic, and asks it again. Comprehensiveness is how much less probable its label becomes without
them (high is faithful), sufficiency how much with them alone (low is faithful). Both are perfect for
marking the whole text, and any hole in a text unsettles a model: believe evidence only as far as it
gets beyond random spans of the same number and lengths, which stand beside it. How words are masked
moves the numbers: name --masking beside them, and take another one where marking everything hardly
drops the confidence. It costs some twenty passes over the texts called toxic.

data: a file of rows (below), sample:train, sample:dev, or a set as its authors publish it: cold:FILE.csv,
  hatexplain:dataset.json#dev, vihos:FILE.csv, semeval2021:FILE.csv, toxicn:FILE.csv, cntp:FILE.json,
  state_toxicn:FILE.json, toxirewritecn:FILE.json
  {"text": "you fool", "toxic": true, "spans": [[4, 8]]}   (spans: null where not annotated)
"""


def add_parser(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command's options."""
    parser = subparsers.add_parser(
        "evaluate",
        help="score a model on labelled texts",
        description=_DESCRIPTION,
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.set_defaults(run=run)
    parser.add_argument("-d", "--data", required=True, metavar="DATA", help="what to score on; see below")
    parser.add_argument("-m", "--model", metavar="MODEL", help="folder or Hub id (default: the small one that ships)")
    parser.add_argument("-o", "--output", metavar="FILE", help="write the scores as JSON too")
    parser.add_argument("--force", action="store_true", help="replace an output that exists")
    parser.add_argument("--lexicon", metavar="DATA", help="training data to mine the lexicon baseline from")
    parser.add_argument(
        "--faithfulness", action="store_true", help="does the model rely on the evidence it shows? see below"
    )
    parser.add_argument(
        "--masking",
        choices=("mask", "unk", "attention"),
        help="with --faithfulness, put in a word's place the mask token (default), the unknown token, or that one and "
        "take it out of the attention",
    )
    parser.add_argument(
        "--plausibility", action="store_true", help="measure it without words too: on the model's tokens; see below"
    )
    parser.add_argument(
        "--benchmark",
        choices=("hatexplain", "vihos"),
        help="what the data are a part of: adds its own scores and published numbers (default: as --data names it)",
    )
    parser.add_argument("--batch-size", type=int, default=32, metavar="N", help="default: 32; same scores for any")
    parser.add_argument("--device", metavar="NAME", help="cpu, cuda, cuda:1, mps (default: cuda if there, else cpu)")
    parser.add_argument(
        "--toxic-label", action="append", metavar="LABEL", help="a toxic label, where the model does not say; repeat"
    )
    parser.add_argument(
        "--data-toxic-label", action="append", metavar="LABEL", help="the same, for rows without a column toxic"
    )


def run(args: argparse.Namespace) -> int:
    """Run the command.

    Args:
        args: The parsed options.

    Returns:
        0.

    Raises:
        ValueError: If the data or the model can't be read.
        OSError: If a file can't be read or written.
    """
    output = None if args.output is None else Path(args.output).expanduser()
    _check(args, output)
    import torch

    from hf_toxspan.cli.show import show
    from hf_toxspan.cli.writing import write_whole
    from hf_toxspan.data.sources import load_data
    from hf_toxspan.evaluation.baselines import mine_lexicon
    from hf_toxspan.evaluation.published import benchmark_of
    from hf_toxspan.evaluation.report import add_model, start_report
    from hf_toxspan.modeling.checkpoint import load_classifier
    from hf_toxspan.modeling.extraction import SpanExtractor

    # Lists of dicts: a data set reads its rows anew each time it is asked.
    rows = load_data(args.data, toxic_labels=args.data_toxic_label).to_list()
    lexicon = None if args.lexicon is None else mine_lexicon(load_data(args.lexicon).to_list())
    model, tokenizer = load_classifier(args.model)
    device = args.device or ("cuda" if torch.cuda.is_available() else "cpu")
    extractor = SpanExtractor(model.to(device), tokenizer, toxic_labels=args.toxic_label)
    benchmark = args.benchmark or benchmark_of(args.data)
    report = start_report(rows, data=args.data, lexicon=lexicon, benchmark=benchmark)
    add_model(
        report,
        args.model or "the model that ships",
        extractor,
        rows,
        batch_size=args.batch_size,
        masking=(args.masking or "mask") if args.faithfulness else None,
        plausibility=args.plausibility,
    )
    if output is not None:
        write_whole(output, (json.dumps(report.to_dict(), ensure_ascii=False, indent=2) + "\n").encode())
    show(report.to_tables())
    return 0


def _check(args: argparse.Namespace, output: Path | None) -> None:
    """Say what would stop the run later, before minutes of work."""
    from hf_toxspan.cli.writing import check_output

    if args.batch_size < 1:
        raise ValueError(f"--batch-size is {args.batch_size}; expected at least 1")
    if args.masking is not None and not args.faithfulness:
        raise ValueError(f"--masking {args.masking} is about --faithfulness; pass both, or neither")
    if output is not None:
        check_output(output, force=args.force)
