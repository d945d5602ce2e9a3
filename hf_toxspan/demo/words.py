"""The words of the page in English, Chinese and Vietnamese; nothing else is written on it."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from hf_toxspan.demo.words_en import ENGLISH
from hf_toxspan.demo.words_vi import VIETNAMESE
from hf_toxspan.demo.words_zh import CHINESE

LANGUAGES: Mapping[str, Mapping[str, str]] = MappingProxyType({"en": ENGLISH, "zh": CHINESE, "vi": VIETNAMESE})
"""The words by the language's code; the first is shown where nothing else is said."""

NAMES = {"en": "English", "zh": "中文", "vi": "Tiếng Việt"}
"""What each language calls itself."""

EXAMPLES = (
    ("Thank you, friend!", "en"),
    ("What a stupid idea, you fool.", "en"),
    ("你真是个蠢货，什么都不懂。", "zh"),
    ("Đồ ngu, im đi.", "vi"),
)
"""Mild texts to begin with, and their languages."""


class Refused(ValueError):  # noqa: N818 - it names an outcome, as a visitor reads it
    """What a visitor sent can't be looked at, for a reason that the page says in the visitor's language.

    Args:
        reason: The key of the words.
        **values: What is put into them.
    """

    def __init__(self, reason: str, **values: object) -> None:
        self.reason, self.values = reason, values
        super().__init__(say("en", reason, **values))


def check_language(language: str) -> str:
    """Return a language that the page speaks.

    Args:
        language: Its code.

    Returns:
        The same.

    Raises:
        ValueError: If it is another one.
    """
    if language not in LANGUAGES:
        raise ValueError(f"the page's language is {language!r}; expected one of {', '.join(LANGUAGES)}")
    return language


def say(language: str, key: str, **values: Any) -> str:
    """Return words of the page; what a visitor sent is put into them as it is, and never read as a format.

    Args:
        language: A code of `LANGUAGES`.
        key: Which words.
        **values: What is put into them; numbers get thousands separators.

    Returns:
        Plain text, to be escaped where it goes into HTML.

    >>> say("en", "file_ready", count=1200)
    'Texts in the file: 1,200'
    """
    shown = {name: f"{value:,}" if isinstance(value, int) else value for name, value in values.items()}
    return LANGUAGES[language][key].format(**shown)
