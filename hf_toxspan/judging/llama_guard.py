"""Llama Guard 3 and 4 as judges: safe, or unsafe with the codes of hazards; eight languages, no Chinese or Vietnamese.

The template sets the text raw as the last ``User:`` message of a conversation and asks about that message only. A text
that writes ``User: hello`` on a line of its own would have the greeting judged in its place: `guarding.as_one_line`
leaves it no line. Source: PurpleLlama's model cards and the notebooks of the Llama cookbook.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from hf_toxspan.core.verdicts import Verdict
from hf_toxspan.judging.guarding import as_one_line, guard_request, match_answer, off_topic, probability_of
from hf_toxspan.judging.judge import Opinion
from hf_toxspan.llm.answers import Unparsed
from hf_toxspan.llm.calls import Answer, Request

HAZARDS = {
    "S1": "Violent Crimes",
    "S2": "Non-Violent Crimes",
    "S3": "Sex-Related Crimes",
    "S4": "Child Sexual Exploitation",
    "S5": "Defamation",
    "S6": "Specialized Advice",
    "S7": "Privacy",
    "S8": "Intellectual Property",
    "S9": "Indiscriminate Weapons",
    "S10": "Hate",
    "S11": "Suicide & Self-Harm",
    "S12": "Sexual Content",
    "S13": "Elections",
    "S14": "Code Interpreter Abuse",
}
_CODE = "S(?:1[0-4]|[1-9])"
_GRAMMAR = re.compile(rf"safe|unsafe\n(?P<codes>{_CODE}(?:, ?{_CODE})*)")


@dataclass(frozen=True)
class LlamaGuard:
    """Reads the verdict and the codes; gives no spans.

    Args:
        toxic_codes: The hazards that are toxicity. By default hate (S10) alone: the list has none for insults and
            threats between persons, which the model therefore may call safe.

    Raises:
        ValueError: If a code is unknown, or there is none.
    """

    toxic_codes: frozenset[str] = frozenset({"S10"})

    def __post_init__(self) -> None:
        if not self.toxic_codes or self.toxic_codes - HAZARDS.keys():
            raise ValueError(f"toxic_codes is {sorted(self.toxic_codes)}; expected some of {', '.join(HAZARDS)}")

    @property
    def name(self) -> str:
        """The format and the codes."""
        return f"llama-guard {'/'.join(sorted(self.toxic_codes))}"

    def requests(self, text: str) -> tuple[Request, ...]:
        """Ask about a text; the hazards are the template's own, those the model was trained on.

        Args:
            text: The text.

        Returns:
            One request.
        """
        return (guard_request([as_one_line(text)], max_tokens=64),)

    def read(self, text: str, answers: Sequence[Answer]) -> Opinion | Unparsed:
        """Read the verdict and its codes.

        Args:
            text: The text that was asked about.
            answers: The one answer.

        Returns:
            The opinion, with the hazards as its rationale, or why there is none. Its toxicity is the probability of
            "unsafe". A text that is unsafe for other hazards alone is none: the model names what it finds worst, so
            that an insult in a text about weapons may go unsaid.
        """
        (answer,) = answers
        found = match_answer(_GRAMMAR, answer)
        if isinstance(found, Unparsed):
            return found
        probability = probability_of(answer, found.start(), ("safe", "unsafe"), ("unsafe",))
        if not found["codes"]:
            return Opinion(Verdict(toxic=False, toxicity=probability), "safe")
        codes = re.split(", ?", found["codes"])
        hazards = ", ".join(f"{code} {HAZARDS[code]}" for code in codes)
        if self.toxic_codes.isdisjoint(codes):
            return off_topic(hazards, answer)
        return Opinion(Verdict(toxic=True, toxicity=probability), f"unsafe: {hazards}")
