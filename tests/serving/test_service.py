"""The service: loading, a full queue, an orderly end; over real connections."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from hf_toxspan.pipelines.toxic_span_extraction import ToxicSpanExtractionPipeline
from hf_toxspan.serving.batching import BatchLimits
from hf_toxspan.serving.service import State
from hf_toxspan.serving.settings import Limits, Settings
from tests.serving.conftest import Running, Start, wait_for

TEXTS = [f"you {'stupid ' * (number % 5)}friend {number}" for number in range(60)]


class Gate:
    """A reader that waits until it is let go."""

    def __init__(self, reader: Callable[..., Any]) -> None:
        self.reader = reader
        self.open = threading.Event()
        self.waiting = threading.Event()

    def __call__(self, texts: list[str], **options: Any) -> Any:
        self.waiting.set()
        self.open.wait(30)
        return self.reader(texts, **options)


@pytest.fixture
def pool() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(32) as threads:
        yield threads


def shut_gate(server: Running) -> Gate:
    assert server.service._model is not None
    gate = Gate(server.service._model.pipe.reader)
    server.service._model.pipe.reader = gate  # type: ignore[assignment]
    return gate


def test_requests_that_come_together_get_each_their_own_answer(
    start: Start, pipe: ToxicSpanExtractionPipeline, pool: ThreadPoolExecutor
) -> None:
    server = start()
    found = list(pool.map(lambda text: server.extract(text=text).json(), TEXTS))
    for own, expected in zip(found, pipe(TEXTS), strict=True):
        assert own["spans"] == expected["spans"]
        assert own["label"] == expected["label"]
        assert own["score"] == pytest.approx(expected["score"], abs=1e-5)
    batches = server.get("/metrics").text
    assert f"hf_toxspan_batch_texts_sum {float(len(TEXTS))}" in batches


def test_a_full_queue_answers_429_on_both_routes(start: Start, pool: ThreadPoolExecutor) -> None:
    server = start(Settings(limits=Limits(texts=2), batching=BatchLimits(items=1, queued_items=2)))
    gate = shut_gate(server)
    try:
        running = pool.submit(server.extract, text="a")
        assert gate.waiting.wait(20)
        queued = pool.submit(server.extract, texts=["you fool", "c"])
        wait_for(lambda: "queued_texts 2.0" in server.get("/metrics").text)
        refused, as_perspective = server.extract(text="d"), server.analyze("hello")
    finally:
        gate.open.set()
    for answer in (refused, as_perspective):
        assert answer.status_code == 429
        assert answer.json()["error"]["status"] == "RESOURCE_EXHAUSTED"
        assert int(answer.headers["retry-after"]) >= 1
    assert running.result().status_code == 200
    assert [own["toxic"] for own in queued.result().json()["results"]] == [True, False]


def test_an_answer_that_takes_too_long_is_told(start: Start) -> None:
    server = start(Settings(limits=Limits(answer_seconds=0.05)))
    gate = shut_gate(server)
    try:
        assert server.extract(text="a").status_code == 504
    finally:
        gate.open.set()


def test_at_the_end_what_was_accepted_is_answered(start: Start, pool: ThreadPoolExecutor) -> None:
    server = start(Settings(batching=BatchLimits(items=1)))
    gate = shut_gate(server)
    accepted = [pool.submit(server.extract, text=text) for text in ("you fool", "hello")]
    wait_for(lambda: "queued_texts 1.0" in server.get("/metrics").text)
    server.server.should_exit = True
    wait_for(lambda: server.service.state is State.DRAINING)
    gate.open.set()
    assert [own.result().json()["toxic"] for own in accepted] == [True, False]
    server.thread.join(20)
    assert not server.thread.is_alive()


def test_what_can_not_be_finished_in_the_time_of_grace_gets_a_503(start: Start, pool: ThreadPoolExecutor) -> None:
    server = start(Settings(limits=Limits(grace_seconds=0.2), batching=BatchLimits(items=1)))
    gate = shut_gate(server)
    accepted = [pool.submit(server.extract, text=text) for text in ("you fool", "hello")]
    wait_for(lambda: "queued_texts 1.0" in server.get("/metrics").text)
    server.server.should_exit = True
    try:
        answers = [own.result() for own in accepted]
    finally:
        gate.open.set()
    assert [answer.status_code for answer in answers] == [503, 503]
    assert {answer.json()["error"]["status"] for answer in answers} == {"UNAVAILABLE"}


def test_a_model_that_can_not_be_loaded_is_no_ready_service(start: Start) -> None:
    def fail() -> Any:
        raise ValueError("no such model")

    server = start(load=fail, wait=False)
    wait_for(lambda: server.service.state is State.FAILED)
    assert server.get("/readyz").status_code == 503
    assert str(server.service.failure) == "no such model"
    assert server.extract(text="a").status_code == 503


def test_an_attribute_of_a_label_that_there_is_not_is_found_at_the_start(start: Start) -> None:
    server = start(Settings(attributes={"THREAT": "threat"}), wait=False)
    wait_for(lambda: server.service.state is State.FAILED)
    assert "threat" in str(server.service.failure)
