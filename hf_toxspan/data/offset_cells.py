"""Spans as a cell that lists the offsets of marked characters, ``[3, 4, 5]``: so ViHOS and SemEval-2021 write them."""

import re
from itertools import pairwise

from hf_toxspan.core.offsets import from_offsets
from hf_toxspan.data.blemishes import Blemishes

_BRACKETED = re.compile(r"\[([^\[\]]*)\]")


def read_offset_cell(cell: str, text: str, *, where: str, blemishes: Blemishes) -> list[list[int]] | None:
    """Return the spans that the cell marks in the text, character by character as it was published.

    The numbers stand between brackets or not, in quotes or not, with commas or blanks between them. Offsets outside the
    text are left out, and those out of order or repeated are put in order; both are counted.

    Args:
        cell: The offsets; none marks nothing.
        text: The text, untouched: normalising it first would move what the offsets mean.
        where: Place of the record.
        blemishes: Counts what is odd.

    Returns:
        Sorted and merged spans; None where there are offsets but none lies in the text.

    Raises:
        ValueError: If the cell holds something else.

    >>> read_offset_cell("[4, 5, 6, 7]", "you fool", where="dev.csv, line 2", blemishes=Blemishes())
    [[4, 8]]
    """
    offsets = _offsets(cell, where)
    inside = [offset for offset in offsets if 0 <= offset < len(text)]
    if len(inside) < len(offsets):
        blemishes.note("lists with offsets outside the text, those left out", where)
    if any(later <= earlier for earlier, later in pairwise(offsets)):
        blemishes.note("lists of offsets out of order or repeated, put in order", where)
    return [list(span) for span in from_offsets(inside)] if inside or not offsets else None


def _offsets(cell: str, where: str) -> list[int]:
    bare = cell.strip().strip("'\"").strip()
    bracketed = _BRACKETED.fullmatch(bare)
    try:
        return [int(number) for number in (bracketed[1] if bracketed else bare).replace(",", " ").split()]
    except ValueError as error:
        raise ValueError(
            f"{where}: the offsets are {cell[:80]!r}; expected whole numbers such as '[3, 4, 5]', or '[]'. Correct the "
            "cell."
        ) from error
