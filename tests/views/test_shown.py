"""`show` and `compare`: in a notebook, in a terminal, and in files."""

import io
import json
from pathlib import Path

import pytest
from rich.console import Console

import hf_toxspan
from hf_toxspan.views.shown import compare, show
from tests.views.results import CLEAN, HOSTILE, toxic
from tests.views.test_html import read

TEXTS = ["you fool", "hello"]
RESULTS = [toxic(TEXTS[0], (4, 8)), CLEAN]


def test_the_package_offers_both_by_name() -> None:
    assert (hf_toxspan.show, hf_toxspan.compare) == (show, compare)


def test_a_notebook_gets_html_and_text_gets_brackets() -> None:
    shown = show(TEXTS, RESULTS)
    assert "<mark" in shown._repr_html_()
    assert str(shown) == repr(shown) == "2 texts: 1 toxic, 1 clean\ntoxic 0.97  you [[fool]]\nclean 0.99  hello"


def test_a_terminal_with_colours_gets_colours_and_one_without_gets_brackets() -> None:
    def printed(**settings: object) -> str:
        console = Console(file=io.StringIO(), width=80, **settings)  # type: ignore[arg-type]
        with console.capture() as captured:
            console.print(show(TEXTS, RESULTS))
        return captured.get()

    assert "\x1b[1;37;41mfool\x1b[0m" in printed(force_terminal=True, color_system="standard", no_color=False)
    assert "[[fool]]" in printed(color_system=None)


def test_print_writes_to_standard_output(capsys: pytest.CaptureFixture[str]) -> None:
    show("you fool", RESULTS[0]).print()
    assert capsys.readouterr().out == "toxic 0.97  you [[fool]]\n"


def test_a_page_has_every_result_whatever_the_limit(tmp_path: Path) -> None:
    path = show(TEXTS * 50, RESULTS * 50, limit=1, title="mine").save(tmp_path / "page.html")
    html = path.read_text(encoding="utf-8")
    assert html.count("<article") == 100
    assert "50 toxic · 50 clean" in read(html).text


def test_a_page_of_two_systems_has_a_pair_a_text(tmp_path: Path) -> None:
    html = compare(TEXTS, {"a": RESULTS, "b": [CLEAN, CLEAN]}).save(tmp_path / "page.html").read_text(encoding="utf-8")
    assert html.count("<section") == 4
    assert "1 toxic · 1 clean" in read(html).text


@pytest.mark.parametrize("hostile", HOSTILE)
def test_json_brings_back_what_was_given(tmp_path: Path, hostile: str) -> None:
    results = [toxic(hostile, (0, 3)), CLEAN]
    shown = show([hostile, "b"], results)
    rows = [{"text": hostile, **results[0]}, {"text": "b", **CLEAN}]
    assert json.loads(shown.save(tmp_path / "rows.json").read_text(encoding="utf-8")) == rows
    lines = shown.save(tmp_path / "rows.jsonl").read_bytes().decode().removesuffix("\n").split("\n")
    assert [json.loads(line) for line in lines] == rows


def test_json_of_several_systems_has_each_by_its_name(tmp_path: Path) -> None:
    path = compare("hello", {"a": CLEAN, "b": CLEAN}).save(tmp_path / "rows.json")
    assert json.loads(path.read_text(encoding="utf-8")) == [{name: {"text": "hello", **CLEAN} for name in "ab"}]
    assert json.loads(show([], []).save(tmp_path / "none.json").read_text(encoding="utf-8")) == []


def test_a_picture_shows_what_a_screen_does(tmp_path: Path) -> None:
    svg = show(TEXTS, RESULTS, limit=1).save(tmp_path / "picture.svg").read_text(encoding="utf-8")
    assert svg.startswith("<svg") and "fool" in svg and "hello" not in svg


def test_only_what_differs_can_be_asked_for() -> None:
    shown = compare(TEXTS, {"a": RESULTS, "b": [CLEAN, CLEAN]}, different_only=True)
    assert "hello" not in str(shown)
    assert "labels or spans differ on 1 of 2 texts, which are shown" in str(shown)
    assert "a: 2 texts: 1 toxic, 1 clean" in str(shown)


def test_another_suffix_is_told(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"ends in '.docx'; expected one of .html, .json, .jsonl, .svg"):
        show("hello", CLEAN).save(tmp_path / "page.docx")
