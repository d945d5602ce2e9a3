"""Results to look at: `show` for one system, `compare` for several; in a notebook, in a terminal, or in a file."""

import json
import re
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console, ConsoleOptions, RenderResult

from hf_toxspan.views.console import picture, plain, renderables
from hf_toxspan.views.gathering import Gathered, Results, gather
from hf_toxspan.views.html import card, page_end, page_start, pair_card
from hf_toxspan.views.notebook import notebook_html
from hf_toxspan.views.pieces import Result, kind
from hf_toxspan.views.terminal import has_colour

LIMIT = 100
"""Texts that a notebook or a terminal shows where nothing else is said."""

_NAME = "hf_toxspan"
_SURROGATES = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True, repr=False)
class Shown:
    """Results that a notebook shows as highlighted HTML and a console of rich in colour; `save` writes all of them.

    Attributes:
        gathered: The results, by system.
        title: The heading of files and views; none when None.
    """

    gathered: Gathered
    title: str | None = None

    def _repr_html_(self) -> str:
        return notebook_html(self.gathered, title=self.title)

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        yield from renderables(self.gathered, colour=has_colour(console), title=self.title)

    def __str__(self) -> str:
        return plain(self.gathered, title=self.title)

    __repr__ = __str__

    def print(self) -> None:
        """Write the results to standard output: in colour where that is a terminal with colours."""
        Console(file=sys.stdout, highlight=False).print(self)

    def save(self, path: str | Path) -> Path:
        """Write the results to a file; all of them, but for a picture, which shows what a screen does.

        Args:
            path: The file; its suffix says what is written. `.html`: a page that needs nothing else; `.json`: a list
                with the text and the results of each system; `.jsonl`: one of these a line; `.svg`: a terminal's
                picture.

        Returns:
            The path.

        Raises:
            ValueError: If the suffix is none of these.
        """
        path = Path(path).expanduser()
        writers = {".html": self._page, ".json": self._json, ".jsonl": self._lines, ".svg": self._picture}
        if path.suffix not in writers:
            raise ValueError(f"{path} ends in {path.suffix!r}; expected one of {', '.join(writers)}")
        path.write_text(writers[path.suffix](), encoding="utf-8")
        return path

    def _page(self) -> str:
        counts: Counter[str] = Counter()
        cards = []
        for row in self.gathered.rows(whole=True):
            kinds = {kind(result) for result in row.values()}
            counts[next(own for own in ("toxic", "undecided", "error", "clean") if own in kinds)] += 1
            cards.append(pair_card(row) if len(row) > 1 else card(next(iter(row.values()))))
        return page_start(self.title or _NAME) + "".join(cards) + page_end(counts)

    def _json(self) -> str:
        rows = ",\n".join(self._dumped())
        return f"[\n{rows}\n]\n" if rows else "[]\n"

    def _lines(self) -> str:
        return "".join(f"{line}\n" for line in self._dumped())

    def _dumped(self) -> list[str]:
        several = len(self.gathered.systems) > 1
        rows = self.gathered.rows(whole=True)
        return [_dump(dict(row) if several else next(iter(row.values()))) for row in rows]

    def _picture(self) -> str:
        return picture(self.gathered, title=self.title or _NAME)


def show(texts: str | Sequence[str], results: Results, *, limit: int = LIMIT, title: str | None = None) -> Shown:
    """Show the results of a pipeline: labels, highlighted spans, saliency, quadruples and what a judge said.

    Example:
        ```python
        pipe = pipeline("toxic-span-extraction")
        hf_toxspan.show(texts, pipe(texts))  # the last line of a notebook's cell: highlighted HTML
        hf_toxspan.show(texts, pipe(texts)).print()  # in a terminal: colour
        hf_toxspan.show(texts, pipe(texts, return_saliency=True)).save("results.html")
        ```

    Args:
        texts: What the pipeline was given: a text, or several.
        results: What it returned.
        limit: Texts to show on a screen; what is left out is counted.
        title: A heading.

    Returns:
        An object that notebooks and rich consoles show; `str()` of it has brackets for spans.

    Raises:
        ValueError: If texts and results do not fit together.
        TypeError: If results are not a pipeline's dicts.

    >>> result = {"label": "toxic", "score": 0.97, "spans": [{"start": 4, "end": 8, "text": "fool", "score": 0.9}]}
    >>> show("you fool", result)
    toxic 0.97  you [[fool]]
    """
    return Shown(gather(texts, {_NAME: results}, limit=limit), title)


def compare(
    texts: str | Sequence[str],
    systems: Mapping[str, Results],
    *,
    limit: int = LIMIT,
    title: str | None = None,
    different_only: bool = False,
) -> Shown:
    """Show what several systems say about the same texts, side by side.

    Args:
        texts: A text, or several.
        systems: By the system's name, what it returned.
        limit: Texts to show on a screen; what is left out is counted.
        title: A heading.
        different_only: Leave out the texts that all label alike, with the same spans.

    Returns:
        As `show`.

    Raises:
        ValueError: If texts and results do not fit together.
        TypeError: If results are not a pipeline's dicts.
    """
    return Shown(gather(texts, systems, limit=limit, different_only=different_only), title)


def _dump(value: Mapping[str, Result]) -> str:
    line = json.dumps(value, ensure_ascii=False)
    # A lone surrogate has no encoding; as an escape it comes back as it was.
    return json.dumps(value) if _SURROGATES.search(line) else line
