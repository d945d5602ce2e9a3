"""What did not come has a status and a reason."""

import pytest

from hf_toxspan.llm.answers import Unparsed
from hf_toxspan.llm.calls import Answer, CallError
from hf_toxspan.llm.outcomes import Answered, Failed, NotAsked, Outcome, Shortfall, read_outcome
from hf_toxspan.llm.pacing import OUT_OF_CALLS, OUT_OF_TOKENS


def read(answer: Answer) -> str | Unparsed:
    return answer.text if answer.text.startswith("good") else Unparsed("not good", answer.text)


@pytest.mark.parametrize(
    ("outcome", "value"),
    [
        (Answered(Answer("good day"), stored=True), "good day"),
        (Answered(Answer("bad"), stored=False), Shortfall("unparsed", "not good; it said 'bad'")),
        (Answered(Answer(" "), stored=False), Shortfall("unparsed", "not good")),
        (Failed(CallError("server", "HTTP 500"), 5), Shortfall("failed", "HTTP 500")),
        (NotAsked(OUT_OF_CALLS), Shortfall("budget", "budget of calls")),
        (NotAsked(OUT_OF_TOKENS), Shortfall("budget", "budget of tokens")),
        (NotAsked("the server refuses"), Shortfall("stopped", "the server refuses")),
    ],
)
def test_every_outcome_is_a_value_or_a_shortfall(outcome: Outcome, value: str | Shortfall) -> None:
    assert read_outcome(outcome, read) == value


def test_a_long_answer_is_shown_in_part_and_says_so() -> None:
    shortfall = read_outcome(Answered(Answer("x" * 1000), stored=True), read)
    assert isinstance(shortfall, Shortfall)
    assert shortfall.detail.endswith("xxx...'") and len(shortfall.detail) < 250
