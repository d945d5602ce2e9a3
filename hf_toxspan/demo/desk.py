"""What happens when a visitor does something: values of the page's parts in, values out, without gradio."""

import logging
import time
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, TypeVar

from hf_toxspan.demo import exports, files, render
from hf_toxspan.demo.analysis import Row, System, analyse
from hf_toxspan.demo.files import Upload
from hf_toxspan.demo.words import LANGUAGES, Refused, say

logger = logging.getLogger(__name__)

T = TypeVar("T")

ALONE = "0"
"""The choice of comparing with nothing; others are positions in the list of systems, never names or paths."""


class Request(NamedTuple):
    """What a visitor asks for, as the page's parts say it.

    Attributes:
        text: The box.
        upload: The file that is held, which is looked at instead of the box.
        column: Its column of texts.
        method: How to explain.
        other: The position of the system to compare with.
        explain_all: Explain clean texts too.
    """

    text: str
    upload: Upload | None
    column: str | None
    method: str
    other: str
    explain_all: bool


class Desk:
    """Answers visitors with the systems that the page was given.

    Args:
        systems: The first is always asked, the others may be compared with it.
    """

    def __init__(self, systems: Sequence[System]) -> None:
        self.systems = tuple(systems)

    def check(self, request: Request) -> list[Row]:
        """Ask the systems.

        Args:
            request: What to ask.

        Returns:
            The rows.

        Raises:
            Refused: If that can't be done; whatever else goes wrong is logged by its kind alone, never with a text.
        """
        records = files.pasted(request.text or "") if request.upload is None else self._of_file(request)
        systems = self.chosen(request.other)
        return _quietly(lambda: analyse(records, systems, request.method, explain_all=bool(request.explain_all)))

    def _of_file(self, request: Request) -> list[Any]:
        upload = request.upload
        assert upload is not None
        return _quietly(lambda: files.texts_of(upload, request.column if upload.columns else None))

    def chosen(self, other: str) -> list[System]:
        """Return the first system, and the one to compare it with.

        Args:
            other: A position as text, from anyone.

        Returns:
            One or two systems.

        Raises:
            Refused: If there is no such position.
        """
        if other in (ALONE, None):
            return [self.systems[0]]
        known = {str(place): system for place, system in enumerate(self.systems) if place}
        if other not in known:
            raise Refused("no_such_choice")
        return [self.systems[0], known[other]]


def receive(sent: str) -> Upload:
    """Open a file that the page's script sent; see `hf_toxspan.demo.files.receive`."""
    return _quietly(lambda: files.receive(sent))


def file_note(language: str, upload: Upload | None) -> str:
    """Return the name of the held file as HTML, and how many texts are in it where that is known without a choice."""
    if upload is None:
        return ""
    count = ""
    if upload.format == "txt":
        count = f" <span>{render.clean(say(language, 'file_ready', count=len(files.texts_of(upload))))}</span>"
    return f'<p class="tx-file" role="status"><b><bdi>{render.clean(upload.name)}</bdi></b>{count}</p>'


def export(kind: str, rows: Sequence[Row]) -> dict[str, str]:
    """Return a file to be made in the browser.

    Args:
        kind: ``html`` or ``json``.
        rows: The results.

    Returns:
        Its ``name``, ``type`` and ``content``; ``at`` tells two downloads apart.
    """
    made = exports.to_html(rows, title="hf_toxspan") if kind == "html" else exports.to_json(rows)
    media = "text/html;charset=utf-8" if kind == "html" else "application/json"
    return {"name": f"toxspan-results.{kind}", "type": media, "content": made, "at": str(time.time_ns())}


def spoken(language: object, default: str) -> str:
    """Return the language that the page was set to, or the default for anything else."""
    return language if isinstance(language, str) and language in LANGUAGES else default


def _quietly(work: Callable[[], T]) -> T:
    """Do some work; an unforeseen error becomes one that a visitor can read, and no text reaches the log."""
    try:
        return work()
    except Refused:
        raise
    except Exception as error:
        logger.error("a request failed: %s", type(error).__name__)
        raise Refused("failed") from None
