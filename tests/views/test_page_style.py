"""The page's style sheet: well formed, and nothing in it leaves the file."""

from hf_toxspan.views.page_style import STYLE


def test_style_has_balanced_braces_and_no_outside_resource() -> None:
    assert STYLE.count("{") == STYLE.count("}")
    assert "url(" not in STYLE and "@import" not in STYLE and "<" not in STYLE


def test_keyboard_focus_is_visible() -> None:
    assert "input:focus-visible+label{outline" in STYLE
