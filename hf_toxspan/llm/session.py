"""A run of requests that are added while answers come in: threads that ask, and one caller who collects."""

import logging
import queue
import threading
from collections import Counter, deque
from collections.abc import Iterator, Sequence
from types import TracebackType
from typing import Self

from hf_toxspan.llm.calls import LLM, Answer, CallError, Request
from hf_toxspan.llm.outcomes import Answered, Failed, NotAsked, Outcome
from hf_toxspan.llm.pacing import Pace
from hf_toxspan.llm.store import AnswerStore, StoreError

logger = logging.getLogger(__name__)

_POLL = 0.05  # seconds between two looks at a request that another process is asking


class Session:
    """Threads take keys from `_waiting` and put outcomes into `_done`; one thread adds and collects.

    Leaving the context asks nothing new, waits for the calls under way, which are paid, and stores their answers.

    Args:
        llm: The model.
        store: Where answers are looked up and kept.
        pace: What may be asked, and when.
    """

    def __init__(self, llm: LLM, store: AnswerStore, pace: Pace) -> None:
        self.llm, self.store, self.pace = llm, store, pace
        self._counts: Counter[str] = Counter()
        self._added = 0
        self._requests: dict[str, Request] = {}
        self._places: dict[str, list[int]] = {}  # of the requests without an outcome
        self._waiting: deque[str] = deque()
        self._more = threading.Condition()  # something waits, or nothing ever will
        self._ended = False
        self._threads: list[threading.Thread] = []
        self._claimed: set[str] = set()  # only these need a write to be given back: the rest may be many
        self._failed: dict[str, Failed] = {}  # the last failure so far
        self._done: queue.SimpleQueue[tuple[str, Outcome] | BaseException] = queue.SimpleQueue()

    @property
    def pending(self) -> int:
        """Requests without an outcome, equal ones counted once."""
        return len(self._places)

    def counters(self) -> dict[str, int]:
        """Return what the run cost so far."""
        pace = self.pace
        return {
            "calls": pace.calls,
            "cached": self._counts["cached"],
            "failed": self._counts["failed"],
            "read": pace.prompt_tokens,
            "written": pace.completion_tokens,
        }

    def add(self, requests: Sequence[Request]) -> range:
        """Have requests asked; it returns at once.

        Args:
            requests: The requests; one that is equal to another without an outcome is not asked again.

        Returns:
            Their places, counted on from those added before.

        Raises:
            StoreError: If the store can't be read; then none was added.
        """
        places = range(self._added, self._added + len(requests))
        keys = [request.key(self.llm.model) for request in requests]
        new = {key: request for key, request in zip(keys, requests, strict=True) if key not in self._places}
        stored = self.store.get(list(new))  # first of all: where it can't be read, nothing was added
        for place, key in zip(places, keys, strict=True):
            self._places.setdefault(key, []).append(place)
        for key, answer in stored.items():
            self._done.put((key, Answered(answer, stored=True)))
        self._added = places.stop
        self._requests |= {key: request for key, request in new.items() if key not in stored}
        with self._more:
            self._waiting.extend(key for key in new if key not in stored)
            self._more.notify_all()
        self._start_threads()
        return places

    def outcomes(self, *, wait: bool = True) -> Iterator[tuple[int, Outcome]]:
        """Yield what is known.

        Args:
            wait: Go on until each request that was added has its outcome.

        Yields:
            The place of a request, and its outcome; each place once in the life of the session.
        """
        while self._places:
            try:
                done = self._done.get(block=wait)
            except queue.Empty:
                return
            if isinstance(done, BaseException):
                raise done
            outcome = done[1]
            for place in self._booked(*done):
                yield place, outcome
                if isinstance(outcome, Answered):
                    outcome = Answered(outcome.answer, stored=True)  # one call was paid, for the first of equal ones

    def _booked(self, key: str, outcome: Outcome) -> list[int]:
        self._counts["cached"] += isinstance(outcome, Answered) and outcome.stored
        self._counts["failed"] += isinstance(outcome, Failed)
        self._requests.pop(key, None)
        self._failed.pop(key, None)
        return self._places.pop(key)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Let the threads end."""
        if isinstance(error, KeyboardInterrupt):
            logger.warning("interrupted; waiting for the calls under way, which are paid: Ctrl-C again leaves at once")
        self.pace.stop("the run was stopped")
        with self._more:
            self._ended = True
            self._more.notify_all()
        for thread in self._threads:
            thread.join()

    def _start_threads(self) -> None:
        batches = -(-self.pending // self.llm.batch_size)
        for _ in range(len(self._threads), min(self.llm.concurrency, batches)):
            thread = threading.Thread(target=self._work, daemon=True)
            thread.start()
            self._threads.append(thread)

    def _work(self) -> None:
        try:
            while not self._ended:
                if keys := self._take():
                    self._ask(keys)
        except BaseException as error:
            # Raised where the caller sees it: an error that ends a thread unseen would leave him waiting for ever.
            self._done.put(error)

    def _take(self) -> list[str]:
        """Wait for work and claim a batch of it. What others are asking is looked at again later."""
        taken: list[str] = []
        while len(taken) < self.llm.batch_size and (key := self._next(wait=not taken)):
            if self._is_ours(key):
                taken.append(key)
            elif taken:
                break
        return taken

    def _next(self, *, wait: bool) -> str | None:
        with self._more:
            while wait and not self._waiting and not self._ended:
                self._more.wait()
            return self._waiting.popleft() if self._waiting else None

    def _is_ours(self, key: str) -> bool:
        """Claim a key or renew the claim; where it can't be ours, say how it ended or put it back."""
        if refusal := self.pace.refusal:
            self._give_up(key, refusal)
            return False
        try:
            claim = self.store.claim(key)
        except StoreError as error:  # a full disk: what would be paid for now could not be kept
            self.pace.stop(str(error))
            self._give_up(key, str(error))
            return False
        if claim == "ours":
            self._claimed.add(key)
        elif isinstance(claim, Answer):
            self._done.put((key, Answered(claim, stored=True)))
        else:
            self.pace.sleep(_POLL)
            self._waiting.append(key)
        return claim == "ours"

    def _ask(self, keys: list[str]) -> None:
        """Ask a batch until each of its requests has an outcome."""
        while keys:
            allowed = self.pace.reserve([self._requests[key] for key in keys])
            if not allowed:
                # The server may have come back since: then the next run asks.
                reason = self.pace.refusal or "the server was down"
                for key in keys:
                    self._give_up(key, reason)
                return
            again = self._call(keys[:allowed])
            keys = [key for key in again if self._is_ours(key)] + keys[allowed:]

    def _call(self, keys: list[str]) -> list[str]:
        """Make one call; wait as long as its errors ask for, and return the keys to ask again."""
        waits: dict[str, float] = {}
        for key, result in zip(keys, self._complete(keys), strict=True):
            self.pace.settle(self._requests[key], result)
            if isinstance(result, Answer):
                self._keep(key, result)
                continue
            failed = self._failed[key] = Failed(result, self._attempts(key) + 1)
            logger.debug("attempt %d failed (%s): %s", failed.attempts, result.kind, result)
            wait = self.pace.wait(result, failed.attempts)
            if wait is None:
                self.pace.give_up(result)
                self._end(key, failed)
            else:
                waits[key] = wait
        self.pace.sleep(max(waits.values(), default=0.0))
        return list(waits)

    def _attempts(self, key: str) -> int:
        return self._failed[key].attempts if key in self._failed else 0

    def _complete(self, keys: list[str]) -> Sequence[Answer | CallError]:
        try:
            return self.llm.complete([self._requests[key] for key in keys])
        except CallError as error:
            return [error] * len(keys)

    def _keep(self, key: str, answer: Answer) -> None:
        """Store an answer before anybody sees it; where that fails, hand it over all the same and ask no more."""
        try:
            self.store.put(self._requests[key], self.llm.model, answer)
        except StoreError as error:
            self.pace.stop(str(error))
        self._done.put((key, Answered(answer, stored=False)))

    def _give_up(self, key: str, reason: str) -> None:
        self._end(key, self._failed.get(key) or NotAsked(reason))

    def _end(self, key: str, outcome: Failed | NotAsked) -> None:
        try:
            if key in self._claimed:
                self.store.release(key)
        except StoreError as error:  # the claim ends with its lease
            self.pace.stop(str(error))
        self._done.put((key, outcome))
