"""Results of a pipeline, and hostile texts, for the tests of the views."""

from typing import Any

HOSTILE = [
    "<script>alert(1)</script>",
    "</div></bdi><img src=x onerror=alert(1)>",
    "\"' onmouseover=alert(1) x='",
    "[bold red]x[/] :smile: [link=file:///]y[/link]",
    "\x1b[2J\x1b]0;title\x07\x9b31m",
    "\u202egnp.idiot\u2066",
    "\ud83d lone",
]


def toxic(text: str, *ranges: tuple[int, int], **more: Any) -> dict[str, Any]:
    """Return a toxic result with spans."""
    spans = [{"start": start, "end": end, "text": text[start:end], "score": 0.9} for start, end in ranges]
    return {"label": "toxic", "score": 0.97, "spans": spans, **more}


CLEAN: dict[str, Any] = {"label": "clean", "score": 0.99, "spans": []}
