"""Answers as servers write them, with the log-probabilities of one word."""

import math
import re
from typing import Any

from hf_toxspan.core.verdicts import Verdict
from hf_toxspan.judging.judge import Judge, Opinion
from hf_toxspan.llm.answers import Unparsed
from hf_toxspan.llm.calls import Answer

# What says, by each published format, that a text is clean, and that it is toxic; and the word that says so.
SAYINGS = {
    "qwen3guard": ("Safety: Safe\nCategories: None", "Safety: Unsafe\nCategories: Unethical Acts", "Safe", "Unsafe"),
    "shieldgemma": ("No", "Yes", "No", "Yes"),
    "llama-guard": ("safe", "unsafe\nS10", "safe", "unsafe"),
    "granite-guardian-3.0": ("No", "Yes", "No", "Yes"),
    "granite-guardian": ("<score> no </score>", "<score> yes </score>", "no", "yes"),
}


def sayings(name: str) -> tuple[str, str, str, str]:
    """Return what a guard says, by its name or the judge's."""
    return next(saying for family, saying in SAYINGS.items() if name.replace(" ", "-").startswith(family))


def says(text: str, word: str, **probabilities: float) -> Answer:
    """Say a text; at the first place of a word, it and others had these probabilities, the word with its blank."""
    start = re.search(rf"\b{word}\b", text).start()  # type: ignore[union-attr]
    blank = " " if text[:start].endswith(" ") else ""
    before, after = text[: start - len(blank)], text[start + len(word) :]
    listed = [{"token": blank + other, "logprob": math.log(share)} for other, share in probabilities.items()]
    chosen = {"token": blank + word, "logprob": math.log(probabilities[word]), "top_logprobs": listed}
    pieces: list[dict[str, Any]] = [{"token": piece, "logprob": 0.0, "top_logprobs": []} for piece in (before, after)]
    return Answer(text, "stop", logprobs=[pieces[0], chosen, pieces[1]])


def verdict(judge: Judge, *answers: Answer | str) -> Verdict:
    """Read answers that can be read."""
    opinion = judge.read(
        "a text", [Answer(answer, "stop") if isinstance(answer, str) else answer for answer in answers]
    )
    assert isinstance(opinion, Opinion), opinion
    return opinion.verdict


def complaint(judge: Judge, *answers: Answer | str) -> str:
    """Read answers of which one can't be read."""
    found = judge.read("a text", [Answer(answer, "stop") if isinstance(answer, str) else answer for answer in answers])
    assert isinstance(found, Unparsed), found
    return found.reason
