"""`hf-toxspan annotate`: weak span labels for toxic rows that have none."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hf_toxspan.cli import labelling, language_model

if TYPE_CHECKING:
    from hf_toxspan.annotation.annotators import Annotator

_DESCRIPTION = """Give toxic rows without spans the characters that make them toxic, so that a model can learn from
them: `hf-toxspan train toxitrace --train OUTPUT`.

  llm      a classifier marks clues, a language model corrects them (CuSA, arXiv 2604.12321); every word that it
           quotes is looked up in the text
  clue     the classifier's clues as they are
  lexicon  known words, from a file or mined from training data

Rows that have spans, and rows that are not toxic, are left as they are."""

_EPILOG = f"""examples:
  hf-toxspan annotate --annotator clue --data cold:train.csv --output spans.jsonl
  hf-toxspan annotate --annotator lexicon --lexicon words.txt --data rows.jsonl --output spans.jsonl
  hf-toxspan annotate --annotator llm --llm Qwen/Qwen3-8B --base-url http://127.0.0.1:8000/v1 \\
      --data cold:train.csv --output spans.jsonl --dry-run
  hf-toxspan annotate --annotator llm --llm ./chat-model --local --fall-back clue --data rows.jsonl -o spans.jsonl

data: a file of rows (below), sample:train, sample:dev, or a set as its authors publish it: cold:FILE.csv,
  hatexplain:dataset.json#dev, vihos:FILE.csv, semeval2021:FILE.csv, toxicn:FILE.csv, cntp:FILE.json,
  state_toxicn:FILE.json, toxirewritecn:FILE.json
  {{"text": "you fool", "toxic": true, "spans": null}}

