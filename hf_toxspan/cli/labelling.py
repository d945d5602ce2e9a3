"""What the commands that add columns to rows share: options, reading, writing whole, a table by status."""

import argparse
import sys
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

INCOMPLETE = 1
"""Exit status of a run whose output is written, but whose rows are not all answered: a later run would ask again."""

EXIT_STATUS = """exit status: 0 every row has what this run could bring, 1 some rows wait for another run (failed,
budget, stopped), 2 an error, 130 interrupted"""


def add_row_options(parser: argparse.ArgumentParser) -> None:
    """Add the options about rows in and out."""
    group = parser.add_argument_group("rows")
    group.add_argument("-d", "--data", required=True, metavar="DATA", help="rows to look at; see below")
    group.add_argument("-o", "--output", required=True, metavar="FILE", help="file to write (.jsonl), whole")
    group.add_argument("--force", action="store_true", help="replace an output that exists")
    group.add_argument("--replace", action="store_true", help="look at rows that have been looked at before too")
    group.add_argument(
        "--data-toxic-label", action="append", metavar="LABEL", help="a toxic label, for rows without a column toxic"
    )
    group.add_argument("-q", "--quiet", action="store_true", help="no progress bar, no table")


def check_output_file(args: argparse.Namespace) -> Path:
    """Return the file to write, after saying what would stop the writing later.

    Args:
        args: The parsed options.

    Returns:
        The output.

    Raises:
        ValueError: If its name says another format, or it is the input.
        OSError: If it can't be written.
    """
    from hf_toxspan.cli.writing import check_output

    output = Path(args.output).expanduser()
    if output.suffix.lower() != ".jsonl":
        raise ValueError(f"--output is {args.output}; expected a name in .jsonl: rows are written as JSONL")
    source = Path(args.data.removeprefix("rows:")).expanduser()
    if source.exists() and output.exists() and source.samefile(output):
        raise ValueError(f"{output} is the input and the output; pass another --output")
    check_output(output, force=args.force)
    return output


def load_rows(args: argparse.Namespace) -> list[dict[str, Any]]:
    """Read the rows.

    Args:
        args: The parsed options.

    Returns:
        The rows with their own fields, in order.
    """
    from hf_toxspan.data.sources import load_data

    rows: list[dict[str, Any]] = load_data(args.data, toxic_labels=args.data_toxic_label).to_list()
    return rows


def finish(
    args: argparse.Namespace,
    output: Path,
    rows: Sequence[Mapping[str, Any]],
    *,
    status: str,
    waiting: Collection[str] = (),
    note: str = "",
) -> int:
    """Write the rows whole, print how many have which status, and return the exit status.

    Args:
        args: The parsed options.
        output: The file.
        rows: The rows.
        status: The column that says how it went.
        waiting: Statuses of rows that a later run would ask again.
        note: A line more under the table, such as what it cost.

    Returns:
        0, or `INCOMPLETE`.

    Raises:
        OSError: If the output can't be written.
    """
    from hf_toxspan.cli.show import show
    from hf_toxspan.cli.writing import dump, write_whole

    write_whole(output, b"".join(map(dump, rows)))
    counts = Counter(row[status] for row in rows)
    if not args.quiet:
        sys.stdout.write(f"{len(rows):,} rows -> {output}\n")
        show(_table(counts))
        sys.stdout.write(f"{note}\n" if note else "")
    left = sum(counts[name] for name in waiting)
    if left:
        sys.stderr.write(
            f"hf-toxspan: {left:,} of {len(rows):,} rows wait for another run: the same command with --force\n"
        )
    return INCOMPLETE if left else 0


def _table(counts: Counter[str]) -> Any:
    from rich import box
    from rich.table import Table

    table = Table("status", box=box.SIMPLE, pad_edge=False)
    table.add_column("rows", justify="right")
    for name, count in counts.most_common():
        table.add_row(name, f"{count:,}")
    return table
