r"""Where given terms stand in a text: one reading of both, one rule of what counts as found.

Terms and texts are read alike, so that a disguise that costs an attacker nothing hides nothing: full-width letters are
plain ones, characters that nobody sees are gone, letters and their marks are composed, blanks are single, case is
folded. The way back to the characters of the text as written is kept (`core/rewriting.py`). A term is found where it
does not begin or end inside a word of a script that writes blanks::

    text     Ｃlass  of a\u200bSS, 傻b们        terms   "ass"   found once, at [10, 14), not inside "class"
    reading  class of ass, 傻b们                       "傻b"   found, since 傻 and 们 are no letters of a word
"""

from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import replace

from hf_toxspan.core.lexicon import fold
from hf_toxspan.core.normalisation import find_invisible, find_width
from hf_toxspan.core.rewriting import Replacement, Rewriting, find_decomposed, unchanged
from hf_toxspan.core.spans import Span, find_all
from hf_toxspan.core.text import BLANK, WORD, replace_lone_surrogates

Find = Callable[[str], Iterable[tuple[str, Span]]]
"""Yields the terms that stand in a reading, each with its place there; overlapping ones too."""


def read(text: str) -> Rewriting:
    r"""Read a text as terms are looked for; reading a reading changes nothing more.

    Args:
        text: Any text.

    Returns:
        The reading, and the way back to the text.

    >>> reading = read("SHUT \n uＰ")
    >>> reading.text, reading.to_original((5, 7))
    ('shut up', Span(start=7, end=9))
    """
    reading = unchanged(replace_lone_surrogates(text))
    before = reading if text.isascii() else None  # of the steps only blanks and case concern ASCII
    while reading is not before:
        before = reading
        for name, step in (("width", find_width), ("composed", find_decomposed), ("invisible", find_invisible)):
            reading = reading.rewrite(name, step(reading.text))
    reading = reading.rewrite("blanks", [Replacement(*blank.span(), " ") for blank in BLANK.finditer(reading.text)])
    return replace(reading, original=text, text=fold(reading.text))


def normal_form(term: str) -> str:
    """Return a term as it is read, without blanks around it.

    >>> normal_form(" ShuT  UP ")
    'shut up'
    """
    return read(term).text.strip()


def inside_words(reading: str) -> bytes:
    """Tell for each place between two characters whether a word goes on there, of a script that writes blanks.

    Args:
        reading: A reading.

    Returns:
        One byte a place, from before the first character to behind the last: 1 inside a word, else 0.

    >>> list(inside_words("so, b傻"))
    [0, 1, 0, 0, 0, 0, 0]
    """
    inside = bytearray(len(reading) + 1)
    for word in WORD.finditer(reading):
        inside[word.start() + 1 : word.end()] = b"\1" * (word.end() - word.start() - 1)
    return bytes(inside)


def find_plainly(terms: Collection[str]) -> Find:
    """Prepare to find terms by looking for one after the other: the definition, and slow for many terms.

    `hf_toxspan.retrieval.matcher` finds the same in one pass.

    Args:
        terms: Terms in their normal form; an empty one is found nowhere.

    Returns:
        A function of readings.

    >>> list(find_plainly(["ass", "a"])("an ass"))
    [('ass', Span(start=3, end=6))]
    """

    def find(reading: str) -> Iterator[tuple[str, Span]]:
        inside = inside_words(reading)
        for term in terms:
            for span in find_all(term, reading):
                if not (inside[span.start] or inside[span.end]):
                    yield term, span

    return find
