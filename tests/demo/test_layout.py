"""The words on the parts, in each language; gradio itself runs in a process of its own (test_page.py)."""

from typing import Any, cast

import pytest

from hf_toxspan.demo.analysis import CASCADE, GRADIENT, RATIONALE, System
from hf_toxspan.demo.words import LANGUAGES

layout = pytest.importorskip("hf_toxspan.demo.layout", reason="gradio is not installed", exc_type=ImportError)

SYSTEMS = [System("small", cast(Any, None), (GRADIENT, CASCADE)), System("twin", cast(Any, None), (RATIONALE,))]


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_part_has_its_words(language: str) -> None:
    words = layout.words(SYSTEMS, language, CASCADE)
    assert [value for _, value in words["method"]["choices"]] == [GRADIENT, CASCADE, RATIONALE]
    assert words["method"]["info"] == LANGUAGES[language]["cascade_hint"]
    assert words["other"]["choices"] == [(LANGUAGES[language]["nothing"], "0"), ("twin", "1")]
    assert LANGUAGES[language]["title"] in words["head"]["value"]


def test_a_part_without_changes_stays_as_it_is() -> None:
    changed, kept = layout.updates({"check": {"value": "x"}}, ["check", "results"])
    assert changed["value"] == "x" and "value" not in kept


def test_properties_of_a_part_are_put_beside_its_settings() -> None:
    (changed,) = layout.updates({"drop": {"props": {"hint": "h"}}}, ["drop"])
    assert changed["hint"] == "h" and "props" not in changed
