"""The style sheet: nothing from the network, readable in both schemes."""

import re

import pytest

from hf_toxspan.demo.style import COLOURS, CSS


def test_nothing_comes_from_the_network() -> None:
    assert not re.search(r"url\(|@import|https?:|expression", CSS)


def test_braces_close() -> None:
    assert CSS.count("{") == CSS.count("}")


def luminance(colour: str) -> float:
    parts = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    linear = [value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4 for value in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("scheme", [0, 1])
@pytest.mark.parametrize("ink", ["ink", "soft", "toxic", "clean", "error"])
@pytest.mark.parametrize("paper", ["bg", "card"])
def test_words_have_the_contrast_that_wcag_asks_for(scheme: int, ink: str, paper: str) -> None:
    dark, light = sorted(luminance(COLOURS[name][scheme]) for name in (ink, paper))
    assert (light + 0.05) / (dark + 0.05) >= 4.5
