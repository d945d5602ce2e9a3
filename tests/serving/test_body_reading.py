"""Bodies: never more than is allowed, never longer than is allowed."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import pytest

from hf_toxspan.serving.body_reading import DISCARDED, ClientGone, or_gone, read_body
from hf_toxspan.serving.errors import ApiError

LIMIT = 10


class Sender:
    """A client that sends chunks, then hangs up or stays silent; counts what was taken from it."""

    def __init__(self, *chunks: bytes, ends: bool = True, hangs_up: bool = False) -> None:
        self.chunks = list(chunks)
        self.ends, self.hangs_up = ends, hangs_up
        self.taken = 0

    async def __call__(self) -> dict[str, Any]:
        if not self.chunks:
            if not self.hangs_up:
                await asyncio.Event().wait()
            return {"type": "http.disconnect"}
        chunk = self.chunks.pop(0)
        self.taken += len(chunk)
        return {"type": "http.request", "body": chunk, "more_body": bool(self.chunks) or not self.ends}


def read(sender: Sender, headers: Mapping[str, str] | None = None, *, timeout: float = 5) -> bytes:
    return asyncio.run(read_body(headers or {}, sender, limit=LIMIT, timeout=timeout))


def refused(sender: Sender, headers: Mapping[str, str] | None = None, *, timeout: float = 5) -> ApiError:
    with pytest.raises(ApiError) as caught:
        read(sender, headers, timeout=timeout)
    return caught.value


def test_chunks_are_joined() -> None:
    assert read(Sender(b"ab", b"", b"cd")) == b"abcd"
    assert read(Sender(b"x" * LIMIT)) == b"x" * LIMIT
    assert read(Sender(b"")) == b""


def test_a_declared_length_is_refused_before_anything_is_read() -> None:
    sender = Sender(b"x" * LIMIT)
    error = refused(sender, {"content-length": str(LIMIT * DISCARDED + 1)})
    assert (error.code, error.headers, sender.taken) == (413, {"Connection": "close"}, 0)
    assert refused(sender, {"content-length": "9" * 5000}).code == 413
    assert sender.taken == 0


def test_a_client_that_asks_first_is_not_told_to_go_on() -> None:
    sender = Sender(b"x" * (LIMIT + 1))
    assert refused(sender, {"content-length": str(LIMIT + 1), "expect": "100-continue"}).code == 413
    assert sender.taken == 0


def test_a_body_a_little_too_long_is_read_to_its_end_so_that_the_answer_is_seen() -> None:
    sender = Sender(b"x" * LIMIT, b"x")
    assert refused(sender).code == 413
    assert sender.taken == LIMIT + 1


def test_a_body_without_end_is_given_up() -> None:
    sender = Sender(*[b"x" * LIMIT] * 1000)
    assert refused(sender).code == 413
    assert sender.taken <= LIMIT * (DISCARDED + 1)


def test_a_declared_length_that_is_wrong_helps_nobody() -> None:
    for declared in ("5", "-1", "", "five"):
        assert refused(Sender(b"x" * (LIMIT + 1)), {"content-length": declared}).code == 413


def test_a_body_that_never_ends_is_not_waited_for() -> None:
    error = refused(Sender(b"x", ends=False), timeout=0.01)
    assert (error.code, error.headers) == (408, {"Connection": "close"})


def test_a_client_that_hangs_up_is_noticed() -> None:
    with pytest.raises(ClientGone):
        read(Sender(b"x", ends=False, hangs_up=True))


def wait(
    answer: Callable[[], Awaitable[Any]], sender: Sender, *, patience: float = 0.01, timeout: float = 5
) -> tuple[Any, bool]:
    async def scenario() -> tuple[Any, bool]:
        future = asyncio.ensure_future(answer())
        try:
            found = await or_gone(future, sender, patience=patience, timeout=timeout)
        except (ApiError, ClientGone) as error:
            found = error
        await asyncio.sleep(0)
        return found, future.cancelled()

    return asyncio.run(scenario())


async def late() -> str:
    await asyncio.sleep(0.05)
    return "late"


async def never() -> None:
    await asyncio.Event().wait()


def test_an_answer_is_passed_on_soon_or_late() -> None:
    assert wait(late, Sender()) == ("late", False)
    assert wait(late, Sender(), patience=5) == ("late", False)


def test_nobody_works_for_a_client_that_has_gone() -> None:
    found, cancelled = wait(never, Sender(hangs_up=True))
    assert isinstance(found, ClientGone)
    assert cancelled


@pytest.mark.parametrize("patience", [0.01, 5])
def test_an_answer_that_does_not_come_is_told(patience: float) -> None:
    found, cancelled = wait(never, Sender(), patience=patience, timeout=0.02)
    assert found.code == 504
    assert cancelled


def test_what_the_answer_raises_is_raised() -> None:
    async def fail() -> None:
        raise ApiError(429, "RESOURCE_EXHAUSTED", "Full.")

    assert wait(fail, Sender())[0].code == 429
