"""Promises of filled templates: values are escaped, the header is YAML of plain values, nothing is forgotten."""

from pathlib import Path

import pytest
import yaml
from jinja2 import UndefinedError

from hf_toxspan.cards import rendering
from hf_toxspan.cards.markdown import Markdown
from hf_toxspan.cards.rendering import front_matter, is_ours, render


@pytest.fixture
def templates(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(rendering, "shipped", lambda name: tmp_path)
    return tmp_path


def test_values_are_escaped_unless_they_are_markdown(templates: Path) -> None:
    (templates / "card.md").write_text("{{ a }} {{ b }}\n")

    assert render("card.md", {"license": "mit"}, a="<b>*", b=Markdown("*c*")) == (
        "---\nlicense: mit\n---\n\n&lt;b&gt;\\* *c*\n"
    )


def test_a_template_in_a_value_is_text(templates: Path) -> None:
    (templates / "card.md").write_text("{{ a }}")

    assert "{{ 7 * 7 }}" in render("card.md", {}, a="{{ 7 * 7 }}").replace("\\", "")


def test_a_value_that_is_missing_is_an_error(templates: Path) -> None:
    (templates / "card.md").write_text("{{ a }}")
    with pytest.raises(UndefinedError, match="'a' is undefined"):
        render("card.md", {})


def test_empty_parts_leave_one_blank_line(templates: Path) -> None:
    (templates / "card.md").write_text("a\n\n{% if b %}\n{{ b }}\n{% endif %}\n\n\n\nc")

    assert render("card.md", {}, b="") == "---\n{}\n---\n\na\n\nc\n"


@pytest.mark.parametrize(
    "value",
    ["a: b\n- c", "!!python/object:os.system", "---\nlicense: x", "a\n---\nb", "yes", "*alias", "\u2028x", "é", "1e3"],
)
def test_the_header_gives_back_what_was_put_in_on_one_line(value: str) -> None:
    flat = " ".join(value.split())
    written = front_matter({"license": value, "tags": [value], "nested": {"a": [{"b": value}]}})

    assert yaml.safe_load(written) == {"license": flat, "tags": [flat], "nested": {"a": [{"b": flat}]}}
    assert not any(line.strip() == "---" for line in written.splitlines())


def test_nothing_is_said_of_what_is_empty() -> None:
    assert front_matter({"license": None, "tags": [], "x": {}, "pinned": False}) == "pinned: false"


@pytest.mark.parametrize(
    ("readme", "ours"),
    [
        ("<!-- This card was written by hf_toxspan 0.1.0 from -->", True),
        ("# Model Card for Model ID\n[More Information Needed]", True),
        ("---\nlibrary_name: peft\n---\n", True),
        ("# By hand", False),
        ("", False),
    ],
)
def test_only_what_nobody_wrote_may_be_written_anew(readme: str, ours: bool) -> None:
    assert is_ours(readme) is ours
