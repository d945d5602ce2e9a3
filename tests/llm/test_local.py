"""A model in this process answers like a server does."""

import math
from pathlib import Path

import pytest
import torch
from transformers import MambaConfig, MambaForCausalLM

from hf_toxspan.llm.calls import Answer, CallError, Message, Parameters, Request
from hf_toxspan.llm.chat_tokens import chat_ids
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


def draw(request: Request, number: int) -> Request:
    return Request(request.messages, request.parameters, number)


def answered(results: list[Answer | CallError]) -> list[Answer]:
    answers = [result for result in results if isinstance(result, Answer)]
    assert len(answers) == len(results)
    return answers


@pytest.mark.parametrize("logprobs", [False, True], ids=["shared", "apart"])
def test_draws_differ_and_are_repeated_by_their_seed(llm: LocalLLM, logprobs: bool) -> None:
    first = ask("hello", temperature=1.0, seed=3, logprobs=logprobs)
    other = ask("hello", temperature=1.0, seed=9, logprobs=logprobs)
    assert llm.complete([first]) == llm.complete([first])
    requests = [first, draw(first, 1), other, ask("hello", temperature=1.0, logprobs=logprobs)]
    answers = answered(llm.complete(requests))
    assert len({answer.text for answer in answers}) == 4 and all(
        bool(answer.logprobs) == logprobs for answer in answers
    )
    assert answers == [answer for request in requests for answer in llm.complete([request])]


def test_a_draw_says_the_same_whatever_else_is_asked(llm: LocalLLM) -> None:
    requests = [draw(ask(text, temperature=1.0, seed=3), n) for n in range(4) for text in ("hello", "bạn rất ngu", "a")]
    others = [ask("hello"), ask("a " * 600, temperature=1.0, seed=3), ask("a", temperature=0.5), ask("a", max_tokens=3)]
    together = llm.complete([*others, *requests])
    assert [type(result) for result in together[:4]] == [Answer, CallError, Answer, Answer]
    assert together[4:] == [result for request in requests for result in llm.complete([request])]
    assert len({answer.text for answer in answered(together[4:])}) == len(requests)
    assert {(answer.completion_tokens, answer.finish_reason) for answer in answered(together[4:])} == {(8, "length")}


def test_many_draws_of_a_message_share_their_work(llm: LocalLLM) -> None:
    sizes: list[int] = []
    hook = llm.network.get_input_embeddings().register_forward_hook(lambda _, given, __: sizes.append(given[0].numel()))
    try:
        answers = answered(llm.complete([draw(ask("hello world", temperature=0.01), n) for n in range(40)]))
    finally:
        hook.remove()
    assert 1 < len({answer.text for answer in answers}) < 40
    read, written = answers[0].prompt_tokens, sum(answer.completion_tokens or 0 for answer in answers)
    assert read and sizes[0] == read and sum(sizes) < read + written / 2


def test_sampled_answers_end_as_greedy_ones_do(llm: LocalLLM) -> None:
    (whole,) = answered(llm.complete([ask("hello", temperature=1.0, seed=3)]))
    words = whole.text.split()
    (stopped,) = answered(llm.complete([ask("hello", temperature=1.0, seed=3, stop=(words[2], "absent"))]))
    assert (stopped.text, stopped.finish_reason) == (whole.text[: whole.text.index(words[2])], "stop")
    assert (stopped.completion_tokens or 0) < (whole.completion_tokens or 0)
    (nucleus,) = answered(llm.complete([ask("hello", temperature=1.0, seed=3, top_p=0.0)]))
    (greedy,) = answered(llm.complete([ask("hello")]))
    assert nucleus == greedy
    kept, llm.network.generation_config.eos_token_id = llm.network.generation_config.eos_token_id, list(range(300))
    try:
        ended = answered(llm.complete([draw(ask("hello", temperature=1.0, max_tokens=40), n) for n in range(9)]))
    finally:
        llm.network.generation_config.eos_token_id = kept
    assert {answer.finish_reason for answer in ended} == {"stop"}
    assert len({answer.completion_tokens for answer in ended}) > 1


def test_a_seed_may_be_any_number(llm: LocalLLM) -> None:
    answers = answered(llm.complete([ask("a", temperature=1.0, seed=seed) for seed in (-1, 2**63, 0)]))
    assert len({answer.text for answer in answers}) == 3


