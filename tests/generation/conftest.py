"""What the tests of the vote share: a model that follows a script, behind the same interface as any other."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from hf_toxspan.llm.calls import Answer, CallError, Request
from hf_toxspan.llm.pacing import Retries
from hf_toxspan.llm.runner import Asker
from hf_toxspan.llm.store import AnswerStore

Said = str | CallError


@dataclass
class Scripted:
    """Says what its script says; remembers what it was asked, call by call."""

    script: Callable[[Request], Said]
    model: str = "scripted"
    batch_size: int = 4
    concurrency: int = 1
    calls: list[list[Request]] = field(default_factory=list)

    def complete(self, requests: Sequence[Request]) -> list[Answer | CallError]:
        self.calls.append(list(requests))
        said = [self.script(request) for request in requests]
        return [Answer(own, prompt_tokens=7, completion_tokens=3) if isinstance(own, str) else own for own in said]

    @property
    def asked(self) -> list[Request]:
        return [request for call in self.calls for request in call]


BuildAsker = Callable[..., Asker]


@pytest.fixture
def build_asker(tmp_path: Path) -> Iterator[BuildAsker]:
    """Build an asker of a scripted model: ``build_asker(script, batch_size=4)``; its store lies in a file."""
    stores: list[AnswerStore] = []

    def build(script: Callable[[Request], Said], *, budget: object = None, **settings: int) -> Asker:
        stores.append(AnswerStore(tmp_path / "answers.sqlite"))
        retries = Retries(attempts=2, first_wait=0.0)
        more = {} if budget is None else {"budget": budget}
        return Asker(Scripted(script, **settings), stores[-1], retries=retries, quiet=True, **more)  # type: ignore[arg-type]

    yield build
    for store in stores:
        store.close()
