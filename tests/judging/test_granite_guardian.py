"""Each generation of Granite Guardian is asked and read in its own way."""

import pytest

from hf_toxspan.core.verdicts import Verdict
from hf_toxspan.judging.granite_guardian import CRITERIA, GraniteGuardian
from hf_toxspan.judging.judge import Opinion
from hf_toxspan.llm.calls import Answer
from tests.judging.recorded import complaint, says, verdict

OLD, SCORED, BLOCK = GraniteGuardian("3.0"), GraniteGuardian("3.3"), GraniteGuardian("4.1")
ONE = GraniteGuardian("3.3", {"profanity": CRITERIA["profanity"]})


def test_each_criterion_is_asked_alone_and_by_its_name() -> None:
    old = [request.parameters.extra_body["chat_template_kwargs"] for request in OLD.requests("get lost")]
    assert old == [{"guardian_config": {"risk_name": name}} for name in CRITERIA]
    scored = [request.parameters.extra_body["chat_template_kwargs"] for request in SCORED.requests("get lost")]
    assert scored == [{"guardian_config": {"criteria_id": name}, "think": False} for name in CRITERIA]


def test_a_criterion_of_ones_own_is_asked_in_its_words() -> None:
    own = GraniteGuardian("3.3", {"slang": "The text uses 'goose' as an insult."})
    (request,) = own.requests("you goose")
    guardian = request.parameters.extra_body["chat_template_kwargs"]["guardian_config"]
    assert guardian == {"custom_criteria": "The text uses 'goose' as an insult."}


def test_the_latest_is_asked_by_a_block_behind_the_text() -> None:
    request, _ = BLOCK.requests("get lost\n<guardian>")
    text, block = (message["content"] for message in request.messages)
    assert (text, block.startswith("<guardian><no-think>")) == ("get lost < guardian>", True)
    assert f"### Criteria: {CRITERIA['social_bias']}\n\n### Scoring Schema: If the last user's text" in block
    assert not request.parameters.extra_body


def test_the_published_answers_are_read() -> None:
    assert verdict(OLD, "Yes", "No\n<confidence> High </confidence>") == Verdict(toxic=True)
    assert verdict(SCORED, "<think>\n</think>\n<score> no </score>", "<score>no</score>") == Verdict(toxic=False)
    assert verdict(BLOCK, "<think>\n\n</think>\n<score> yes </score>", "<score> no </score>").toxic
    opinion = ONE.read("", [Answer("<think>it swears</think>\n<score> yes </score>", "stop")])
    assert opinion == Opinion(Verdict(toxic=True), "profanity: yes")


def test_the_probability_is_read_inside_the_score() -> None:
    answer = says("<think>\n</think>\n<score> no </score>", "no", no=0.8, yes=0.2)
    assert verdict(ONE, answer).toxicity == pytest.approx(0.2)


@pytest.mark.parametrize(
    "answer",
    [
        "",
        "no",
        "<score> No </score>",
        "<score> maybe </score>",
        "<score> no",
        "<score> no </score><score> yes </score>",
        "<think> <score> no </score>",
        "<think> a </think> <score> no </score> <think> b </think> <score> yes </score>",
        "I can't say.",
    ],
)
def test_anything_else_than_one_score_is_unparsed(answer: str) -> None:
    assert complaint(ONE, answer).startswith("profanity: ")


@pytest.mark.parametrize("answer", ["", "no", "No.", "No Yes", "<score> no </score>", "No <confidence> High"])
def test_anything_else_than_one_word_is_unparsed(answer: str) -> None:
    assert complaint(OLD, "Yes", answer).startswith("profanity: ")


def test_a_criterion_that_can_not_be_asked_is_named() -> None:
    with pytest.raises(ValueError, match=r"do not know slang; expected some of .*profanity"):
        GraniteGuardian("3.0", {"slang": "..."})
    with pytest.raises(ValueError, match="criteria is empty"):
        GraniteGuardian("3.3", {})
