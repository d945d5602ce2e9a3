"""When a vote on one text stops: the paper's rule and cheaper ones, all under a cap."""

import math
from collections import Counter
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Literal, get_args

from hf_toxspan.core.stopping import (
    beta_confidence,
    certified_bar,
    e_value,
    has_unanimous_window,
    stratified_confidence,
)

Stop = Literal["mav", "beta", "esc", "certified", "stratified", "fixed"]


class Heard:
    """The valid votes of the rounds so far.

    Args:
        prompts: Number of prompts.

    Attributes:
        votes: In the order they were drawn in.
        totals: By answer, in the order of their first appearance.

    >>> heard = Heard(prompts=2)
    >>> heard.add([(0, "a"), (1, "b")])
    >>> heard.add([(0, "a")])
    >>> heard.votes, heard.first_two, heard.by_prompt
    (['a', 'b', 'a'], (2, 1), [Counter({'a': 2}), Counter({'b': 1})])
    """

    def __init__(self, prompts: int) -> None:
        self.prompts = prompts
        self.votes: list[Hashable] = []
        self.totals: Counter[Hashable] = Counter()
        self._voters: list[int] = []

    def add(self, votes: Sequence[tuple[int, Hashable]]) -> None:
        """Hear a round.

        Args:
            votes: Prompt and vote, in the order they were drawn in.
        """
        new = [vote for _, vote in votes]
        self.votes += new
        self.totals.update(new)
        self._voters += [prompt for prompt, _ in votes]

    @property
    def by_prompt(self) -> list[Counter[Hashable]]:
        """Return the votes of each prompt by answer, (prompts,)."""
        counts: list[Counter[Hashable]] = [Counter() for _ in range(self.prompts)]
        for prompt, vote in zip(self._voters, self.votes, strict=True):
            counts[prompt][vote] += 1
        return counts

    @property
    def first_two(self) -> tuple[int, int]:
        """Return the votes of the leader and of the runner-up, 0 where there is none."""
        first, second, *_ = [count for _, count in self.totals.most_common(2)] + [0, 0]
        return first, second


@dataclass(frozen=True)
class VoteRule:
    """When a vote stops; looked at after each round.

    Args:
        stop: "mav": an answer has `tau` votes (SRAG-MAV). "beta": `stopping.beta_confidence` of the first two
            (Adaptive-Consistency). "esc": all votes of a window agree (ESC, arXiv 2401.10480). "certified": an error of
            at most `epsilon`, see `core.voting`. "stratified": `stopping.stratified_confidence` (ours). "fixed": after
            `max_rounds`.
        tau: Votes wanted by "mav".
        confidence: Wanted by "beta" and "stratified", in (0, 1).
        epsilon: Of "certified", in (0, 1).
        window: Votes of a window of "esc", one behind the other; a round's number of draws when None.
        concentration: Of "stratified".
        max_rounds: The cap.
        redraws: How often an answer that can't be read is drawn again at once; SRAG-MAV: for ever.
        least: Valid votes below which "beta", "esc" and "stratified" do not stop.
        settle: Stop when the majority can't change any more before the cap. The winner is the one of going on.
        seed: Of the lot of "certified".
    """

    stop: Stop = "mav"
    tau: int = 200
    confidence: float = 0.95
    epsilon: float = 0.05
    window: int | None = None
    concentration: float = 1.0
    max_rounds: int = 50
    redraws: int = 0
    least: int = 5
    settle: bool = True
    seed: int = 0

    def __post_init__(self) -> None:
        """Quote what makes no sense."""
        if self.stop not in get_args(Stop):
            raise ValueError(f"stop is {self.stop!r}; expected one of {', '.join(get_args(Stop))}")
        counts = {"tau": (self.tau, 1), "max_rounds": (self.max_rounds, 1), "redraws": (self.redraws, 0)}
        counts |= {"least": (self.least, 0), "seed": (self.seed, 0)}
        if self.window is not None:
            counts["window"] = (self.window, 1)
        for name, (count, least) in counts.items():
            if isinstance(count, bool) or not isinstance(count, int) or count < least:
                raise ValueError(f"{name} is {count!r}; expected a whole number of at least {least}")
        for name, share in (("confidence", self.confidence), ("epsilon", self.epsilon)):
            if not 0 < share < 1:
                raise ValueError(f"{name} is {share!r}; expected a number between 0 and 1, such as 0.95 or 0.05")
        if not 0 < self.concentration < math.inf:
            raise ValueError(f"concentration is {self.concentration!r}; expected a number above 0, such as 1")

    def is_reached(self, heard: Heard) -> bool:
        """Say whether the aim of `stop` is reached; without a vote it never is, and "fixed" has none.

        Args:
            heard: The votes.

        Returns:
            Whether a vote stops here, the cap aside.
        """
        if not heard.votes or self.stop == "fixed":
            return False
        first, second = heard.first_two
        if self.stop == "mav":
            return first >= self.tau
        leader = heard.totals.most_common(1)[0][0]
        if self.stop == "certified":
            return e_value(first, second) >= certified_bar(list(heard.totals).index(leader) + 1, self.epsilon)
        if len(heard.votes) < self.least:
            return False
        if self.stop == "beta":
            return beta_confidence(first, second) >= self.confidence
        if self.stop == "esc":
            return has_unanimous_window(heard.votes, self.window or heard.prompts)
        return stratified_confidence(heard.by_prompt, leader, concentration=self.concentration) >= self.confidence
