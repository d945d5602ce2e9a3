"""Bringing texts and results together: what does not fit is told before anything is shown."""

from typing import Any

import pytest

from hf_toxspan.views.gathering import differences, gather
from tests.views.results import CLEAN, toxic

TEXTS = ["you fool", "hello"]
RESULTS = [toxic(TEXTS[0], (4, 8)), CLEAN]


def test_one_text_and_one_dict_are_a_text_and_a_result() -> None:
    gathered = gather("you fool", {"m": RESULTS[0]}, limit=5)
    assert gathered.is_one
    assert [row["m"]["text"] for row in gathered.rows()] == ["you fool"]


def test_the_text_that_was_given_is_the_one_that_is_shown() -> None:
    (row,) = gather("you fool", {"m": {**RESULTS[0], "text": "something else"}}, limit=5).rows()
    assert row["m"]["text"] == "you fool"


def test_no_texts_are_a_case() -> None:
    gathered = gather([], {"m": []}, limit=5)
    assert (list(gathered.rows()), gathered.left_out, gathered.counts("m").total()) == ([], 0, 0)


def test_the_limit_bounds_a_screen_and_not_a_file() -> None:
    gathered = gather(TEXTS * 3, {"m": RESULTS * 3}, limit=2)
    assert (len(list(gathered.rows())), len(list(gathered.rows(whole=True))), gathered.left_out) == (2, 6, 4)
    assert gathered.counts("m") == {"toxic": 3, "clean": 3}


def test_systems_differ_by_label_or_by_spans_and_not_by_score() -> None:
    others = [toxic(TEXTS[0], (0, 8)), {**CLEAN, "score": 0.5}]
    gathered = gather(TEXTS, {"a": RESULTS, "b": others}, limit=5)
    assert differences(gathered) == 1
    only = gather(TEXTS, {"a": RESULTS, "b": others}, limit=5, different_only=True)
    assert [row["a"]["text"] for row in only.rows()] == ["you fool"]


def test_an_error_and_an_undecided_text_are_counted_as_such() -> None:
    waiting = {"label": None, "score": None, "spans": [], "status": "failed"}
    assert gather(TEXTS, {"m": [{"error": "bad"}, waiting]}, limit=5).counts("m") == {"error": 1, "undecided": 1}


@pytest.mark.parametrize(
    ("texts", "systems", "limit", "message"),
    [
        (TEXTS, {"m": RESULTS[:1]}, 5, "m has 1 results for 2 texts"),
        (TEXTS, {"m": RESULTS[::-1]}, 5, r"m, result 1: span 0 is \[4, 8\).*are these the results of these texts"),
        (TEXTS, {"m": [RESULTS[0], {"label": "x"}]}, 5, "m, result 1 has no score, spans"),
        (TEXTS, {"m": [RESULTS[0], {**CLEAN, "saliency": [1.0]}]}, 5, "m, result 1: saliency has 1 values"),
        (TEXTS, {}, 5, "systems is empty"),
        (TEXTS, {"m": RESULTS}, 0, "limit is 0"),
    ],
)
def test_what_does_not_fit_is_told(texts: list[str], systems: dict[str, Any], limit: int, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        gather(texts, systems, limit=limit)


def test_something_else_than_dicts_is_told() -> None:
    with pytest.raises(TypeError, match="m, result 0 is a str; expected a pipeline's dict"):
        gather(["a"], {"m": ["toxic"]}, limit=5)  # type: ignore[list-item]
