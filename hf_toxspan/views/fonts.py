"""Fonts for plots of texts in any script: which installed font draws a character, so that none becomes a box."""

from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from hf_toxspan.views.pieces import visible

PREFERRED = (
    "DejaVu Sans",
    "Noto Sans CJK SC",
    "Source Han Sans SC",
    "PingFang SC",
    "Hiragino Sans GB",
    "Microsoft YaHei",
    "SimHei",
    "WenQuanYi Micro Hei",
    "WenQuanYi Zen Hei",
    "Noto Sans SC",
    "Noto Sans CJK JP",
    "Arial Unicode MS",
)
"""Fonts that are looked in first: Latin and Vietnamese, then Chinese of Linux, macOS and Windows."""

_UNFIT = ("last resort", "color emoji", "colour emoji", "apple color", "segoe ui emoji", "nastaliq")
"""Fonts that know a character and do not draw it: boxes that name its block, or pictures that matplotlib cannot use."""


def fonts_for(characters: Iterable[str]) -> Mapping[str, str | None]:
    """Find a font for each piece of text that is drawn by itself.

    Args:
        characters: Characters, or graphemes of several.

    Returns:
        By the piece, the file of the first font that has all of its characters; None where no installed font has.

    Raises:
        ImportError: Without matplotlib.
    """
    return {piece: _font_of(piece) for piece in set(characters)}


def drawable(words: str) -> tuple[str, Path | None]:
    """Return words as they can be drawn without a box, and the font for them.

    Args:
        words: A name or a heading, from anyone.

    Returns:
        The words with unsafe characters by name, or all but ASCII escaped where no one font has them; and the font's
        file, None for the usual one.

    Raises:
        ImportError: Without matplotlib.
    """
    shown = visible(words).replace("\n", " ")
    font = _font_of(shown) if shown else None
    return (shown, Path(font)) if font is not None else (ascii(shown)[1:-1], None)


@cache
def _font_of(piece: str) -> str | None:
    return next((path for path in _files() if all(ord(character) in _covered(path) for character in piece)), None)


@cache
def _files() -> tuple[str, ...]:
    """Return the installed fonts, the preferred ones first, then by name."""
    fonts = [entry for entry in _manager().fontManager.ttflist if not _is_unfit(entry.name)]
    order = {name: place for place, name in enumerate(PREFERRED)}
    fonts.sort(key=lambda entry: (order.get(entry.name, len(order)), not _is_plain(entry), entry.name, entry.fname))
    return tuple(dict.fromkeys(entry.fname for entry in fonts))


def _is_unfit(name: str) -> bool:
    return any(word in name.lower() for word in _UNFIT)


def _is_plain(entry: Any) -> bool:
    return entry.style == "normal" and str(entry.weight) in ("400", "normal", "regular")


@cache
def _covered(path: str) -> frozenset[int]:
    return frozenset(_manager().get_font(path).get_charmap())


def _manager() -> Any:
    try:
        from matplotlib import font_manager
    except ImportError as error:
        raise ImportError('plots need matplotlib: pip install "hf_toxspan[plots]"') from error
    return font_manager
