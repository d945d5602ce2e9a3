"""What a model has answered to its prompts, so that a draw that would say the same again costs nothing.

An answer is kept with the random numbers that lead to it: at each of its tokens those of a stretch ``[low, high)``. A
later draw follows the answer for as long as its own numbers fall into these stretches; where it has followed to the
end, no network is asked, and where it leaves, the network goes on from there::

    kept     you [.1, .9)  fool  [0, .7)   END [.2, 1)
    draw 7   .35           .61             .88            the same answer
    draw 8   .35           .74             ...            "you", then the network

So a vote may ask round by round, and stop early, and still write each different answer of a prompt once. Ours.
"""

from collections import OrderedDict
from collections.abc import Hashable
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

MOST_ANSWERS = 100_000
"""Different answers that are kept: about a kilobyte each, of forty tokens."""


class Step(NamedTuple):
    """A token of an answer, and the random numbers that choose it after the tokens before it.

    Attributes:
        token: Its id.
        low: The smallest number in [0, 1).
        high: The first number that chooses another one.
    """

    token: int
    low: float
    high: float


class _Answer(NamedTuple):
    steps: tuple[Step, ...]
    lows: NDArray[np.float64]  # (tokens,)
    highs: NDArray[np.float64]
    ended: bool


@dataclass
class DrawMemory:
    """The different answers to each prompt, the prompts asked longest ago forgotten first.

    Args:
        most: Different answers that are kept, over all prompts.
    """

    most: int = MOST_ANSWERS
    _known: OrderedDict[Hashable, dict[tuple[int, ...], _Answer]] = field(default_factory=OrderedDict)
    _count: int = 0

    def __len__(self) -> int:
        return self._count

    def recall(self, prompt: Hashable, randoms: NDArray[np.float64]) -> tuple[list[Step], bool]:
        """Return how an answer begins as far as it is known.

        Args:
            prompt: The prompt, and whatever else an answer depends on.
            randoms: The draw's numbers in [0, 1), (tokens,).

        Returns:
            The known steps, at most one a number, and whether they end the answer.
        """
        best: tuple[int, _Answer] | None = None
        for answer in self._known.get(prompt, {}).values():
            length = min(len(randoms), len(answer.lows))
            own = randoms[:length]
            follows = (own >= answer.lows[:length]) & (own < answer.highs[:length])
            common = length if follows.all() else int(follows.argmin())
            if best is None or common > best[0]:
                best = common, answer
            if answer.ended and common == len(answer.lows):
                break
        if best is None:
            return [], False
        common, answer = best
        return list(answer.steps[:common]), answer.ended and common == len(answer.steps)

    def keep(self, prompt: Hashable, steps: list[Step], *, ended: bool) -> None:
        """Keep an answer, and forget the prompts asked longest ago where there are too many.

        Args:
            prompt: As for `recall`.
            steps: The answer.
            ended: Whether it ended by itself, and not for want of numbers.
        """
        answers = self._known.setdefault(prompt, {})
        self._known.move_to_end(prompt)
        key = tuple(step.token for step in steps)
        if key not in answers:
            lows, highs = (np.array([step[side] for step in steps]) for side in (1, 2))
            answers[key] = _Answer(tuple(steps), lows, highs, ended)
            self._count += 1
        while self._count > self.most:
            self._count -= len(self._known.popitem(last=False)[1])
