r"""Offsets in UTF-16 code units, as JavaScript, Java and Google's APIs count: a character above U+FFFF counts two.

A span ``[start, end)`` of Unicode code points becomes one of UTF-16 code units; the text is only looked at, never
encoded, so a lone surrogate is what it is: one unit.
"""

from bisect import bisect_left
from collections.abc import Iterable

LAST_OF_ONE_UNIT = "\uffff"


def utf16_length(text: str) -> int:
    r"""Return how many UTF-16 code units a text has.

    >>> utf16_length("蠢😀"), utf16_length("\ud83d")
    (3, 1)
    """
    return len(text) + sum(character > LAST_OF_ONE_UNIT for character in text) if has_pairs(text) else len(text)


def has_pairs(text: str) -> bool:
    """Tell whether a character of the text takes two UTF-16 code units.

    >>> has_pairs("蠢货"), has_pairs("😀")
    (False, True)
    """
    return max(text, default="") > LAST_OF_ONE_UNIT


def utf16_offsets(text: str, offsets: Iterable[int]) -> list[int]:
    """Return where offsets of code points lie in UTF-16 code units.

    Args:
        text: The text.
        offsets: Any of ``0 ... len(text)``, in any order.

    Returns:
        One offset each.

    >>> utf16_offsets("a😀b", [0, 1, 2, 3])
    [0, 1, 3, 4]
    """
    if not has_pairs(text):
        return list(offsets)
    pairs = [place for place, character in enumerate(text) if character > LAST_OF_ONE_UNIT]
    return [offset + bisect_left(pairs, offset) for offset in offsets]


def per_unit(text: str, values: Iterable[float]) -> list[float]:
    """Return one value a UTF-16 code unit from one a code point: both units of a pair have their character's.

    Args:
        text: The text.
        values: One a code point.

    Returns:
        One a code unit.

    >>> per_unit("a😀", [0.5, 1.0])
    [0.5, 1.0, 1.0]
    """
    both = zip(text, values, strict=True)
    return [value for character, value in both for _ in range(1 + (character > LAST_OF_ONE_UNIT))]
