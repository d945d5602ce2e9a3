"""What a text is made of: words, blanks, and repairs that keep every character's position."""

import re
import unicodedata

REPLACEMENT = "\ufffd"
"""Stands where a character could not be represented; one code point, so that offsets stay what they were."""

UNSPACED = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3005-\u3007\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\uff66-\uff9f"
    "\U00020000-\U0003ffff"
)
"""Scripts without blanks between words, for a character class: Thai, Lao, Burmese, Khmer, kana, Chinese."""

_MARKS = (  # what `\w` leaves out: combining marks (Latin, Hebrew, Arabic, India's scripts), invisible characters
    "\u0300-\u036f\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u0610-\u061a\u064b-\u065f\u0670"
    "\u0900-\u0963\u0966-\u0df3\u00ad\u200b-\u200d\u2060"
)
WORD = re.compile(rf"(?:(?![{UNSPACED}_])[\w{_MARKS}])+")
"""A word of a script that writes blanks: letters, digits and what joins them."""

BLANK = re.compile(r"\s+")

LONE_SURROGATE = re.compile("[\ud800-\udfff]")

# What joins the character before it in NFC: marks, Hangul vowels and finals, half-width sound marks, Kirat Rai vowels.
_JOINS = re.compile("[\u1160-\u11ff\uff9e\uff9f\uffa0-\uffdc\U00016d63\U00016d67-\U00016d6a]")


def replace_lone_surrogates(text: str) -> str:
    r"""Replace each lone surrogate by U+FFFD, one for one, so that the text can be written as UTF-8.

    Rust tokenizers and Arrow tables crash on a lone surrogate, which JSON escapes let through. An emoji is one code
    point in a Python string and stays; two surrogates side by side are two broken characters and become two.

    >>> replace_lone_surrogates("a\ud83db😀")
    'a\ufffdb😀'
    """
    return LONE_SURROGATE.sub(REPLACEMENT, text)


def fingerprint(text: str) -> str:
    """Return what is left of a text when form, case, blanks and punctuation are taken away: equal for one content.

    Two rows with one fingerprint must not stand on both sides of a split.

    >>> fingerprint("Ｓo, ＷHAT?!") == fingerprint("so what")
    True
    """
    return "".join(filter(str.isalnum, unicodedata.normalize("NFKC", text).casefold()))


def content_of(text: str) -> str:
    """Return what tells two texts apart: their fingerprint, or the text itself where it is of signs alone.

    >>> content_of("Ｓo, ＷHAT?!") == content_of("so what"), content_of("?!") == content_of("...")
    (True, False)
    """
    return fingerprint(text) or replace_lone_surrogates(text)


def clusters(text: str) -> list[str]:
    r"""Cut a text where no character joins the one before it: NFC of the whole is NFC of the parts.

    >>> [len(part) for part in clusters("o\u0302i")]
    [2, 1]
    """
    parts: list[str] = []
    for character in text:
        if parts and (unicodedata.category(character)[0] == "M" or _JOINS.match(character)):
            parts[-1] += character
        else:
            parts.append(character)
    return parts
