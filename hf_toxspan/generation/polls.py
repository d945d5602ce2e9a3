"""The vote on one text while its answers come in, in whatever order they come."""

from collections import Counter
from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field
from typing import Literal, get_args

from hf_toxspan.core.element_voting import vote_by_element
from hf_toxspan.core.quadruples import Quadruple
from hf_toxspan.core.triple_answers import AnswerForm, canonical, process_triple, read_answer
from hf_toxspan.core.vote_rules import VoteRule
from hf_toxspan.core.voting import INVALID, LOST, Ballot, Draw, VoteResult
from hf_toxspan.llm.calls import Message

Counting = Literal["canonical", "raw"]
"""What counts as one answer: the same statements (ours), or the same string (SRAG-MAV)."""

Status = Literal["voted", "unparsed", "failed", "budget", "stopped"]
"""What became of a text: "voted"; no answer could be read ("unparsed"); every call failed; the budget was spent or the
run was stopped before the vote was over."""


@dataclass(frozen=True)
class Reading:
    """How answers become votes.

    Args:
        form: What the model writes.
        count: What counts as one answer.
        support: Keep each statement that this share of the valid answers makes, in (0, 1]; the statements of the answer
            with most votes when None (SRAG-MAV).
    """

    form: AnswerForm = "triples"
    count: Counting = "canonical"
    support: float | None = None

    def __post_init__(self) -> None:
        """Quote what makes no sense."""
        if self.count not in get_args(Counting):
            raise ValueError(f"votes is {self.count!r}; expected canonical or raw")
        if self.support is not None and not 0 < self.support <= 1:
            raise ValueError(f"support is {self.support!r}; expected a share of the votes above 0 and at most 1")

    @property
    def _is_published(self) -> bool:
        return self.count == "raw" and self.form == "triples"

    def read(self, answer: str) -> tuple[Quadruple, ...] | None:
        """Return what an answer says; None where it can't be read."""
        if self._is_published:
            return read_answer(process_triple(answer), "quadruples")
        return read_answer(answer, self.form)

    def vote(self, answer: str) -> Hashable:
        """Return an answer as a vote: a key of its statements or the string itself, or `INVALID`.

        Of raw triples SRAG-MAV's own reading decides which are valid.
        """
        if self._is_published:
            return answer if process_triple(answer) else INVALID
        rows = self.read(answer)
        if rows is None:
            return INVALID
        return answer if self.count == "raw" else canonical(rows)


@dataclass
class Poll:
    """The vote on a text.

    Args:
        text: The text.
        prompts: The chats that ask about it, at least one.
        rule: When to stop.
        reading: How answers become votes.

    Attributes:
        answers: Of each prompt what came of its draws so far: the answer, or None where the call failed.
        asked: How often each prompt was asked for.
        dead: Prompts that can't be asked, being too long for the model: their draws are lost.
        calls: Answers paid for now, also those that were drawn ahead and not needed.
        cached: Answers from the store.
        tokens: Tokens read and written by the calls, as far as the model tells.
        interrupted: Why the vote ended before its rule said so: status and detail.
        trouble: What went wrong last.
    """

    text: str
    prompts: Sequence[tuple[Message, ...]]
    rule: VoteRule
    reading: Reading
    answers: list[dict[int, str | None]] = field(init=False)
    asked: list[int] = field(init=False)
    dead: set[int] = field(default_factory=set, init=False)
    calls: int = field(default=0, init=False)
    cached: int = field(default=0, init=False)
    tokens: Counter[str] = field(default_factory=Counter, init=False)
    interrupted: tuple[Status, str] | None = field(default=None, init=False)
    trouble: str = field(default="", init=False)

    def __post_init__(self) -> None:
        """Open the vote."""
        self.ballot = Ballot(self.rule, len(self.prompts))
        self.answers = [{} for _ in self.prompts]
        self.asked = [0] * len(self.prompts)

    def wanted(self, ahead: int = 1) -> list[Draw]:
        """Cast what is there, and return the draws that must be asked for; none where the vote waits or is over.

        Args:
            ahead: How many draws of a prompt are asked for at once.

        Returns:
            The draws, those of a prompt side by side; they count as asked.
        """
        new: list[Draw] = []
        while not new and self.interrupted is None and (draws := self.ballot.wanted()):
            known = [draw for draw in draws if draw.draw in self.answers[draw.prompt] or draw.prompt in self.dead]
            for draw in known:
                self.ballot.cast(draw, self._vote(draw))
            if not known:
                for prompt, number in sorted(draws):
                    new += self._ask(prompt, number, ahead)
                break
        return new

    def _ask(self, prompt: int, number: int, ahead: int) -> list[Draw]:
        begin = self.asked[prompt]
        if number < begin:
            return []
        end = max(number + 1, min(begin + ahead, self.rule.max_rounds))
        self.asked[prompt] = end
        return [Draw(prompt, draw) for draw in range(begin, end)]

    def _vote(self, draw: Draw) -> Hashable:
        answer = self.answers[draw.prompt].get(draw.draw)
        return LOST if answer is None else self.reading.vote(answer)

    @property
    def is_over(self) -> bool:
        """Whether nothing more is wanted."""
        return self.interrupted is not None or not self.ballot.wanted()

    def result(self) -> VoteResult:
        """Return how the vote went, or stands."""
        return self.ballot.result()

    @property
    def status(self) -> Status:
        """What became of the text."""
        if self.interrupted is not None:
            return self.interrupted[0]
        result = self.result()
        if result.winner is not None:
            return "voted"
        return "unparsed" if result.generations else "failed"

    def spelt(self, vote: Hashable) -> str:
        """Return a vote as the first answer wrote it, in the order of rounds and prompts."""
        return next(answer for answer in self._counted() if self.reading.vote(answer) == vote)

    def quadruples(self) -> list[Quadruple]:
        """Return what the vote says of the text; nothing where no answer could be read."""
        winner = self.result().winner
        if winner is None:
            return []
        if self.reading.support is not None:
            read = [rows for answer in self._counted() if (rows := self.reading.read(answer)) is not None]
            return [kept.quadruple for kept in vote_by_element(read, self.reading.support)]
        return list(dict.fromkeys(self.reading.read(self.spelt(winner)) or ()))

    def _counted(self) -> list[str]:
        """Return the answers that were counted, in the order of rounds and prompts; what was drawn ahead is none."""
        open_draws = set(self.ballot.wanted())
        found = sorted((number, prompt) for prompt, own in enumerate(self.answers) for number in own)
        drawn = self.ballot.drawn
        counted = [
            self.answers[prompt][number]
            for number, prompt in found
            if number < drawn[prompt] and Draw(prompt, number) not in open_draws
        ]
        return [answer for answer in counted if answer is not None]
