"""Tables on standard output."""

import io
import sys

from rich.console import Console, RenderableType

LEAST_WIDTH = 80
"""Columns that tables are laid out for: a narrower terminal breaks lines, which is better than cut-off numbers."""


def show(renderable: RenderableType) -> None:
    """Print something of rich: in colour on a terminal, plain in a file or pipe; brackets stay brackets.

    Args:
        renderable: A table, or a group of them.

    Raises:
        BrokenPipeError: If the reader of a pipe went away (rich itself would end the process).
    """
    printed = io.StringIO()
    console = Console(
        file=printed,
        width=max(Console().width, LEAST_WIDTH),
        force_terminal=sys.stdout.isatty(),
        highlight=False,
        markup=False,
    )
    console.print(renderable)
    sys.stdout.write(printed.getvalue())
