"""What the server lets through, asked as a server would: by scope."""

import asyncio
from collections.abc import MutableMapping
from typing import Any

import pytest

from hf_toxspan.demo.guard import MOST_BODY, Guard, refusal


def scope(path: str, method: str = "GET", length: bytes | None = None, root: str = "") -> dict[str, Any]:
    headers = [] if length is None else [(b"content-length", length)]
    return {"type": "http", "path": path, "method": method, "headers": headers, "root_path": root}


@pytest.mark.parametrize("path", ["/", "/config", "/assets/index-1a.js", "/gradio_api/queue/data", "/theme.css"])
def test_what_the_page_needs_passes(path: str) -> None:
    assert refusal(scope(path)) is None
    assert refusal(scope("/space" + path, root="/space")) is None


@pytest.mark.parametrize(
    "path",
    [
        "/gradio_api/file=/etc/passwd",
        "/gradio_api/upload",
        "/gradio_api/proxy=http://a",
        "/gradio_api/stream/1/2/3/playlist.m3u8",
        "/assets/../../x",
        "/assets/x\n",
        "/static/..",
        "/docs",
        "/monitoring",
    ],
)
def test_the_rest_is_not_there(path: str) -> None:
    assert refusal(scope(path)) == 404


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "TRACE"])
def test_other_methods_are_not_there(method: str) -> None:
    assert refusal(scope("/", method)) == 404


def test_a_body_says_its_length_and_is_bounded() -> None:
    join = "/gradio_api/queue/join"
    assert refusal(scope(join, "POST", b"10")) is None
    assert refusal(scope(join, "POST")) == 411
    assert refusal(scope(join, "POST", b"-1")) == 411
    assert refusal(scope(join, "POST", str(MOST_BODY + 1).encode())) == 413
    assert refusal(scope("/gradio_api/upload", "POST", b"10")) == 404


def ask(asked: dict[str, Any]) -> list[MutableMapping[str, Any]]:
    """Return what a guarded app that says 200 to everything sends."""
    sent: list[MutableMapping[str, Any]] = []

    async def app(_scope: Any, _receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": [(b"a", b"b")]})

    async def receive() -> MutableMapping[str, Any]:
        return {"type": "http.request", "body": b""}

    async def send(message: MutableMapping[str, Any]) -> None:
        sent.append(message)

    asyncio.run(Guard(app)(asked, receive, send))
    return sent


def test_answers_forbid_every_other_host() -> None:
    (start,) = ask(scope("/"))
    headers = dict(start["headers"])
    assert headers[b"a"] == b"b"
    policy = headers[b"content-security-policy"].decode()
    assert "default-src 'self'" in policy and "http:" not in policy and "connect-src 'self'" in policy


def test_what_is_refused_never_reaches_the_app() -> None:
    start, end = ask(scope("/docs"))
    assert start["status"] == 404 and end["body"] == b""


def test_what_is_no_request_passes() -> None:
    assert ask({"type": "lifespan"})[0]["status"] == 200
