"""Results on a console: lines for one system, a table for several, a picture that needs nothing else."""

import re
from xml.etree import ElementTree

import pytest

from hf_toxspan.views.console import picture, plain
from hf_toxspan.views.gathering import gather
from tests.views.results import CLEAN, HOSTILE, toxic

TEXTS = ["you fool", "hello"]
RESULTS = [toxic(TEXTS[0], (4, 8)), CLEAN]


def test_one_system_is_a_line_a_text_below_the_counts() -> None:
    assert plain(gather(TEXTS, {"m": RESULTS}, limit=5), title="mine") == (
        "mine\n2 texts: 1 toxic, 1 clean\ntoxic 0.97  you [[fool]]\nclean 0.99  hello"
    )


def test_several_systems_are_a_table() -> None:
    shown = plain(gather(TEXTS, {"ours": RESULTS, "theirs": [CLEAN, CLEAN]}, limit=1), width=60)
    assert "toxic 0.97  you [[fool]]" in shown and "clean 0.99  you fool" in shown
    assert "labels or spans differ on 1 of 2 texts" in shown
    assert "1 more text is not shown" in shown


def test_long_lines_are_folded_and_nothing_is_lost() -> None:
    text = "长" * 300
    shown = plain(gather(text, {"a": CLEAN, "b": CLEAN}, limit=5), width=60)
    assert shown.count("长") == 600 and max(map(len, shown.splitlines())) <= 60


def test_what_is_left_out_of_a_long_text_is_told() -> None:
    assert "... 3,000 more characters" in plain(gather("a" * 5_000, {"m": CLEAN}, limit=5))


@pytest.mark.parametrize("hostile", HOSTILE)
def test_hostile_text_name_and_label_send_no_control_and_no_markup(hostile: str) -> None:
    row = {**toxic(hostile, (0, 2)), "label": hostile}
    for shown in (plain(gather([hostile], {hostile: [row], "b": [CLEAN]}, limit=5), width=400, title=hostile),):
        assert not set(shown) & set("\x1b\x07\x9b\u202e\u2066\ud83d")
        assert hostile[4:] in shown or "<U+" in shown


@pytest.mark.parametrize("hostile", HOSTILE)
def test_a_picture_is_xml_without_scripts_and_outside_resources(hostile: str) -> None:
    svg = picture(gather([hostile], {"m": [{**toxic(hostile, (0, 2)), "label": hostile}]}, limit=5), title=hostile)
    tags = {element.tag.rsplit("}", 1)[-1] for element in ElementTree.fromstring(svg).iter()}
    assert tags <= {"svg", "style", "defs", "clipPath", "rect", "text", "g", "circle"}
    assert "@font-face" not in svg and not re.search(r"url\((?!#)", svg)


def test_a_picture_gives_a_wide_character_two_columns() -> None:
    svg = picture(gather("a<蠢货", {"m": toxic("a<蠢货", (2, 4))}, limit=5), title="t")
    widths = {words: width for width, words in re.findall(r'textLength="([\d.]+)"[^>]*>([^<]*)</text>', svg)}
    assert widths["蠢货"] == "48.8"
    assert next(width for words, width in widths.items() if words.endswith("a&lt;")) == "109.8"  # " 0.97  a<"
