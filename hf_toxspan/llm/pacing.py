"""When to ask again, when to wait, and when to stop: backoff, budget and pauses, safe between threads."""

import random
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from hf_toxspan.llm.calls import RETRIED, Answer, CallError, ErrorKind, Request
from hf_toxspan.llm.circuit import Circuit


@dataclass(frozen=True)
class Retries:
    """How often and after how long a call is made again: exponential backoff with full jitter (ours: the numbers).

    Args:
        attempts: Most calls for one request, the first included.
        first_wait: Longest wait before the second call, in seconds; it doubles with each further one.
        longest_wait: Longest wait of all. A server that asks for more is not waited for: the call has failed.
        give_up_after: Failed calls in a row, of all requests together, after which the server counts as down; of
            calls that a rate limit turns away, requests in a row that met it at each attempt.
        patience: Seconds that requests wait for a server that is down, before they are left for a later run.
        probe_every: Seconds between two calls that try whether it is up again.
    """

    attempts: int = 5
    first_wait: float = 1.0
    longest_wait: float = 120.0
    give_up_after: int = 20
    patience: float = 0.0
    probe_every: float = 5.0

    def __post_init__(self) -> None:
        if self.attempts < 1 or self.give_up_after < 1:
            raise ValueError(f"attempts is {self.attempts}, give_up_after {self.give_up_after}; expected at least 1")
        if not (self.patience >= 0 and self.probe_every > 0):
            raise ValueError(
                f"patience is {self.patience}, probe_every {self.probe_every}; expected seconds, 0 or more, and above 0"
            )

    def wait(self, error: CallError, attempt: int) -> float | None:
        """Say how long to wait before the next call.

        Args:
            error: What went wrong.
            attempt: Calls made so far for this request.

        Returns:
            Seconds; None where the call is not to be repeated.
        """
        asked = error.retry_after or 0.0
        if error.kind not in RETRIED or attempt >= self.attempts or asked > self.longest_wait:
            return None
        backoff = random.uniform(0, min(self.longest_wait, self.first_wait * 2.0 ** min(attempt - 1, 100)))
        return max(asked, backoff)

    def circuit(self) -> Circuit:
        """Return a circuit breaker with these numbers, for a server of which nothing is known yet."""
        return Circuit(self.give_up_after, self.patience, self.probe_every)


@dataclass(frozen=True)
class Budget:
    """What may be spent; None is no limit.

    Args:
        calls: Calls of the model, repeated ones included.
        tokens: Tokens read and written. A call is made only if its `max_tokens` still fit beside those of the calls on
            their way. The tokens of a prompt are known when its answer is there, so that the prompts of calls on
            their way may exceed the budget. A server that counts no tokens is charged `max_tokens` for each answer.
    """

    calls: int | None = None
    tokens: int | None = None

    def __post_init__(self) -> None:
        for name, limit in (("calls", self.calls), ("tokens", self.tokens)):
            if limit is not None and limit < 0:
                raise ValueError(f"the budget of {name} is {limit}; expected 0 or more, or None for no limit")

    def less(self, calls: int, tokens: int) -> "Budget":
        """Return what is left of it.

        Args:
            calls: Calls that were made.
            tokens: Tokens read and written.

        Returns:
            The rest, 0 where more was spent.
        """
        return Budget(
            None if self.calls is None else max(0, self.calls - calls),
            None if self.tokens is None else max(0, self.tokens - tokens),
        )


OUT_OF_CALLS: Final = "budget of calls"
OUT_OF_TOKENS: Final = "budget of tokens"
_LATER: Final = "later"
_OF_A_DEAD_SERVER: frozenset[ErrorKind] = frozenset({"timeout", "connection", "server", "nonsense"})


