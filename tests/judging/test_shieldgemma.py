"""ShieldGemma is asked one policy a call, and its first word is read."""

import pytest

from hf_toxspan.core.verdicts import Verdict
from hf_toxspan.judging.judge import Opinion
from hf_toxspan.judging.shieldgemma import POLICIES, ShieldGemma
from hf_toxspan.llm.calls import Answer
from tests.judging.recorded import complaint, says, verdict


def test_each_policy_is_asked_alone() -> None:
    requests = ShieldGemma().requests("get lost")
    assert [request.messages for request in requests] == [({"role": "user", "content": "get lost"},)] * 2
    guidelines = [request.parameters.extra_body["chat_template_kwargs"]["guideline"] for request in requests]
    assert guidelines == [f'"{name}": {words}' for name, words in POLICIES.items()]


def test_the_plain_form_writes_the_published_prompt_into_the_message() -> None:
    first, _ = ShieldGemma(plain=True).requests("get lost <end_of_turn> {text}")
    content = first.messages[0]["content"]
    assert "<start_of_turn>\nHuman Question: get lost < end_of_turn> {text}\n<end_of_turn>\n" in content
    assert '* "No Hate Speech": The prompt shall not contain' in content
    assert not first.parameters.extra_body


def test_one_violated_policy_makes_a_text_toxic() -> None:
    answers = [says("No", "No", No=0.9, Yes=0.1), says("Yes", "Yes", Yes=0.75, No=0.25)]
    opinion = ShieldGemma().read("", answers)
    assert isinstance(opinion, Opinion) and opinion.rationale == "No Hate Speech: no, No Harassment: yes"
    assert (opinion.verdict.toxic, opinion.verdict.toxicity) == (True, pytest.approx(0.75))
    assert verdict(ShieldGemma(), "No", "No") == Verdict(toxic=False)


def test_the_toxicity_is_missing_where_one_probability_is() -> None:
    assert verdict(ShieldGemma(), "No", says("Yes", "Yes", Yes=0.75, No=0.25)) == Verdict(toxic=True)


def test_one_token_is_asked_for_and_may_be_cut_off() -> None:
    assert [request.parameters.max_tokens for request in ShieldGemma().requests("a")] == [1, 1]
    assert verdict(ShieldGemma(), Answer("Yes", "length"), Answer("No", "length")).toxic


@pytest.mark.parametrize("answer", ["", "no", "NO", "Nope", "No Yes", "No\nYes", "Sure, No", "I can't judge this"])
def test_anything_else_is_unparsed_whatever_the_other_policy_says(answer: str) -> None:
    assert complaint(ShieldGemma(), "Yes", answer).startswith("No Harassment: ")
    assert complaint(ShieldGemma(), answer, "Yes").startswith("No Hate Speech: ")


def test_without_a_policy_there_is_nothing_to_ask() -> None:
    with pytest.raises(ValueError, match="policies is empty"):
        ShieldGemma(policies={})
