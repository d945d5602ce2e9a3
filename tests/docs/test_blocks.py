"""Reading pages: blocks, commands, and the values that comments promise."""

from pathlib import Path

import pytest

from tests.docs.blocks import REPO, Block, agrees, commands, literal, read_blocks, steps


def block(text: str, language: str = "python") -> Block:
    return Block(REPO / "page.md", 10, language, "", text)


def test_blocks_have_their_language_their_name_and_their_line(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(
        "# a\n\n```csv comments.csv\na,b\n```\ntext\n````markdown\n```python\n```\n````\n", encoding="utf-8"
    )
    assert [tuple(own[1:]) for own in read_blocks(page)] == [
        (3, "csv", "comments.csv", "a,b\n"),
        (7, "markdown", "", "```python\n```\n"),
    ]


def test_a_block_without_an_end_is_told(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("```python\nx\n", encoding="utf-8")
    with pytest.raises(ValueError, match=r"page.md:1: the block has no end"):
        read_blocks(page)


def test_commands_are_joined_parted_and_freed_of_comments() -> None:
    text = "a b#1 \\\n    c   # that's why\n\n# nothing\nd 'e # f' && g &&\nh\n"
    assert [own.words for own in commands(text)] == [("a", "b#1", "c"), ("d", "e # f"), ("g",), ("h",)]


def test_what_stands_in_quotes_over_several_lines_is_one_word() -> None:
    assert [own.words for own in commands("curl -d '{\n  \"a\": 1}' url\nb\n")] == [
        ("curl", "-d", '{\n  "a": 1}', "url"),
        ("b",),
    ]


@pytest.mark.parametrize(
    ("comment", "value"),
    [
        ("0.667", (0.667,)),
        ('"f.0.0.l", read as "fool"', ("f.0.0.l",)),
        ("[1, 2]; beside them others", ([1, 2],)),
        ("{'a': None}", ({"a": None},)),
        ("a list for a list", ()),
        ("such as [1]", ()),
        ("", ()),
    ],
)
def test_a_comment_promises_the_literal_that_it_begins_with(comment: str, value: tuple[object, ...]) -> None:
    assert literal(comment) == value


def test_the_comment_of_an_expression_is_on_its_line_or_below_it() -> None:
    own = steps(block("x = 1  # 2\nx + 1  # 2\nx\n# {'a':\n#  1}\n\n# 5\ny = 2\n"))
    assert [(step.promises, step.promised, step.line) for step in own] == [
        (False, None, 11),
        (True, 2, 12),
        (True, {"a": 1}, 13),
        (False, None, 18),
    ]


@pytest.mark.parametrize(
    ("promised", "found", "same"),
    [
        (0.96, 0.9649, True),
        (0.96, 0.9551, True),
        (0.96, 0.9449, False),
        (1.0, 0.96, True),
        (1.0, 0.94, False),
        (1, 1, True),
        ({"a": [0.5]}, {"a": [0.4999]}, True),
        ({"a": 1}, {"a": 1, "b": 2}, False),
        ([1], [1, 2], False),
        ("a", "b", False),
        (0.5, "0.5", False),
        ({"a": ..., "b": [{"x"}, ...]}, {"a": 1, "b": [{"x": 1}, 2, 3]}, True),
        ([{"x"}, ...], [], False),
        ({"x"}, {"x": 1, "y": 2}, False),
    ],
)
def test_numbers_agree_as_exactly_as_they_are_written(promised: object, found: object, same: bool) -> None:
    assert agrees(promised, found) is same
