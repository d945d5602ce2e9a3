"""Qwen3Guard-Gen as a judge: three levels of safety and categories, 119 languages (arXiv 2510.14276).

The text is moderated as a user's prompt. The model's template sets it raw between ``<BEGIN CONVERSATION>`` and ``<END
CONVERSATION>``: `guarding.as_one_line` keeps it there. A text that the model takes for an attempt to break it out may
be answered with the category Jailbreak alone: that is neither toxic nor clean, but no verdict.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from hf_toxspan.core.verdicts import Verdict
from hf_toxspan.judging.guarding import as_one_line, guard_request, match_answer, off_topic, probability_of
from hf_toxspan.judging.judge import Opinion
from hf_toxspan.llm.answers import Unparsed
from hf_toxspan.llm.calls import Answer, Request

LEVELS = ("Safe", "Unsafe", "Controversial")
CATEGORIES = (
    "Violent",
    "Non-violent Illegal Acts",
    "Sexual Content or Sexual Acts",
    "PII",
    "Suicide & Self-Harm",
    "Unethical Acts",
    "Politically Sensitive Topics",
    "Copyright Violation",
    "Jailbreak",
)
_CATEGORY = "|".join(map(re.escape, CATEGORIES))
# README of Qwen3Guard; a safe text has no category, any other has one at least.
_GRAMMAR = re.compile(
    rf"Safety: (?:(?P<safe>Safe)\nCategories: None|"
    rf"(?P<level>Unsafe|Controversial)\nCategories: (?P<categories>(?:{_CATEGORY})(?:, (?:{_CATEGORY}))*))"
)


@dataclass(frozen=True)
class Qwen3Guard:
    """Reads the level and the categories; gives no spans.

    Args:
        strict: Controversial counts as unsafe (the report's strict mode); else as safe (its loose mode).
        toxic_categories: Those that make an unsafe text toxic. Hate, insults, harassment and threats are Unethical
            Acts by the model's card; Violent is added here (ours), as some threats are filed there.

    Raises:
        ValueError: If a category is unknown, or there is none.
    """

    strict: bool = True
    toxic_categories: frozenset[str] = frozenset({"Unethical Acts", "Violent"})

    def __post_init__(self) -> None:
        if not self.toxic_categories or self.toxic_categories - set(CATEGORIES):
            raise ValueError(
                f"toxic_categories is {sorted(self.toxic_categories)}; expected some of {', '.join(CATEGORIES)}"
            )

    @property
    def name(self) -> str:
        """The format, the mode and the categories."""
        return f"qwen3guard {'strict' if self.strict else 'loose'} {'/'.join(sorted(self.toxic_categories))}"

    @property
    def unsafe_levels(self) -> tuple[str, ...]:
        """The levels that count as unsafe."""
        return LEVELS[1:] if self.strict else LEVELS[1:2]

    def requests(self, text: str) -> tuple[Request, ...]:
        """Ask about a text; the instructions are the template's.

        Args:
            text: The text.

        Returns:
            One request.
        """
        return (guard_request([as_one_line(text)], max_tokens=128),)

    def read(self, text: str, answers: Sequence[Answer]) -> Opinion | Unparsed:
        """Read the two lines of the answer.

        Args:
            text: The text that was asked about.
            answers: The one answer.

        Returns:
            The opinion, with level and categories as its rationale, or why there is none. Its toxicity is the
            probability of the unsafe levels. A text that is unsafe for other reasons alone is none: nothing is said of
            toxicity, and an insult with a jailbreak beside it may be filed under Jailbreak. The level is the likeliest
            of three, so that in strict mode a safe text may have a toxicity above one half.
        """
        (answer,) = answers
        found = match_answer(_GRAMMAR, answer)
        if isinstance(found, Unparsed):
            return found
        if found["safe"]:
            return Opinion(Verdict(toxic=False, toxicity=self._unsafe(answer, found.start("safe"))), "Safe")
        unsafe = found["level"] in self.unsafe_levels
        relevant = not self.toxic_categories.isdisjoint(found["categories"].split(", "))
        if unsafe and not relevant:
            return off_topic(found["categories"], answer)
        toxicity = self._unsafe(answer, found.start("level")) if relevant else None
        return Opinion(Verdict(unsafe, toxicity=toxicity), f"{found['level']}: {found['categories']}")

    def _unsafe(self, answer: Answer, start: int) -> float | None:
        return probability_of(answer, start, LEVELS, self.unsafe_levels)
