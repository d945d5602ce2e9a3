"""The thread that does the work."""

import asyncio
import threading

import pytest

from hf_toxspan.serving.worker import Worker


def test_work_is_done_in_one_other_thread_and_in_order() -> None:
    async def scenario() -> list[int]:
        worker = Worker()
        seen: list[int] = []
        await asyncio.gather(*(worker.run(seen.append, number) for number in range(5)))
        thread = await worker.run(threading.current_thread)
        assert thread is not threading.main_thread()
        assert thread.daemon
        worker.stop(timeout=5)
        assert not worker.alive
        return seen

    assert asyncio.run(scenario()) == [0, 1, 2, 3, 4]


@pytest.mark.parametrize(("raised", "expected"), [(ValueError, ValueError), (StopIteration, RuntimeError)])
def test_an_error_reaches_who_asked_and_the_thread_lives_on(raised: type[Exception], expected: type[Exception]) -> None:
    def fail() -> None:
        raise raised

    async def scenario() -> None:
        worker = Worker()
        with pytest.raises(expected):
            await worker.run(fail)
        assert await worker.run(lambda: 7) == 7
        worker.stop(timeout=5)

    asyncio.run(scenario())


def test_a_result_that_nobody_waits_for_is_dropped() -> None:
    async def scenario() -> None:
        worker, gate = Worker(), threading.Event()
        waiting = asyncio.ensure_future(worker.run(gate.wait))
        await asyncio.sleep(0)
        waiting.cancel()
        gate.set()
        assert await worker.run(lambda: 7) == 7
        worker.stop(timeout=5)

    asyncio.run(scenario())


def test_a_thread_that_outlives_its_loop_does_no_harm() -> None:
    worker, gate = Worker(), threading.Event()

    async def scenario() -> None:
        waiting = asyncio.ensure_future(worker.run(gate.wait))
        await asyncio.sleep(0)
        assert not waiting.done()

    asyncio.run(scenario())
    gate.set()
    worker.stop(timeout=5)
    assert not worker.alive
