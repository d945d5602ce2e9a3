"""The vote on one text, round by round, as a machine without a model: for live votes and for recorded ones.

One **round** is one draw of each prompt. Votes accumulate over rounds, and after each round a rule says whether to stop
(`VoteRule`). SRAG-MAV (CCL25-Eval task 10) stops when an answer has tau votes, however long that takes; here every rule
has a cap, and stops before it when nothing that is still to come can change the majority. The winner is always the
answer with most votes, of equals the one drawn first (rounds, then prompts in their order), whatever order answers
arrive in.

A vote is **certified** if ``stop="certified"`` stopped it: the chance of that happening to an answer that is not the
single most probable one is at most epsilon (`stopping.certified_bar`). That holds for independent draws of one
distribution, which votes of prompts in a fixed order are not, so there each vote draws its prompt by lot, with
replacement: the distribution is the prompts' average, of answers that can be read. (Calls that fail must do so
independently of what they would have answered.)
"""

import random
from collections import Counter
from collections.abc import Hashable, Sequence
from dataclasses import dataclass, replace
from enum import Enum
from typing import Final, Literal, NamedTuple

from hf_toxspan.core.stopping import e_value, is_settled
from hf_toxspan.core.vote_rules import Heard, Stop, VoteRule

Stopped = Literal["tau", "beta", "esc", "certified", "stratified", "settled", "cap", "lost", "recording", "open"]


class Blank(Enum):
    """What is cast instead of a vote."""

    INVALID = "an answer that can't be read"
    LOST = "no answer: the call failed"


INVALID: Final = Blank.INVALID
LOST: Final = Blank.LOST

_REACHED: dict[Stop, Stopped] = {
    "mav": "tau",
    "beta": "beta",
    "esc": "esc",
    "certified": "certified",
    "stratified": "stratified",
}
"""What a rule that has reached its aim is called; "fixed" has none but the cap."""


class Draw(NamedTuple):
    """One answer that is wanted: the prompt, from 0, and how many were drawn of this prompt before."""

    prompt: int
    draw: int


@dataclass(frozen=True)
class VoteResult:
    """How a vote went.

    Attributes:
        winner: The answer with most votes, of equals the one drawn first; None where there is no valid vote.
        votes: All answers with their votes, most first, equals in the order they were drawn in.
        agreement: The winner's share of the valid votes; 0 where there are none.
        generations: Answers that came, those that can't be read included.
        invalid: Answers among them that can't be read.
        lost: Draws without an answer.
        rounds: Complete rounds.
        stopped_by: "tau", "beta", "esc", "certified", "stratified": the rule. "settled": what was left could not change
            the winner. "cap": `max_rounds`. "lost": a whole round without any answer, the next would fare no better.
            "recording": see `replay`. "open": it goes on.
        certified: The rule "certified" has stopped it; votes of the other rules are not of one distribution.
        e_value: Of the winner against the runner-up, for comparison whatever the rule.
        tied: Another answer has as many votes as the winner.
        drawn: How often each prompt was drawn, (prompts,).
    """

    winner: Hashable | None
    votes: tuple[tuple[Hashable, int], ...]
    agreement: float
    generations: int
    invalid: int
    lost: int
    rounds: int
    stopped_by: Stopped
    certified: bool
    e_value: float
    tied: bool
    drawn: tuple[int, ...]


@dataclass(slots=True)
class _Slot:
    """A place in the round: its prompt, what was cast (None: not yet), and how often it was drawn again."""

    prompt: int
    cast: Hashable | None = None
    redrawn: int = 0


