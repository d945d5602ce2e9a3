"""What a judge is: it writes questions about a text and reads the answers. Whoever holds a connection asks them.

So every judge is a pair of pure functions, tested without a server, and the cascade alone knows of threads, retries,
the store of answers and the circuit breaker.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from hf_toxspan.core.verdicts import Verdict
from hf_toxspan.llm.answers import Unparsed
from hf_toxspan.llm.calls import Answer, Request


@dataclass(frozen=True)
class Opinion:
    """An answer that could be read.

    Attributes:
        verdict: What the judge says; its spans stand in the text, each of them.
        rationale: Why, in the judge's words; empty where it gave none.
        rejected: Quotes that do not stand in the text, and were left out.
    """

    verdict: Verdict
    rationale: str = ""
    rejected: tuple[str, ...] = ()


class Judge(Protocol):
    """Judges texts by asking a language model; sees the text and slang found in it, never another system's answer."""

    @property
    def name(self) -> str:
        """The format, its prompt and version: to be kept beside what it brought."""

    def requests(self, text: str) -> tuple[Request, ...]:
        """Write what is asked about a text: one request, or several where a model judges one policy a call."""

    def read(self, text: str, answers: Sequence[Answer]) -> Opinion | Unparsed:
        """Read the answers, one for each request. What can't be read in full is unparsed: never clean by default."""
