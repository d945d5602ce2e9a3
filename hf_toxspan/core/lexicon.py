"""Lexicons: mine telling words by log-odds, and mark them in a text.

Two uses: weak span labels for a data set that has none (mine toxic against clean texts), and the "lexicon" baseline
that a span model must beat (mine the quoted gold spans against everything else).

A text is read as *units*: a word where the script writes blanks, a single character in Chinese and its like, an emoji.
A *term* is a run of neighbouring units with at most blanks between them, written as in the text but folded to lower
case and single blanks. So a Latin word is matched as a whole, and a Chinese term anywhere in a sentence::

    text    You  S T U P I D   傻  b  吧 , ok        folding keeps the length: "İ", whose lower case is two
    units  [you][s][t]...     [傻][b][吧] [ok]       characters, stays as it is
    terms  "you", "you s", ..., "傻", "傻b", "傻b吧", "b", ..., "ok"      none runs across the comma
"""

import itertools
import math
import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass

from hf_toxspan.core.spans import Span, merge
from hf_toxspan.core.text import BLANK, UNSPACED, WORD

_EMOJI = "\u2600-\u27bf\U0001f300-\U0001faff"
_UNIT = re.compile(rf"[{UNSPACED}{_EMOJI}]|{WORD.pattern}")


def fold(text: str) -> str:
    """Lower each character that has a lower case of one character: offsets never shift.

    >>> fold("NGU Đần İ")
    'ngu đần İ'
    """
    return "".join(low if len(low := character.lower()) == 1 else character for character in text)


def mine(
    telling: Iterable[str],
    other: Iterable[str],
    *,
    min_count: int = 5,
    min_log_odds: float = 1.5,
    min_z: float = 2.0,
    max_units: int = 4,
    min_cohesion: float = 30.0,
    max_neighbour: float = 0.6,
) -> dict[str, float]:
    """Find the terms that are more at home in one collection of texts than in the other.

    1. A term counts once a text. Its log-odds ratio is smoothed with half a count in each cell and divided by its
       standard error for `min_z` (Haldane 1956, Woolf 1955).
    2. A term must be a word rather than a piece of one: its parts meet more often than by chance, and no single
       neighbour follows or precedes it nearly always ("shut" is a piece of "shut up", as 恶 is of 恶心).
    3. A longer term must tell more than each term inside it that was kept, otherwise it is a mere neighbourhood.

    Args:
        telling: Toxic texts, or the quoted spans of toxic texts.
        other: Clean texts, or what lies outside the spans.
        min_count: Texts of `telling` that must hold the term.
        min_log_odds: Smallest log-odds ratio.
        min_z: Smallest log-odds ratio in standard errors.
        max_units: Units of the longest term.
        min_cohesion: How many times as often as by chance the two halves of a term meet, wherever it is cut.
        max_neighbour: Largest share of a term's occurrences with one and the same unit before, or after, it.

    Returns:
        Terms with their log-odds ratio, the most telling first; empty when either collection is.

    >>> list(mine(["you idiot", "What an IDIOT!"], ["you there", "an hour"], min_count=2, min_z=0))
    ['idiot']
    >>> list(mine(["他是蠢货", "蠢货们"], ["他是人", "人们"], min_count=2, min_z=0, min_cohesion=2))
    ['蠢货']
    """
    telling, other = list(telling), list(other)
    if not telling or not other:
        return {}
    ratios = _telling_terms(telling, other, min_count, min_log_odds, min_z, max_units)
    return keep_words(
        ratios, [*telling, *other], max_units=max_units, min_cohesion=min_cohesion, max_neighbour=max_neighbour
    )


def keep_words(
    ratios: Mapping[str, float],
    texts: Iterable[str],
    *,
    max_units: int = 4,
    min_cohesion: float = 30.0,
    max_neighbour: float = 0.6,
) -> dict[str, float]:
    """Keep the terms that are words, and that tell more than each kept term inside them: steps 2 and 3 of `mine`.

    Args:
        ratios: How telling each term is.
        texts: Where the terms were found, all of it.
        max_units: See `mine`.
        min_cohesion: See `mine`.
        max_neighbour: See `mine`.

    Returns:
        What is kept, the most telling first.

    >>> keep_words({"shut": 2, "up": 1, "shut up": 3}, ["shut up!", "oh shut up", "what is up"], min_cohesion=1)
    {'shut up': 3}
    """
    usage = _usage(texts, ratios, max_units)
    kept: dict[str, float] = {}
    for term in sorted(ratios, key=lambda term: (len(_units(term)), term)):
        within = max((kept.get(part, -math.inf) for part in _terms(term, max_units) if part != term), default=-math.inf)
        is_word = usage.cohesion(term) >= min_cohesion and usage.neighbour(term) <= max_neighbour
        if is_word and ratios[term] > within:
            kept[term] = ratios[term]
    return dict(sorted(kept.items(), key=lambda item: (-item[1], item[0])))


def mark(text: str, lexicon: Collection[str]) -> list[Span]:
    """Mark every occurrence of the lexicon's terms, whatever its case, in time linear in the text.

    Args:
        text: The text; the spans count its characters.
        lexicon: Terms, in any case and spacing; build a dictionary with `mine` or give any collection.

    Returns:
        Normalised spans; two terms that overlap or touch are one span.

    >>> mark("Idiots: an IDIOT, 你这蠢货", ["idiot", "蠢货"])
    [Span(start=11, end=16), Span(start=20, end=22)]
    >>> mark("SHUT  up", ["shut up"])
    [Span(start=0, end=8)]
    """
    return Lexicon(lexicon).mark(text)


