"""A progress bar on standard error, by bytes of the input read: no need to count the lines first."""

import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn, TimeRemainingColumn

Advance = Callable[[int, Counter[str]], None]


@contextmanager
def progress(size: int | None, *, quiet: bool = False, done: int = 0) -> Iterator[Advance]:
    """Show a bar while the block runs; nothing with `quiet` or where standard error is no terminal.

    Args:
        size: Bytes of the input; None where it is not known, as for a pipe.
        quiet: Show nothing.
        done: Records done by an earlier run.

    Yields:
        A function to call with the bytes read so far and the counts of this run.
    """
    console = Console(file=sys.stderr)
    columns = (
        TextColumn("{task.fields[texts]:,} texts, {task.fields[toxic]:,} toxic"),
        BarColumn(),
        TaskProgressColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=console, disable=quiet or not console.is_terminal, transient=True) as bar:
        task = bar.add_task("extract", total=size, texts=done, toxic=0)

        def advance(offset: int, counts: Counter[str]) -> None:
            bar.update(task, completed=offset, texts=done + counts.total(), toxic=counts["toxic"])

        yield advance
