"""What the server lets through: the few addresses that the page uses, in bounded size, and headers that keep it closed.

Gradio serves more than this page needs (files, uploads, proxies, streams): what is not named here is not there.
"""

import re
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

MOST_BODY = 8_000_000
"""Bytes of a request: a file of the page's limit as base64, and what is around it."""

_GET = re.compile(
    r"/|/config/?|/theme\.css|/favicon\.ico|/robots\.txt|/(?:assets|static|svelte)/[\w./@~+-]+"
    r"|/gradio_api/(?:theme\.css|app_id|startup-events|queue/data|queue/status|heartbeat/\w+|info/?)"
)
_POST = re.compile(r"/gradio_api/(?:queue/join|run/predict|api/predict|cancel|reset)/?")

HEADERS = {
    # Gradio builds its parts with inline scripts and functions made from strings; nothing may leave for another host.
    "content-security-policy": "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval'; "
    "style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; font-src 'self' data:; connect-src 'self'; "
    "object-src 'none'; base-uri 'self'; form-action 'none'; "
    "frame-ancestors 'self' https://huggingface.co https://*.hf.space",
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
}


class Guard:
    """An ASGI layer in front of gradio.

    Args:
        app: What it guards.
    """

    def __init__(self, app: Callable[[Scope, Receive, Send], Awaitable[None]]) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request through, or answer it with 404, 411 or 413."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        refused = refusal(scope)
        if refused is not None:
            await send({"type": "http.response.start", "status": refused, "headers": [(b"content-length", b"0")]})
            await send({"type": "http.response.body", "body": b""})
            return

        async def closed(message: MutableMapping[str, Any]) -> None:
            if message["type"] == "http.response.start":
                own = [(name.encode(), value.encode()) for name, value in HEADERS.items()]
                message = {**message, "headers": [*message.get("headers", ()), *own]}
            await send(message)

        await self.app(scope, receive, closed)


def refusal(scope: Scope) -> int | None:
    """Say with which status a request is turned away.

    Args:
        scope: Of an HTTP request.

    Returns:
        The status; None for a request that may pass. A body must say its length.
    """
    path = str(scope["path"]).removeprefix(str(scope.get("root_path", "")).rstrip("/")) or "/"
    allowed = {"GET": _GET, "HEAD": _GET, "POST": _POST}.get(str(scope["method"]))
    if allowed is None or ".." in path or not allowed.fullmatch(path):
        return 404
    if scope["method"] != "POST":
        return None
    lengths = [value for name, value in scope["headers"] if name == b"content-length"]
    if len(lengths) != 1 or not lengths[0].isdigit():
        return 411
    return 413 if int(lengths[0]) > MOST_BODY else None