def located_terms(text: str, max_units: int) -> Iterator[tuple[str, Span]]:
    """Yield each run of up to `max_units` neighbouring units as a term, with its place in the text.

    Args:
        text: Any text.
        max_units: Units of the longest term.

    Yields:
        The term, folded and with single blanks, and its characters.

    >>> [term for term, _ in located_terms("Shut  UP, 傻b", 2)]
    ['shut', 'shut up', 'up', '傻', '傻b', 'b']
    """
    folded = fold(text)
    for clause in _clauses(folded):
        for first, last in _runs(clause, max_units):
            yield _term(folded, clause[first], clause[last]), Span(clause[first].start, clause[last].end)


class Lexicon:
    """A lexicon made ready once to mark many texts.

    >>> Lexicon(["Ngu"]).mark("ngu ngu, người")
    [Span(start=0, end=3), Span(start=4, end=7)]
    """

    def __init__(self, terms: Iterable[str]) -> None:
        """Fold the terms; a term without any unit (blank, punctuation) is never found."""
        units = {_key(term): len(_units(term)) for term in terms}
        self._terms = frozenset(term for term, count in units.items() if count)
        self._max_units = max(units.values(), default=0)

    def mark(self, text: str) -> list[Span]:
        """Mark every occurrence of the terms; see `mark`."""
        return merge(span for term, span in located_terms(text, self._max_units) if term in self._terms)


def _telling_terms(
    telling: list[str], other: list[str], min_count: int, min_log_odds: float, min_z: float, max_units: int
) -> dict[str, float]:
    """Return the frequent terms whose log-odds ratio is large and sure."""
    inside = Counter(term for text in telling for term in _terms(text, max_units))
    inside = Counter({term: count for term, count in inside.items() if count >= min_count})
    outside = Counter(term for text in other for term in _terms(text, max_units) if term in inside)
    ratios = {}
    for term, count in inside.items():
        ratio, error = _log_odds(count, len(telling), outside[term], len(other))
        if ratio >= min_log_odds and ratio >= min_z * error:
            ratios[term] = ratio
    return ratios


@dataclass
class _Usage:
    """Occurrences of terms and of their parts, and the units that stand beside the terms.

    `heads` are the units that terms and parts begin with: nothing else needs looking up.
    """

    total: int
    counts: Counter[str]
    before: dict[str, Counter[str]]
    after: dict[str, Counter[str]]
    heads: frozenset[str]

    def count(self, folded: str, clause: list[Span], wanted: set[str], max_units: int) -> None:
        """Count the wanted terms of one clause, with their neighbours where these matter."""
        self.total += len(clause)
        heads = [folded[slice(*unit)] in self.heads for unit in clause]
        for first, last in _runs(clause, max_units):
            if not heads[first]:
                continue
            term = _term(folded, clause[first], clause[last])
            if term in wanted:
                self.counts[term] += 1
            if first > 0 and term in self.before:
                self.before[term][folded[slice(*clause[first - 1])]] += 1
            if last + 1 < len(clause) and term in self.after:
                self.after[term][folded[slice(*clause[last + 1])]] += 1

    def cohesion(self, term: str) -> float:
        """Return how many times as often as by chance the halves meet, at the weakest cut; infinite for one unit."""
        return min(
            (self.counts[term] * self.total / (self.counts[left] * self.counts[right]) for left, right in _cuts(term)),
            default=math.inf,
        )

    def neighbour(self, term: str) -> float:
        """Return the largest share of occurrences with the same unit on one side; the ends of a clause differ."""
        beside = (*self.before[term].values(), *self.after[term].values())
        return max(beside, default=0) / self.counts[term]


def _usage(texts: Iterable[str], terms: Collection[str], max_units: int) -> _Usage:
    wanted = {*terms, *(half for term in terms for cut in _cuts(term) for half in cut)}
    heads = frozenset(term[slice(*_units(term)[0])] for term in wanted)
    usage = _Usage(0, Counter(), {term: Counter() for term in terms}, {term: Counter() for term in terms}, heads)
    for text in texts:
        folded = fold(text)
        for clause in _clauses(folded):
            usage.count(folded, clause, wanted, max_units)
    return usage


def _cuts(term: str) -> list[tuple[str, str]]:
    """Return the ways to cut a term between two of its units."""
    return [(term[: left.end], term[right.start :]) for left, right in itertools.pairwise(_units(term))]


def _log_odds(inside: int, inside_texts: int, outside: int, outside_texts: int) -> tuple[float, float]:
    """Return the smoothed log-odds ratio of a two-by-two table and its standard error."""
    cells = [inside + 0.5, inside_texts - inside + 0.5, outside + 0.5, outside_texts - outside + 0.5]
    ratio = math.log(cells[0] / cells[1]) - math.log(cells[2] / cells[3])
    return ratio, math.sqrt(sum(1 / cell for cell in cells))


def _terms(text: str, max_units: int) -> set[str]:
    return {term for term, _ in located_terms(text, max_units)}


def _clauses(text: str) -> list[list[Span]]:
    """Group the units between which there is nothing but blanks."""
    clauses: list[list[Span]] = []
    end = 0
    for unit in _units(text):
        if clauses and not text[end : unit.start].strip():
            clauses[-1].append(unit)
        else:
            clauses.append([unit])
        end = unit.end
    return clauses


def _runs(clause: list[Span], max_units: int) -> Iterator[tuple[int, int]]:
    """Yield the first and the last position of each run of up to `max_units` units."""
    for first in range(len(clause)):
        for last in range(first, min(first + max_units, len(clause))):
            yield first, last


def _term(folded: str, first: Span, last: Span) -> str:
    return BLANK.sub(" ", folded[first.start : last.end])


def _units(text: str) -> list[Span]:
    return [Span(*unit.span()) for unit in _UNIT.finditer(text)]


def _key(term: str) -> str:
    return BLANK.sub(" ", fold(term).strip())
