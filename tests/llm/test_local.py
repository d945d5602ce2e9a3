"""A model in this process answers like a server does."""

from pathlib import Path

import pytest

from hf_toxspan.llm.calls import Answer, CallError, Message, Parameters, Request
from hf_toxspan.llm.local import LocalLLM
from hf_toxspan.llm.outcomes import Answered
from hf_toxspan.llm.runner import Asker
from hf_toxspan.llm.store import AnswerStore


def ask(text: str, **parameters: object) -> Request:
    return Request((Message(role="user", content=text),), Parameters(**{"max_tokens": 8, **parameters}))  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def llm(chat_folder: Path) -> LocalLLM:
    return LocalLLM.load(chat_folder, batch_size=4)


def test_greedy_answers_are_those_of_a_batch_of_one(llm: LocalLLM) -> None:
    requests = [ask("hello"), ask("bạn rất ngu , 你好 world friend"), ask("a", max_tokens=3)]
    together = llm.complete(requests)
    assert together == [result for request in requests for result in llm.complete([request])]
    assert all(isinstance(result, Answer) and result.text and result.finish_reason == "length" for result in together)
    assert [result.completion_tokens for result in together if isinstance(result, Answer)] == [8, 8, 3]


def test_draws_differ_and_are_repeated_by_their_seed(llm: LocalLLM) -> None:
    first = ask("hello", temperature=1.0, seed=3)
    second = Request(first.messages, first.parameters, draw=1)
    assert llm.complete([first]) == llm.complete([first])
    assert llm.complete([first]) != llm.complete([second])


def test_the_end_token_and_stop_strings_end_an_answer(llm: LocalLLM) -> None:
    (whole,) = llm.complete([ask("hello")])
    assert isinstance(whole, Answer)
    stop = whole.text.split()[1]
    (stopped,) = llm.complete([ask("hello", stop=(stop,))])
    assert isinstance(stopped, Answer)
    assert (stopped.text, stopped.finish_reason) == (whole.text[: whole.text.index(stop)], "stop")
    ended = llm._answer(2, [7, 8, 3, 0, 0], [3], ask("hello"))
    assert (ended.finish_reason, ended.completion_tokens) == ("stop", 3)


def test_a_prompt_that_does_not_fit_is_an_error_of_its_own(llm: LocalLLM) -> None:
    long, short = llm.complete([ask("a " * 600), ask("a")])
    assert isinstance(long, CallError)
    assert (long.kind, "exceed the model's 512" in str(long)) == ("request", True)
    assert isinstance(short, Answer)


def test_what_is_not_offered_is_refused(llm: LocalLLM) -> None:
    results = llm.complete([ask("a", logprobs=True), ask("a", extra_body={"n": 2})])
    assert all(isinstance(result, CallError) and "ask a server" in str(result) for result in results)


def test_a_folder_that_is_no_chat_model_is_named(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="can't load a chat model"):
        LocalLLM.load(tmp_path)


def test_a_changed_folder_is_another_model(chat_folder: Path, llm: LocalLLM) -> None:
    assert LocalLLM.load(chat_folder).model == llm.model
    (chat_folder / "note.txt").write_text("trained anew")
    assert LocalLLM.load(chat_folder).model != llm.model
    (chat_folder / "note.txt").unlink()


def test_it_is_asked_through_the_store_like_any_other(llm: LocalLLM, tmp_path: Path) -> None:
    requests = [ask(str(n)) for n in range(6)]
    with AnswerStore(tmp_path / "answers.sqlite") as store:
        first = Asker(llm, store).run(requests)
        second = Asker(llm, store).run(requests)
    assert [outcome.stored for outcome in second if isinstance(outcome, Answered)] == [True] * 6
    assert [o.answer for o in first if isinstance(o, Answered)] == [o.answer for o in second if isinstance(o, Answered)]
