"""Reading a request's body: never more than is allowed, never longer than is allowed, declared or in chunks."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from typing import Any

from hf_toxspan.serving.errors import ApiError

Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]

CLOSE = {"Connection": "close"}
"""What is still to come of a body that was refused is not read as the next request."""
DISCARDED = 4
"""A body of at most so many times the limit is read to its end and thrown away before it is refused: a client that is
still sending would often not see the answer (ours)."""


class ClientGone(Exception):  # noqa: N818
    """The client hung up before it was answered."""


async def read_body(headers: Mapping[str, str], receive: Receive, *, limit: int, timeout: float) -> bytes:
    """Read a body.

    Args:
        headers: Of the request.
        receive: ASGI.
        limit: Bytes at most. A declared length above it is refused before anything is read into memory.
        timeout: Seconds for the whole body.

    Returns:
        The bytes.

    Raises:
        ApiError: 413 if it is too long, 408 if it comes too slowly.
        ClientGone: If the client hung up.
    """
    declared = headers.get("content-length", "")
    too_long = declared.isdecimal() and int(declared[:20]) > limit
    if too_long and (int(declared[:20]) > limit * DISCARDED or "expect" in headers):
        raise _too_long(limit)
    try:
        async with asyncio.timeout(timeout):
            return await _read(receive, limit, keep=not too_long)
    except TimeoutError:
        message = f"The body did not arrive within {timeout:g} s."
        raise ApiError(408, "DEADLINE_EXCEEDED", message, headers=CLOSE) from None


async def _read(receive: Receive, limit: int, *, keep: bool) -> bytes:
    chunks: list[bytes] = []
    length = 0
    more = True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientGone
        chunk = message.get("body", b"")
        length += len(chunk)
        if length > limit * DISCARDED:
            raise _too_long(limit)
        if keep and length <= limit:
            chunks.append(chunk)
        else:
            chunks.clear()
        more = message.get("more_body", False)
    if length > limit:
        raise _too_long(limit)
    return b"".join(chunks)


def _too_long(limit: int) -> ApiError:
    message = f"The body is too long; expected at most {limit} bytes. Send fewer or shorter texts a request."
    return ApiError(413, "PAYLOAD_TOO_LARGE", message, headers=CLOSE)


async def or_gone(answer: "asyncio.Future[Any]", receive: Receive, *, patience: float, timeout: float) -> Any:
    """Wait for an answer, but not for a client that has hung up.

    Args:
        answer: What is waited for; cancelled if it is no longer wanted.
        receive: ASGI, of a request whose body was read.
        patience: Seconds before looking whether the client is still there.
        timeout: Seconds at most.

    Returns:
        The answer.

    Raises:
        ApiError: 504 after `timeout`.
        ClientGone: If the client hung up.
    """
    gone: asyncio.Future[Any] | None = None
    try:
        done, _ = await asyncio.wait({answer}, timeout=min(patience, timeout))
        if not done and timeout > patience:
            gone = asyncio.ensure_future(_hung_up(receive))
            await asyncio.wait({answer, gone}, timeout=timeout - patience, return_when=asyncio.FIRST_COMPLETED)
        if answer.done():
            return answer.result()
        if gone is not None and gone.done():
            raise ClientGone
        raise ApiError(504, "DEADLINE_EXCEEDED", f"No answer within {timeout:g} s.", headers={"Retry-After": "1"})
    finally:
        answer.cancel()
        if gone is not None:
            gone.cancel()


async def _hung_up(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