a row of the output: the input's, with
  spans           [[4, 8]], or null where there are none
  span_source     llm, clue or lexicon: who found them
  span_status     annotated; else why not: nothing (no toxic word found), disagrees (the model calls the text clean),
                  unverified (nothing that it quoted stands in the text), unparsed (its answer can't be read),
                  failed, budget, stopped (no answer yet); given, clean (a row that was left as it is)
  span_detail     the error, the answer, or the quotes that were rejected
  span_annotator  the model, the prompt and its version, the lexicon

{language_model.SERVERS}

{labelling.EXIT_STATUS}
"""


def add_parser(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command's options."""
    parser = subparsers.add_parser(
        "annotate",
        help="mark the toxic words of rows that only have a label",
        description=_DESCRIPTION,
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.set_defaults(run=run)
    parser.add_argument(
        "-a", "--annotator", required=True, choices=("llm", "clue", "lexicon"), help="who marks; see above"
    )
    labelling.add_row_options(parser)
    parser.add_argument("--clean-as-empty", action="store_true", help="give rows that are not toxic the spans []")
    _add_clues(parser.add_argument_group("clues and lexicon"))
    language_model.add_options(parser)


def _add_clues(group: argparse._ArgumentGroup) -> None:
    group.add_argument("-m", "--model", metavar="MODEL", help="classifier of the clues (default: the one that ships)")
    group.add_argument("--batch-size", type=int, default=32, metavar="N", help="default: 32; same clues for any")
    group.add_argument("--device", metavar="NAME", help="of models in this process (default: cuda if there, else cpu)")
    group.add_argument(
        "--toxic-label", action="append", metavar="LABEL", help="a toxic label, where the model does not say; repeat"
    )
    group.add_argument("--lexicon", metavar="DATA", help="words.txt, a term a line; or data to mine terms from")
    group.add_argument(
        "--fall-back", choices=("clue", "none"), default="none", help="where the llm brings no spans (default: none)"
    )


def run(args: argparse.Namespace) -> int:
    """Run the command.

    Args:
        args: The parsed options.

    Returns:
        0, or 1 where rows wait for another run.

    Raises:
        ValueError: If the options contradict each other, or the data or a model can't be read.
        OSError: If a file can't be read or written.
        KeyboardInterrupt: When interrupted, with what to do next.
    """
    _check(args)
    output = labelling.check_output_file(args)
    rows = labelling.load_rows(args)
    if args.annotator == "llm":
        return _ask(args, rows, output)
    annotator = _lexicon(args) if args.annotator == "lexicon" else _clues(args)
    return _finish(args, output, _annotate(args, rows, annotator))


def _check(args: argparse.Namespace) -> None:
    asked = args.annotator == "llm"
    language_model.check(args, needed=asked, otherwise=f"--annotator {args.annotator}")
    if args.fall_back == "clue" and not asked:
        raise ValueError(f"--fall-back is about the llm; --annotator is {args.annotator}")
    if (args.lexicon is None) == (args.annotator == "lexicon"):
        raise ValueError("--lexicon and --annotator lexicon belong together; pass both or neither")
    if args.model is not None and args.annotator == "lexicon":
        raise ValueError(f"--model is {args.model}, but a lexicon needs no model; leave it away")
    if args.batch_size < 1:
        raise ValueError(f"--batch-size is {args.batch_size}; expected at least 1")


def _ask(args: argparse.Namespace, rows: list[dict[str, Any]], output: Path) -> int:
    from hf_toxspan.annotation import cusa
    from hf_toxspan.annotation.annotators import to_annotate

    prompt, parameters = language_model.prompt(args, cusa.PROMPT), language_model.parameters(args)
    clues = _clues(args)
    if args.dry_run:
        texts = [rows[place]["text"] for place in to_annotate(rows, replace=args.replace)]
        requests = cusa.cusa_requests(texts, clues.annotate(texts), prompt, parameters)
        return language_model.show_plan(args, requests, output)
    with language_model.open_asker(args, output) as asker:
        annotator = cusa.CusaAnnotator(clues, asker, prompt, parameters, fall_back=args.fall_back == "clue")
        annotated = _annotate(args, rows, annotator)
    return _finish(args, output, annotated, note=language_model.spent(asker))


def _annotate(args: argparse.Namespace, rows: list[dict[str, Any]], annotator: "Annotator") -> list[dict[str, Any]]:
    from hf_toxspan.annotation.annotators import annotate_rows

    return annotate_rows(rows, annotator, replace=args.replace, clean_as_empty=args.clean_as_empty)


def _finish(args: argparse.Namespace, output: Path, rows: list[dict[str, Any]], *, note: str = "") -> int:
    from hf_toxspan.llm.outcomes import WAITING

    return labelling.finish(args, output, rows, status="span_status", waiting=WAITING, note=note)


def _clues(args: argparse.Namespace) -> "Annotator":
    from hf_toxspan._version import __version__
    from hf_toxspan.annotation.annotators import ClueAnnotator
    from hf_toxspan.cli.classifier import silence_transformers
    from hf_toxspan.modeling.checkpoint import load_classifier
    from hf_toxspan.modeling.extraction import SpanExtractor

    silence_transformers()
    model, tokenizer = load_classifier(args.model)
    extractor = SpanExtractor(model.to(language_model.device(args)), tokenizer, toxic_labels=args.toxic_label)
    name = args.model or f"the model inside hf_toxspan {__version__}"
    return ClueAnnotator(extractor, name, batch_size=args.batch_size, quiet=args.quiet)


def _lexicon(args: argparse.Namespace) -> "Annotator":
    from hf_toxspan.annotation.annotators import LexiconAnnotator
    from hf_toxspan.data.records import read_text
    from hf_toxspan.data.sources import load_data
    from hf_toxspan.evaluation.baselines import mine_lexicon

    if args.lexicon.lower().endswith(".txt"):
        terms = [term for line in read_text(Path(args.lexicon).expanduser()).splitlines() if (term := line.strip())]
    else:
        terms = list(mine_lexicon(load_data(args.lexicon).to_list()))
    if not terms:
        raise ValueError(f"--lexicon {args.lexicon} gives no terms; expected a term a line, or toxic and clean texts")
    return LexiconAnnotator(terms, args.lexicon)
