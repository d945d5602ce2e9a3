"""A plan counts what a run would ask, and asks nothing."""

from pathlib import Path

from hf_toxspan.llm.calls import Answer, Message, Parameters, Request
from hf_toxspan.llm.plan import plan
from hf_toxspan.llm.store import AnswerStore


def ask(text: str) -> Request:
    return Request((Message(role="user", content=text),), Parameters(max_tokens=10))


def test_equal_requests_and_stored_answers_cost_nothing(tmp_path: Path) -> None:
    requests = [ask("你好"), ask("你好"), ask("abcdef"), ask("known")]
    assert plan(requests, "m", None) == (3, 3, (6 + 6 + 5) // 3, 30)
    with AnswerStore(tmp_path / "answers.sqlite") as store:
        store.put(ask("known"), "m", Answer("well"))
        assert plan(requests, "m", store) == (3, 2, 4, 20)
        assert plan(requests, "other", store).calls == 3
        assert plan([], "m", store) == (0, 0, 0, 0)
