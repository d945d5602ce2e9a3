"""Qwen3Guard's two lines are read in full or not at all."""

import pytest

from hf_toxspan.core.verdicts import Verdict
from hf_toxspan.judging.judge import Opinion
from hf_toxspan.judging.qwen3guard import Qwen3Guard
from hf_toxspan.llm.answers import Unparsed
from hf_toxspan.llm.calls import Answer
from tests.judging.recorded import complaint, says, verdict

UNETHICAL = "Safety: Unsafe\nCategories: Unethical Acts"


def test_the_published_answers_are_read() -> None:
    assert verdict(Qwen3Guard(), UNETHICAL) == Verdict(toxic=True)
    assert verdict(Qwen3Guard(), "\nSafety: Safe\nCategories: None\n") == Verdict(toxic=False)
    several = [Answer("Safety: Unsafe\nCategories: Suicide & Self-Harm, Violent")]
    assert Qwen3Guard().read("", several) == Opinion(Verdict(toxic=True), "Unsafe: Suicide & Self-Harm, Violent")


def test_controversial_counts_as_the_mode_says() -> None:
    answer = "Safety: Controversial\nCategories: Unethical Acts"
    assert (verdict(Qwen3Guard(), answer).toxic, verdict(Qwen3Guard(strict=False), answer).toxic) == (True, False)


def test_the_probability_is_that_of_the_unsafe_levels() -> None:
    answer = says(UNETHICAL, "Unsafe", Unsafe=0.5, Controversial=0.3, Safe=0.2)
    assert verdict(Qwen3Guard(), answer).toxicity == pytest.approx(0.8)
    assert verdict(Qwen3Guard(strict=False), answer).toxicity == pytest.approx(0.5)
    clean = says("Safety: Safe\nCategories: None", "Safe", Safe=0.9, Unsafe=0.1)
    found = verdict(Qwen3Guard(strict=False), clean)
    assert (found.toxic, found.toxicity) == (False, pytest.approx(0.1))


def test_a_text_that_is_unsafe_for_another_reason_is_not_called_clean() -> None:
    answer = says("Safety: Unsafe\nCategories: PII", "Unsafe", Unsafe=0.9, Safe=0.1)
    assert "unsafe, but for PII alone" in complaint(Qwen3Guard(), answer)
    assert "Jailbreak" in complaint(Qwen3Guard(), "Safety: Unsafe\nCategories: Jailbreak")
    assert verdict(Qwen3Guard(strict=False), "Safety: Controversial\nCategories: PII") == Verdict(toxic=False)
    assert verdict(Qwen3Guard(toxic_categories=frozenset({"PII"})), answer).toxic


@pytest.mark.parametrize(
    "answer",
    [
        "Safety: Safe",
        "Safety: safe\nCategories: None",
        "Safe",
        "Safety: Safe\nCategories: Unethical Acts",
        "Safety: Unsafe\nCategories: None",
        "Safety: Unsafe\nCategories: Rudeness",
        "Safety: Safe\nCategories: None\nSafety: Unsafe\nCategories: Violent",
        "Safety: Safe\nCategories: None\nRefusal: No",
        "I think: Safety: Safe\nCategories: None",
        "I can't help with that.",
        "",
    ],
)
def test_anything_else_is_unparsed(answer: str) -> None:
    assert complaint(Qwen3Guard(), answer)


def test_an_answer_that_was_cut_off_is_unparsed() -> None:
    assert "cut off" in complaint(Qwen3Guard(), Answer(UNETHICAL, "length"))


def test_an_unknown_category_is_named() -> None:
    with pytest.raises(ValueError, match=r"toxic_categories is \['Rudeness'\]; expected some of Violent"):
        Qwen3Guard(toxic_categories=frozenset({"Rudeness"}))


def test_an_attempt_to_break_the_guard_out_is_no_verdict_on_the_text() -> None:
    said = "Safety: Unsafe\nCategories: Jailbreak"
    assert isinstance(Qwen3Guard().read("text", [Answer(said)]), Unparsed)
    found = Qwen3Guard().read("text", [Answer(f"{said}, Unethical Acts")])
    assert isinstance(found, Opinion) and found.verdict.toxic
