"""Micro-batching, with plain functions in the place of a model."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hf_toxspan.serving.batching import BatchLimits, Closed, MicroBatcher, QueueFull


class Model:
    """Doubles numbers; works only while its gate is open; remembers its batches."""

    def __init__(self) -> None:
        self.gate = asyncio.Event()
        self.gate.set()
        self.batches: list[list[int]] = []

    async def __call__(self, items: Sequence[int]) -> list[int]:
        self.batches.append(list(items))
        await self.gate.wait()
        if 13 in items:
            raise ValueError("thirteen")
        return [2 * item for item in items]


def run(scenario: Callable[[MicroBatcher[int, int], Model], Awaitable[Any]], **limits: Any) -> Any:
    """Play a scenario with a batcher that is started before and closed after."""

    async def play() -> Any:
        model = Model()
        batcher = MicroBatcher(model, weigh=abs, limits=BatchLimits(**limits))
        batcher.start()
        try:
            return await scenario(batcher, model)
        finally:
            model.gate.set()
            await batcher.close(grace=5)

    return asyncio.run(play())


async def settle() -> None:
    """Let everything happen that can."""
    for _ in range(20):
        await asyncio.sleep(0)


@given(st.lists(st.lists(st.integers(14, 99), max_size=9), max_size=9), st.integers(1, 7), st.integers(1, 300))
def test_everyone_gets_the_results_of_the_own_items_in_order(calls: list[list[int]], items: int, weight: int) -> None:
    async def scenario(batcher: MicroBatcher[int, int], model: Model) -> None:
        found = await asyncio.gather(*(batcher.submit(call) for call in calls))
        assert found == [[2 * item for item in call] for call in calls]
        assert all(len(batch) <= items for batch in model.batches)
        assert all(len(batch) == 1 or sum(batch) <= weight for batch in model.batches)

    run(scenario, items=items, weight=weight, wait=0)


def test_what_arrives_while_the_worker_is_busy_goes_together() -> None:
    async def scenario(batcher: MicroBatcher[int, int], model: Model) -> None:
        model.gate.clear()
        first = asyncio.ensure_future(batcher.submit([1]))
        await settle()
        others = [asyncio.ensure_future(batcher.submit([item])) for item in (2, 3, 4)]
        await settle()
        assert batcher.waiting == 3
        model.gate.set()
        assert await asyncio.gather(first, *others) == [[2], [4], [6], [8]]
        assert model.batches == [[1], [2, 3, 4]]

    run(scenario)


def test_a_long_call_does_not_hold_up_a_short_one() -> None:
    async def scenario(batcher: MicroBatcher[int, int], model: Model) -> None:
        model.gate.clear()
        first = asyncio.ensure_future(batcher.submit([1]))
        await settle()
        others = [asyncio.ensure_future(batcher.submit(items)) for items in ([20, 21, 22, 23], [30])]
        await settle()
        model.gate.set()
        await asyncio.gather(first, *others)
        assert model.batches == [[1], [20, 30], [21, 22], [23]]

    run(scenario, items=2)


def test_a_lone_caller_waits_for_nobody() -> None:
    async def scenario(batcher: MicroBatcher[int, int], model: Model) -> None:
        for item in range(3):
            assert await batcher.submit([item]) == [2 * item]

    run(scenario, wait=1e6)


def test_after_a_crowd_it_waits_for_as_many_but_not_for_ever() -> None:
    async def scenario(batcher: MicroBatcher[int, int], model: Model) -> None:
        await asyncio.gather(*(batcher.submit([item]) for item in (1, 2, 3)))
        assert await batcher.submit([4]) == [8]

    run(scenario, wait=0.01)


def test_a_full_queue_refuses_a_call_as_a_whole_and_says_when_to_come_back() -> None:
    async def scenario(batcher: MicroBatcher[int, int], model: Model) -> None:
        model.gate.clear()
        first = asyncio.ensure_future(batcher.submit([1]))
        await settle()
        second = asyncio.ensure_future(batcher.submit([2, 3]))
        await settle()
        with pytest.raises(QueueFull) as refused:
            await batcher.submit([4, 5])
        assert refused.value.retry_after >= 1
        assert batcher.waiting == 2
        model.gate.set()
        assert await asyncio.gather(first, second) == [[2], [4, 6]]
        assert await batcher.submit([4, 5]) == [8, 10]

    run(scenario, queued_items=3)


def test_a_heavy_call_is_refused_only_while_others_wait() -> None:
    async def scenario(batcher: MicroBatcher[int, int], model: Model) -> None:
        assert await batcher.submit([1000]) == [2000]
        model.gate.clear()
        waiting = [asyncio.ensure_future(batcher.submit([item])) for item in (1, 2)]
        await settle()
        with pytest.raises(QueueFull):
            await batcher.submit([1000])
        model.gate.set()
        await asyncio.gather(*waiting)

    run(scenario, queued_weight=10, items=1)


def test_one_bad_item_fails_alone() -> None:
    async def scenario(batcher: MicroBatcher[int, int], model: Model) -> None:
        found = await asyncio.gather(*(batcher.submit([item]) for item in (1, 13, 3)), return_exceptions=True)
        assert found[0] == [2]
        assert isinstance(found[1], ValueError)
        assert found[2] == [6]

    run(scenario)


def test_whoever_gives_up_takes_the_waiting_items_back() -> None:
    async def scenario(batcher: MicroBatcher[int, int], model: Model) -> None:
        model.gate.clear()
        first = asyncio.ensure_future(batcher.submit([1]))
        await settle()
        second = asyncio.ensure_future(batcher.submit([2, 3]))
        third = asyncio.ensure_future(batcher.submit([4]))
        await settle()
        second.cancel()
        await settle()
        assert batcher.waiting == 1
        model.gate.set()
        assert await asyncio.gather(first, third) == [[2], [8]]
        assert model.batches == [[1], [4]]

    run(scenario)


def test_closing_finishes_what_was_accepted() -> None:
    async def scenario(batcher: MicroBatcher[int, int], model: Model) -> None:
        model.gate.clear()
        calls = [asyncio.ensure_future(batcher.submit([item])) for item in (1, 2)]
        await settle()
        closing = asyncio.ensure_future(batcher.close(grace=5))
        await settle()
        with pytest.raises(Closed):
            await batcher.submit([3])
        model.gate.set()
        await closing
        assert [await call for call in calls] == [[2], [4]]

    run(scenario, items=1)


def test_what_is_not_done_in_the_time_of_grace_fails_and_does_not_hang() -> None:
    async def scenario(batcher: MicroBatcher[int, int], model: Model) -> None:
        model.gate.clear()
        calls = [asyncio.ensure_future(batcher.submit([item])) for item in (1, 2)]
        await settle()
        await batcher.close(grace=0.01)
        found = await asyncio.gather(*calls, return_exceptions=True)
        assert [type(error) for error in found] == [Closed, Closed]

    run(scenario, items=1)


def test_no_items_are_no_work() -> None:
    async def scenario(batcher: MicroBatcher[int, int], model: Model) -> None:
        assert await batcher.submit([]) == []
        assert model.batches == []

    run(scenario)


def test_the_sizes_of_batches_are_told() -> None:
    sizes: list[int] = []

    async def play() -> None:
        batcher = MicroBatcher(Model(), weigh=abs, observe=sizes.append)
        batcher.start()
        await batcher.submit([1, 2, 3])
        await batcher.close(grace=1)

    asyncio.run(play())
    assert sizes == [3]
