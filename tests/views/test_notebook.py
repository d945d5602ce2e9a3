"""Output of a notebook's cell: hostile text stays text, and what is cut is told."""

import pytest

from hf_toxspan.views.gathering import gather
from hf_toxspan.views.notebook import notebook_html
from tests.views.results import CLEAN, HOSTILE, toxic
from tests.views.test_html import read


@pytest.mark.parametrize("hostile", HOSTILE)
def test_hostile_text_label_name_and_title_add_no_element_and_no_attribute(hostile: str) -> None:
    row = {**toxic(hostile, (0, 3)), "label": hostile, "path": hostile, "saliency": [0.5] * len(hostile)}
    html = notebook_html(gather([hostile], {hostile: [row], "b": [{"error": hostile}]}, limit=5), title=hostile)
    assert set(read(html).tags) <= {"div", "b", "bdi", "small", "mark", "span", "code", "i"}
    assert {name for name, _ in read(html).attributes} <= {"dir", "style", "title"}
    html.encode()


def test_the_fragment_needs_nothing_from_outside_and_follows_the_theme() -> None:
    html = notebook_html(gather("you fool", {"m": toxic("you fool", (4, 8))}, limit=5))
    assert not any(word in html for word in ("<style", "<script", "http", "url(", "<link", "src="))
    assert 'title="0.90" style="color:inherit' in html
    assert read(html).text == "toxic 0.97you fool"


def test_ten_thousand_results_are_cut_and_counted() -> None:
    html = notebook_html(gather(["you fool"] * 10_000, {"m": [toxic("you fool", (4, 8))] * 10_000}, limit=100))
    assert html.count("<mark") == 100 and len(html) < 200_000
    assert "10,000 texts: 10,000 toxic, 0 clean" in html
    assert "9,900 more texts are not shown: the first 100 of 10,000" in html


def test_a_text_of_a_million_characters_is_cut_and_counted() -> None:
    text = "fool " * 200_000
    html = notebook_html(gather(text, {"m": toxic(text, (0, 4), (999_995, 999_999))}, limit=5))
    assert "... 998,000 more characters, of 1 span" in html and len(html) < 10_000


def test_two_systems_stand_side_by_side_with_their_differences() -> None:
    results = {"ours": [toxic("you fool", (4, 8)), CLEAN], "theirs": [CLEAN, CLEAN]}
    html = notebook_html(gather(["you fool", "hi"], results, limit=5))
    assert html.count("grid-template-columns:repeat(2,") == 2
    assert "labels or spans differ on 1 of 2 texts" in html
    assert "ours: 2 texts: 1 toxic, 1 clean" in read(html).text


def test_no_results_say_so() -> None:
    assert "0 texts: 0 toxic, 0 clean" in notebook_html(gather([], {"m": []}, limit=5))


def test_quadruples_and_the_judge_stand_below_the_text() -> None:
    quadruple = {"target": "you", "argument": "fool", "groups": ["others"], "hateful": True}
    judge = {"status": "failed", "detail": "no server"}
    row = toxic("a", quadruples=[quadruple], judge=judge, path="judge", backbone={"label": "toxic", "score": 0.6})
    shown = read(notebook_html(gather("a", {"m": row}, limit=5))).text
    assert "you | fool | others | hatejudge: failed (no server); the backbone decides: toxic 0.60" in shown
