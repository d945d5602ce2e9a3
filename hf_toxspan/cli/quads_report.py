"""`hf-toxspan quads-report`: systems of quadruples side by side, each beside the one before (SRAG-MAV's ablation)."""

import argparse
from pathlib import Path
from typing import Any

_DESCRIPTION = """Score what `hf-toxspan quads` wrote against gold quadruples: hard, soft and average F1 with intervals,
each system beside the one before it, by a paired test. Named base, +TR, +SRAG and +MAV, they stand beside the paper's
rows."""

_EPILOG = """the paper's ablation, with your own models:
  quads="hf-toxspan quads --data runs/srag/held_back.jsonl --local --temperature 0 --stop fixed --max-rounds 1"
  $quads --llm runs/base/merged --form quadruples --output base.jsonl       # trained with --form quadruples --no_shots
  $quads --llm runs/tr/merged --output tr.jsonl                             # trained with --no_shots
  $quads --llm runs/srag/merged --demonstrations runs/srag/demonstrations --shots 1 --output srag.jsonl
  hf-toxspan quads --data runs/srag/held_back.jsonl --local --llm runs/srag/merged --stop mav --tau 200 \\
      --demonstrations runs/srag/demonstrations --max-rounds 100 --ahead 20 --output mav.jsonl
  hf-toxspan quads-report --data runs/srag/held_back.jsonl base=base.jsonl +TR=tr.jsonl +SRAG=srag.jsonl +MAV=mav.jsonl

A text that a system has no answer to counts as answered with nothing. Texts that one of the files lacks are left out.
"""


def add_parser(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command's options."""
    parser = subparsers.add_parser(
        "quads-report",
        help="compare systems of quadruples, beside the paper's ablation",
        description=_DESCRIPTION,
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.set_defaults(run=run)
    parser.add_argument("systems", nargs="+", metavar="NAME=FILE", help="a system and what hf-toxspan quads wrote")
    parser.add_argument("-d", "--data", required=True, metavar="DATA", help="gold: rows with quadruples")
    parser.add_argument("--table", metavar="FILE", help="write the table too (.md)")
    parser.add_argument("--force", action="store_true", help="replace a table that exists")
    parser.add_argument("--n-resamples", type=int, default=1000, metavar="N", help="bootstrap samples (1000)")
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="of the samples (0)")


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
    from hf_toxspan.cli.writing import check_output, write_whole
    from hf_toxspan.core.resampling import check_sampling
    from hf_toxspan.data.quadruples import gold_string
    from hf_toxspan.data.sources import load_data
    from hf_toxspan.evaluation.quadruple_ablation import ablate, to_markdown, to_tables

    check_sampling(0.95, args.n_resamples, args.seed)
    table = None if args.table is None else Path(args.table).expanduser()
    if table is not None:
        check_output(table, force=args.force)
    systems = dict(map(_read, args.systems))
    references = {row["id"]: gold_string(row) for row in load_data(args.data).to_list()}
    found = ablate(args.data, references, systems, n_resamples=args.n_resamples, seed=args.seed)
    show(to_tables(found))
    if table is not None:
        write_whole(table, to_markdown(found).encode())
    return 0


def _read(named: str) -> tuple[str, dict[str, dict[str, Any]]]:
    """Read NAME=FILE: the rows by their id."""
    from hf_toxspan.data.records import read_records

    name, _, file = named.partition("=")
    if not name or not file:
        raise ValueError(f"got {named!r}; expected NAME=FILE, such as +SRAG=srag.jsonl")
    rows: dict[str, dict[str, Any]] = {}
    for record in read_records(Path(file).expanduser(), kinds=(".jsonl",)):
        if "id" not in record.fields or not ("quadruples" in record.fields or "error" in record.fields):
            raise ValueError(
                f"{record.where}: no `id` or no `quadruples`; expected what hf-toxspan quads --output FILE.jsonl wrote"
            )
        rows[str(record.fields["id"])] = record.fields
    return name, rows
