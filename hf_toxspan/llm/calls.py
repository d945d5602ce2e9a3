"""What a call of a language model is: a request, an answer or an error, and the protocol that a backend meets."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Literal, Protocol, TypedDict

Role = Literal["system", "user", "assistant"]


class Message(TypedDict):
    """One turn of a chat."""

    role: Role
    content: str


@dataclass(frozen=True)
class Parameters:
    """How an answer is to be generated; what a server does not know, it may ignore: read what came back.

    Args:
        max_tokens: Longest answer.
        temperature: 0 is greedy.
        top_p: Nucleus sampling; the server's own value when None.
        seed: Seed of sampling, for servers that take one.
        stop: Strings that end the answer.
        logprobs: Ask for the log-probabilities of the answer's tokens.
        top_logprobs: How many alternatives at each token.
        extra_body: Fields that only some servers know, such as vLLM's ``structured_outputs``; JSON values.
    """

    max_tokens: int = 512
    temperature: float = 0.0
    top_p: float | None = None
    seed: int | None = None
    stop: tuple[str, ...] = ()
    logprobs: bool = False
    top_logprobs: int | None = None
    extra_body: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.max_tokens < 1:
            raise ValueError(f"max_tokens is {self.max_tokens}; expected at least 1")
        if not self.temperature >= 0:  # nan is no number above 0 either
            raise ValueError(f"temperature is {self.temperature}; expected 0 (greedy) or more")
        try:
            json.dumps(dict(self.extra_body), allow_nan=False)
        except (TypeError, ValueError) as error:
            raise ValueError(f"extra_body is {self.extra_body!r}; expected JSON values ({error})") from error


@dataclass(frozen=True)
class Request:
    """One question to a model.

    Args:
        messages: The chat so far.
        parameters: How to generate.
        draw: Number of the draw, where the same question is sampled several times; 0 is the first. Servers are given
            it added to the seed, if there is one; a local model draws by both.
    """

    messages: tuple[Message, ...]
    parameters: Parameters = field(default_factory=Parameters)
    draw: int = 0

    def to_json(self, model: str) -> str:
        """Return all that decides the answer, written in one fixed way; what is not said is left out.

        So a later release may know more parameters and still find the answers of this one.
        """
        said = {name: value for name, value in asdict(self.parameters).items() if _is_said(value)}
        content = {"model": model, "messages": self.messages, "draw": self.draw, **said}
        return json.dumps(content, sort_keys=True, separators=(",", ":"))

    def key(self, model: str) -> str:
        """Return the name of the answer in a store: equal for equal model, messages, parameters and draw."""
        return hashlib.sha256(self.to_json(model).encode()).hexdigest()


def _is_said(value: object) -> bool:
    return value is not None and value is not False and value not in ((), {})


@dataclass(frozen=True)
class Answer:
    """What a model said.

    Args:
        text: The answer; empty where the model said nothing.
        finish_reason: ``"stop"``, ``"length"`` (cut off at `max_tokens`) or what else the server says.
        prompt_tokens: Tokens read; None where the server does not tell.
        completion_tokens: Tokens written; None where the server does not tell.
        logprobs: One JSON object a token as the server wrote it; None where it gave none.
    """

    text: str
    finish_reason: str | None = None
    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    logprobs: list[dict[str, Any]] | None = None

    def to_json(self) -> str:
        """Return the answer as JSON; the inverse of `from_json`."""
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, written: str) -> "Answer":
        """Read what `to_json` wrote."""
        return cls(**json.loads(written))


ErrorKind = Literal["timeout", "connection", "rate limit", "server", "nonsense", "request", "refused"]
RETRIED: frozenset[ErrorKind] = frozenset({"timeout", "connection", "rate limit", "server", "nonsense"})


class CallError(Exception):
    """A call that brought no answer.

    Args:
        kind: ``"request"`` is this request's own fault, ``"refused"`` would meet every other request too
            (wrong token, no such model); the rest may pass, and is tried again.
        message: What happened, and what to do.
        retry_after: Seconds that the server asked to wait; None where it did not.
    """

    def __init__(self, kind: ErrorKind, message: str, *, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.kind = kind
        self.retry_after = retry_after


class LLM(Protocol):
    """A backend: a server, a model in this process, or a script in a test.

    `model` names the model in the store of answers. `batch_size` requests are handed over at once, by `concurrency`
    threads: a server takes many callers with one request each, a local model one caller with many.
    """

    @property
    def model(self) -> str:
        """Name of the model; answers of two models are never mixed."""

    @property
    def batch_size(self) -> int:
        """Most requests that one call of `complete` takes."""

    @property
    def concurrency(self) -> int:
        """Most calls of `complete` at a time."""

    def complete(self, requests: Sequence[Request]) -> Sequence[Answer | CallError]:
        """Answer requests, one for one; an error of all of them may be raised instead."""
