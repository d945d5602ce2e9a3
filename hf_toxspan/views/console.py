"""Results of one or more systems on a console of rich: in colour, in brackets, or as a picture (SVG)."""

import io
import re
from collections.abc import Iterator
from html import unescape

from rich.cells import cell_len
from rich.console import Console, RenderableType
from rich.table import Table
from rich.text import Text

from hf_toxspan.views.gathering import MOST_CHARACTERS, Gathered
from hf_toxspan.views.notebook import counts_line, differences_line, left_out_line
from hf_toxspan.views.pieces import Result, clip, visible
from hf_toxspan.views.terminal import render

_ASPECT, _LINE = 0.61, 20  # of a character, and pixels of a line, in rich's picture
_TEXTS = re.compile(r'(?<=textLength=")[^"]*(?="[^>]*>([^<]*)</text>)')
_FONTS = re.compile(r"@font-face\s*\{.*?\}", flags=re.DOTALL)


def renderables(gathered: Gathered, *, colour: bool, title: str | None = None) -> Iterator[RenderableType]:
    """Yield what a console prints: counts, results (or a table of several systems), and what is not shown.

    Args:
        gathered: The results.
        colour: Mark spans by colour, else by brackets.
        title: A heading, from anyone; none when None.

    Yields:
        Lines and tables.
    """
    if title is not None:
        yield Text(visible(title), style="bold")
    if len(gathered.systems) > 1:
        yield from _table(gathered, colour=colour)
    else:
        if not gathered.is_one:
            yield Text(counts_line(gathered, next(iter(gathered.systems))))
        for row in gathered.rows():
            yield from (_shown(result, colour=colour) for result in row.values())
    if line := left_out_line(gathered):
        yield Text(line, style="italic")


def plain(gathered: Gathered, *, width: int = 100, title: str | None = None) -> str:
    """Return results as text without colours.

    Args:
        gathered: The results.
        width: Columns that lines are folded to.
        title: A heading.

    Returns:
        Lines, without a line feed after the last.
    """
    console = Console(file=io.StringIO(), width=width, color_system=None, highlight=False, force_jupyter=False)
    with console.capture() as captured:
        console.print(*renderables(gathered, colour=False, title=title), sep="\n")
    return "\n".join(line.rstrip() for line in captured.get().splitlines())


def picture(gathered: Gathered, *, title: str, width: int = 100) -> str:
    """Return results as they look in a terminal, as an SVG that needs nothing else: no font, no network.

    Args:
        gathered: The results.
        title: Stands in the frame of the window.
        width: Columns of the terminal.

    Returns:
        The SVG.
    """
    console = Console(
        file=io.StringIO(), width=width, record=True, force_terminal=True, color_system="truecolor", highlight=False,
        force_jupyter=False, no_color=False,
    )  # fmt: skip
    console.print(*renderables(gathered, colour=True), sep="\n")
    svg = console.export_svg(title=visible(title), font_aspect_ratio=_ASPECT)
    # rich counts a wide character as one column, and names fonts of a site: a viewer takes its own.
    return _FONTS.sub("", _TEXTS.sub(_width, svg))


def _width(found: re.Match[str]) -> str:
    return f"{cell_len(unescape(found[1])) * _ASPECT * _LINE:g}"


def _table(gathered: Gathered, *, colour: bool) -> Iterator[RenderableType]:
    for name in gathered.systems:
        yield Text.assemble((visible(name), "bold"), f": {counts_line(gathered, name)}")
    yield Text(differences_line(gathered))
    table = Table(show_lines=True)
    for name in gathered.systems:
        table.add_column(Text(visible(name)), ratio=1, overflow="fold")
    for row in gathered.rows():
        table.add_row(*(_shown(result, colour=colour) for result in row.values()))
    yield table


def _shown(result: Result, *, colour: bool) -> Text:
    shown, note = clip(result, MOST_CHARACTERS)
    text = render(shown, colour=colour)
    text.overflow = "fold"
    return Text("\n    ").join([text, Text(note)]) if note else text
