"""Reasons for and against a text being toxic, made without a language model from what a data set already says.

ToxiTrace (arXiv 2604.12321) asks a large model for both reasons and lets the trainer pull a text towards the one that
agrees with its label. Offline, the annotated evidence stands in for them (ours): the toxic words themselves say why a
text is toxic, and the text without them, or a rewrite that the data set ships, is what it would be were it clean::

    text                 you are such a fool      spans   [[15, 19]]
    reason for toxic     fool
    reason for clean     you are such a           or the rewrite: "I disagree with you"
"""

import unicodedata
from collections.abc import Iterable
from typing import NamedTuple

from hf_toxspan.core.spans import SpanLike, merge


class Reasons(NamedTuple):
    """What speaks for a text being toxic, and what for its being clean; None where nothing is known."""

    toxic: str | None
    clean: str | None


def stand_in(text: str, spans: Iterable[SpanLike] | None, *, rewrite: str | None = None) -> Reasons:
    """Make both reasons of an annotated toxic text.

    Args:
        text: The text.
        spans: Its toxic spans.
        rewrite: The same text without its toxicity, where somebody wrote one.

    Returns:
        The quoted evidence for, the rewrite or else the text without its evidence against; None for what would be
        blank, so a text that is nothing but evidence has no reason against.

    >>> stand_in("you are such a fool, fool", [[15, 19], [21, 25]])
    Reasons(toxic='fool; fool', clean='you are such a ,')
    >>> stand_in("fool", [[0, 4]], rewrite="I disagree")
    Reasons(toxic='fool', clean='I disagree')
    """
    evidence = merge(spans or [])
    quoted = "; ".join(text[start:end] for start, end in evidence)
    borders = [0, *(border for span in evidence for border in span), len(text)]
    rest = "".join(text[start:end] for start, end in zip(borders[::2], borders[1::2], strict=True))
    against = " ".join((rewrite or (rest if evidence else "")).split())
    return Reasons(quoted if quoted.strip() else None, against if _says_something(against) else None)


def _says_something(text: str) -> bool:
    """Tell a text from punctuation that is left over: it has a letter, a digit or a symbol such as an emoji."""
    return any(unicodedata.category(character)[0] in "LNS" for character in text)
