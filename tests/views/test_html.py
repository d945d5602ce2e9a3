"""The HTML view: hostile text stays text, the page stands alone."""

import re
import time
from html.parser import HTMLParser
from typing import Any

import pytest

from hf_toxspan.views.html import card, highlight, page, page_end, page_start, pair_card
from hf_toxspan.views.page_style import STYLE

HOSTILE = [
    "<script>alert(1)</script>",
    "</bdi></p></article><img src=x onerror=alert(1)>",
    "\"' onmouseover=alert(1) x='",
    "]]> --> <!-- </style><style>*{display:none}",
    "&lt;script&gt;",
    "\u202egnp.idiot\u2066",
    "\0\x1b[31m\r\x85",
    "\ud83d lone",
]


class Reader(HTMLParser):
    """Collects what a browser would: elements, attributes and text."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs

    def handle_data(self, data: str) -> None:
        self.text += data


def read(html: str) -> Reader:
    reader = Reader()
    reader.feed(html)
    reader.close()
    return reader


def result(text: str, *spans: tuple[int, int, float], **more: Any) -> dict[str, Any]:
    found = [{"start": start, "end": end, "text": text[start:end], "score": score} for start, end, score in spans]
    return {"text": text, "label": "toxic" if spans else "clean", "score": 0.97, "spans": found, **more}


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize("spans", [[], [(1, 4, 0.5)]])
def test_hostile_text_adds_no_element_and_no_attribute(text: str, spans: list[tuple[int, int, float]]) -> None:
    reader = read(highlight(text, result(text, *spans)["spans"]))
    assert set(reader.tags) <= {"bdi", "mark", "code"}
    assert {name for name, _ in reader.attributes} <= {"dir", "style", "title"}


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_label_id_title_and_error_stay_text(text: str) -> None:
    row = {**result("ok"), "label": text, "id": text}
    html = page([row, {"line": 1, "error": text}], title=text)
    assert set(read(html).tags) <= set(read(page([row, {"error": "x"}], title="x")).tags) | {"code"}
    assert "script" not in read(html).tags and "img" not in read(html).tags
    html.encode("utf-8")


def test_shown_text_is_the_text() -> None:
    text = "a < b & c  two\n\tlines 你好 é é 👨\u200d👩\u200d👧"
    assert read(highlight(text, result(text, (2, 9, 0.4))["spans"])).text == text


def test_reordering_and_control_characters_are_named_and_never_sent() -> None:
    html = highlight("a\u202eb\x1b\0", [])
    assert not set(html) & set("\u202e\x1b\0")
    assert read(html).text == "aU+202EbU+001BU+0000"


def test_marks_carry_their_score_and_grow_stronger_with_it() -> None:
    html = highlight("ab cd", result("ab cd", (0, 2, 0.2), (3, 5, 0.91))["spans"])
    assert re.findall(r'title="([\d.]+)"', html) == ["0.20", "0.91"]
    weak, strong = map(float, re.findall(r"/([\d.]+)\)", html))
    assert weak < strong < 0.7


def test_saliency_shades_runs_of_characters_and_keeps_the_text() -> None:
    html = highlight("abcdef", [], saliency=[0.0, 0.0, 1.0, 1.0, None, float("nan")])
    assert html.count("<span") == 1
    assert read(html).text == "abcdef"


def test_saliency_of_another_length_is_refused() -> None:
    with pytest.raises(ValueError, match="saliency has 2 values; expected one for each of 3"):
        highlight("abc", [], saliency=[0.1, 0.2])


def test_result_that_was_not_explained_has_no_shading() -> None:
    assert "<span style" not in card(result("abc", saliency=None))


def test_page_needs_nothing_from_outside_and_no_script() -> None:
    html = page([result("abc", (0, 2, 0.9))], title="t")
    assert not re.search(r"https?:|//|@import|url\(|<script|<link|src=", html)
    assert "default-src 'none'" in html
    assert "prefers-color-scheme:dark" in html
    assert "width=device-width" in html


def test_page_counts_toxic_clean_and_unread() -> None:
    html = page([result("a", (0, 1, 1.0)), result("b"), result("c"), {"line": 4, "error": "bad"}], title="t")
    assert "1 toxic · 2 clean · 1 not read" in read(html).text
    assert html.count("<article") == 4


def test_filter_works_by_radio_buttons_before_the_cards() -> None:
    html = page_start("t")
    assert html.count('type="radio"') == 3
    assert html.index("show-toxic") < html.index("<main>")
    assert "#show-toxic:checked~main article:not(.toxic)" in STYLE


def test_page_of_no_results_is_whole() -> None:
    assert page([], title="t") == page_start("t") + page_end({})
    assert "0 toxic · 0 clean" in read(page([], title="t")).text


def test_streamed_parts_are_the_page() -> None:
    rows = [result("ab", (0, 1, 0.5)), result("cd")]
    parts = page_start("t") + "".join(map(card, rows)) + page_end({"toxic": 1, "clean": 1})
    assert parts == page(rows, title="t")


def test_empty_text_makes_an_empty_card() -> None:
    assert read(highlight("", [])).text == ""


def test_a_hundred_thousand_characters_take_no_more_than_seconds() -> None:
    text = "<b>你好😡 " * 15_000
    spans = result(text, *((start, start + 3, 0.5) for start in range(0, 100_000, 10)))["spans"]
    began = time.perf_counter()
    assert read(highlight(text, spans, saliency=[0.3] * len(text))).text == text
    assert time.perf_counter() - began < 20


def test_quadruples_are_a_list_of_escaped_lines() -> None:
    quadruple = {"target": "<i>you</i>", "argument": "a", "groups": [], "hateful": False}
    shown = card({"text": "you", "label": "non-hate", "score": 1.0, "spans": [], "quadruples": [quadruple]})
    assert "<ul><li><bdi>&lt;i&gt;you&lt;/i&gt; | a | - | non-hate</bdi></li></ul>" in shown


def test_a_pair_stands_in_one_card_that_is_toxic_where_one_of_them_is() -> None:
    shown = pair_card({"<i>a": result("ab"), "b": result("ab", (0, 1, 0.5))})
    assert shown.startswith('<article class="toxic pair">') and shown.count("<section") == 2
    assert "&lt;i&gt;a" in shown and "<i>" not in shown


def test_an_undecided_text_is_counted_apart_and_shows_why() -> None:
    waiting = {"text": "a", "label": None, "score": None, "spans": [], "status": "failed"}
    html = page([waiting], title="t")
    assert "0 toxic · 0 clean · 1 undecided" in read(html).text and "undecided: failed" in read(html).text


def test_the_path_and_the_judge_are_shown_escaped() -> None:
    judge = {"status": "judged", "label": None, "toxic": True, "toxicity": 0.7, "rationale": "<img src=x>"}
    shown = card(result("a", path="judge", judge=judge, backbone={"label": "clean", "score": 0.6}))
    assert "judge: toxic, toxicity 0.70; backbone: clean 0.60; <img src=x>" in read(shown).text
    assert "img" not in read(shown).tags
