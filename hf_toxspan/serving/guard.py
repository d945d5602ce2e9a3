"""The outermost layer: nothing leaves without safe headers, nothing is logged that a client wrote, nothing crashes.

An error that nobody expected is answered with an id. The log has this id, the kind of error and where it was raised;
not its message, which may quote a text.
"""

import logging
import secrets
import time
import traceback
from collections.abc import Awaitable, Callable, Iterator, MutableMapping
from typing import Any

from hf_toxspan.serving.body_reading import ClientGone, Receive
from hf_toxspan.serving.errors import ApiError
from hf_toxspan.serving.json_body import write_json
from hf_toxspan.serving.metrics import Metrics

Scope = MutableMapping[str, Any]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

LOG = logging.getLogger("hf_toxspan.serving")
REQUEST_ID = "hf_toxspan.request_id"
"""Where the scope of a request has its id."""
CLIENT_GONE = 499
"""Status in metrics and log of a request whose client hung up, as nginx counts it."""

JSON_POLICY = "default-src 'none'; frame-ancestors 'none'"
SAFE_HEADERS = {
    b"x-content-type-options": b"nosniff",
    b"x-frame-options": b"DENY",
    b"referrer-policy": b"no-referrer",
    b"cache-control": b"no-store",
    b"cross-origin-resource-policy": b"same-origin",
    b"content-security-policy": JSON_POLICY.encode(),
}
METHODS = frozenset({"GET", "POST", "HEAD", "OPTIONS", "PUT", "DELETE", "PATCH"})


class Guard:
    """Wraps the whole application.

    Args:
        app: ASGI.
        metrics: Where requests are counted.
    """

    def __init__(self, app: App, metrics: Metrics) -> None:
        self.app = app
        self.metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        if scope["type"] != "http":
            await self._other(scope, receive, send)
            return
        answer = _Answer(send, secrets.token_hex(8))
        scope[REQUEST_ID] = answer.id
        started = time.perf_counter()
        self.metrics.in_flight.inc()
        try:
            await self.app(scope, receive, answer.send)
        except ClientGone:
            answer.status = answer.status or CLIENT_GONE
        except Exception as error:
            LOG.error("request %s failed: %s", answer.id, describe(error))
            if not answer.status:
                await _send_500(answer)
        finally:
            self.metrics.in_flight.dec()
            self._note(scope, answer, time.perf_counter() - started)

    async def _other(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1000})
        else:
            await self.app(scope, receive, send)

    def _note(self, scope: Scope, answer: "_Answer", seconds: float) -> None:
        """Count and log a request by its route: a path or a query may hold a text or a key."""
        route = getattr(scope.get("route"), "path", "other")
        method = scope["method"] if scope["method"] in METHODS else "other"
        status = answer.status or CLIENT_GONE
        self.metrics.count(route, method, status, seconds)
        LOG.info("%s %s %s %d %.1f ms", answer.id, method, route, status, 1000 * seconds)


class _Answer:
    """An answer on its way: its status noted, safe headers added."""

    def __init__(self, send: Send, own_id: str) -> None:
        self._send = send
        self.id = own_id
        self.status = 0

    async def send(self, message: MutableMapping[str, Any]) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            headers = list(message.get("headers", ()))
            given = {name.lower() for name, _ in headers}
            headers += [(name, value) for name, value in SAFE_HEADERS.items() if name not in given]
            message["headers"] = [*headers, (b"x-request-id", self.id.encode())]
        await self._send(message)


async def _send_500(answer: _Answer) -> None:
    body = write_json(internal(answer.id).body())
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    await answer.send({"type": "http.response.start", "status": 500, "headers": headers})
    await answer.send({"type": "http.response.body", "body": body})


def internal(own_id: str) -> ApiError:
    """Return the error that a client is told of one that nobody expected.

    Args:
        own_id: The request's id.

    Returns:
        The error.
    """
    return ApiError(500, "INTERNAL", f"Internal error {own_id}; the log says more.")


def describe(error: BaseException) -> str:
    """Say of what kind an error is and where it was raised, without its message.

    Args:
        error: Any.

    Returns:
        Kinds and places, the cause last.
    """
    return " <- ".join(f"{type(own).__name__} at {_places(own)}" for own in _causes(error))


def _causes(error: BaseException) -> Iterator[BaseException]:
    seen: set[int] = set()
    cause: BaseException | None = error
    while cause is not None and id(cause) not in seen:
        seen.add(id(cause))
        yield cause
        cause = cause.__cause__ or (None if cause.__suppress_context__ else cause.__context__)


def _places(error: BaseException) -> str:
    frames = traceback.extract_tb(error.__traceback__)
    return ", ".join(f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames) or "nowhere"
