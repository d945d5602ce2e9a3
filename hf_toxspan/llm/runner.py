"""Many requests, asked at once within a budget, each paid for once; failures are values, and nothing is lost."""

import logging
import queue
import threading
from collections import Counter, deque
from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass, field

from tqdm.auto import tqdm

from hf_toxspan.llm.calls import LLM, Answer, CallError, Request
from hf_toxspan.llm.pacing import Budget, Pace, Retries
from hf_toxspan.llm.store import AnswerStore, StoreError

logger = logging.getLogger(__name__)

_POLL = 0.05  # seconds between two looks at a request that another process is asking


@dataclass(frozen=True)
class Answered:
    """The model has answered; `stored` when it had before, so that this run paid nothing."""

    answer: Answer
    stored: bool


@dataclass(frozen=True)
class Failed:
    """Asked `attempts` times without an answer; a later run asks again."""

    error: CallError
    attempts: int


@dataclass(frozen=True)
class NotAsked:
    """Left for a later run: the budget was spent, the server refused or did not respond, or the run was stopped."""

    reason: str


Outcome = Answered | Failed | NotAsked


@dataclass
class Asker:
    """Asks a model through a store of answers.

    Args:
        llm: The model.
        store: Where answers are looked up, and kept as soon as they come.
        retries: How often to ask again.
        budget: What each call of `stream` or `run` may spend; what the store knows is free.
        quiet: Show no progress bar. It is shown on a terminal only.

    `spent` says what the last run cost so far: its calls, what the store gave, failures, tokens read and written.
    """

    llm: LLM
    store: AnswerStore
    retries: Retries = field(default_factory=Retries)
    budget: Budget = field(default_factory=Budget)
    quiet: bool = False
    spent: dict[str, int] = field(default_factory=dict, init=False)

    def run(self, requests: Sequence[Request]) -> list[Outcome]:
        """Ask all; interrupted by Ctrl-C, what was answered is in the store.

        Args:
            requests: The requests; equal ones are asked once.

        Returns:
            One outcome for each request, in their order.
        """
        outcomes = dict(self.stream(requests))
        return [outcomes[position] for position in range(len(requests))]

    def stream(self, requests: Sequence[Request]) -> Generator[tuple[int, Outcome], None, None]:
        """Ask all, and hand over each outcome as soon as it is known: first those of the store.

        Left early, by Ctrl-C or by its caller, it asks nothing new, waits for the calls under way, which are paid, and
        stores their answers; a second Ctrl-C leaves at once. Put it into `contextlib.closing` where the loop over it
        may raise: Python closes it only when its last reference is gone.

        Args:
            requests: The requests; equal ones are asked once.

        Yields:
            The place of a request, and its outcome; each place once.

        Raises:
            StoreError: If the store can't be read.
        """
        run = _Run(self, requests)
        with tqdm(total=len(requests), unit="request", disable=True if self.quiet else None) as bar:
            self.spent = run.counters()
            for places, outcome in run.outcomes():
                self.spent = run.counters()
                bar.set_postfix(self.spent, refresh=False)
                for place in places:
                    bar.update()
                    yield place, outcome


class _Run:
    """One pass over a list of requests: threads take keys from `_waiting` and put outcomes into `_done`."""

    def __init__(self, asker: Asker, requests: Sequence[Request]) -> None:
        self.llm, self.store, self.retries = asker.llm, asker.store, asker.retries
        self.pace = Pace(asker.budget, asker.retries)
        self.counts: Counter[str] = Counter()
        self._requests: dict[str, Request] = {}
        self._places: dict[str, list[int]] = {}
        for place, request in enumerate(requests):
            key = request.key(self.llm.model)
            self._requests.setdefault(key, request)
            self._places.setdefault(key, []).append(place)
        self._waiting: deque[str] = deque()
        self._claimed: set[str] = set()  # only these need a write to be given back: the rest may be many
        self._failed: dict[str, Failed] = {}  # the last failure so far
        self._done: queue.SimpleQueue[tuple[str, Outcome] | BaseException] = queue.SimpleQueue()

    def counters(self) -> dict[str, int]:
        """Return what a progress bar shows."""
        pace = self.pace
        return {
            "calls": pace.calls,
            "cached": self.counts["cached"],
            "failed": self.counts["failed"],
            "read": pace.prompt_tokens,
            "written": pace.completion_tokens,
        }

    def outcomes(self) -> Iterator[tuple[list[int], Outcome]]:
        """Yield the outcome of each different request with the places where it is asked."""
        stored = self.store.get(list(self._requests))
        for key, answer in stored.items():
            yield self._booked(key, Answered(answer, stored=True))
        self._waiting.extend(key for key in self._requests if key not in stored)
        threads = [threading.Thread(target=self._work, daemon=True) for _ in range(self._thread_count())]
        for thread in threads:
            thread.start()
        try:
            for _ in range(len(self._requests) - len(stored)):
                done = self._done.get()
                if isinstance(done, BaseException):
                    raise done
                yield self._booked(*done)
        except KeyboardInterrupt:
            logger.warning("interrupted; waiting for the calls under way, which are paid: Ctrl-C again leaves at once")
            raise
        finally:
            self.pace.stop("the run was stopped")
            for thread in threads:
                thread.join()

    def _thread_count(self) -> int:
        batches = -(-len(self._waiting) // self.llm.batch_size)
        return min(self.llm.concurrency, batches)

    def _booked(self, key: str, outcome: Outcome) -> tuple[list[int], Outcome]:
        self.counts["cached"] += isinstance(outcome, Answered) and outcome.stored
        self.counts["failed"] += isinstance(outcome, Failed)
        return self._places[key], outcome

    def _work(self) -> None:
        try:
            while keys := self._take():
                self._ask(keys)
        except BaseException as error:
            # Raised where the caller sees it: an error that ends a thread unseen would leave him waiting for ever.
            self._done.put(error)

    def _take(self) -> list[str]:
        """Claim the next batch; empty when nothing is left. What others are asking is looked at again later."""
        taken: list[str] = []
        while len(taken) < self.llm.batch_size and (key := self._next()):
            if self._is_ours(key):
                taken.append(key)
            elif taken:
                break
        return taken

    def _next(self) -> str | None:
        try:
            return self._waiting.popleft()
        except IndexError:
            return None

    def _is_ours(self, key: str) -> bool:
        """Claim a key or renew the claim; where it can't be ours, say how it ended or put it back."""
        if self.pace.stopped:
            self._give_up(key, self.pace.stopped)
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
                for key in keys:
                    self._give_up(key, str(self.pace.stopped))
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
            wait = self.retries.wait(result, failed.attempts)
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
