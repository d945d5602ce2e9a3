"""Obfuscate parts of a text as people do to get past a filter: test data for a model, and training data.

Each kind is the way there of which `normaliser.py` is the way back. The forms are ours; the ways are those that
ToxiTrace and studies of Chinese evasion name (Yang et al., Findings of ACL 2025, arXiv 2505.24341).
"""

import re
from collections.abc import Callable, Iterable, Sequence
from functools import cache
from random import Random

from hf_toxspan.core.normalisation import HAN, LEET
from hf_toxspan.core.rewriting import Replacement, Rewriting, unchanged
from hf_toxspan.core.spans import SpanLike, merge
from hf_toxspan.obfuscation.normaliser import check_kinds
from hf_toxspan.obfuscation.tables import (
    common_words,
    emoji_words,
    homophones,
    look_alikes,
    parts,
    script_converter,
    syllables,
)

Disguise = Callable[[str, Random], str]
"""Writes a quoted stretch in another way; gives it back as it is where the kind has nothing to offer."""

SEPARATORS = ".*-_·/"
"""What may stand between letters that are pulled apart; a blank may too, where there is one word."""
INVISIBLE = "\u200b\u2060\u00ad"
STYLES = ("Ａ", "ａ"), ("𝐀", "𝐚"), ("Ⓐ", "ⓐ")
"""A and a in the styles that Unicode has for the whole alphabet: full-width, bold, circled."""

_LATIN_WORD = re.compile("[A-Za-z]+")
_WORD = re.compile(rf"[{HAN}]+|[^\W\d_{HAN}]+")
_CYRILLIC_OR_GREEK = re.compile("[\u0370-\u052f]")
_SIGNS = {letter: "".join(sign for sign, meant in LEET.items() if meant == letter) for letter in LEET.values()}
_SIGNS["l"] += "1"
_INNER_SIGNS = "!|+@"
_TRIES = 20


def perturb(text: str, spans: Iterable[SpanLike], kind: str, draw: Random) -> Rewriting:
    """Obfuscate stretches of a text in one way, and nothing outside them.

    Args:
        text: The text.
        spans: What to obfuscate; stretches that overlap are one.
        kind: One of `hf_toxspan.obfuscation.normaliser.KINDS`.
        draw: Chooses between the forms of a kind.

    Returns:
        The rewriting: its `from_original` says where a span lies now; without `edits` where the kind has nothing to
        offer, as leet for Chinese.

    Raises:
        ValueError: If the kind is unknown.
        ImportError: If the kind needs a library that is not installed.

    >>> rewriting = perturb("Du Esel!", [(3, 7)], "spacing", Random(2))
    >>> rewriting.text, rewriting.from_original((3, 7))
    ('Du E s e l!', Span(start=3, end=10))
    """
    check_kinds([kind])
    disguise = _DISGUISES[kind]
    changes = [Replacement(start, end, disguise(text[start:end], draw)) for start, end in merge(spans, gap=-1)]
    return unchanged(text).rewrite(kind, changes)


def _some(places: Sequence[int], draw: Random) -> set[int]:
    """Draw about half of the places, at least one."""
    return {draw.choice(places), *(place for place in places if draw.random() < 0.5)} if places else set()


def _replace_some(quoted: str, options: Callable[[str], Sequence[str]], draw: Random) -> str:
    """Replace some of the characters for which there are options by one of these."""
    chosen = _some([place for place, character in enumerate(quoted) if options(character)], draw)
    return "".join(draw.choice(options(one)) if place in chosen else one for place, one in enumerate(quoted))


def _invisible(quoted: str, draw: Random) -> str:
    sign = draw.choice(INVISIBLE)
    return _WORD.sub(lambda word: sign.join(word[0]), quoted)


def _width(quoted: str, draw: Random) -> str:
    capital, small = draw.choice(STYLES)
    styled = {ord("A") + place: ord(capital) + place for place in range(26)}
    styled |= {ord("a") + place: ord(small) + place for place in range(26)}
    return quoted.translate(styled)


def _homoglyph(quoted: str, draw: Random) -> str:
    """Replace Latin letters, but for the first of each word: of Cyrillic ones alone it would be another word."""
    alike = _alike()
    return _LATIN_WORD.sub(
        lambda word: word[0][0] + _replace_some(word[0][1:], lambda one: alike.get(one, []), draw), quoted
    )


@cache
def _alike() -> dict[str, list[str]]:
    """Return the Cyrillic and Greek characters that look like a Latin letter, by the letter."""
    table: dict[str, list[str]] = {}
    for other, letter in look_alikes().items():
        if _CYRILLIC_OR_GREEK.match(other):
            table.setdefault(letter, []).append(other)
    return table


def _traditional(quoted: str, _: Random) -> str:
    return script_converter("s2t")(quoted)


def _spacing(quoted: str, draw: Random) -> str:
    separator = draw.choice(SEPARATORS + (" " if _WORD.fullmatch(quoted) else ""))
    return _WORD.sub(lambda word: separator.join(word[0]), quoted)


def _leet(quoted: str, draw: Random) -> str:
    return _LATIN_WORD.sub(lambda word: _leet_word(word[0], draw), quoted)


def _leet_word(word: str, draw: Random) -> str:
    """Replace some letters, never two neighbours unless they are equal: what is left must still show the word."""
    chosen = _some([place for place, letter in enumerate(word) if letter.lower() in _SIGNS], draw)
    written: list[str] = []
    for place, letter in enumerate(word):
        before = word[place - 1] if place and written[-1] != word[place - 1] else ""
        at_end = place in (0, len(word) - 1)
        signs = [sign for sign in _SIGNS.get(letter.lower(), "") if not (at_end and sign in _INNER_SIGNS)]
        if before == letter and written[-1] in signs:
            written.append(written[-1])
        elif place in chosen and signs and not before:
            written.append(draw.choice(signs))
        else:
            written.append(letter)
    return "".join(written)


def _split(quoted: str, draw: Random) -> str:
    return _replace_some(quoted, lambda one: parts().get(one, []), draw)


def _emoji(quoted: str, draw: Random) -> str:
    whole = emoji_words().get(quoted.lower())
    return draw.choice(whole) if whole else _replace_some(quoted, lambda one: emoji_words().get(one, []), draw)


def _pinyin(quoted: str, draw: Random) -> str:
    """Write Chinese in pinyin, whole or in part."""
    if draw.random() < 0.5:
        return re.sub(rf"[{HAN}]+", lambda run: "".join(syllables(run[0])), quoted)
    return _replace_some(quoted, lambda one: syllables(one) if re.match(rf"[{HAN}]", one) else (), draw)


def _homophone(quoted: str, draw: Random) -> str:
    """Replace Chinese characters by everyday ones of the same sound, so that no common word results."""

    def alike(character: str) -> list[str]:
        same = homophones().get(syllables(character)[0], "") if re.match(rf"[{HAN}]", character) else ""
        return [other for other in same if other != character]

    tries = (_replace_some(quoted, alike, draw) for _ in range(_TRIES))
    return next((other for other in tries if other not in common_words()), quoted)


_DISGUISES: dict[str, Disguise] = {
    "invisible": _invisible,
    "width": _width,
    "homoglyph": _homoglyph,
    "traditional": _traditional,
    "spacing": _spacing,
    "leet": _leet,
    "split": _split,
    "emoji": _emoji,
    "pinyin": _pinyin,
    "homophone": _homophone,
}
