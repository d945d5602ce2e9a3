"""`hf-toxspan reason`: reasons for and against calling a text toxic, stored with the row."""

import argparse
from pathlib import Path
from typing import Any

from hf_toxspan.cli import labelling, language_model

_DESCRIPTION = """Give each row two reasons: what speaks for calling its text toxic, and what for calling it clean. A
model learns from the contrast (ARCL, arXiv 2604.12321).

A language model is asked once for both sides, and not told the label; with --offline, stand-ins are made from what the
row has: its quoted spans, and a rewrite or the text without them. Rows that have both are left as they are."""

_EPILOG = f"""examples:
  hf-toxspan reason --llm Qwen/Qwen3-8B --base-url http://127.0.0.1:8000/v1 --data cold:train.csv --output reasons.jsonl
  hf-toxspan reason --llm ./chat-model --local --data rows.jsonl --output reasons.jsonl --max-calls 100
  hf-toxspan reason --offline --data toxirewritecn:train.json --rewrite-field neutral --output reasons.jsonl

data: a file of rows (below), sample:train, sample:dev, or a set as its authors publish it: cold:FILE.csv,
  hatexplain:dataset.json#dev, vihos:FILE.csv, semeval2021:FILE.csv, toxicn:FILE.csv, cntp:FILE.json,
  state_toxicn:FILE.json, toxirewritecn:FILE.json

a row of the output: the input's, with
  reason_toxic   why the text would be toxic, or null
  reason_clean   why it would not, or null
  reason_status  answered, offline; else partial (one side), nothing (neither), unparsed (the answer can't be read),
                 failed, budget, stopped (no answer yet); given (a row that was left as it is)
  reason_detail  the error, the answer, or what is lacking
  reason_author  the model, the prompt and its version

{language_model.SERVERS}

{labelling.EXIT_STATUS}
"""


def add_parser(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command's options."""
    parser = subparsers.add_parser(
        "reason",
        help="give rows reasons for and against their label",
        description=_DESCRIPTION,
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.set_defaults(run=run)
    labelling.add_row_options(parser)
    parser.add_argument("--offline", action="store_true", help="stand-ins from the row itself, no language model")
    parser.add_argument(
        "--rewrite-field", metavar="NAME", help="with --offline: field with a clean version of the text"
    )
    parser.add_argument("--device", metavar="NAME", help="of a --local model (default: cuda if there, else cpu)")
    language_model.add_options(parser)


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
    language_model.check(args, needed=not args.offline, otherwise="--offline")
    if args.rewrite_field and not args.offline:
        raise ValueError(f"--rewrite-field is {args.rewrite_field}, which only --offline reads; leave it away")
    output = labelling.check_output_file(args)
    rows = labelling.load_rows(args)
    return _make_offline(args, rows, output) if args.offline else _ask(args, rows, output)


def _make_offline(args: argparse.Namespace, rows: list[dict[str, Any]], output: Path) -> int:
    from hf_toxspan.annotation.reasons import OfflineReasoner, reason_rows

    if args.rewrite_field and rows and args.rewrite_field not in rows[0]:
        raise ValueError(f"--rewrite-field is {args.rewrite_field}; the rows have {', '.join(rows[0])}")
    reasoned = reason_rows(rows, OfflineReasoner(args.rewrite_field), replace=args.replace)
    return labelling.finish(args, output, reasoned, status="reason_status")


def _ask(args: argparse.Namespace, rows: list[dict[str, Any]], output: Path) -> int:
    from hf_toxspan.annotation import reasons
    from hf_toxspan.llm.outcomes import WAITING

    prompt, parameters = language_model.prompt(args, reasons.PROMPT), language_model.parameters(args)
    if args.dry_run:
        texts = [rows[place]["text"] for place in reasons.to_reason(rows, replace=args.replace)]
        return language_model.show_plan(args, reasons.reason_requests(texts, prompt, parameters), output)
    with language_model.open_asker(args, output) as asker:
        reasoned = reasons.reason_rows(rows, reasons.LLMReasoner(asker, prompt, parameters), replace=args.replace)
    note = language_model.spent(asker)
    return labelling.finish(args, output, reasoned, status="reason_status", waiting=WAITING, note=note)
