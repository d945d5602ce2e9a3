"""Llama Guard's verdict and codes are read in full or not at all."""

import pytest

from hf_toxspan.core.verdicts import Verdict
from hf_toxspan.judging.judge import Opinion
from hf_toxspan.judging.llama_guard import LlamaGuard
from hf_toxspan.llm.calls import Answer
from tests.judging.recorded import complaint, says, verdict


def test_the_published_answers_are_read() -> None:
    assert verdict(LlamaGuard(), "\n\nsafe") == Verdict(toxic=False)
    opinion = LlamaGuard().read("", [Answer("\n\nunsafe\nS1,S10", "stop")])
    assert opinion == Opinion(Verdict(toxic=True), "unsafe: S1 Violent Crimes, S10 Hate")


def test_the_probability_is_that_of_unsafe() -> None:
    assert verdict(LlamaGuard(), says("\n\nsafe", "safe", safe=0.75, unsafe=0.25)).toxicity == pytest.approx(0.25)
    unsafe = says("\n\nunsafe\nS10", "unsafe", safe=0.25, unsafe=0.75)
    assert verdict(LlamaGuard(), unsafe).toxicity == pytest.approx(0.75)


def test_a_text_that_is_unsafe_for_other_hazards_is_not_called_clean() -> None:
    answer = says("unsafe\nS1", "unsafe", safe=0.1, unsafe=0.9)
    assert "unsafe, but for S1 Violent Crimes alone" in complaint(LlamaGuard(), answer)
    assert verdict(LlamaGuard(frozenset({"S1", "S10"})), answer).toxic


@pytest.mark.parametrize(
    "answer",
    ["", "Safe", "safe\nunsafe\nS10", "safe\nS10", "unsafe", "unsafe S10", "unsafe\nS15", "unsafe\nS10 S1", "safe."],
)
def test_anything_else_is_unparsed(answer: str) -> None:
    assert complaint(LlamaGuard(), answer)


def test_codes_that_were_cut_off_are_unparsed() -> None:
    assert "cut off" in complaint(LlamaGuard(), Answer("unsafe\nS1", "length"))


def test_an_unknown_code_is_named() -> None:
    with pytest.raises(ValueError, match=r"toxic_codes is \['S99'\]; expected some of S1"):
        LlamaGuard(frozenset({"S99"}))
