"""Answers in JSON."""

import json

from hf_toxspan.serving.errors import ApiError
from hf_toxspan.serving.replies import problem, reply


def test_an_answer_is_utf8_that_people_can_read() -> None:
    answer = reply({"text": "蠢"}, headers={"x": "y"})
    assert (answer.status_code, answer.body) == (200, '{"text":"蠢"}'.encode())
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["x"] == "y"


def test_a_problem_has_its_code_and_headers() -> None:
    answer = problem(ApiError(429, "RESOURCE_EXHAUSTED", "Full.", headers={"Retry-After": "2"}))
    assert (answer.status_code, answer.headers["retry-after"]) == (429, "2")
    assert json.loads(answer.body)["error"]["message"] == "Full."
