"""Fonts for any script: a character is drawn by a font that has it, or known to have none."""

import sys
from collections.abc import Iterator
from pathlib import Path

import matplotlib
import pytest

from hf_toxspan.views import fonts
from hf_toxspan.views.fonts import drawable, fonts_for

NOBODY_HAS = "\U000e0fff"
SHIPPED = Path(matplotlib.get_data_path(), "fonts", "ttf", "DejaVuSans.ttf")


@pytest.fixture
def only_the_shipped_font(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A machine without a Chinese font: matplotlib's own alone."""
    monkeypatch.setattr(fonts, "_files", lambda: (str(SHIPPED),))
    fonts._font_of.cache_clear()
    yield
    fonts._font_of.cache_clear()


def test_latin_and_vietnamese_letters_have_a_font_on_every_machine() -> None:
    found = fonts_for(["a", "ở", "o\u031b\u0309"])
    assert all(found.values()) and len(found) == 3


def test_what_no_font_has_is_known() -> None:
    assert fonts_for([NOBODY_HAS, "a" + NOBODY_HAS]) == {NOBODY_HAS: None, "a" + NOBODY_HAS: None}


def test_without_a_chinese_font_chinese_is_known_to_have_none(only_the_shipped_font: None) -> None:
    assert fonts_for(["蠢", "a"]) == {"蠢": None, "a": str(SHIPPED)}
    assert drawable("runs/蠢") == ("runs/\\u8822", None)


def test_a_font_that_only_draws_boxes_is_never_chosen() -> None:
    assert not any(fonts._is_unfit(Path(path).stem.replace("-", " ")) for path in fonts._files() if "Last" in path)
    assert fonts._is_unfit("Last Resort High-Efficiency") and fonts._is_unfit("Noto Color Emoji")


def test_hostile_names_are_drawn_by_their_codes() -> None:
    assert drawable("a\u202e\nb\x1b")[0] == "a<U+202E> b<U+001B>"
    assert drawable("") == ("", None)


def test_without_matplotlib_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(ImportError, match=r"hf_toxspan\[plots\]"):
        fonts._manager()
