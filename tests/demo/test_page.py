"""The page in headless Chromium, served by its command: what visitors do, and what attackers try."""

import json
import os
import sys
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

import pytest

from hf_toxspan.demo.page import build_page
from tests.demo.conftest import ATTACK, EVIL_LABEL, EVIL_NAME, Served, Visiting

TOXIC = "What a stupid idea, you fool."
OUTLINES = """[document.activeElement, document.activeElement.closest('label')]
.map(part => part && getComputedStyle(part).outlineStyle)"""
HOSTILE = [
    f"<script>{ATTACK}</script><img src=x onerror={ATTACK}> you stupid fool",
    f"</textarea></bdi></li><svg onload={ATTACK}> stupid",
    f"${{{ATTACK}}} {{{{{ATTACK}}}}} {{{{#each value}}}} <%= {ATTACK} %> stupid",
    "\u202eloof\u2066 stupid \x1b[31m\x07",
]


def test_a_pasted_text_shows_its_label_spans_and_saliency(visit: Visiting) -> None:
    results = visit().check(TOXIC)
    assert results.locator(".tx-label").inner_text() == "toxic"
    assert results.locator(".tx-text").inner_text() == TOXIC
    assert "stupid" in results.locator(".tx-text mark").all_inner_texts()
    assert results.locator("tbody tr").first.inner_text().split() == ["stupid", "7–13", "0.97"]
    assert [bar.split()[0] for bar in results.locator(".tx-bars li").all_inner_texts()] == ["toxic", "clean"]
    assert results.locator(".tx-sky i").count() == len(TOXIC)


def test_the_keyboard_is_enough(visit: Visiting) -> None:
    tab = visit()
    tab.page.focus("#text textarea")
    tab.page.keyboard.type(TOXIC)
    tab.page.keyboard.press("Control+Enter")
    tab.page.wait_for_selector("#results .tx-toxic")
    seen = []
    for _ in range(14):
        tab.page.keyboard.press("Tab")
        seen.append(tab.page.evaluate("document.activeElement.closest('[id]:not([id^=html])')?.id ?? ''"))
        assert "solid" in tab.page.evaluate(OUTLINES) or "auto" in tab.page.evaluate(OUTLINES), seen
    order = [
        name for name in dict.fromkeys(seen) if name in ("drop", "method", "compare", "check", "explain", "saliency")
    ]
    assert order == ["drop", "method", "compare", "check", "explain", "saliency"]


def test_saliency_can_be_hidden(visit: Visiting) -> None:
    tab = visit()
    results = tab.check(TOXIC)
    tab.page.uncheck("#saliency input")
    results.locator(".tx-sky").wait_for(state="hidden")
    assert results.locator(".tx-text").inner_text() == TOXIC


def test_a_hostile_text_is_shown_and_does_nothing(visit: Visiting) -> None:
    tab = visit()
    for text in HOSTILE:
        results = tab.check(text)
        assert results.locator(".tx-list").locator("script, img, svg").count() == 0
        shown = results.locator(".tx-text").inner_text()
        assert "stupid" in shown and "\u202e" not in shown and "\x1b" not in shown
        assert tab.page.evaluate("window.hacked") is None
    tab.choose("language", "中文")
    tab.page.get_by_role("heading", name="置信度").wait_for()


def test_a_model_with_hostile_name_and_labels_is_compared_and_does_nothing(visit: Visiting) -> None:
    tab = visit()
    tab.choose("compare", EVIL_NAME)
    cards = tab.check(TOXIC).locator(".tx-card")
    assert cards.count() == 2
    assert EVIL_NAME in cards.nth(1).inner_text() and cards.nth(1).locator(".tx-label").inner_text() == EVIL_LABEL
    first, second = (cards.nth(place).bounding_box() for place in (0, 1))
    assert first["y"] == second["y"] and first["x"] + first["width"] <= second["x"]


def test_each_model_explains_in_the_ways_it_can(visit: Visiting, served: Served) -> None:
    tab = visit()
    tab.choose("compare", EVIL_NAME)
    for method in ("Gradient", "Rationale"):
        tab.choose("method", method)
        sources = tab.check(TOXIC).locator(".tx-source").all_inner_texts()
        assert [source.rpartition(" · ")[2] for source in sources] == [method, method]
    asked = len(served.judge.calls)
    tab.choose("method", "Cascade")
    results = tab.check("What a lemon.")
    assert len(served.judge.calls) == asked + 1
    assert "The judge says: toxic." in results.inner_text() and "as told <script>" in results.inner_text()
    assert results.locator("tbody tr").first.inner_text().split()[0] == "lemon"


def test_a_file_is_read_and_its_column_chosen(visit: Visiting, tmp_path: Path) -> None:
    tab = visit()
    name = f"<img src=x onerror={ATTACK}>.csv"
    header = f'id,"<b onclick={ATTACK}>",comment'
    (tmp_path / name).write_text(f"{header}\n1,hello there,you stupid fool\n2,you stupid fool,hello\n")
    tab.drop(tmp_path / name)
    tab.page.locator("#file", has_text=name).wait_for()
    assert tab.page.locator("#column input").input_value() == "comment"
    results = tab.check()
    assert [label.inner_text() for label in results.locator(".tx-label").all()] == ["toxic", "clean"]
    assert "Texts: 2" in results.inner_text()
    tab.page.click("#column input")
    tab.page.get_by_role("option", name="<b onclick").click()
    results = tab.check()
    assert [label.inner_text() for label in results.locator(".tx-label").all()] == ["clean", "toxic"]
    tab.page.click("#remove")
    tab.page.locator("#file .tx-file").wait_for(state="hidden")
    assert tab.check("hello").locator(".tx-card").count() == 1


