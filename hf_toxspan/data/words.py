"""Toxic words that a data set lists without offsets, found again in their text."""

from typing import NamedTuple

from hf_toxspan.core.spans import find_all, merge
from hf_toxspan.data.blemishes import Blemishes


class Located(NamedTuple):
    """Where the words of one text stand.

    Attributes:
        spans: Every place of every word, merged and sorted; None where there are words but none occurs.
        unmatched: The words that do not occur, each once.
    """

    spans: list[list[int]] | None
    unmatched: list[str]


def locate(words: object, text: str, *, where: str, blemishes: Blemishes) -> Located:
    """Find all occurrences of each word and join them.

    Args:
        words: What the file gives as the list of words.
        text: The text that they are taken from.
        where: Place of the record.
        blemishes: Counts the words that do not occur.

    Returns:
        The places, and the words without one.

    Raises:
        ValueError: If `words` is no list of strings.

    >>> locate(["蠢", "猪", "狗"], "蠢猪就是蠢", where="line 1", blemishes=Blemishes())
    Located(spans=[[0, 2], [4, 5]], unmatched=['狗'])
    >>> locate([], "好", where="line 2", blemishes=Blemishes())
    Located(spans=[], unmatched=[])
    """
    if not isinstance(words, list) or not all(isinstance(word, str) for word in words):
        raise ValueError(f"{where}: the toxic words are {repr(words)[:80]}; expected a list of strings.")
    found = {word: find_all(word, text) for word in words}
    unmatched = [word for word, places in found.items() if not places]
    for _ in unmatched:
        blemishes.note("toxic words that do not occur in their text, in `unmatched` instead of `spans`", where)
    spans = [list(span) for span in merge(span for places in found.values() for span in places)]
    return Located(spans if spans or not words else None, unmatched)
