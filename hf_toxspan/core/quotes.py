"""Finding in a text what somebody quotes from it, though he may write it another way.

A model that is asked for the words of a text gives them back composed where the text has combining marks, half-width
where it has full-width letters, or in lower case. What it made up, it must not get away with. So a quote is looked for
as it stands, then with both sides in NFC and of one width, then without case; the first reading that finds it counts,
with every place where it does. Offsets are always those of the text as given::

    text      Đồ  ＮＧＵ  ,  o ̂ i      quotes   "ngu"   found by "case" at [3, 6)
    offsets   0 2 3   6  7  8 9 10              "ôi"    found by "form" at [8, 11), the mark included
                                                "gâu"   found nowhere: rejected
"""

import itertools
import unicodedata
from collections.abc import Iterable
from typing import Literal, NamedTuple

from hf_toxspan.core.lexicon import fold
from hf_toxspan.core.spans import Span, find_all
from hf_toxspan.core.text import clusters, replace_lone_surrogates

Reading = Literal["exact", "form", "case"]


class Quote(NamedTuple):
    """A quoted string and where it stands in the text: nowhere, where `spans` is empty and `reading` None."""

    quoted: str
    spans: list[Span]
    reading: Reading | None


def locate_quotes(quotes: Iterable[str], text: str) -> list[Quote]:
    """Find each quote in the text: exactly, else in NFC and of one width, else without case.

    No part of a composed character is ever found, unless exactly. White space around a quote is not part of it.

    Args:
        quotes: The quoted strings.
        text: What they are said to be quoted from.

    Returns:
        One result for each quote; a blank quote is found nowhere.

    >>> locate_quotes(["ngu", "gâu"], "Đồ ＮＧＵ, ngU")
    [Quote(quoted='ngu', spans=[Span(start=3, end=6), Span(start=8, end=11)], reading='case'), \
Quote(quoted='gâu', spans=[], reading=None)]
    """
    form = _Form(text)
    return [_locate(quote, text, form) for quote in quotes]


def _locate(quoted: str, text: str, form: "_Form") -> Quote:
    quote = quoted.strip()
    if spans := find_all(quote, text):
        return Quote(quoted, spans, "exact")
    if spans := form.find(quote, case=True):
        return Quote(quoted, spans, "form")
    spans = form.find(quote, case=False)
    return Quote(quoted, spans, "case" if spans else None)


class _Form:
    """A text in NFC and of one width, that knows from which characters of the text each piece was made."""

    def __init__(self, text: str) -> None:
        pieces = clusters(replace_lone_surrogates(text))
        formed = [_formed(piece) for piece in pieces]
        self.cased = "".join(formed)
        self.folded = fold(self.cased)
        # Where a piece begins: in the form -> in the text; the end of both included.
        begins = itertools.accumulate(map(len, formed), initial=0)
        self.places = dict(zip(begins, itertools.accumulate(map(len, pieces), initial=0), strict=True))

    def find(self, quote: str, *, case: bool) -> list[Span]:
        """Return the places of a quote that begin and end between two pieces, as characters of the text."""
        wanted = "".join(map(_formed, clusters(replace_lone_surrogates(quote))))
        found = find_all(wanted, self.cased) if case else find_all(fold(wanted), self.folded)
        places = self.places
        return [Span(places[start], places[end]) for start, end in found if start in places and end in places]


def _formed(piece: str) -> str:
    return unicodedata.normalize("NFC", "".join(map(_of_one_width, piece)))


def _of_one_width(character: str) -> str:
    if unicodedata.decomposition(character).startswith(("<wide>", "<narrow>")):
        return unicodedata.normalize("NFKC", character)
    return character