class Ballot:
    """One text's vote: ask for what is `wanted`, `cast` it in any order, until nothing is wanted any more.

    Args:
        rule: When to stop.
        prompts: Number of prompts, each drawn once a round ("certified": as many draws, by lot).

    >>> ballot = Ballot(VoteRule("mav", tau=3, max_rounds=10), prompts=2)
    >>> while draws := ballot.wanted():
    ...     for draw in draws:
    ...         ballot.cast(draw, "this" if draw.prompt == 0 or draw.draw > 0 else "that")
    >>> result = ballot.result()
    >>> result.winner, result.votes, result.rounds, result.stopped_by
    ('this', (('this', 3), ('that', 1)), 2, 'tau')
    """

    def __init__(self, rule: VoteRule, prompts: int) -> None:
        if isinstance(prompts, bool) or not isinstance(prompts, int) or prompts < 1:
            raise ValueError(f"prompts is {prompts!r}; expected how many there are, at least 1")
        self.rule, self.prompts = rule, prompts
        self._drawn = [0] * prompts
        self._heard = Heard(prompts)
        self._blanks: Counter[Blank] = Counter()
        self._answers = self._rounds = 0
        self._lot = random.Random(rule.seed)
        self._stopped_by: Stopped = "open"
        self._open_round()

    def wanted(self) -> list[Draw]:
        """Return the draws of this round that are not cast yet; none once the vote is decided."""
        return list(self._pending)

    @property
    def drawn(self) -> list[int]:
        """Return how often each prompt was wanted so far, (prompts,)."""
        return list(self._drawn)

    def cast(self, draw: Draw, vote: Hashable) -> None:
        """Take what came of a draw.

        Args:
            draw: One that is wanted.
            vote: The answer, or `INVALID`, or `LOST`.

        Raises:
            ValueError: If the draw is not wanted, or the vote is None.
        """
        if draw not in self._pending or vote is None:
            raise ValueError(
                f"{vote!r:.80} for {draw}; expected a vote, INVALID or LOST for one of {self.wanted()!r:.200}"
            )
        self._pending.pop(draw).cast = vote
        self._answers += vote is not LOST
        if isinstance(vote, Blank):
            self._blanks[vote] += 1
        if self.rule.redraws and self._blanks[INVALID]:
            self._draw_again(draw.prompt)
        if not self._pending:
            self._close_round()

    def result(self) -> VoteResult:
        """Return how the vote stands, with the votes of an incomplete round where it is still open."""
        totals = self._heard.totals + Counter(
            slot.cast for slot in self._slots if slot.cast not in (None, INVALID, LOST)
        )
        votes = tuple(totals.most_common())
        first, second, *_ = [count for _, count in votes] + [0, 0]
        return VoteResult(
            winner=votes[0][0] if votes else None,
            votes=votes,
            agreement=first / totals.total() if votes else 0.0,
            generations=self._answers,
            invalid=self._blanks[INVALID],
            lost=self._blanks[LOST],
            rounds=self._rounds,
            stopped_by=self._stopped_by,
            certified=self._stopped_by == "certified",
            e_value=e_value(first, second),
            tied=first == second > 0,
            drawn=self._cast_draws(),
        )

    def _cast_draws(self) -> tuple[int, ...]:
        waiting = Counter(draw.prompt for draw in self._pending)
        return tuple(drawn - waiting[prompt] for prompt, drawn in enumerate(self._drawn))

    def _open_round(self) -> None:
        by_lot = self.rule.stop == "certified"
        order = [self._lot.randrange(self.prompts) for _ in range(self.prompts)] if by_lot else range(self.prompts)
        self._slots = [_Slot(prompt) for prompt in order]
        self._pending: dict[Draw, _Slot] = {}
        for slot in self._slots:
            self._ask(slot)

    def _ask(self, slot: _Slot) -> None:
        self._pending[Draw(slot.prompt, self._drawn[slot.prompt])] = slot
        self._drawn[slot.prompt] += 1
        slot.cast = None

    def _draw_again(self, prompt: int) -> None:
        """Replace a prompt's invalid answers, once all of its draws are there: which draw replaces which is fixed."""
        own = [slot for slot in self._slots if slot.prompt == prompt]
        if any(slot.cast is None for slot in own):
            return
        for slot in own:
            if slot.cast is INVALID and slot.redrawn < self.rule.redraws:
                slot.redrawn += 1
                self._ask(slot)

    def _close_round(self) -> None:
        self._heard.add([(slot.prompt, slot.cast) for slot in self._slots if not isinstance(slot.cast, Blank)])
        self._rounds += 1
        self._stopped_by = self._find_stop()
        self._slots = []
        if self._stopped_by == "open":
            self._open_round()

    def _find_stop(self) -> Stopped:
        if self.rule.is_reached(self._heard):
            return _REACHED[self.rule.stop]
        left = (self.rule.max_rounds - self._rounds) * self.prompts
        if left == 0:
            return "cap"
        # The leader stays ahead at every later look, so no rule, by reaching its aim or the cap, can choose another.
        if self.rule.settle and is_settled(*self._heard.first_two, left):
            return "settled"
        return "lost" if all(slot.cast is LOST for slot in self._slots) else "open"


def replay(streams: Sequence[Sequence[Hashable]], rule: VoteRule) -> VoteResult:
    """Hold a vote with recorded answers.

    Args:
        streams: Of each prompt its votes in the order of its draws, each a vote, `INVALID` or `LOST`.
        rule: When to stop.

    Returns:
        The result. Where the rule wants more of a prompt than was recorded, the vote ends there with
        ``stopped_by="recording"``, the recorded votes of that round counted.

    Raises:
        ValueError: If there is no stream.

    >>> replay(["aab", "aba"], VoteRule("fixed", max_rounds=2, settle=False)).votes
    (('a', 3), ('b', 1))
    >>> replay(["aab", "aba"], VoteRule("mav", tau=9)).stopped_by
    'recording'
    """
    ballot = Ballot(rule, len(streams))
    while wanted := ballot.wanted():
        recorded = [own for own in wanted if own.draw < len(streams[own.prompt])]
        for own in recorded:
            ballot.cast(own, streams[own.prompt][own.draw])
        if len(recorded) < len(wanted):
            return replace(ballot.result(), stopped_by="recording")
    return ballot.result()
