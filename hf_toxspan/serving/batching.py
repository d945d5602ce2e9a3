"""Micro-batching: texts of many requests go through the model together.

While the worker is busy, calls gather; when it is free it takes what has gathered. A call of many items does not hold
up one of few: a batch takes an item of each call in turn. Nothing here knows of HTTP or of models.
"""

import asyncio
import contextlib
import math
import time
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, NamedTuple, TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")

SMOOTHING = 0.2
"""Weight of the latest batch in the measured speed (ours)."""
LONGEST_RETRY = 60


class QueueFull(Exception):  # noqa: N818  it is a state of affairs, as asyncio.QueueFull
    """So much waits already that a call was not accepted.

    Args:
        retry_after: Seconds after which it may be.
    """

    def __init__(self, retry_after: int) -> None:
        super().__init__(f"the queue is full; try again in {retry_after} s")
        self.retry_after = retry_after


class Closed(Exception):  # noqa: N818
    """The batcher takes no more calls, or could not finish this one in time."""


class BatchLimits(NamedTuple):
    """How much at once.

    Attributes:
        items: Items of a batch at most.
        weight: Weight of a batch at most; an item that weighs more goes alone.
        wait: Seconds to wait at most for as many items as the batch before had; a lone caller never waits.
        queued_items: Items that may wait.
        queued_weight: Weight that may wait.
    """

    items: int = 64
    weight: int = 65_536
    wait: float = 0.002
    queued_items: int = 1024
    queued_weight: int = 2_000_000


class Call(Generic[Item, Result]):
    """Items that were submitted together, and how far they are.

    Args:
        items: The items.
        weights: The weight of each.
    """

    def __init__(self, items: Sequence[Item], weights: Sequence[int]) -> None:
        self.items = items
        self.weights = weights
        self.results: dict[int, Result] = {}
        self.taken = 0
        self.future: asyncio.Future[list[Result]] = asyncio.get_running_loop().create_future()

    def settle(self, place: int, result: Result | Exception) -> None:
        """Note the result of an item; the call is answered when it has all, or fails with the first error."""
        if self.future.done():
            return
        if isinstance(result, Exception):
            self.future.set_exception(result)
            return
        self.results[place] = result
        if len(self.results) == len(self.items):
            self.future.set_result([self.results[place] for place in range(len(self.items))])


class MicroBatcher(Generic[Item, Result]):
    """Gathers items of many calls and has them worked on together, one batch at a time.

    Args:
        work: From the items of a batch to one result each, in order. If it fails, each item is tried alone, so that
            only the one that can't be worked on fails.
        weigh: Weight of an item.
        limits: How much at once.
        observe: Told the size of each batch.
    """

    def __init__(
        self,
        work: Callable[[Sequence[Item]], Awaitable[Sequence[Result]]],
        *,
        weigh: Callable[[Item], int],
        limits: BatchLimits | None = None,
        observe: Callable[[int], object] = lambda size: None,
    ) -> None:
        self._work = work
        self._weigh = weigh
        self._limits = limits or BatchLimits()
        self._observe = observe
        self._calls: deque[Call[Item, Result]] = deque()
        self._running: list[Call[Item, Result]] = []
        self._waiting = self._waiting_weight = 0
        self._arrived, self._enough = asyncio.Event(), asyncio.Event()
        self._expected = 1
        self._speed = 0.0  # items a second; 0 until measured
        self._closed = False
        self._task: asyncio.Task[None] | None = None

    @property
    def waiting(self) -> int:
        """Items that wait for the worker."""
        return self._waiting

    def start(self) -> None:
        """Begin to work on what is submitted."""
        self._task = asyncio.create_task(self._run())

    async def submit(self, items: Sequence[Item]) -> list[Result]:
        """Have items worked on.

        Args:
            items: Items, all accepted or none.

        Returns:
            A result each, in order. Cancelling the wait takes back the items that were not begun.

        Raises:
            QueueFull: If too much waits already.
            Closed: If the batcher closes.
        """
        if self._closed:
            raise Closed("closing down")
        if not items:
            return []
        weights = [self._weigh(item) for item in items]
        self._admit(len(items), sum(weights))
        call: Call[Item, Result] = Call(items, weights)
        self._calls.append(call)
        self._arrived.set()
        if self._waiting >= self._expected:
            self._enough.set()
        try:
            return await call.future
        finally:
            self._forget(call)

    async def close(self, *, grace: float) -> None:
        """Take no more calls, finish those accepted; what is not done after `grace` seconds fails with `Closed`.

        Args:
            grace: Seconds.
        """
        self._closed = True
        unfinished = [call.future for call in (*self._calls, *self._running) if not call.future.done()]
        if unfinished:
            await asyncio.wait(unfinished, timeout=grace)
        for call in (*self._calls, *self._running):
            call.settle(0, Closed("not finished in the time of grace"))
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    def _admit(self, items: int, weight: int) -> None:
        limits = self._limits
        heavy = self._waiting_weight + weight > limits.queued_weight and self._waiting
        if self._waiting + items > limits.queued_items or heavy:
            seconds = self._waiting / self._speed if self._speed else 1
            raise QueueFull(min(max(1, math.ceil(seconds)), LONGEST_RETRY))
        self._waiting += items
        self._waiting_weight += weight

    def _forget(self, call: Call[Item, Result]) -> None:
        """Take back what was not begun of a call that nobody waits for any more."""
        self._waiting -= len(call.items) - call.taken
        self._waiting_weight -= sum(call.weights[call.taken :])
        call.taken = len(call.items)

    async def _run(self) -> None:
        while True:
            await self._arrived.wait()
            await self._gather()
            batch = self._take()
            if not self._calls:
                self._arrived.clear()
            if batch:
                await self._answer(batch)

    async def _gather(self) -> None:
        """Wait a moment if fewer items are there than the last time."""
        self._enough.clear()
        if self._waiting < self._expected:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._enough.wait(), self._limits.wait)

    def _take(self) -> list[tuple[Call[Item, Result], int]]:
        """Take an item of each call in turn, until the batch is full."""
        batch: list[tuple[Call[Item, Result], int]] = []
        weight = 0
        while self._calls and len(batch) < self._limits.items:
            call = self._calls[0]
            if call.taken < len(call.items):
                weight += call.weights[call.taken]
                if batch and weight > self._limits.weight:
                    break
                batch.append((call, call.taken))
                self._waiting -= 1
                self._waiting_weight -= call.weights[call.taken]
                call.taken += 1
            self._calls.popleft()
            if call.taken < len(call.items):
                self._calls.append(call)
        return batch

    async def _answer(self, batch: list[tuple[Call[Item, Result], int]]) -> None:
        self._running = [call for call, _ in batch]
        started = time.monotonic()
        results = await self._results([call.items[place] for call, place in batch])
        seconds = max(time.monotonic() - started, 1e-6)
        speed = len(batch) / seconds
        self._speed = speed if not self._speed else (1 - SMOOTHING) * self._speed + SMOOTHING * speed
        self._expected = min(len(batch), self._limits.items)
        self._observe(len(batch))
        for (call, place), result in zip(batch, results, strict=True):
            call.settle(place, result)
        self._running = []

    async def _results(self, items: Sequence[Item]) -> Sequence[Result | Exception]:
        try:
            return await self._work(items)
        except Exception as error:
            if len(items) == 1:
                return [error]
        return [result for item in items for result in await self._results([item])]
