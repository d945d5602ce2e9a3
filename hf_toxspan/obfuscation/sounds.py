"""Steps that look for known Chinese terms by their sound: homophones and pinyin.

As in `spellings.py` only *terms* are found: 辣鸡, laji and la圾 -> 垃圾. Tones don't count. A common word is never
rewritten (纸张, paper, sounds like 智障), nor are characters of which a common word reaches further to a side.
"""

import re
from collections.abc import Callable, Collection, Iterator
from typing import NamedTuple

from hf_toxspan.core.normalisation import HAN, LETTER
from hf_toxspan.core.rewriting import Replacement, Step
from hf_toxspan.obfuscation.tables import common_words, syllables

MIN_PINYIN = 4
"""Letters of a term that is written in pinyin alone (ours): "bi" is a word of many languages."""

_SOUND = re.compile(rf"(?P<han>[{HAN}])|(?:{LETTER})+")
_ALL_HAN = re.compile(rf"[{HAN}]{{2,}}")


class _Sound(NamedTuple):
    """A Chinese character or a Latin word: where it stands, and its syllable or its letters."""

    start: int
    end: int
    reading: str
    is_han: bool


_Run = list[_Sound]


def homophone_step(terms: Collection[str]) -> Step:
    """Find Chinese characters that sound like a term of two characters or more.

    Args:
        terms: The terms.

    Returns:
        The step.

    >>> homophone_step(["垃圾", "智障"])("辣鸡纸张")
    [Replacement(start=0, end=2, text='垃圾')]
    """
    known = {sound: term for term in reversed(_chinese(terms)) for sound in _ways_to_say(term)}
    usual = common_words() | set(terms)

    def term_of(run: _Run, text: str) -> str | None:
        term = known.get(tuple(sound.reading for sound in run if sound.is_han))
        fits = term is not None and len(term) == len(run) and not _is_usual(text, run[0].start, run[-1].end, usual)
        return term if fits else None

    return _step(term_of, max(map(len, known), default=0))


def pinyin_step(terms: Collection[str]) -> Step:
    """Find terms of two characters or more in pinyin, whole or in part, syllables together or with a blank between.

    Args:
        terms: The terms.

    Returns:
        The step.

    >>> pinyin_step(["垃圾"])("La ji! la鸡")
    [Replacement(start=0, end=5, text='垃圾'), Replacement(start=7, end=10, text='垃圾')]
    """
    words = ((term, sound) for term in reversed(_chinese(terms)) for sound in _ways_to_say(term))
    known = {written: term for term, sound in words for written in _ways_to_write(sound)}

    def term_of(run: _Run, _: str) -> str | None:
        latin = [sound.reading for sound in run if not sound.is_han]
        alone = len(latin) == len(run) and sum(map(len, latin)) < MIN_PINYIN
        if not latin or alone or min(map(len, latin)) < 2:
            return None
        return known.get(tuple(sound.reading for sound in run))

    return _step(term_of, max(map(len, known), default=0))


def _chinese(terms: Collection[str]) -> list[str]:
    return [term for term in terms if _ALL_HAN.fullmatch(term)]


def _ways_to_say(term: str) -> set[tuple[str, ...]]:
    """Return the syllables of a term as its characters are read together, and as each is read alone."""
    return {syllables(term), tuple(syllables(character)[0] for character in term)}


def _ways_to_write(sound: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    """Yield the ways to write neighbouring syllables together or apart."""
    yield ("".join(sound),)
    for cut in range(1, len(sound)):
        yield from (("".join(sound[:cut]), *rest) for rest in _ways_to_write(sound[cut:]))


def _step(term_of: Callable[[_Run, str], str | None], longest: int) -> Step:
    """Return a step that replaces runs of sounds by their terms, from left to right, the longest first."""

    def find(text: str) -> list[Replacement]:
        found: list[Replacement] = []
        for run in _runs(text, longest):
            start, end = run[0].start, run[-1].end
            if (not found or start >= found[-1].end) and (term := term_of(run, text)):
                found.append(Replacement(start, end, term))
        return found

    return find


def _runs(text: str, longest: int) -> Iterator[_Run]:
    """Yield each run of neighbouring sounds; nothing stands between them but one blank between two Latin words."""
    sounds = [
        _Sound(*match.span(), syllables(match[0])[0] if match["han"] else match[0].lower(), bool(match["han"]))
        for match in _SOUND.finditer(text)
    ]
    for first, sound in enumerate(sounds):
        run = [sound]
        for right in sounds[first + 1 : first + longest]:
            gap = "" if run[-1].is_han or right.is_han else " "
            if text[run[-1].end : right.start] != gap:
                break
            run.append(right)
        for length in reversed(range(1, len(run) + 1)):
            yield run[:length]


def _is_usual(text: str, start: int, end: int, usual: frozenset[str]) -> bool:
    """Tell whether a stretch is a usual word, or one lies across an end of it."""
    return text[start:end] in usual or any(
        text[first:last] in usual
        for border in (start, end)
        for first in range(max(border - 3, 0), border)
        for last in range(border + 1, first + 5)
    )
