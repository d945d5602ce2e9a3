"""Quadruples by vote: demonstrations retrieved once, prompts asked again and again until a rule is content (SRAG-MAV).

Threads, retries, the budget, the store of answers and the server's health are `hf_toxspan.llm`'s. A model that answers
one caller with many requests, as one in this process does, is asked about many texts a round; a server is asked as soon
as a vote wants more. The authors' loop has no bound, retrieves anew each round, and loses what it has when it is cut.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import NamedTuple

from hf_toxspan.core.quadruple_places import LocatedQuadruple, locate_quadruples
from hf_toxspan.core.vote_rules import VoteRule
from hf_toxspan.core.voting import Draw, VoteResult
from hf_toxspan.generation.polls import Poll, Reading, Status
from hf_toxspan.generation.prompts import Prompted, write_prompts
from hf_toxspan.llm.calls import Parameters, Request
from hf_toxspan.llm.circuit import Circuit
from hf_toxspan.llm.outcomes import Answered, Failed, NotAsked, Outcome, Shortfall, read_outcome
from hf_toxspan.llm.runner import Asker
from hf_toxspan.llm.session import Session
from hf_toxspan.retrieval.demonstrations import DemonstrationStore

SHOTS = 10
"""Prompts of a text, each with one demonstration (SRAG-MAV)."""

SAMPLED = Parameters(max_tokens=256, temperature=0.1)
"""How answers are drawn; the authors' temperature, and a quarter of their 1,024 tokens, ten times what gold takes."""

_CHUNK = 64  # texts whose demonstrations are looked up together


@dataclass(frozen=True)
class Voting:
    """How texts are voted on.

    Args:
        rule: When to stop.
        reading: How answers become votes.
        parameters: How answers are drawn; greedy draws of a prompt are all one answer.
        shots: Demonstrations, each in a prompt of its own; the plain prompt where there are none.
        ahead: Rounds that are asked for at once, which may draw more than the rule would. Worth it where further draws
            of a prompt cost little: a server that takes `n`; a model in this process reads its prompts less often.
    """

    rule: VoteRule = field(default_factory=lambda: VoteRule("stratified", confidence=0.99))
    reading: Reading = field(default_factory=Reading)
    parameters: Parameters = SAMPLED
    shots: int = SHOTS
    ahead: int = 1

    def __post_init__(self) -> None:
        """Quote a number that makes no sense."""
        for name, value in (("shots", self.shots), ("ahead", self.ahead)):
            least = 0 if name == "shots" else 1
            if value < least:
                raise ValueError(f"{name} is {value}; expected {least} or more")


class Voted(NamedTuple):
    """What a vote says of a text.

    Attributes:
        quadruples: With their places; none where the status is not "voted", except that a vote that was interrupted
            shows what it would say so far.
        status: What became of the text.
        detail: What went wrong, for a person; else empty.
        result: How the vote went.
        votes: The answers with their votes, most first, each as it was first written.
        answers: Of each prompt what its draws brought, None where a call failed; what was drawn ahead included.
        demonstrations: Ids of what the prompts showed.
        cost: ``calls``, ``cached``, ``prompt_tokens``, ``completion_tokens``.
    """

    quadruples: list[LocatedQuadruple]
    status: Status
    detail: str
    result: VoteResult
    votes: list[tuple[str, int]]
    answers: list[list[str | None]]
    demonstrations: list[str]
    cost: Mapping[str, int]


class QuadrupleVoter:
    """Extracts quadruples by vote.

    Example:
        ```python
        llm = ServerLLM("srag", base_url="http://127.0.0.1:8000/v1", samples=5)
        store = DemonstrationStore.load("runs/srag/demonstrations")
        voter = QuadrupleVoter(Asker(llm, AnswerStore("answers.sqlite")), store)
        (voted,) = voter(["a text"])
        ```

    Args:
        asker: Asks the model; its budget is that of each call of the voter.
        demonstrations: What is shown; the plain prompt is asked when None.
        voting: How texts are voted on.
    """

    def __init__(
        self, asker: Asker, demonstrations: DemonstrationStore | None = None, voting: Voting | None = None
    ) -> None:
        self.asker, self.demonstrations, self.voting = asker, demonstrations, voting or Voting()
        self._circuit: Circuit = asker.retries.circuit()

    def __call__(self, texts: Sequence[str], *, split: str | None = None) -> list[Voted]:
        """Vote on texts.

        Args:
            texts: The texts.
            split: The split of all of them, whose rows are not shown.

        Returns:
            One result a text, in order.
        """
        found = dict(self.stream(texts, split=split))
        return [found[place] for place in range(len(texts))]

    def stream(self, texts: Iterable[str], *, split: str | None = None) -> Iterator[tuple[int, Voted]]:
        """Hand over each result as soon as it is known.

        Left early, it asks nothing new and waits for the calls under way, which are paid.

        Args:
            texts: Any iterable of texts.
            split: The split of all of them, whose rows are not shown.

        Yields:
            The place of a text, counted from 0, and its result; each place once.
        """
        with self.asker.open(self._circuit) as session:
            yield from _Round(self, session).run(self._prompted(texts, split))

    def _prompted(self, texts: Iterable[str], split: str | None) -> Iterator[Prompted]:
        rest, shots, form = iter(texts), self.voting.shots, self.voting.reading.form
        while chunk := list(islice(rest, _CHUNK)):
            yield from write_prompts(chunk, self.demonstrations, shots=shots, form=form, split=split)


