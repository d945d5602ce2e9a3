"""Every guard, from the question to the verdict: through servers, through a local model, and with broken answers."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hf_toxspan.judging.guards import GUARDS, load_guard
from hf_toxspan.judging.judge import Judge, Opinion
from hf_toxspan.llm.answers import Unparsed
from hf_toxspan.llm.calls import Answer
from hf_toxspan.llm.local import LocalLLM
from hf_toxspan.llm.server import ServerLLM
from tests.chat_servers import Reply, Serve, page
from tests.judging.recorded import SAYINGS, sayings, says


@pytest.fixture(params=GUARDS)
def named(request: pytest.FixtureRequest) -> tuple[str, Judge]:
    return request.param, load_guard(request.param)


def completion(text: str, logprobs: list[dict[str, Any]] | None) -> Reply:
    choice: dict[str, Any] = {"message": {"content": text}, "finish_reason": "stop"}
    if logprobs is not None:
        choice["logprobs"] = {"content": logprobs}
    return page(json.dumps({"choices": [choice]}).encode())


@pytest.mark.parametrize("with_logprobs", [True, False])
def test_a_guard_is_asked_and_read_through_a_server(
    named: tuple[str, Judge], serve: Serve, with_logprobs: bool
) -> None:
    name, judge = named
    _, toxic, no, yes = sayings(name)
    answer = says(toxic, yes, **{yes: 0.75, no: 0.25})
    server = serve(lambda number, body: completion(toxic, answer.logprobs if with_logprobs else None))
    requests = judge.requests("get lost, you old fool")
    answers = ServerLLM("guard", base_url=server.url).complete(requests)
    opinion = judge.read("get lost, you old fool", [answer for answer in answers if isinstance(answer, Answer)])
    assert isinstance(opinion, Opinion) and opinion.verdict.toxic and opinion.rationale and not opinion.verdict.spans
    assert opinion.verdict.toxicity == (pytest.approx(0.75) if with_logprobs else None)
    bodies = [call["body"] for call in server.calls]
    assert [body["logprobs"] for body in bodies] == [True] * len(requests)
    assert [body.get("chat_template_kwargs", {}) for body in bodies] == [
        request.parameters.extra_body.get("chat_template_kwargs", {}) for request in requests
    ]


@pytest.mark.parametrize("name", ["qwen3guard", "shieldgemma-plain", "llama-guard", "granite-guardian-4.1"])
def test_a_model_that_is_no_guard_is_unparsed(name: str, chat_folder: Path) -> None:
    judge, llm = load_guard(name), LocalLLM.load(chat_folder)
    llm.network.config.max_position_embeddings = 2048
    answers = llm.complete(judge.requests("bạn rất ngu"))
    assert [type(answer) for answer in answers] == [Answer] * len(answers)
    assert isinstance(judge.read("bạn rất ngu", [a for a in answers if isinstance(a, Answer)]), Unparsed)


WORDS = [said for saying in SAYINGS.values() for said in saying]
EDITED = st.tuples(st.sampled_from(WORDS), st.integers(0, 40), st.text(max_size=3))
BROKEN = st.text() | EDITED.map(lambda edit: edit[0][: edit[1]] + edit[2] + edit[0][edit[1] :])
NOT_TOXICITY = re.compile(r"\s*(Safety: (Unsafe|Controversial)\nCategories: |unsafe\nS)[\w &,-]+\s*")
ASIDE = re.compile(r"<think>.*</think>|<confidence>\s*(High|Low)\s*</confidence>|[.,:]\s*$|\s", re.DOTALL)


@given(BROKEN, st.sampled_from(["stop", "length", None]), st.sampled_from(list(GUARDS)))
def test_only_the_exact_words_of_a_format_read_as_clean(said: str, finish_reason: str | None, name: str) -> None:
    judge = load_guard(name)
    answers = [Answer(said, finish_reason)] * len(judge.requests("a text"))
    opinion = judge.read("a text", answers)
    if isinstance(opinion, Opinion) and not opinion.verdict.toxic:
        clean = sayings(name)[0]
        assert ASIDE.sub("", said) == ASIDE.sub("", clean) or NOT_TOXICITY.fullmatch(said)


def test_names_say_what_an_answer_depends_on() -> None:
    names = {load_guard(name).name for name in GUARDS}
    assert len(names) == len(GUARDS) and "qwen3guard loose Unethical Acts/Violent" in names


def test_an_unknown_guard_is_told_the_known_ones() -> None:
    with pytest.raises(ValueError, match="there is no guard 'llama'; expected one of qwen3guard, "):
        load_guard("llama")
