"""Answers as language models give them, replayed by a scripted server."""

import json
from typing import Any

from tests.chat_servers import Reply, ScriptedServer, Serve, page, question, says


def data(body: dict[str, Any]) -> dict[str, Any]:
    """Return the JSON data of a call's user message."""
    found: dict[str, Any] = json.loads(question(body))
    return found


def verdict(*quotes: str, toxic: bool = True, reason: str = "") -> Reply:
    return says(json.dumps({"toxic": toxic, "spans": quotes, "reason": reason}))


def by_text(serve: Serve, answers: dict[str, Reply]) -> ScriptedServer:
    """Start a server that answers by the text it is asked about; an unknown text is a bad request."""
    return serve(lambda _number, body: answers.get(data(body)["text"], page(b'{"error": "context too long"}', 400)))
