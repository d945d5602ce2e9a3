"""Steps that need a table but no words: traditional characters and look-alikes of Latin letters."""

import re

from hf_toxspan.core.normalisation import LETTER
from hf_toxspan.core.rewriting import Replacement, Step
from hf_toxspan.obfuscation.tables import look_alikes, script_converter

_MIXED_WORD = re.compile(rf"(?:{LETTER})*[A-Za-z](?:{LETTER})*")


def traditional_step() -> Step:
    """Replace traditional Chinese characters by simplified ones, character by character.

    Returns:
        The step.

    >>> traditional_step()("這個")
    [Replacement(start=0, end=1, text='这'), Replacement(start=1, end=2, text='个')]
    """
    convert = script_converter("t2s")

    def find(text: str) -> list[Replacement]:
        return [] if text.isascii() else _changed(text, convert(text))

    return find


def homoglyph_step() -> Step:
    """Replace look-alikes of other scripts by Latin letters, in words that hold a Latin letter too.

    A word of one script is left alone: it may be Russian or Greek.

    Returns:
        The step.

    >>> homoglyph_step()("fоol сука")  # the first "о" is Cyrillic, and so is the second word
    [Replacement(start=1, end=2, text='o')]
    """
    table = str.maketrans(look_alikes())

    def find(text: str) -> list[Replacement]:
        if text.isascii():
            return []
        return _changed(text, _MIXED_WORD.sub(lambda word: word[0].translate(table), text))

    return find


def _changed(text: str, other: str) -> list[Replacement]:
    """Return the characters in which two texts of one length differ."""
    return [
        Replacement(place, place + 1, new)
        for place, (old, new) in enumerate(zip(text, other, strict=True))
        if old != new
    ]
