"""Steps that undo an obfuscated spelling and need no tables: invisible characters, letter forms, spacing, leet.

Each finds in a text what to replace (`core/rewriting.py` keeps the offsets); doing it twice changes nothing more. What
is here is meant for a second reading beside the text as written, not to clean a text: it also rewrites what was meant.
All rules are ours::

    invisible   f<U+200B>ool            -> fool     joiners that a script or an emoji needs stay
    width       ｆｏｏｌ 𝐟𝐨𝐨𝐥 ⓕⓞⓞⓛ 🅵      -> fool     letters and digits alone: 你好！ keeps its full-width mark
    spacing     f o o l  f.o.o.l  蠢 货  -> fool 蠢货
    leet        f00l  1diot  a$$        -> fool idiot ass     covid19, 100k and 2020 stay
"""

import itertools
import re
import unicodedata
from collections.abc import Collection, Iterator

from hf_toxspan.core.lexicon import Lexicon, fold
from hf_toxspan.core.rewriting import Replacement, Step
from hf_toxspan.core.spans import Span
from hf_toxspan.core.text import UNSPACED

HAN = "\u3005-\u3007\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
"""Chinese characters, for a character class."""

LETTER = rf"(?![{UNSPACED}])[^\W\d_]"
"""A letter of a script that writes blanks between words."""

LEET = {"4": "a", "@": "a", "8": "b", "3": "e", "9": "g", "1": "i", "!": "i", "|": "l", "0": "o", "5": "s", "$": "s"}
LEET |= {"7": "t", "+": "t"}
"""Digits and signs by the letter that they stand for; 1 may also be l, where a known word says so."""

# Default-ignorable code points (Unicode, DerivedCoreProperties) but for Hangul fillers and tags; the last group joins
# or varies what precedes it in many scripts and in emoji, and is taken out after the letters below only.
_IGNORED = "\u00ad\u034f\u061c\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff"
_JOINERS = "\u200c\u200d\ufe00-\ufe0f"
_UNJOINED = rf"A-Za-z\u00c0-\u052f\u1e00-\u1fff\u3040-\u30ff{HAN}"
_INVISIBLE = re.compile(rf"(?<=[{_UNJOINED}])[{_IGNORED}{_JOINERS}]+|[{_IGNORED}]+")

_FORMS = ("<wide>", "<narrow>", "<font>", "<circle>", "<square>", "<super>", "<sub>")
_NEGATIVE = re.compile("NEGATIVE (?:SQUARED|CIRCLED) LATIN CAPITAL LETTER ([A-Z])")  # 🅵 has no decomposition

_SEPARATOR = r"[ \t\u00a0\u3000.．·•・‧*＊\-－_＿~～^'`|/\\+=#]"
_ONE = rf"(?:{LETTER}|[0-9@!$])"
# At most 64 letters: what is searched stays linear in the text, whatever an attacker writes.
_SPELLED = re.compile(
    rf"(?<!{LETTER})(?<!\d){_ONE}(?P<gap>{_SEPARATOR}{{1,2}}){_ONE}(?:(?P=gap){_ONE}){{0,62}}(?!{LETTER}|\d)"
)
_ONE_HAN = re.compile(f"[{HAN}]")
_HAN_GAP = re.compile(rf"(?<=[{HAN}]){_SEPARATOR}{{1,2}}(?=[{HAN}])")

_SIGNS = re.escape("".join(LEET))
_WORD = re.compile(rf"(?:{LETTER}|[0-9{_SIGNS}])+")
_SIGN_RUN = re.compile(rf"[0-9{_SIGNS}]+")
_LONGEST_RUN = 3


def find_invisible(text: str) -> list[Replacement]:
    r"""Take out characters that nobody sees; joiners after letters that are never joined only.

    >>> find_invisible("f\u200bool ❤\ufe0f")
    [Replacement(start=1, end=2, text='')]
    """
    return [Replacement(*match.span(), "") for match in _INVISIBLE.finditer(text)]


def find_width(text: str) -> list[Replacement]:
    """Replace full-width, mathematical, circled and raised letters and digits by plain ones; no punctuation.

    >>> find_width("ｆool！")
    [Replacement(start=0, end=1, text='f')]
    """
    if text.isascii():
        return []
    found = ((place, _plain(character)) for place, character in enumerate(text) if not character.isascii())
    return [Replacement(place, place + 1, plain) for place, plain in found if plain]


def _plain(character: str) -> str:
    if unicodedata.decomposition(character).startswith(_FORMS):
        plain = unicodedata.normalize("NFKC", character)
        return plain if plain.isalnum() else ""
    negative = _NEGATIVE.fullmatch(unicodedata.name(character, ""))
    return negative[1] if negative else ""


