"""Repair of text before it meets code that can't hold every Python string."""

import re

REPLACEMENT = "\ufffd"
"""Stands where a character could not be represented; one code point, so that offsets stay what they were."""

_SURROGATE = re.compile("[\ud800-\udfff]")


def replace_lone_surrogates(text: str) -> str:
    r"""Replace each lone surrogate by U+FFFD, one for one, so that the text can be written as UTF-8.

    Rust tokenizers and Arrow tables crash on a lone surrogate, which JSON escapes let through. An emoji is one code
    point in a Python string and stays; two surrogates side by side are two broken characters and become two.

    >>> replace_lone_surrogates("a\ud83db😀")
    'a\ufffdb😀'
    """
    return _SURROGATE.sub(REPLACEMENT, text)
