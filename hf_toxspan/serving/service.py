"""The service apart from HTTP: a model that is loaded, a queue before it, and an orderly end.

Torch and transformers are first imported in the worker's thread: meanwhile health is answered already.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from enum import Enum
from typing import TYPE_CHECKING, Any

from hf_toxspan.serving.batching import Closed, MicroBatcher, QueueFull
from hf_toxspan.serving.body_reading import Receive, or_gone
from hf_toxspan.serving.errors import ApiError, unavailable
from hf_toxspan.serving.jobs import Job, weigh
from hf_toxspan.serving.metrics import Metrics
from hf_toxspan.serving.settings import Settings
from hf_toxspan.serving.worker import Worker

if TYPE_CHECKING:
    from hf_toxspan.modeling.extraction import Explanation
    from hf_toxspan.serving.model import ServedModel

PATIENCE = 1.0
"""Seconds after which a waiting client is looked after: whether it is still there."""


class State(Enum):
    """Where the service is in its life."""

    LOADING = "loading"
    READY = "ready"
    DRAINING = "draining"
    FAILED = "failed"


class Service:
    """Loads a model and answers for it.

    Args:
        load: Loads the pipeline of ``toxic-span-extraction``; called in the worker's thread.
        settings: How it is run.
        failed: Called when the model can't be loaded.
    """

    def __init__(
        self,
        load: Callable[[], Any],
        settings: Settings | None = None,
        *,
        failed: Callable[[], object] = lambda: None,
    ) -> None:
        self.settings = settings or Settings()
        self.metrics = Metrics()
        self.state = State.LOADING
        self.failure: Exception | None = None
        self._load, self._failed = load, failed
        self._model: ServedModel | None = None
        self._batcher: MicroBatcher[Job, Explanation] | None = None
        self._worker: Worker | None = None
        self._loading: asyncio.Task[None] | None = None

    @property
    def model(self) -> "ServedModel":
        """The model.

        Raises:
            ApiError: 503 while it is not there.
        """
        if self._model is None or self.state is not State.READY:
            raise unavailable(f"The service is {self.state.value}; try again later.")
        return self._model

    @property
    def languages(self) -> tuple[str, ...]:
        """Languages that the Perspective route takes; empty: any."""
        given = self.settings.languages
        return self.model.languages if given is None else given

    async def start(self) -> None:
        """Begin to load the model; until it is there, texts are answered with 503."""
        self._worker = Worker()
        self._batcher = MicroBatcher(
            self._read, weigh=weigh, limits=self.settings.batching, observe=self.metrics.batches.observe
        )
        self._batcher.start()
        batcher = self._batcher
        self.metrics.watch(lambda: batcher.waiting, lambda: self.state is State.READY)
        self._loading = asyncio.create_task(self._get_ready(self._worker))

    async def stop(self) -> None:
        """Finish what was accepted, for as long as the time of grace allows; answer the rest with 503."""
        self.state = State.DRAINING
        if self._loading is not None:
            self._loading.cancel()
        if self._batcher is not None:
            await self._batcher.close(grace=self.settings.limits.grace_seconds)
        if self._worker is not None:
            worker, self._worker = self._worker, None
            await asyncio.to_thread(worker.stop, timeout=1.0)

    async def read(self, jobs: Sequence[Job], receive: Receive) -> "list[Explanation]":
        """Read texts, together with those of other requests.

        Args:
            jobs: The texts of a request.
            receive: ASGI, to learn whether the client is still there.

        Returns:
            An explanation each.

        Raises:
            ApiError: 503 while there is no model, 429 if too much waits, 504 if it takes too long.
            ClientGone: If the client hung up.
        """
        if self._batcher is None or self.state is not State.READY:
            raise unavailable(f"The service is {self.state.value}; try again later.")
        answer = asyncio.ensure_future(self._batcher.submit(jobs))
        try:
            explanations: list[Explanation] = await or_gone(
                answer, receive, patience=PATIENCE, timeout=self.settings.limits.answer_seconds
            )
        except QueueFull as full:
            headers = {"Retry-After": str(full.retry_after)}
            message = f"Too many texts wait already; try again in {full.retry_after} s."
            raise ApiError(429, "RESOURCE_EXHAUSTED", message, headers=headers) from None
        except Closed:
            raise unavailable("The service is closing down; the request was not answered.") from None
        for explanation in explanations:
            self.metrics.texts.labels(explanation.label).inc()
        return explanations

    async def _get_ready(self, worker: Worker) -> None:
        try:
            self._model = await worker.run(self._load_model)
        except Exception as error:
            self.state, self.failure = State.FAILED, error
            self._failed()
        else:
            self.state = State.READY

    def _load_model(self) -> "ServedModel":
        from hf_toxspan.serving.model import ServedModel

        model = ServedModel(self._load(), batch_size=self.settings.batch_size)
        model.check_attributes(self.settings.attributes)
        model.read([Job("warm up")])
        return model

    def _read(self, jobs: Sequence[Job]) -> "Awaitable[list[Explanation]]":
        assert self._worker is not None and self._model is not None
        return self._worker.run(self._model.read, jobs)
