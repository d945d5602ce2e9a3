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
from hf_toxspan.core.rewriting import Replacement
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
# In a lookahead, so that "f.o.l" is found in "a f.o.l" though "a f" matches too; the longer ones are taken.
_SPELLED = re.compile(
    rf"(?<!{LETTER})(?<!\d)(?=({_ONE}(?P<gap>{_SEPARATOR}{{1,2}}){_ONE}(?:(?P=gap){_ONE})*)(?!{LETTER}|\d))"
)
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


def find_spacing(text: str, words: Collection[str] = ()) -> list[Replacement]:
    """Join letters that stand one by one with equal separators, and Chinese words that were pulled apart.

    Latin and its like: three or more single letters (or signs of leet, two letters at least) with the same one or two
    separators between; two only where they are a known word. Chinese: a separator is taken out where a single character
    stands beside it, or a known word across it.

    Args:
        text: The text.
        words: Known words: where one of them is spelled, its letters alone are joined ("what a f o o l").

    Returns:
        What to take out.

    >>> find_spacing("f.o.o")
    [Replacement(start=1, end=2, text=''), Replacement(start=3, end=4, text='')]
    >>> find_spacing("你这蠢 货")
    [Replacement(start=3, end=4, text='')]
    >>> [gap.start for gap in find_spacing("a f o o l", ["fool"])]
    [3, 5, 7]
    """
    known = frozenset(map(fold, words))
    gaps = {*_spelled_gaps(text, known), *_han_gaps(text, words)}
    return [Replacement(*gap, "") for gap in sorted(gaps)]


def _spelled_gaps(text: str, words: frozenset[str]) -> Iterator[Span]:
    """Yield the separators of spelled words: those inside the longest known word of a run, or all of them."""
    done = 0
    for match in _SPELLED.finditer(text):
        width = 1 + len(match["gap"])
        letters = match[1][::width]
        found = _longest_word(letters, words)
        if match.start() < done or (found is None and not _is_spelled(letters)):
            continue
        done = match.end(1)
        first, last = found or (0, len(letters))
        for start in range(match.start() + first * width + 1, match.start() + (last - 1) * width, width):
            yield Span(start, start + width - 1)


def _is_spelled(letters: str) -> bool:
    return len(letters) > 2 and 2 * sum(map(str.isalpha, letters)) >= max(len(letters), 4)


def _longest_word(letters: str, words: frozenset[str]) -> tuple[int, int] | None:
    plain = fold("".join(LEET.get(letter, letter) for letter in letters))
    runs = [run for run in itertools.combinations(range(len(plain) + 1), 2) if plain[slice(*run)] in words]
    return max(runs, key=lambda run: run[1] - run[0], default=None)


def _han_gaps(text: str, words: Collection[str]) -> list[Span]:
    gaps = [Span(*match.span()) for match in _HAN_GAP.finditer(text)]
    return [gap for gap in gaps if _stands_alone(text, gap)] + _gaps_inside(text, gaps, words)


def _stands_alone(text: str, gap: Span) -> bool:
    """Tell whether a single Chinese character stands on a side of the gap."""
    before, after = text[max(gap.start - 2, 0) : gap.start - 1], text[gap.end + 1 : gap.end + 2]
    return not (re.match(rf"[{HAN}]", before) and re.match(rf"[{HAN}]", after))


def _gaps_inside(text: str, gaps: list[Span], words: Collection[str]) -> list[Span]:
    """Return the gaps that a known word lies across once all of them are taken out."""
    if not gaps or not words:
        return []
    borders = [0, *itertools.chain.from_iterable(gaps), len(text)]
    pieces = [text[start:end] for start, end in zip(borders[::2], borders[1::2], strict=True)]
    places = list(itertools.accumulate(map(len, pieces)))  # where each gap was, in the joined text
    known = Lexicon(words).mark("".join(pieces))
    return [
        gap
        for gap, place in zip(gaps, places, strict=False)  # the last piece has no gap after it
        if any(span.start < place < span.end for span in known)
    ]


def find_leet(text: str, words: Collection[str] = ()) -> list[Replacement]:
    """Replace digits and signs inside words by the letters they stand for; each replaces one character.

    Between two letters up to three are read. At the end of a word with two letters or more it is one (or one doubled:
    a55), no mark of punctuation and no @, which names a user; a word with a single letter must be a known one.

    Args:
        text: The text.
        words: Known words: 1 is l where that makes one of them, and i otherwise.

    Returns:
        What to replace.

    >>> find_leet("f00l! covid19")
    [Replacement(start=1, end=2, text='o'), Replacement(start=2, end=3, text='o')]
    >>> find_leet("foo1", ["fool"])
    [Replacement(start=3, end=4, text='l')]
    """
    known = frozenset(map(fold, words))
    found = [_leet_word(match.start(), match[0], known) for match in _WORD.finditer(text)]
    return [replacement for word in found for replacement in word]


def _leet_word(offset: int, whole: str, known: frozenset[str]) -> list[Replacement]:
    word = whole.strip("!|+@")
    offset += whole.find(word)
    runs = [match.span() for match in _SIGN_RUN.finditer(word) if set(match[0]) <= LEET.keys()]
    inside = [run for run in runs if run[0] > 0 and run[1] < len(word) and run[1] - run[0] <= _LONGEST_RUN]
    at_ends = [run for run in runs if (run[0] == 0) != (run[1] == len(word)) and _is_one(word[slice(*run)])]
    for letters in (LEET, LEET | {"1": "l"}):
        read = _read(offset, word, inside + at_ends, letters)
        if fold("".join(letters.get(letter, letter) for letter in word)) in known:
            return read
    certain = at_ends if sum(map(str.isalpha, word)) >= 2 else []
    return _read(offset, word, inside + certain, LEET)


def _is_one(run: str) -> bool:
    """Tell whether a run is one sign, or the same one twice."""
    return len(run) <= 2 and len(set(run)) == 1


def _read(offset: int, word: str, runs: list[tuple[int, int]], letters: dict[str, str]) -> list[Replacement]:
    places = sorted(place for run in runs for place in range(*run))
    return [Replacement(offset + place, offset + place + 1, letters[word[place]]) for place in places]