def write_requests(
    texts: Sequence[str], demonstrations: DemonstrationStore | None, voting: Voting, *, split: str | None = None
) -> list[Request]:
    """Return what a first round asks.

    Args:
        texts: The texts.
        demonstrations: What may be shown.
        voting: How they are voted on.
        split: The split of all texts, whose rows are not shown.

    Returns:
        The requests, text by text.
    """
    prompted = write_prompts(texts, demonstrations, shots=voting.shots, form=voting.reading.form, split=split)
    return [Request(prompt, voting.parameters) for own in prompted for prompt in own.prompts]


class _Round:
    """The texts that are voted on at a time."""

    def __init__(self, voter: QuadrupleVoter, session: Session) -> None:
        self.voting, self.session, self.llm = voter.voting, session, voter.asker.llm
        self.polls: dict[int, tuple[Poll, Prompted]] = {}
        self.owners: dict[int, tuple[int, Draw]] = {}  # place of a request -> place of its text, its draw
        self.later: list[tuple[int, Draw]] = []

    @property
    def in_step(self) -> bool:
        """Whether answers are waited for before more is asked: so that one caller's next batch is a full one."""
        return self.llm.concurrency == 1

    def run(self, texts: Iterator[Prompted]) -> Iterator[tuple[int, Voted]]:
        """Vote on all texts."""
        feed = enumerate(texts)
        self._fill(feed)
        while self.polls:
            self._ask()
            for own, outcome in self.session.outcomes():
                place, draw = self.owners.pop(own)
                if place not in self.polls:
                    continue  # drawn ahead for a vote that is over
                poll, _ = self.polls[place]
                take(poll, draw, outcome)
                self._want(place)
                if not self.in_step:
                    yield from self._over([place])
                    self._fill(feed)
                    self._ask()
            yield from self._over(list(self.polls))
            self._fill(feed)

    def _fill(self, feed: Iterator[tuple[int, Prompted]]) -> None:
        """Open votes until the model has enough to do."""
        enough = self.llm.batch_size * self.llm.concurrency
        while self.session.pending + len(self.later) < enough and (found := next(feed, None)) is not None:
            place, prompted = found
            poll = Poll(prompted.text, prompted.prompts, self.voting.rule, self.voting.reading)
            self.polls[place] = poll, prompted
            self._want(place)

    def _want(self, place: int) -> None:
        poll, _ = self.polls[place]
        self.later += [(place, draw) for draw in poll.wanted(self.voting.ahead)]

    def _ask(self) -> None:
        if not self.later:
            return
        requests = [
            Request(self.polls[place][0].prompts[draw.prompt], self.voting.parameters, draw.draw)
            for place, draw in self.later
        ]
        self.owners |= zip(self.session.add(requests), self.later, strict=True)
        self.later = []

    def _over(self, places: list[int]) -> Iterator[tuple[int, Voted]]:
        for place in places:
            poll, prompted = self.polls[place]
            if poll.is_over:
                del self.polls[place]
                self.later = [own for own in self.later if own[0] != place]
                yield place, voted(poll, prompted)


def take(poll: Poll, draw: Draw, outcome: Outcome) -> None:
    """Book what came of a draw.

    An error that is the request's own fault, such as a prompt longer than the model's window, is not asked for again.

    Args:
        poll: The text's vote.
        draw: The draw.
        outcome: What became of its request.
    """
    if isinstance(outcome, Answered):
        poll.answers[draw.prompt][draw.draw] = outcome.answer.text
        poll.cached += outcome.stored
        poll.calls += not outcome.stored
        if not outcome.stored:
            poll.tokens["prompt_tokens"] += outcome.answer.prompt_tokens or 0
            poll.tokens["completion_tokens"] += outcome.answer.completion_tokens or 0
        return
    shortfall = read_outcome(outcome, lambda answer: answer)
    assert isinstance(shortfall, Shortfall), "only an answer has something to read"
    poll.trouble = shortfall.detail
    if isinstance(outcome, NotAsked):
        poll.interrupted = ("budget" if shortfall.status == "budget" else "stopped", shortfall.detail)
    elif isinstance(outcome, Failed):
        poll.answers[draw.prompt][draw.draw] = None
        if outcome.error.kind == "request":
            poll.dead.add(draw.prompt)


def voted(poll: Poll, prompted: Prompted) -> Voted:
    """Return what a vote that is over says.

    Args:
        poll: The vote.
        prompted: Its text.

    Returns:
        The result.
    """
    result = poll.result()
    counts = Counter({"calls": poll.calls, "cached": poll.cached}) + poll.tokens
    names = ("calls", "cached", "prompt_tokens", "completion_tokens")
    return Voted(
        quadruples=locate_quadruples(poll.quadruples(), poll.text),
        status=poll.status,
        detail=poll.trouble if poll.status != "unparsed" else "no answer could be read",
        result=result,
        votes=[(poll.spelt(vote), count) for vote, count in result.votes],
        answers=[[own.get(number) for number in range(max(own, default=-1) + 1)] for own in poll.answers],
        demonstrations=prompted.demonstrations,
        cost={name: counts[name] for name in names},
    )