def test_a_network_whose_memory_can_not_be_shared_is_sampled_all_the_same(llm: LocalLLM) -> None:
    with torch.random.fork_rng():
        torch.manual_seed(0)
        config = MambaConfig(vocab_size=len(llm.tokenizer), hidden_size=16, num_hidden_layers=1)
        mamba = LocalLLM(MambaForCausalLM(config).eval(), llm.tokenizer, "mamba")
    requests = [draw(ask("hello", temperature=1.0, seed=1), number) for number in range(2)]
    first, second = answered(mamba.complete(requests))
    assert first.text != second.text
    assert mamba.complete(requests[1:]) == [second]


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
    results = llm.complete([ask("a", extra_body={"n": 2}), ask("a", extra_body={"chat_template_kwargs": 3})])
    assert [result.kind for result in results if isinstance(result, CallError)] == ["request", "request"]
    assert "extra_body has n; LocalLLM knows chat_template_kwargs alone" in str(results[0])


def test_each_token_comes_with_its_log_probability_and_the_likeliest_others(llm: LocalLLM) -> None:
    (answer,) = llm.complete([ask("hello", logprobs=True, top_logprobs=3)])
    (plain,) = llm.complete([ask("hello")])
    assert isinstance(answer, Answer) and isinstance(plain, Answer) and answer.logprobs and plain.logprobs is None
    assert "".join(token["token"] for token in answer.logprobs) == answer.text == plain.text
    assert len(answer.logprobs) == answer.completion_tokens
    for token in answer.logprobs:  # greedy: the token itself leads the list
        values = [other["logprob"] for other in token["top_logprobs"]]
        assert len(values) == 3 and values == sorted(values, reverse=True) and max(values) < 0
        assert token["top_logprobs"][0] == {"token": token["token"], "logprob": token["logprob"]}


def test_log_probabilities_are_the_softmax_of_the_logits(llm: LocalLLM) -> None:
    (answer,) = llm.complete([ask("hello", logprobs=True, top_logprobs=10_000, max_tokens=1)])
    assert isinstance(answer, Answer) and answer.logprobs
    listed = [other["logprob"] for other in answer.logprobs[0]["top_logprobs"]]
    assert len(listed) == len(llm.tokenizer) and sum(map(math.exp, listed)) == pytest.approx(1, abs=1e-5)
    prompt = torch.tensor([chat_ids(llm.tokenizer, ask("hello").messages, {})])
    expected = llm.network(prompt).logits[0, -1].log_softmax(-1).sort(descending=True).values
    assert listed == pytest.approx(expected.tolist(), abs=1e-4)


def test_padding_does_not_change_log_probabilities(llm: LocalLLM) -> None:
    requests = [ask(text, logprobs=True, top_logprobs=2) for text in ("a", "hello " * 40, "bạn rất ngu")]
    together = llm.complete(requests)
    for result, request in zip(together, requests, strict=True):
        (alone,) = llm.complete([request])
        assert isinstance(result, Answer) and isinstance(alone, Answer) and result.logprobs and alone.logprobs
        given = [token["logprob"] for token in result.logprobs]
        assert given == pytest.approx([token["logprob"] for token in alone.logprobs], abs=1e-4)


def test_arguments_of_the_chat_template_reach_it(llm: LocalLLM) -> None:
    plain, guided = ask("hello"), ask("hello", extra_body={"chat_template_kwargs": {"add_generation_prompt": True}})
    (refused,) = llm.complete([guided])  # it is the client's own, and may not be given twice
    assert isinstance(refused, CallError) and "add_generation_prompt" in str(refused)
    llm.tokenizer.chat_template, kept = (
        "{{ guideline }} " + str(llm.tokenizer.chat_template),
        llm.tokenizer.chat_template,
    )
    try:
        guided = ask("hello", extra_body={"chat_template_kwargs": {"guideline": "hello world friend"}})
        short, long = llm.complete([plain, guided])
    finally:
        llm.tokenizer.chat_template = kept
    assert isinstance(short, Answer) and isinstance(long, Answer)
    assert (long.prompt_tokens or 0) - (short.prompt_tokens or 0) == 3


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


def test_a_penalty_of_the_checkpoint_does_not_keep_an_answer_from_quoting(llm: LocalLLM) -> None:
    (plain,) = llm.complete([ask("hello")])
    llm.network.generation_config.repetition_penalty = 5.0
    try:
        (again,) = llm.complete([ask("hello")])
    finally:
        llm.network.generation_config.repetition_penalty = 1.0
    assert again == plain
