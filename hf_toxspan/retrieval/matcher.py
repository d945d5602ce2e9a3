"""Finding all of many terms in one pass over a text, with the characters of the text as it was written."""

from collections.abc import Collection, Iterable, Iterator
from typing import NamedTuple

from ahocorasick_rs import AhoCorasick

from hf_toxspan.core.spans import Span
from hf_toxspan.core.terms import Find, inside_words, read


class Match(NamedTuple):
    """A term and where it stands."""

    term: str
    span: Span


def find_in_one_pass(terms: Collection[str]) -> Find:
    """Prepare to find terms by one automaton (Aho and Corasick 1975): `find_plainly`, but fast for any number of them.

    Args:
        terms: Terms in their normal form; an empty one is found nowhere.

    Returns:
        A function of readings.
    """
    patterns = [*dict.fromkeys(filter(None, terms))]
    automaton = AhoCorasick(patterns)

    def find(reading: str) -> Iterator[tuple[str, Span]]:
        inside = inside_words(reading)
        for number, start, end in automaton.find_matches_as_indexes(reading, overlapping=True):
            if not (inside[start] or inside[end]):
                yield patterns[number], Span(start, end)

    return find


class TermMatcher:
    """Finds terms in texts, whatever their case, width, form or spacing.

    Args:
        terms: The terms, in their normal form.
    """

    def __init__(self, terms: Collection[str]) -> None:
        self._find = find_in_one_pass(terms)

    def match(self, text: str) -> list[Match]:
        """Find every occurrence of every term.

        Args:
            text: Any text.

        Returns:
            In text order, a longer match before a shorter one that begins with it.
        """
        reading = read(text)
        found = sorted(self._find(reading.text), key=lambda match: (match[1].start, -match[1].end, match[0]))
        return [Match(term, reading.to_original(span)) for term, span in found]


def without_overlaps(matches: Iterable[Match]) -> list[Match]:
    """Choose matches that do not overlap: the longest first, of equal length the first in the text (ours).

    Args:
        matches: Matches of one text.

    Returns:
        Those chosen, in text order.
    """
    taken: set[int] = set()
    chosen = []
    for match in sorted(matches, key=lambda match: (match.span.start - match.span.end, match.span, match.term)):
        if taken.isdisjoint(range(*match.span)):
            taken.update(range(*match.span))
            chosen.append(match)
    return sorted(chosen, key=lambda match: match.span)
