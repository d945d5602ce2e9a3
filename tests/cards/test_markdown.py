"""Promises of Markdown made from values that an attacker may have written."""

import re

import pytest
from markdown_it import MarkdownIt

from hf_toxspan.cards.markdown import Markdown, bold, plain, table

HOSTILE = [
    "<script>alert(1)</script>",
    "[click](https://evil.example)",
    "![x](https://evil.example/pixel.png)",
    "a | b | c",
    "**bold** _it_ `code` ~~gone~~",
    "line\n\n# heading\n---\ntext",
    "https://evil.example www.evil.example me@evil.example",
    "<https://evil.example>",
    "&lt;b&gt; &#60;b&#62;",
    "\\[x\\](y) \\",
    "$$x$$ ``` fence",
    "- item",
    "1. item",
    "> quote",
    "[ref]: https://evil.example",
]


@pytest.mark.parametrize("value", HOSTILE)
def test_any_value_comes_out_as_text(value: str) -> None:
    parser = MarkdownIt("commonmark", {"linkify": False}).enable("table")
    (opening, inline, closing) = parser.parse(plain(value))

    assert (opening.type, closing.type) == ("paragraph_open", "paragraph_close")
    assert {child.type for child in inline.children or ()} <= {"text", "text_special"}
    shown = "".join(child.content for child in inline.children or ())
    assert shown == " ".join(value.split())


@pytest.mark.parametrize("value", HOSTILE)
def test_no_address_is_left_that_github_would_link(value: str) -> None:
    assert not re.search(r"https?://|\bwww\.|(?<!\\)@", plain(value))


@pytest.mark.parametrize("value", HOSTILE)
def test_a_cell_stays_a_cell(value: str) -> None:
    rendered = MarkdownIt("commonmark").enable("table").render(table(["a", "b"], [[value, 1]]))

    assert rendered.count("<td") == 2 and rendered.count("<tr>") == 2
    assert "<script" not in rendered and "<a " not in rendered and "<img" not in rendered


def test_hidden_characters_are_shown() -> None:
    assert plain("a\u202eb\u200bc\x1b[0m") == "a\\\\u202eb\\\\u200bc\\\\u001b\\[0m"


def test_a_long_value_is_cut_visibly() -> None:
    assert plain("x" * 400) == "x" * 299 + "…"
    assert plain("abc", longest=2) == "a…"


def test_markdown_stays_as_it_is() -> None:
    assert plain(Markdown("**a**")) == "**a**"
    assert bold("a*") == "**a\\***"
    assert Markdown.join(["*", Markdown("*")]) == "\\*, *"


def test_numbers_stay_numbers() -> None:
    assert (plain(-0.5), plain(1e-5), plain(None)) == ("-0.5", "1e-05", "None")


def test_a_table_without_rows_is_nothing() -> None:
    assert table(["a"], []) == ""


def test_an_empty_cell_is_empty() -> None:
    assert table(["a", "b"], [[None, 0]]) == "| a | b |\n|---|---:|\n|  | 0 |"
