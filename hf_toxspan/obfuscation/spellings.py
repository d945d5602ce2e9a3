"""Steps that look for known terms with characters written as their parts, or as emoji.

女子 is a common word and not always 好: what such a spelling stands for can't be told without knowing which word was
meant. So these steps take *terms*, the words that a user looks for, and rewrite nothing else: 女表子 -> 婊子, 走🐶 ->
走狗.
"""

import itertools
from collections.abc import Callable, Collection, Iterable, Iterator

from hf_toxspan.core.lexicon import fold
from hf_toxspan.core.rewriting import Replacement, Step
from hf_toxspan.obfuscation.tables import emoji_words, parts

MAX_SPELLINGS = 500
"""Spellings of a term by one table; a long term of many parts has more, of which the first are looked for (ours)."""


def split_step(terms: Collection[str]) -> Step:
    """Find terms of two characters or more with characters written as their parts.

    Args:
        terms: The terms.

    Returns:
        The step.

    >>> split_step(["婊子"])("女表子")
    [Replacement(start=0, end=3, text='婊子')]
    """
    table = parts()
    return _spelling_step((term for term in terms if len(term) > 1), lambda unit: table.get(unit, []))


def emoji_step(terms: Collection[str]) -> Step:
    """Find terms with emoji in the place of a character or of the whole.

    Args:
        terms: The terms.

    Returns:
        The step.

    >>> emoji_step(["走狗", "clown"])("走🐶 🤡")
    [Replacement(start=0, end=2, text='走狗'), Replacement(start=3, end=4, text='clown')]
    """
    table = emoji_words()
    return _spelling_step(terms, lambda unit: table.get(unit, []))


def _spelling_step(terms: Iterable[str], spell: Callable[[str], list[str]]) -> Step:
    """Return a step that rewrites each spelling of a term, the longest first."""
    known: dict[str, str] = {}
    for term in terms:
        for spelling in _spellings(term, spell):
            known.setdefault(fold(spelling), term)
    lengths = sorted(set(map(len, known)), reverse=True)
    firsts = {spelling[0] for spelling in known}

    def find(text: str) -> list[Replacement]:
        found: list[Replacement] = []
        folded = fold(text)
        starts = (place for place, character in enumerate(folded) if character in firsts)
        for start in starts:
            pieces = (folded[start : start + length] for length in lengths)
            spelling = next((piece for piece in pieces if piece in known), None)
            if spelling and (not found or start >= found[-1].end):
                found.append(Replacement(start, start + len(spelling), known[spelling]))
        return found

    return find


def _spellings(term: str, spell: Callable[[str], list[str]]) -> Iterator[str]:
    """Yield the spellings of a term in which at least one character, or the whole, is written otherwise."""
    yield from spell(term)
    if len(term) > 1:
        ways = itertools.product(*([unit, *spell(unit)] for unit in term))
        yield from itertools.islice(("".join(way) for way in ways), 1, MAX_SPELLINGS)
