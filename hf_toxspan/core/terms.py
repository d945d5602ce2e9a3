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
    before = None
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


def stands_alone(reading: str, span: Span) -> bool:
    """Tell whether a stretch begins and ends where no word goes on.

    >>> stands_alone("class ass", Span(6, 9)), stands_alone("class ass", Span(2, 5))
    (True, False)
    """
    return not (_inside_word(reading, span.start) or _inside_word(reading, span.end))


def _inside_word(reading: str, place: int) -> bool:
    """Tell whether the characters on both sides of a place belong to one word."""
    return 0 < place < len(reading) and bool(WORD.match(reading[place - 1]) and WORD.match(reading[place]))


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
        for term in terms:
            yield from ((term, span) for span in find_all(term, reading) if stands_alone(reading, span))

    return find
