"""Markdown of values that nobody vouches for: labels, file names and settings come out as text, whatever they hold."""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from typing import Any, Self

LONGEST = 300
"""Characters of a value; the rest is cut off visibly."""

_SPECIAL = re.compile(r"[\\`*_{}\[\]#|~$!@]")
_LIST = re.compile(r"^(\d*)([-+.)])(?=\s|$)")
"""What begins a list at the head of a line."""
_LINKS = re.compile(r"(?i)(?<=:)//|(?<=\bwww)\.")


class Markdown(str):
    """Text that is Markdown already and goes into a card as it is."""

    __slots__ = ()

    @classmethod
    def join(cls, parts: Iterable[Any], between: str = ", ") -> Self:
        r"""Join values, each escaped unless it is Markdown already.

        Args:
            parts: The values.
            between: What stands between two of them, as it is.

        Returns:
            One piece of Markdown.

        >>> Markdown.join(["a*b", bold("c")])
        'a\\*b, **c**'
        """
        return cls(between.join(plain(part) for part in parts))


def plain(value: Any, *, longest: int = LONGEST) -> Markdown:
    r"""Write any value as text in one line: no markup, HTML, link, mention or cell border of it survives.

    Args:
        value: The value; `Markdown` stays as it is.
        longest: Characters that are kept.

    Returns:
        The text, escaped.

    >>> plain("<b>a|b</b>\n# c")
    '&lt;b&gt;a\\|b&lt;/b&gt; \\# c'
    """
    if isinstance(value, Markdown):
        return value
    text = " ".join(_visible(str(value)).split())
    text = text if len(text) <= longest else f"{text[: longest - 1]}…"
    text = _SPECIAL.sub(r"\\\g<0>", text)
    text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    text = _LINKS.sub(lambda match: "".join(f"\\{character}" for character in match[0]), text)
    return Markdown(_LIST.sub(r"\1\\\2", text))


def _visible(text: str) -> str:
    r"""Write characters that control or hide text as escapes, ``\u202e``; blanks stay blanks."""
    return "".join(
        f"\\u{ord(character):04x}"
        if not character.isspace() and unicodedata.category(character) in {"Cc", "Cf", "Cs", "Co"}
        else character
        for character in text
    )


def bold(value: Any) -> Markdown:
    """Write a value in bold."""
    return Markdown(f"**{plain(value)}**")


def table(head: Sequence[Any], rows: Iterable[Sequence[Any]], *, text_columns: int = 1) -> Markdown:
    r"""Lay out a table.

    Args:
        head: Headings.
        rows: A value a column; None is an empty cell.
        text_columns: Columns that are set flush left; the others hold numbers.

    Returns:
        The table; nothing where there are no rows.

    >>> print(table(["label", "texts"], [["a|b", 2]]))
    | label | texts |
    |---|---:|
    | a\|b | 2 |
    """
    lines = [_line(row) for row in rows]
    if not lines:
        return Markdown("")
    rule = "".join("---|" if place < text_columns else "---:|" for place in range(len(head)))
    return Markdown("\n".join([_line(head), f"|{rule}", *lines]))


def _line(cells: Sequence[Any]) -> str:
    return f"| {' | '.join('' if cell is None else plain(cell) for cell in cells)} |"
