"""`--second-reading KINDS --terms FILE`: the options of a normaliser, and the normaliser that they ask for."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from hf_toxspan.data.records import read_text

if TYPE_CHECKING:
    from hf_toxspan.obfuscation.normaliser import Normaliser


def add_options(group: argparse._ArgumentGroup) -> None:
    """Add the two options.

    Args:
        group: Where to.
    """
    group.add_argument(
        "--second-reading",
        metavar="KINDS",
        help="read obfuscated spellings as they may be meant too; a text is toxic where either reading is. "
        "'all', or names with commas between, such as spacing,leet (a wrong one is answered with all names)",
    )
    group.add_argument(
        "--terms", metavar="FILE", help="words that --second-reading looks for in disguise, one a line in UTF-8"
    )


def normaliser_of(args: argparse.Namespace) -> "Normaliser | None":
    """Return the normaliser that the options ask for.

    Args:
        args: The parsed options.

    Returns:
        The normaliser; None without `--second-reading`.

    Raises:
        ValueError: If a kind is unknown or lacks terms, or there are terms and no second reading.
        FileNotFoundError: If there is no such file of terms.
        ImportError: If a kind needs a library that is not installed.
    """
    from hf_toxspan.obfuscation.normaliser import KINDS, build_normaliser

    terms = read_terms(args.terms)
    if args.second_reading is None:
        if args.terms is not None:
            raise ValueError(f"--terms {args.terms} is for --second-reading; pass --second-reading all too")
        return None
    kinds = KINDS if args.second_reading == "all" else args.second_reading.split(",")
    return build_normaliser(kinds, terms)


def read_terms(path: str | None) -> list[str]:
    """Return the lines of a file of terms, without blanks at their ends; empty lines are passed over.

    Args:
        path: The file; None for no terms.

    Returns:
        The terms in the order of the file.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If it is not in UTF-8.
    """
    lines = [] if path is None else read_text(Path(path).expanduser()).splitlines()
    return [line.strip() for line in lines if line.strip()]
