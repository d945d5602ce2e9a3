"""What visitors take home."""

import json

from hf_toxspan.demo.analysis import Row
from hf_toxspan.demo.exports import to_html, to_json
from tests.demo.rows import EVIL, answer, row

BROKEN = Row(3, "3", "", (), "not UTF-8")


def test_json_is_the_pipelines_dict_with_model_and_method() -> None:
    first, last = json.loads(to_json([row("you fool"), BROKEN]))
    assert first["id"] == "1" and first["text"] == "you fool" and first["model"] == "small"
    assert first["method"] == "gradient" and first["spans"][0]["end"] == 3 and len(first["saliency"]) == 8
    assert last == {"id": "3", "line": 3, "error": "not UTF-8"}


def test_compared_systems_stand_side_by_side_in_json() -> None:
    (own,) = json.loads(to_json([row("you", answer("you"), answer("you", toxic=False, system="twin"))]))
    assert [(result["model"], result["toxic"]) for result in own["results"]] == [("small", True), ("twin", False)]


def test_html_is_a_page_of_its_own_with_a_card_for_each_answer() -> None:
    page = to_html([row(EVIL, answer(EVIL), answer(EVIL, system=EVIL)), BROKEN], title="t")
    assert page.startswith("<!DOCTYPE html>") and page.count("<article") == 3
    assert "<script" not in page and "\u202e" not in page


def test_no_rows_are_an_empty_list_and_a_page() -> None:
    assert json.loads(to_json([])) == [] and "<article" not in to_html([], title="t")
