"""A judge for any chat model: what it asks can't be spoken to, and what it reads is never clean by default."""

import json
import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hf_toxspan.core.spans import Span
from hf_toxspan.core.verdicts import Verdict
from hf_toxspan.judging.chat import ChatJudge, answer_schema
from hf_toxspan.judging.judge import Opinion
from hf_toxspan.llm.answers import Unparsed
from hf_toxspan.llm.calls import Answer, Parameters
from hf_toxspan.llm.prompts import Prompt, load_prompt
from hf_toxspan.llm.server import ServerLLM
from tests.chat_servers import Serve, says

LABELS = {"normal": False, "offensive": True, "hatespeech": True}
TEXT = "you stupid old fool, fool"


def judge(**settings: Any) -> ChatJudge:
    return ChatJudge(**{"labels": LABELS, **settings})


def answer(label: Any, *spans: Any, **more: Any) -> Answer:
    return Answer(json.dumps({"label": label, "spans": list(spans), **more}))


def read(given: Answer | str, text: str = TEXT) -> Opinion | Unparsed:
    return judge().read(text, [Answer(given) if isinstance(given, str) else given])


def asked(text: str, **settings: Any) -> dict[str, Any]:
    (request,) = judge(**settings).requests(text)
    data: dict[str, Any] = json.loads(request.messages[-1]["content"])
    return data


def test_the_question_is_one_object_with_text_labels_and_slang() -> None:
    notes = [{"term": "fool", "note": "an insult, or a jester"}]
    assert asked(TEXT, slang=lambda text: notes if "fool" in text else []) == {
        "text": TEXT,
        "labels": {"normal": "not toxic", "offensive": "toxic", "hatespeech": "toxic"},
        "slang": notes,
    }
    assert asked(TEXT)["slang"] == []
    assert asked(TEXT, prompt=load_prompt("judge_short")) == {"text": TEXT, "slang": []}


@given(st.text())
def test_no_text_changes_the_instructions_or_leaves_its_place(text: str) -> None:
    (request,) = judge().requests(text)
    (harmless,) = judge().requests("hello")
    system, user = request.messages
    assert system == harmless.messages[0]
    assert json.loads(user["content"]).keys() == {"text", "labels", "slang"}
    assert "<" not in user["content"]


def test_label_quotes_and_reason_are_read() -> None:
    verdict = Verdict(toxic=True, label="offensive", spans=(Span(4, 10), Span(15, 19), Span(21, 25)))
    found = read(answer("offensive", "stupid", "fool", reason="two insults"))
    assert found == Opinion(verdict, "two insults")
    assert read(answer("normal")) == Opinion(Verdict(toxic=False, label="normal"))


def test_made_up_quotes_are_left_out_and_leave_the_label() -> None:
    assert read(answer("hatespeech", "idiot", "fool", "")) == Opinion(
        Verdict(toxic=True, label="hatespeech", spans=(Span(15, 19), Span(21, 25))), rejected=("idiot", "")
    )
    assert read(answer("hatespeech", "idiot")) == Opinion(Verdict(toxic=True, label="hatespeech"), rejected=("idiot",))


@pytest.mark.parametrize(
    ("given", "complaint"),
    [
        (answer("nice"), "\"label\" is 'nice'; expected one of normal, offensive, hatespeech"),
        (answer("NORMAL"), "\"label\" is 'NORMAL'"),
        (answer(None), '"label" is None'),
        (answer(["normal"]), "\"label\" is ['normal']"),
        (answer("normal", "fool"), "\"label\" is 'normal', which is not toxic, yet toxic words are quoted"),
        (answer("offensive", 3), '"spans" is [3]'),
        (Answer('{"label": "offensive", "spans": "fool"}'), "\"spans\" is 'fool'"),
        (Answer('{"label": "normal"}'), "no JSON object with the fields label, spans"),
        (answer("normal", reason=["x"]), "\"reason\" is ['x']"),
        (Answer('{"label": "normal", "spans": ["fo', finish_reason="length"), "cut off"),
        (Answer('{"label": "normal", "spans": []} {"label": "offensive", "spans": []}'), "2 JSON objects"),
        (Answer("normal"), "no JSON object"),
        (Answer(""), "an empty answer"),
    ],
)
def test_what_is_no_answer_is_unparsed_and_never_clean(given: Answer, complaint: str) -> None:
    found = read(given)
    assert isinstance(found, Unparsed)
    assert complaint in found.reason
    assert found.raw == given.text


