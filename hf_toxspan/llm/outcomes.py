"""What became of a request. No answer, or one that says nothing of use, has a status: nothing stands in for it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple, TypeVar

from hf_toxspan.llm.answers import Unparsed
from hf_toxspan.llm.calls import Answer, CallError
from hf_toxspan.llm.pacing import OUT_OF_CALLS, OUT_OF_TOKENS


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

WAITING = frozenset({"failed", "budget", "stopped"})
"""Statuses of what a later run asks again; an answer that can't be read is an answer, and would be the same again."""

Value = TypeVar("Value")

_MOST_SHOWN = 200  # characters of an unreadable answer; the store holds all of it


class Shortfall(NamedTuple):
    """Why there is no value: a status, and the reason for a person.

    | status | meaning |
    |---|---|
    | unparsed | the model answered, but not as the prompt asks |
    | failed | the call failed, as often as it was tried |
    | budget | the budget was spent before |
    | stopped | the run ended before: the server refused or was gone, the store could not be written |
    """

    status: str
    detail: str


def read_outcome(outcome: Outcome, read: Callable[[Answer], Value | Unparsed]) -> Value | Shortfall:
    """Read the answer of a request, or say why there is none.

    Args:
        outcome: What became of the request.
        read: Reads an answer.

    Returns:
        What `read` returns, or the shortfall.
    """
    if isinstance(outcome, Answered):
        value = read(outcome.answer)
        return Shortfall("unparsed", _complaint(value)) if isinstance(value, Unparsed) else value
    if isinstance(outcome, Failed):
        return Shortfall("failed", str(outcome.error))
    return Shortfall("budget" if outcome.reason in (OUT_OF_CALLS, OUT_OF_TOKENS) else "stopped", outcome.reason)


def _complaint(unparsed: Unparsed) -> str:
    said = unparsed.raw.strip()
    shown = said if len(said) <= _MOST_SHOWN else f"{said[:_MOST_SHOWN]}..."
    return f"{unparsed.reason}; it said {shown!r}" if said else unparsed.reason
