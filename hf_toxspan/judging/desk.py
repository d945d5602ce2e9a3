"""The desk puts a judge's questions to a model, while its caller goes on classifying.

Threads, retries, the budget, the store of answers and the circuit breaker are `hf_toxspan.llm`'s; here several requests
about one text become one judgement, and whatever goes wrong becomes its status.
"""

import logging
import threading
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self

from hf_toxspan.judging.judge import Judge, Opinion
from hf_toxspan.llm.answers import Unparsed
from hf_toxspan.llm.calls import Answer, Request
from hf_toxspan.llm.circuit import Circuit
from hf_toxspan.llm.outcomes import WAITING, Answered, Outcome, Shortfall, read_outcome
from hf_toxspan.llm.pacing import Budget
from hf_toxspan.llm.runner import Asker
from hf_toxspan.llm.store import StoreError

logger = logging.getLogger(__name__)

JUDGED = "judged"


@dataclass(frozen=True)
class Cost:
    """What a judgement has cost; tokens that a server does not count are left out.

    Attributes:
        calls: Requests that the model has answered now.
        cached: Requests that the store has answered.
        prompt_tokens: Tokens read by the calls.
        completion_tokens: Tokens written by them.
    """

    calls: int = 0
    cached: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0


@dataclass(frozen=True)
class Judgement:
    """What became of a text before its judge.

    Attributes:
        status: "judged"; or why there is no opinion, as in `hf_toxspan.llm.outcomes.Shortfall`.
        opinion: What the judge says; None under any other status.
        detail: Why there is none, for a person; else empty.
        raw: What the model answered, request by request; empty where it did not.
        cost: What it cost.
    """

    status: str
    opinion: Opinion | None
    detail: str = ""
    raw: tuple[str, ...] = ()
    cost: Cost = field(default_factory=Cost)

    @property
    def waits(self) -> bool:
        """Whether a later run would ask again."""
        return self.status in WAITING


def judgement_of(judge: Judge, text: str, outcomes: Sequence[Outcome]) -> Judgement:
    """Read what became of a judge's requests about a text.

    Args:
        judge: The judge that wrote them.
        text: The text.
        outcomes: One for each request, in order.

    Returns:
        The judgement: judged only where each request was answered and the answers could be read.
    """
    answered = [outcome for outcome in outcomes if isinstance(outcome, Answered)]
    answers = [outcome.answer for outcome in answered]
    lacking = next((outcome for outcome in outcomes if not isinstance(outcome, Answered)), outcomes[-1])
    value = read_outcome(lacking, lambda _: _read(judge, text, answers))
    raw, cost = tuple(answer.text for answer in answers), _cost(answered)
    if isinstance(value, Shortfall):
        return Judgement(value.status, None, value.detail, raw, cost)
    return Judgement(JUDGED, value, "", raw, cost)


def _read(judge: Judge, text: str, answers: Sequence[Answer]) -> Opinion | Unparsed:
    try:
        return judge.read(text, answers)
    except Exception as error:  # a judge of the user's own: its bug may cost an opinion, not the service
        logger.exception("the judge %s can't read an answer", judge.name)
        return Unparsed(f"reading it raised {type(error).__name__}: {error}", answers[-1].text)


def _cost(answered: Sequence[Answered]) -> Cost:
    paid = [outcome.answer for outcome in answered if not outcome.stored]
    return Cost(
        calls=len(paid),
        cached=len(answered) - len(paid),
        prompt_tokens=sum(answer.prompt_tokens or 0 for answer in paid),
        completion_tokens=sum(answer.completion_tokens or 0 for answer in paid),
    )


class Desk:
    """A judge and the model that it asks, with what is known of the server's health and what is left to spend.

    Args:
        judge: Writes the questions and reads the answers.
        asker: Asks them; its budget is that of all hearings together.
    """

    def __init__(self, judge: Judge, asker: Asker) -> None:
        self.judge, self.asker = judge, asker
        self.circuit: Circuit = asker.retries.circuit()
        self.budget: Budget = asker.budget
        self._lock = threading.Lock()

    def open(self) -> "Hearing":
        """Begin to take texts; health and budget are remembered from one hearing to the next."""
        return Hearing(self)

    def spend(self, calls: int, tokens: int) -> None:
        """Take what a hearing has cost out of the budget; hearings at the same time do not see one another's.

        Args:
            calls: Calls that were made.
            tokens: Tokens read and written.
        """
        with self._lock:
            self.budget = self.budget.less(calls, tokens)


class Hearing:
    """Texts go in, judgements come out; a context manager, used by one thread.

    Args:
        desk: Who judges, and how it is asked.
    """

    def __init__(self, desk: Desk) -> None:
        self._desk, self._judge = desk, desk.judge
        self._session = desk.asker.open(desk.circuit, desk.budget)
        self._cases: dict[int, _Case] = {}  # by the place of the text
        # place of a request -> place of its text, which of its requests
        self._requests: dict[int, tuple[int, int]] = {}
        self._never_asked: list[tuple[int, Judgement]] = []

    @property
    def pending(self) -> int:
        """Texts without a judgement."""
        return len(self._cases)

    def add(self, texts: Iterable[tuple[int, str]]) -> None:
        """Have texts judged; it returns at once.

        Args:
            texts: A place of the caller's choice, each another one, and the text.

        Raises:
            ValueError: If the judge asks nothing about a text.
        """
        questions = [(place, text, self._questions(place, text)) for place, text in texts]
        requests = [(place, number, request) for place, _, asked in questions for number, request in enumerate(asked)]
        try:
            added = self._session.add([request for _, _, request in requests])
        except StoreError as error:  # what would be paid for now could not be looked up or kept
            self._never_asked += [
                (place, Judgement("stopped", None, str(error))) for place, _, asked in questions if asked
            ]
            return
        self._cases |= {place: _Case(text, [None] * len(asked)) for place, text, asked in questions if asked}
        self._requests |= {own: (place, number) for own, (place, number, _) in zip(added, requests, strict=True)}

    def _questions(self, place: int, text: str) -> tuple[Request, ...]:
        """Write what is asked about a text; none where the judge can't."""
        try:
            asked = self._judge.requests(text)
        except Exception as error:  # a judge of the user's own, or its dictionary: as in `_read`
            logger.exception("the judge %s can't ask about a text", self._judge.name)
            detail = f"writing the question raised {type(error).__name__}: {error}"
            self._never_asked.append((place, Judgement("failed", None, detail)))
            return ()
        if not asked:
            raise ValueError(f"the judge {self._judge.name} asks nothing about text {place}; expected a request")
        return asked

    def judgements(self, *, wait: bool = True) -> Iterator[tuple[int, Judgement]]:
        """Yield what is known.

        Args:
            wait: Go on until each text has its judgement.

        Yields:
            The place of a text, and its judgement; each place once.
        """
        while self._never_asked:
            yield self._never_asked.pop()
        for own, outcome in self._session.outcomes(wait=wait):
            place, number = self._requests.pop(own)
            case = self._cases[place]
            case.outcomes[number] = outcome
            outcomes = [known for known in case.outcomes if known is not None]
            if len(outcomes) == len(case.outcomes):
                del self._cases[place]
                yield place, judgement_of(self._judge, case.text, outcomes)

    def __enter__(self) -> Self:
        self._session.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Ask nothing new; wait for the calls under way, which are paid."""
        self._session.__exit__(kind, error, trace)
        cost = self._session.counters()
        self._desk.spend(cost["calls"], cost["read"] + cost["written"])


@dataclass
class _Case:
    text: str
    outcomes: list[Outcome | None]