def test_a_file_that_cannot_be_read_is_refused_in_words(visit: Visiting, tmp_path: Path) -> None:
    tab = visit()
    for name, content, words in (
        ("big.txt", b"", "larger than 4 MB"),
        ("bomb.zip", b"PK\3\4" + b"\0" * 100, "no file of texts"),
        ("bomb.csv", b"PK\3\4" + b"\0" * 100, "no readable text"),
        ("empty.txt", b"", "holds no texts"),
        ("latin.txt", "caf\xe9\n".encode("latin-1"), "Save it as UTF-8"),
    ):
        (tmp_path / name).write_bytes(content)
        if name == "big.txt":
            os.truncate(tmp_path / name, 50_000_000)
        tab.drop(tmp_path / name)
        tab.page.locator("#results [role=alert]", has_text=words).wait_for()
        assert tab.page.locator("#file .tx-file").count() == 0


def test_a_very_long_text_is_read_whole_and_one_longer_is_refused(visit: Visiting) -> None:
    tab = visit()
    assert "has 200,001 characters" in tab.check("a" * 200_001).inner_text()
    results = tab.check("you stupid fool! " * 320)
    assert len(results.locator(".tx-text").inner_text()) == 5_440
    assert "Saliency is drawn for texts of up to 280" in results.inner_text()


def test_downloads_hold_the_results(visit: Visiting, tmp_path: Path) -> None:
    tab = visit()
    tab.check(TOXIC)
    for kind in ("html", "json"):
        with tab.page.expect_download() as found:
            tab.page.click(f"#save-{kind}")
        assert found.value.suggested_filename == f"toxspan-results.{kind}"
        found.value.save_as(tmp_path / kind)
    (row,) = json.loads((tmp_path / "json").read_text(encoding="utf-8"))
    assert row["text"] == TOXIC and row["label"] == "toxic" and len(row["saliency"]) == len(TOXIC)
    assert row["spans"][0] | {"score": None} == {"start": 7, "end": 13, "text": "stupid", "score": None}
    assert "<mark" in (tmp_path / "html").read_text(encoding="utf-8")


def test_the_page_speaks_three_languages_and_so_do_its_errors(visit: Visiting, pictures: Path) -> None:
    tab = visit()
    tab.check(TOXIC)
    for name, code, title, empty in (
        ("中文", "zh", "是哪些词让它有害？", "还没有文本"),
        ("Tiếng Việt", "vi", "Từ nào khiến câu này độc hại?", "Chưa có văn bản"),
    ):
        tab.choose("language", name)
        tab.page.get_by_role("heading", name=title).wait_for()
        assert tab.page.evaluate("document.documentElement.lang") == code
        tab.check(TOXIC + " ")
        tab.page.screenshot(path=pictures / f"light-{code}.png", full_page=True)
        assert empty in tab.check("").inner_text()


@pytest.mark.parametrize(("scheme", "width"), [("light", 1100), ("dark", 1100), ("light", 390), ("dark", 390)])
def test_the_page_fits_and_can_be_read(visit: Visiting, pictures: Path, scheme: str, width: int) -> None:
    tab = visit(scheme=scheme, width=width)
    tab.choose("compare", EVIL_NAME)
    tab.check(TOXIC + " " + "x" * 200)
    tab.page.screenshot(path=pictures / f"{scheme}-{width}.png", full_page=True)
    assert tab.page.evaluate("document.documentElement.scrollWidth") == width
    ink, paper = (
        sum(
            tab.page.evaluate(f"getComputedStyle(document.querySelector('{part}')).{what}.match(/\\d+/g).map(Number)")[
                :3
            ]
        )
        for part, what in ((".tx-text", "color"), (".tx-card", "backgroundColor"))
    )
    assert abs(ink - paper) > 450 and (ink > paper) == (scheme == "dark")


def post(url: str, body: Any) -> int:
    request = urllib.request.Request(url, json.dumps(body).encode(), {"Content-Type": "application/json"})
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code


@pytest.mark.parametrize(
    "path",
    [
        "gradio_api/file=/etc/passwd",
        "gradio_api/file=../../etc/passwd",
        "file=/etc/passwd",
        "static/../../app.py",
        "static/%2e%2e/%2e%2e/app.py",
        "custom_component/1/client/component/..%2f..%2fetc%2fpasswd",
        "gradio_api/proxy=http://127.0.0.1:1/",
        "gradio_api/openapi.json",
        "gradio_api/runs",
        "monitoring",
        "docs",
    ],
)
def test_no_file_and_no_other_address_is_served(served: Served, path: str) -> None:
    with pytest.raises(urllib.error.HTTPError) as found:
        urllib.request.urlopen(served.url + path, timeout=30)
    found.value.close()
    assert found.value.code == 404


def test_uploads_and_named_calls_are_not_there(served: Served) -> None:
    for path in ("upload", "call/check", "stream/1", "component_server", "process_recording", "login"):
        assert post(f"{served.url}gradio_api/{path}", {"data": ["x"]}) == 404
    with urllib.request.urlopen(f"{served.url}gradio_api/info", timeout=30) as answer:
        assert json.load(answer)["named_endpoints"] == {}


def test_no_text_is_written_to_the_servers_log(visit: Visiting, served: Served) -> None:
    visit().check("you stupid hippopotamus")
    log = served.log.read_text(encoding="utf-8")
    assert "hippopotamus" not in log and "Traceback" not in log


def test_without_gradio_the_error_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "gradio", None)
    with pytest.raises(ImportError, match=r'pip install "hf_toxspan\[demo\]"'):
        build_page()


def test_a_language_that_is_not_spoken_is_refused_before_a_model_is_loaded() -> None:
    with pytest.raises(ValueError, match="'fr'; expected one of en, zh, vi"):
        build_page("no such model", language="fr")
