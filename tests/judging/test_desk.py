"""Requests about a text become one judgement, and whatever goes wrong a status."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from hf_toxspan.judging.desk import Cost, Desk, judgement_of
from hf_toxspan.judging.judge import Judge, Opinion
from hf_toxspan.llm.answers import Unparsed
from hf_toxspan.llm.calls import Answer, CallError, Request
from hf_toxspan.llm.outcomes import Answered, Failed, NotAsked, Outcome
from hf_toxspan.llm.pacing import Budget, Retries
from hf_toxspan.llm.runner import Asker
from hf_toxspan.llm.store import AnswerStore
from tests.judging.judges import WordJudge
from tests.llm.test_runner import Echo

TOXIC = Answered(Answer("toxic", prompt_tokens=7, completion_tokens=2), stored=False)
AGAIN = Answered(Answer("toxic", prompt_tokens=7, completion_tokens=2), stored=True)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[AnswerStore]:
    with AnswerStore(tmp_path / "answers.sqlite") as opened:
        yield opened


@pytest.mark.parametrize(
    ("outcomes", "status", "cost"),
    [
        ([TOXIC], "judged", Cost(1, 0, 7, 2)),
        ([TOXIC, AGAIN], "judged", Cost(1, 1, 7, 2)),
        ([TOXIC, Failed(CallError("timeout", "late"), 2)], "failed", Cost(1, 0, 7, 2)),
        ([NotAsked("budget of calls"), TOXIC], "budget", Cost(1, 0, 7, 2)),
        ([NotAsked("the server is gone")], "stopped", Cost()),
        ([Answered(Answer("SAFE"), stored=False)], "unparsed", Cost(1)),
        ([Answered(Answer(""), stored=True)], "unparsed", Cost(0, 1)),
    ],
)
def test_a_text_is_judged_only_by_all_its_answers(outcomes: list[Outcome], status: str, cost: Cost) -> None:
    judgement = judgement_of(WordJudge(len(outcomes)), "text", outcomes)
    assert (judgement.status, judgement.cost) == (status, cost)
    assert (judgement.opinion is not None) == (status == "judged")
    assert judgement.waits == (status in {"failed", "budget", "stopped"})
    assert bool(judgement.detail) == (status != "judged")


def test_texts_come_back_by_their_places_with_all_their_requests(store: AnswerStore) -> None:
    llm = Echo(lambda text: Answer("toxic: fool" if "fool" in text else "clean"))
    desk = Desk(WordJudge(questions=3), Asker(llm, store, quiet=True))
    with desk.open() as hearing:
        hearing.add([(70, "you fool"), (10, "hello"), (5, "hello")])
        assert hearing.pending == 3
        found = dict(hearing.judgements())
    assert {place: judgement.opinion.verdict.toxic for place, judgement in found.items() if judgement.opinion} == {
        70: True,
        10: False,
        5: False,
    }
    assert found[70].opinion and list(found[70].opinion.verdict.spans) == [(4, 8)]
    assert sorted(llm.asked) == ["hello"] * 3 + ["you fool"] * 3


def test_a_second_hearing_pays_nothing(store: AnswerStore) -> None:
    desk = Desk(WordJudge(), Asker(Echo(lambda _: Answer("clean")), store, quiet=True))
    costs = []
    for _ in range(2):
        with desk.open() as hearing:
            hearing.add([(0, "hello")])
            costs += [judgement.cost for _, judgement in hearing.judgements()]
    assert costs == [Cost(calls=1), Cost(cached=1)]


def test_a_server_that_died_is_remembered_from_one_hearing_to_the_next(store: AnswerStore) -> None:
    llm = Echo(lambda _: CallError("connection", "nobody there"), concurrency=1)
    retries = Retries(attempts=1, give_up_after=1, probe_every=60)
    desk = Desk(WordJudge(), Asker(llm, store, retries=retries, quiet=True))
    statuses = []
    for number in range(3):
        with desk.open() as hearing:
            hearing.add([(0, f"text {number}")])
            statuses += [(judgement.status, judgement.detail) for _, judgement in hearing.judgements()]
    assert statuses[0] == ("failed", "nobody there")
    assert statuses[1:] == [("stopped", "1 calls in a row failed, the last one: nobody there")] * 2
    assert llm.asked == ["text 0"]


def test_a_budget_is_of_one_hearing(store: AnswerStore) -> None:
    asker = Asker(Echo(lambda _: Answer("clean")), store, budget=Budget(calls=1), quiet=True)
    with Desk(WordJudge(), asker).open() as hearing:
        hearing.add([(0, "a"), (1, "b"), (2, "c")])
        assert sorted(judgement.status for _, judgement in hearing.judgements()) == ["budget", "budget", "judged"]


class Broken(WordJudge):
    """Has a bug in its reading."""

    def read(self, text: str, answers: Sequence[Answer]) -> Opinion | Unparsed:
        raise KeyError("label")


class Silent(WordJudge):
    """Has nothing to ask."""

    def requests(self, text: str) -> tuple[Request, ...]:
        return ()


def test_a_bug_in_a_judge_costs_an_opinion_not_the_run(store: AnswerStore, caplog: pytest.LogCaptureFixture) -> None:
    judge: Judge = Broken()
    with Desk(judge, Asker(Echo(), store, quiet=True)).open() as hearing:
        hearing.add([(0, "hello")])
        ((_, judgement),) = hearing.judgements()
    assert (judgement.status, judgement.opinion) == ("unparsed", None)
    assert "reading it raised KeyError: 'label'" in judgement.detail
    assert "the judge word can't read an answer" in caplog.text


class Dumb(WordJudge):
    """Has a bug in its questions."""

    def requests(self, text: str) -> tuple[Request, ...]:
        if text == "odd":
            raise KeyError("slang")
        return super().requests(text)


def test_a_question_that_cannot_be_written_costs_one_opinion(store: AnswerStore) -> None:
    with Desk(Dumb(), Asker(Echo(lambda _: Answer("clean")), store, quiet=True)).open() as hearing:
        hearing.add([(0, "odd"), (1, "hello")])
        found = dict(hearing.judgements())
    assert (found[0].status, found[1].status) == ("failed", "judged")
    assert "writing the question raised KeyError: 'slang'" in found[0].detail


def test_a_store_that_cannot_be_read_costs_opinions_not_the_run(store: AnswerStore) -> None:
    llm = Echo(lambda _: Answer("clean"))
    with Desk(WordJudge(2), Asker(llm, store, quiet=True)).open() as hearing:
        store.close()
        hearing.add([(0, "hello"), (1, "world")])
        found = dict(hearing.judgements())
    assert {judgement.status for judgement in found.values()} == {"stopped"} and len(found) == 2
    assert all("the answer store" in judgement.detail for judgement in found.values())
    assert llm.asked == []


def test_the_budget_is_that_of_all_hearings_together(store: AnswerStore) -> None:
    llm = Echo(lambda _: Answer("clean", prompt_tokens=1, completion_tokens=1), concurrency=1)
    desk = Desk(WordJudge(), Asker(llm, store, budget=Budget(calls=3), quiet=True))
    statuses = []
    for texts in (["a", "b"], ["c", "d"], ["a", "e"]):
        with desk.open() as hearing:
            hearing.add(enumerate(texts))
            statuses.append([judgement.status for _, judgement in sorted(hearing.judgements())])
    assert statuses == [["judged", "judged"], ["judged", "budget"], ["judged", "budget"]]
    assert len(llm.asked) == 3


def test_a_judge_that_asks_nothing_is_named(store: AnswerStore) -> None:
    with (
        Desk(Silent(), Asker(Echo(), store, quiet=True)).open() as hearing,
        pytest.raises(ValueError, match="word asks nothing about text 3"),
    ):
        hearing.add([(3, "hello")])
