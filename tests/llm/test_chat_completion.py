"""A chat completion is read choice by choice, and what can't be read is named."""

import json
from typing import Any

import pytest
from huggingface_hub import ChatCompletionOutput
from hypothesis import given
from hypothesis import strategies as st

from hf_toxspan.llm.calls import Answer, CallError
from hf_toxspan.llm.chat_completion import read_choices, short


def completion(*contents: Any, **more: Any) -> Any:
    """Parse a completion as the client does."""
    choices = [{"index": 0, "finish_reason": "stop", "message": {"content": content}} for content in contents]
    return ChatCompletionOutput.parse_obj_as_instance(json.loads(json.dumps({"choices": choices, **more})))


def usage(read: object, written: object) -> dict[str, object]:
    return {"usage": {"prompt_tokens": read, "completion_tokens": written}}


def test_a_choice_is_an_answer() -> None:
    assert read_choices(completion("well", **usage(10, 5))) == [Answer("well", "stop", 10, 5)]


def test_choices_share_what_was_written_and_the_first_has_read() -> None:
    answers = [Answer("a", "stop", 10, 3), Answer("b", "stop", 0, 2), Answer("c", "stop", 0, 2)]
    assert read_choices(completion("a", "b", "c", **usage(10, 7)), 3) == answers


@given(st.integers(0, 50), st.integers(0, 1000), st.integers(1, 6), st.integers(1, 6))
def test_tokens_add_up_to_those_of_the_server(read: int, written: int, given: int, asked: int) -> None:
    answers = read_choices(completion(*("a" * given), **usage(read, written)), asked)
    assert len(answers) == min(given, asked)
    assert sum(answer.prompt_tokens for answer in answers) == read  # type: ignore[misc, union-attr]
    parts = [answer.completion_tokens for answer in answers]  # type: ignore[union-attr]
    assert sum(parts) == written and max(parts) - min(parts) <= 1  # type: ignore[arg-type, operator, type-var]


@pytest.mark.parametrize("more", [{}, {"usage": "abc"}, usage("10", -5), usage(None, 1.5), usage([1], 2**60)])
def test_counts_that_are_none_are_missing_of_every_choice(more: dict[str, object]) -> None:
    assert read_choices(completion("a", "b", **more), 2) == [Answer("a", "stop"), Answer("b", "stop")]


def test_a_choice_that_can_not_be_read_is_an_error_among_answers() -> None:
    first, second, third = read_choices(completion("a", 5, [{"type": "text", "text": "c"}], **usage(4, 3)), 3)
    assert (first, third) == (Answer("a", "stop", 4, 1), Answer("c", "stop", 0, 1))
    assert isinstance(second, CallError) and second.kind == "nonsense"
    assert "the content is 5, no text" in str(second)


@pytest.mark.parametrize("body", [{"choices": []}, {"choices": None}, {"error": "overloaded"}])
def test_where_there_is_no_choice_every_request_has_the_error(body: dict[str, object]) -> None:
    results = read_choices(ChatCompletionOutput.parse_obj_as_instance(body), 3)
    assert [result.kind for result in results if isinstance(result, CallError)] == ["nonsense"] * 3
    assert "with no choice to read" in str(results[0])


def test_what_a_server_said_is_cut_to_a_line() -> None:
    assert short("overloaded,   come back\nlater") == "overloaded, come back later"
    assert short("a lot " * 1000) == ("a lot " * 50) + " ..."
