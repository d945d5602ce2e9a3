"""What the tests of the service share: real servers on loopback with a tiny model that knows a few insults."""

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
from transformers import BertForSequenceClassification, PreTrainedTokenizerFast

from hf_toxspan.pipelines.toxic_span_extraction import ToxicSpanExtractionPipeline
from hf_toxspan.serving.runner import Server, build_server
from hf_toxspan.serving.service import Service, State
from hf_toxspan.serving.settings import Settings

Asked = dict[str, Any]


@dataclass
class Running:
    """A server that runs in a thread."""

    url: str
    port: int
    service: Service
    server: Server
    thread: threading.Thread
    client: httpx.Client

    def post(self, path: str, json: Any = None, **options: Any) -> httpx.Response:
        if json is not None:
            options["json"] = json
        return self.client.post(path, **options)

    def get(self, path: str, **options: Any) -> httpx.Response:
        return self.client.get(path, **options)

    def extract(self, **fields: Any) -> httpx.Response:
        return self.post("/v1/extract", fields)

    def analyze(self, text: str, **fields: Any) -> httpx.Response:
        asked = {"comment": {"text": text}, "requestedAttributes": {"TOXICITY": {}}, **fields}
        return self.post("/v1alpha1/comments:analyze", asked)

    def stop(self) -> None:
        self.client.close()
        self.server.should_exit = True
        self.thread.join(20)
        assert not self.thread.is_alive()


@pytest.fixture
def pipe(
    taught_model: BertForSequenceClassification, tiny_tokenizer: PreTrainedTokenizerFast
) -> ToxicSpanExtractionPipeline:
    return ToxicSpanExtractionPipeline(model=taught_model, tokenizer=tiny_tokenizer)


Start = Callable[..., Running]


@pytest.fixture
def start(pipe: ToxicSpanExtractionPipeline) -> Iterator[Start]:
    """Start a server: ``start(settings)``, ``start(load=...)``; all are stopped at the end of the test."""
    running: list[Running] = []

    def begin(settings: Settings | None = None, *, load: Callable[[], Any] | None = None, wait: bool = True) -> Running:
        service = Service(load or (lambda: pipe), settings)
        server = build_server(service, host="127.0.0.1", port=0)
        thread = threading.Thread(target=server.run)
        thread.start()
        wait_for(lambda: server.started)
        port = server.servers[0].sockets[0].getsockname()[1]
        url = f"http://127.0.0.1:{port}"
        running.append(Running(url, port, service, server, thread, httpx.Client(base_url=url, timeout=20)))
        if wait:
            wait_for(lambda: service.state is State.READY)
        return running[-1]

    yield begin
    for own in running:
        own.stop()


def wait_for(condition: Callable[[], bool], *, seconds: float = 30) -> None:
    """Wait until something holds; fail if it never does."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it never came"
        time.sleep(0.005)
