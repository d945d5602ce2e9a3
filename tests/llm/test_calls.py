"""Requests have keys that say all that decides the answer; answers survive being written."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hf_toxspan.llm.calls import Answer, Message, Parameters, Request

REQUEST = Request((Message(role="user", content="hi"),))


def test_equal_requests_have_equal_keys() -> None:
    assert REQUEST.key("m") == Request((Message(content="hi", role="user"),), Parameters()).key("m")


@pytest.mark.parametrize(
    "other",
    [
        replace(REQUEST, draw=1),
        replace(REQUEST, parameters=Parameters(max_tokens=2)),
        replace(REQUEST, parameters=Parameters(extra_body={"structured_outputs": {"choice": ["a"]}})),
        Request((Message(role="system", content="hi"),)),
        Request((Message(role="user", content="hi "),)),
    ],
)
def test_whatever_may_change_the_answer_changes_the_key(other: Request) -> None:
    assert other.key("m") != REQUEST.key("m")


def test_a_parameter_that_is_not_said_is_no_part_of_the_key() -> None:
    """Else a release with one more parameter would pay for everything again."""
    assert REQUEST.to_json("m") == (
        '{"draw":0,"max_tokens":512,"messages":[{"content":"hi","role":"user"}],"model":"m","temperature":0.0}'
    )
    assert '"seed":0' in Request((), Parameters(seed=0)).to_json("m")


def test_another_model_has_another_key() -> None:
    assert REQUEST.key("m") != REQUEST.key("n")


@given(st.text(st.characters(exclude_categories=())), st.none() | st.integers(0))
def test_an_answer_survives_being_written(text: str, tokens: int | None) -> None:
    answer = Answer(text, "stop", tokens, tokens, [{"token": text, "logprob": -0.5}])
    assert Answer.from_json(answer.to_json()) == answer


def test_impossible_parameters_are_named() -> None:
    with pytest.raises(ValueError, match="max_tokens is 0; expected at least 1"):
        Parameters(max_tokens=0)
    for temperature in (-1, float("nan")):
        with pytest.raises(ValueError, match=f"temperature is {temperature}; expected 0"):
            Parameters(temperature=temperature)
    for value in ({1}, float("nan")):
        with pytest.raises(ValueError, match=r"extra_body is .*; expected JSON values"):
            Parameters(extra_body={"top_k": value})
