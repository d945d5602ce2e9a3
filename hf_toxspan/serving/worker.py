"""One thread that does the heavy work, so that the event loop stays free."""

import asyncio
import queue
import threading
from collections.abc import Callable
from typing import Any, TypeVar

Result = TypeVar("Result")


class Worker:
    """A thread that calls functions, one after the other.

    Unlike an executor's, the thread never keeps the process from ending: what can't be finished in the time of grace
    was answered by an error, and nobody waits for it.
    """

    def __init__(self) -> None:
        self._calls: queue.SimpleQueue[Callable[[], None] | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._work, name="hf-toxspan-worker", daemon=True)
        self._thread.start()

    @property
    def alive(self) -> bool:
        """Whether the thread still runs."""
        return self._thread.is_alive()

    async def run(self, function: Callable[..., Result], *arguments: Any) -> Result:
        """Call a function in the thread and wait for its result.

        Args:
            function: What to call.
            *arguments: Its arguments.

        Returns:
            Its result; what it raises is raised here.
        """
        loop = asyncio.get_running_loop()
        future: asyncio.Future[Result] = loop.create_future()

        def call() -> None:
            try:
                result = function(*arguments)
            except BaseException as error:
                _tell(loop, future, future.set_exception, _raisable(error))
            else:
                _tell(loop, future, future.set_result, result)

        self._calls.put(call)
        return await future

    def stop(self, *, timeout: float) -> None:
        """Let the thread end after what it was given; wait for it for a while."""
        self._calls.put(None)
        self._thread.join(timeout)

    def _work(self) -> None:
        while (call := self._calls.get()) is not None:
            call()


def _raisable(error: BaseException) -> BaseException:
    # A future refuses StopIteration: it would end the coroutine that waits as if all were well.
    return RuntimeError("StopIteration") if isinstance(error, StopIteration) else error


def _tell(
    loop: asyncio.AbstractEventLoop, future: "asyncio.Future[Any]", settle: Callable[..., None], value: Any
) -> None:
    """Settle a future of the loop's thread, unless nobody waits for it or the loop is gone."""

    def set_if_waited_for() -> None:
        if not future.done():
            settle(value)

    if not loop.is_closed():
        loop.call_soon_threadsafe(set_if_waited_for)
