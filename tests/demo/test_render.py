"""What is shown: everything of a result, in the page's language, and nothing of it as HTML."""

import re
from html.parser import HTMLParser
from typing import Any

import pytest

from hf_toxspan.demo import render
from hf_toxspan.demo.analysis import Row
from hf_toxspan.demo.words import LANGUAGES, Refused
from tests.demo.rows import EVIL, answer, row

OURS = {"ol", "li", "article", "header", "b", "bdi", "span", "div", "mark", "code", "section", "h4", "ul", "i", "table"}
OURS |= {"thead", "tr", "th", "tbody", "td", "p", "details", "summary"}


class Reader(HTMLParser):
    """Collects elements, attributes and text as a browser would."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.names: set[str] = set()
        self.text = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        self.tags.add(tag)
        self.names |= {name for name, _ in attrs}

    def handle_data(self, data: str) -> None:
        self.text += data


@pytest.mark.parametrize("language", LANGUAGES)
def test_hostile_texts_labels_names_and_reasons_stay_text(language: str) -> None:
    judge = {"status": EVIL, "toxic": True, "label": EVIL, "rationale": EVIL}
    silent = {"status": EVIL, "toxic": None, "label": None, "rationale": None}
    answers = [answer(EVIL, label=EVIL, system=EVIL, path="judge", judge=own, read_as=EVIL) for own in (judge, silent)]
    html = render.results(language, [Row(1, EVIL, EVIL, tuple(answers)), Row(2, EVIL, "", (), EVIL)])
    html += render.notice(language, Refused("wrong_type", name=EVIL))
    read = Reader(html)
    assert read.tags <= OURS
    assert read.names <= {"class", "style", "title", "dir", "tabindex", "scope", "role", "aria-label", "aria-hidden"}
    assert not set("\u202e\x1b") & set(html) and "U+202E" in read.text


def test_scores_places_and_labels_are_shown() -> None:
    text = Reader(render.results("en", [row("you fool")])).text
    assert "toxic0.91" in text and "0–3" in text and "0.90" in text and "other" in text


def test_saliency_has_a_column_for_each_character_that_a_reader_sees() -> None:
    html = render.results("en", [row("e\u0301 👩\u200d👧")])
    assert html.count('<i style="--v') == 3
    assert "drawn for texts of up to 280" in render.results("en", [row("a" * 281)])


def test_texts_of_several_lines_are_counted_and_many_are_not_all_shown() -> None:
    rows = [row("you", line=line) for line in range(1, 80)]
    text = Reader(render.results("en", rows)).text
    assert "Texts: 79" in text and "79 toxic" in text and "50 of 79 texts are shown" in text
    assert render.results("en", rows).count("<article") == 50


def test_many_spans_are_in_the_downloads() -> None:
    text = "ab " * 60
    spans = [{"start": at, "end": at + 2, "text": "ab", "score": None} for at in range(0, 180, 3)]
    shown = Reader(render.results("zh", [row(text, answer(text, spans=spans))])).text
    assert "另有 10 个片段" in shown


def test_a_clean_text_says_why_nothing_is_marked() -> None:
    assert "unless you ask" in render.results("en", [row("hi", answer("hi", toxic=False))])
    explained = answer("hi", toxic=False, saliency=[0.0, 0.1])
    assert "No words are marked" in render.results("en", [row("hi", explained)])


def test_where_the_judge_was_not_asked_the_page_says_so() -> None:
    html = render.results("vi", [row("hi", answer("hi", path="fast", judge=None))])
    assert "không hỏi mô hình phán xử" in html


def test_a_long_text_is_shown_whole_but_not_shaded() -> None:
    html = render.results("en", [row("好" * 200_000)])
    assert Reader(html).text.count("好") >= 200_000 and len(html) < 700_000
    assert not re.search("box-shadow", html)