@given(st.text() | st.recursive(st.none() | st.booleans() | st.text(), st.lists).map(json.dumps))
def test_only_an_object_with_a_known_label_is_an_opinion(said: str) -> None:
    assert isinstance(read(said), Unparsed)


def token(string: str, **listed: float) -> dict[str, Any]:
    """A token that was answered, and what might have stood there, by name ("_" is a blank)."""
    top = [{"token": name.replace("_", " "), "logprob": math.log(share)} for name, share in listed.items()]
    return {"token": string, "logprob": 0.0 if not listed else top[0]["logprob"], "top_logprobs": top or [
        {"token": string, "logprob": 0.0}
    ]}  # fmt: skip


def test_the_labels_probabilities_are_read_where_the_label_is_written() -> None:
    tokens = [
        token('{"label": "'),
        token("off", off=0.5, normal=0.3, hate=0.2),
        token("ensive"),
        token('", "spans": ["fool"]}'),
    ]
    said = "".join(each["token"] for each in tokens)
    found = read(Answer(said, logprobs=tokens))
    assert isinstance(found, Opinion)
    assert found.verdict.probabilities == pytest.approx({"normal": 0.3, "offensive": 0.5, "hatespeech": 0.2})
    assert found.verdict.toxicity == pytest.approx(0.7)


def test_without_log_probabilities_there_is_no_probability_and_beside_another_label_no_verdict() -> None:
    said = '{"label": "offensive", "spans": []}'
    found = read(Answer(said))
    assert isinstance(found, Opinion)
    assert (found.verdict.probabilities, found.verdict.toxicity) == ({}, None)
    echo = f'I think "label": "normal" is wrong: {said}'
    assert isinstance(read(Answer(echo, logprobs=[token(echo)])), Unparsed)


def test_structure_is_asked_for_beside_what_else_was_wanted_and_verified_all_the_same(serve: Serve) -> None:
    asking = judge(structured=True, parameters=Parameters(max_tokens=9, extra_body={"top_k": 3}))
    schema = answer_schema(list(LABELS))
    (request,) = asking.requests(TEXT)
    assert request.parameters.extra_body == {
        "top_k": 3,
        "response_format": {
            "type": "json_schema",
            "json_schema": {"name": "verdict", "strict": True, "schema": schema},
        },
    }
    assert list(schema["properties"]) == ["label", "spans", "reason"]

    server = serve(lambda number, body: says('{"label": "nice", "spans": [], "reason": ""}'))
    (given,) = ServerLLM("m", base_url=server.url).complete([request])
    (call,) = server.calls
    assert json.dumps(schema) in json.dumps(call["body"]["response_format"])  # huggingface_hub writes it its own way
    assert (call["body"]["top_k"], call["body"]["max_tokens"]) == (3, 9)
    assert isinstance(given, Answer) and isinstance(asking.read(TEXT, [given]), Unparsed)


def test_its_name_tells_the_prompt_and_the_labels() -> None:
    assert judge().name == f"chat {load_prompt('judge').provenance} normal/offensive/hatespeech"


@pytest.mark.parametrize(
    ("settings", "complaint"),
    [
        ({"labels": {"a": True, "b": True}}, "expected a toxic one"),
        ({"labels": {}}, "expected a toxic one"),
        ({"prompt": Prompt("own", 1, "Judge.", "{{text}} {{clues}}", "0")}, "places for clues, text"),
        ({"prompt": Prompt("own", 1, "Judge.", "{{labels}}", "0")}, "expected text"),
        ({"prompt": Prompt("own", 1, "Judge.", "{{text}}", "0"), "slang": lambda text: []}, "no place for slang"),
    ],
)
def test_a_judge_that_could_not_work_is_refused(settings: dict[str, Any], complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        judge(**settings)


def test_a_server_gets_the_schema_in_the_form_that_openai_has(serve: Serve) -> None:
    server = serve(lambda _number, _body: says('{"label": "toxic", "spans": [], "reason": ""}'))
    (request,) = ChatJudge(structured=True).requests("text")
    ServerLLM("m", base_url=server.url).complete([request])
    wanted = server.calls[0]["body"]["response_format"]
    assert wanted["type"] == "json_schema"
    assert wanted["json_schema"]["schema"] == answer_schema(["non-toxic", "toxic"])