def spacing_step(words: Collection[str] = ()) -> Step:
    """Join letters that stand one by one with equal separators, and Chinese words that were pulled apart.

    Latin and its like: three or more single letters (or signs of leet, two letters at least) with the same one or two
    separators between; two only where they are a known word. Chinese: a separator is taken out where a single character
    stands beside it, or a known word across it.

    Args:
        words: Known words: where one of them is spelled, its letters alone are joined ("what a f o o l").

    Returns:
        The step.

    >>> spacing_step()("f.o.o")
    [Replacement(start=1, end=2, text=''), Replacement(start=3, end=4, text='')]
    >>> spacing_step()("你这蠢 货")
    [Replacement(start=3, end=4, text='')]
    >>> [gap.start for gap in spacing_step(["fool"])("a f o o l")]
    [3, 5, 7]
    """
    known, lexicon = frozenset(map(fold, words)), Lexicon(words)

    def find(text: str) -> list[Replacement]:
        gaps = {*_spelled_gaps(text, known), *_han_gaps(text, lexicon)}
        return [Replacement(*gap, "") for gap in sorted(gaps)]

    return find


def _spelled_gaps(text: str, known: frozenset[str]) -> Iterator[Span]:
    """Yield the separators of spelled words: those inside the longest known word of a run, or all of them."""
    match = _SPELLED.search(text)
    while match:
        width = 1 + len(match["gap"])
        letters = match[0][::width]
        first, last = _longest_word(letters, known) or (0, len(letters) if _is_spelled(letters) else 0)
        for start in range(match.start() + first * width + 1, match.start() + (last - 1) * width, width):
            yield Span(start, start + width - 1)
        match = _SPELLED.search(text, match.end() if last else match.start() + 1)


def _is_spelled(letters: str) -> bool:
    """Tell whether letters, or signs for them, are enough to be a word by themselves."""
    return len(letters) > 2 and 2 * sum(map(str.isalpha, letters)) >= max(len(letters), 4)


def _longest_word(letters: str, known: frozenset[str]) -> tuple[int, int] | None:
    plain = fold("".join(LEET.get(letter, letter) for letter in letters))
    most = max(map(len, known), default=0)
    runs = (
        (first, last) for first in range(len(plain)) for last in range(first + 2, min(first + most, len(plain)) + 1)
    )
    return max((run for run in runs if plain[slice(*run)] in known), key=lambda run: run[1] - run[0], default=None)


def _han_gaps(text: str, lexicon: Lexicon) -> list[Span]:
    """Return the separators beside a single Chinese character, or inside a known word once all are taken out."""
    gaps = [Span(*match.span()) for match in _HAN_GAP.finditer(text)]
    if not gaps:
        return []
    borders = [0, *itertools.chain.from_iterable(gaps), len(text)]
    pieces = [text[start:end] for start, end in zip(borders[::2], borders[1::2], strict=True)]
    places = itertools.accumulate(map(len, pieces[:-1]))  # where each gap was, in the joined text
    inside = {place for start, end in lexicon.mark("".join(pieces)) for place in range(start + 1, end)}
    return [gap for gap, place in zip(gaps, places, strict=True) if place in inside or _stands_alone(text, gap)]


def _stands_alone(text: str, gap: Span) -> bool:
    """Tell whether a single Chinese character stands on a side of the gap."""
    before, after = text[max(gap.start - 2, 0) : gap.start - 1], text[gap.end + 1 : gap.end + 2]
    return not (_ONE_HAN.match(before) and _ONE_HAN.match(after))


def leet_step(words: Collection[str] = ()) -> Step:
    """Replace digits and signs inside words by the letters they stand for; each replaces one character.

    Between two letters up to three are read. At the end of a word with two letters or more it is one (or one doubled:
    a55), no mark of punctuation and no @, which names a user; a word with a single letter must be a known one.

    Args:
        words: Known words: 1 is l where that makes one of them, and i otherwise.

    Returns:
        The step.

    >>> leet_step()("f00l! covid19")
    [Replacement(start=1, end=2, text='o'), Replacement(start=2, end=3, text='o')]
    >>> leet_step(["fool"])("foo1")
    [Replacement(start=3, end=4, text='l')]
    """
    known = frozenset(map(fold, words))

    def find(text: str) -> list[Replacement]:
        return [change for match in _WORD.finditer(text) for change in _leet_word(match.start(), match[0], known)]

    return find


def _leet_word(offset: int, whole: str, known: frozenset[str]) -> list[Replacement]:
    word = whole.strip("!|+@")
    runs = [Span(*match.span()) for match in _SIGN_RUN.finditer(word) if set(match[0]) <= LEET.keys()]
    if not runs:
        return []
    inside = [run for run in runs if run.start > 0 and run.end < len(word) and run.end - run.start <= _LONGEST_RUN]
    at_ends = [run for run in runs if (run.start == 0) != (run.end == len(word)) and _is_one(word[slice(*run)])]
    certain = inside + (at_ends if sum(map(str.isalpha, word)) >= 2 else [])
    for letters, read in ((LEET, inside + at_ends), (LEET | {"1": "l"}, inside + at_ends), (LEET, certain)):
        changes = {place: letters[word[place]] for run in sorted(read) for place in range(*run)}
        if read is certain or fold("".join(changes.get(place, one) for place, one in enumerate(word))) in known:
            break
    start = offset + whole.index(word)
    return [Replacement(start + place, start + place + 1, letter) for place, letter in changes.items()]


def _is_one(run: str) -> bool:
    """Tell whether a run is one sign, or the same one twice."""
    return len(run) <= 2 and len(set(run)) == 1
