"""Many requests, asked at once within a budget, each paid for once; failures are values, and nothing is lost."""

from collections.abc import Generator, Sequence
from dataclasses import dataclass, field

from tqdm.auto import tqdm

from hf_toxspan.llm.calls import LLM, Request
from hf_toxspan.llm.circuit import Circuit
from hf_toxspan.llm.outcomes import Outcome
from hf_toxspan.llm.pacing import Budget, Pace, Retries
from hf_toxspan.llm.session import Session
from hf_toxspan.llm.store import AnswerStore


@dataclass
class Asker:
    """Asks a model through a store of answers.

    Args:
        llm: The model.
        store: Where answers are looked up, and kept as soon as they come.
        retries: How often to ask again.
        budget: What each call of `stream`, `run` or `open` may spend; what the store knows is free.
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
        bar = tqdm(total=len(requests), unit="request", disable=True if self.quiet else None)
        with bar, self.open() as session:
            self.spent = session.counters()
            session.add(requests)
            for place, outcome in session.outcomes():
                self.spent = session.counters()
                bar.set_postfix(self.spent, refresh=False)
                bar.update()
                yield place, outcome

    def open(self, circuit: Circuit | None = None, budget: Budget | None = None) -> Session:
        """Begin a run whose requests are not all known yet: they are added while answers come in.

        Args:
            circuit: What is known of the server's health, shared with other runs; nothing when None.
            budget: What this run may spend; the asker's when None.

        Returns:
            The run; a context manager.
        """
        pace = Pace(budget or self.budget, self.retries, circuit or self.retries.circuit())
        return Session(self.llm, self.store, pace)