@dataclass
class Pace:
    """The state of a run that its threads share. `stopped` says why nothing is asked any more; None while all is well.

    Args:
        budget: What may be spent.
        retries: When to give up.
        circuit: Whether the server responds; other runs may share it.
    """

    budget: Budget
    retries: Retries
    circuit: Circuit
    calls: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0
    stopped: str | None = None
    _reserved: int = 0
    _turned_away: int = 0
    _not_before: float = 0.0
    _changed: threading.Condition = field(default_factory=threading.Condition)
    _ended: threading.Event = field(default_factory=threading.Event)

    @property
    def refusal(self) -> str | None:
        """Why nothing is asked now: the run is over, or the server down; None where asking may be tried."""
        return self.stopped or self.circuit.refusal

    def stop(self, reason: str) -> None:
        """Let nothing more be asked, and wake those who wait; the first reason counts."""
        with self._changed:
            self.stopped = self.stopped or reason
            self._ended.set()
            self._changed.notify_all()

    def sleep(self, seconds: float) -> None:
        """Wait, unless the run is stopped."""
        self._ended.wait(seconds)

    def wait(self, error: CallError, attempt: int) -> float | None:
        """Say how long to wait before the next call for a request; while a server is down, its circuit says when.

        Args:
            error: What went wrong.
            attempt: Calls made so far for this request.

        Returns:
            Seconds; None where the call is not to be repeated.
        """
        if error.kind in _OF_A_DEAD_SERVER and self.circuit.awaited:
            return 0.0
        return self.retries.wait(error, attempt)

    def reserve(self, requests: Sequence[Request]) -> int:
        """Wait for a server that asked for a pause or is down, then take calls out of the budget, as many as it allows.

        Args:
            requests: What is to be asked, at least one.

        Returns:
            How many of them, counted from the first, may be asked now; 0 where none: `refusal` says why.
        """
        self.sleep(max(0.0, self._not_before - time.monotonic()))
        if not self.circuit.enter(self.sleep, self._ended.is_set):
            return 0
        with self._changed:
            while (lack := self._lack(requests[0])) == _LATER:
                self._changed.wait()
            if lack is not None:
                self.stop(lack)
            count = 0
            while not self.stopped and count < len(requests) and self._lack(requests[count]) is None:
                self.calls += 1
                self._reserved += requests[count].parameters.max_tokens
                count += 1
            return count

    def _lack(self, request: Request) -> str | None:
        """Say what the budget lacks for one more call; `_LATER` where that is known when the calls under way are in."""
        if self.stopped is not None:
            return None
        if self.budget.calls is not None and self.calls >= self.budget.calls:
            return OUT_OF_CALLS
        spent = self.prompt_tokens + self.completion_tokens + request.parameters.max_tokens
        if self.budget.tokens is None or spent + self._reserved <= self.budget.tokens:
            return None
        return _LATER if spent <= self.budget.tokens else OUT_OF_TOKENS

    def settle(self, request: Request, result: Answer | CallError) -> None:
        """Book what a call has brought.

        Args:
            request: What was asked, after `reserve`.
            result: What came back.
        """
        is_failure = isinstance(result, CallError) and result.kind in _OF_A_DEAD_SERVER
        self.circuit.book(str(result) if is_failure else None)
        with self._changed:
            self._changed.notify_all()
            self._reserved -= request.parameters.max_tokens
            if isinstance(result, Answer):
                self._turned_away = 0
                self.prompt_tokens += result.prompt_tokens or 0
                written = result.completion_tokens
                self.completion_tokens += request.parameters.max_tokens if written is None else written
            else:
                self._book_failure(result)

    def give_up(self, error: CallError) -> None:
        """Book a request that was asked as often as allowed; a limit that lets nobody in ends the run.

        A single call that meets a rate limit says little, since all of a burst but one may: `settle` only pauses.

        Args:
            error: The last one that the request met.
        """
        with self._changed:
            self._turned_away += error.kind == "rate limit"
            if self._turned_away >= self.retries.give_up_after:
                self.stop(f"{self._turned_away} requests in a row met the rate limit to the end, the last one: {error}")

    def _book_failure(self, error: CallError) -> None:
        if error.kind == "refused":
            self.stop(f"the server refuses: {error}")
        elif error.kind == "rate limit":  # the server lives and wants quiet, from all callers
            pause = error.retry_after or 0.0
            self._not_before = max(self._not_before, time.monotonic() + pause)
            if pause > self.retries.longest_wait:
                self.stop(
                    f"the server asks to wait {pause:.0f} s, longer than {self.retries.longest_wait:.0f} s: {error}"
                )
