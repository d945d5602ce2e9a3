"""Requests are added while answers come in; a server that comes back is used again."""

import threading
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from hf_toxspan.llm.calls import Answer, CallError
from hf_toxspan.llm.outcomes import Answered, Failed, NotAsked
from hf_toxspan.llm.pacing import Budget, Retries
from hf_toxspan.llm.runner import Asker
from hf_toxspan.llm.store import AnswerStore
from tests.llm.test_runner import Echo, ask, texts


@pytest.fixture
def store(tmp_path: Path) -> Iterator[AnswerStore]:
    with AnswerStore(tmp_path / "answers.sqlite") as opened:
        yield opened


def test_answers_come_while_more_is_added(store: AnswerStore) -> None:
    with Asker(Echo(), store, quiet=True).open() as session:
        assert session.add([ask("a"), ask("b")]) == range(2)
        assert sorted(place for place, _ in session.outcomes()) == [0, 1]
        assert session.add([ask("c"), ask("a")]) == range(2, 4)
        assert dict(session.outcomes()) == {
            2: Answered(Answer("c"), stored=False),
            3: Answered(Answer("a"), stored=True),
        }
        assert session.pending == 0 and session.counters()["calls"] == 3


def test_looking_without_waiting_returns_at_once(store: AnswerStore) -> None:
    gate = threading.Event()

    def act(text: str) -> Answer:
        gate.wait(5)
        return Answer(text)

    with Asker(Echo(act), store, quiet=True).open() as session:
        session.add([ask("a")])
        assert list(session.outcomes(wait=False)) == []
        gate.set()
        assert [place for place, _ in session.outcomes()] == [0]


def test_one_that_is_being_asked_is_not_asked_again(store: AnswerStore) -> None:
    gate, llm = threading.Event(), Echo(lambda text: (gate.wait(5), Answer(text))[1])
    with Asker(llm, store, quiet=True).open() as session:
        session.add([ask("a")])
        session.add([ask("a"), ask("a")])
        gate.set()
        assert sorted(place for place, _ in session.outcomes()) == [0, 1, 2]
    assert llm.asked == ["a"]


def test_a_session_left_early_joins_its_threads(store: AnswerStore) -> None:
    before = threading.active_count()
    with Asker(Echo(), store, quiet=True).open() as session:
        session.add([ask(n) for n in range(100)])
    assert threading.active_count() == before
    assert store.get([ask(n).key("echo") for n in range(100)]).keys() == {ask(n).key("echo") for n in range(len(store))}


class Patient:
    """A server that is down until told otherwise, and counts who knocks."""

    def __init__(self) -> None:
        self.up, self.knocks = threading.Event(), Counter[str]()

    def __call__(self, text: str) -> Answer | CallError:
        self.knocks["answered" if self.up.is_set() else "refused"] += 1
        return Answer(text) if self.up.is_set() else CallError("connection", "nobody there")


def test_with_patience_a_server_that_comes_back_answers_everything(store: AnswerStore) -> None:
    server = Patient()
    # As many attempts as bring the server down: no request has used up its own before.
    retries = Retries(attempts=4, first_wait=0.01, give_up_after=3, patience=30, probe_every=0.1)
    threading.Timer(0.5, server.up.set).start()
    outcomes = Asker(Echo(server), store, retries=retries, quiet=True).run([ask(n) for n in range(40)])
    assert texts(outcomes) == [str(n) for n in range(40)]
    assert server.knocks["answered"] == 40
    assert server.knocks["refused"] <= 3 + 4 + 6  # the row, those under way at that moment, a probe each tenth


def test_without_patience_the_rest_is_left_at_once_and_a_later_probe_finds_the_server_up(store: AnswerStore) -> None:
    server = Patient()
    retries = Retries(attempts=1, give_up_after=2, probe_every=1)
    asker = Asker(Echo(server, concurrency=1), store, retries=retries, quiet=True)
    with asker.open() as session:
        begin = time.monotonic()
        session.add([ask(n) for n in range(100)])
        kinds = Counter(type(outcome) for _, outcome in session.outcomes())
        assert kinds == {Failed: 2, NotAsked: 98}
        assert time.monotonic() - begin < 1
        server.up.set()
        time.sleep(1)
        session.add([ask("again"), ask("and again")])
        assert {type(outcome) for _, outcome in session.outcomes()} == {Answered}


def test_what_one_run_learns_of_a_server_another_may_know(store: AnswerStore) -> None:
    llm = Echo(lambda _: CallError("connection", "nobody there"), concurrency=1)
    asker = Asker(llm, store, retries=Retries(attempts=1, give_up_after=1, probe_every=60), quiet=True)
    circuit = asker.retries.circuit()
    for number in range(3):
        with asker.open(circuit) as session:
            session.add([ask(number)])
            list(session.outcomes())
    assert llm.asked == ["0"]


def test_a_budget_counts_for_the_whole_session(store: AnswerStore) -> None:
    with Asker(Echo(), store, budget=Budget(calls=3), quiet=True).open() as session:
        for number in range(5):
            session.add([ask(number)])
            list(session.outcomes())
        assert session.counters()["calls"] == 3
