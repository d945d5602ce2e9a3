"""What a visitor takes home: the results as JSON, or as one HTML page that needs nothing else."""

import json
from collections.abc import Iterator, Sequence
from typing import Any

from hf_toxspan.demo.analysis import Row
from hf_toxspan.views import html


def to_json(rows: Sequence[Row]) -> str:
    """Return rows as JSON: ``id``, ``text``, then the pipeline's dict with ``model`` and ``method``.

    Where systems were compared, a row has ``results``, one such dict a system; a text that could not be read has its
    ``line`` and ``error``.

    Args:
        rows: The rows.

    Returns:
        A JSON list, indented; saliency in one line.
    """
    return "[\n" + ",\n".join(json.dumps(_plain(row), ensure_ascii=False) for row in rows) + "\n]\n"


def _plain(row: Row) -> dict[str, Any]:
    if row.error is not None:
        return {"id": row.name, "line": row.line, "error": row.error}
    results = [{"model": own.system, "method": own.method, **own.result} for own in row.answers]
    return {"id": row.name, "text": row.text, **(results[0] if len(results) == 1 else {"results": results})}


def to_html(rows: Sequence[Row], *, title: str) -> str:
    """Return rows as one standalone page.

    Args:
        rows: The rows.
        title: Its heading.

    Returns:
        The document; where systems were compared, a card for each, named after it.
    """
    return html.page(list(_cards(rows)), title=title)


def _cards(rows: Sequence[Row]) -> Iterator[dict[str, Any]]:
    for row in rows:
        if row.error is not None:
            yield {"line": row.line, "error": row.error}
        for own in row.answers:
            name = row.name if len(row.answers) == 1 else f"{row.name} · {own.system} ({own.method})"
            yield {"id": name, "text": row.text, **own.result}
