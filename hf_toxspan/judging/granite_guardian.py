"""Granite Guardian as a judge: one criterion a call, answered yes or no; English (README of granite-guardian).

Three generations ask and answer in three ways:

| generation | the criterion goes into | answer |
|---|---|---|
| 3.0, 3.1 | ``guardian_config={"risk_name": ...}`` | ``Yes`` or ``No`` |
| 3.2 | the same | and ``<confidence> High </confidence>`` or ``Low`` |
| 3.3 | ``guardian_config={"criteria_id": ...}`` or ``{"custom_criteria": ...}`` | ``<score> yes </score>`` |
| 4.1 | a ``<guardian>`` block, the last message of the user | ``<score> yes </score>`` |

The text is a message of its own. Up to 3.3 the template sets it raw before the criterion; `guarding.as_one_line` keeps
it from writing a ``<guardian>`` block, a score or a role. None of it helps against a text that argues in plain words.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from hf_toxspan.judging.guarding import Ruling, as_one_line, combine, guard_request, match_answer, probability_of
from hf_toxspan.judging.judge import Opinion
from hf_toxspan.llm.answers import Unparsed
from hf_toxspan.llm.calls import Answer, Request

Generation = Literal["3.0", "3.3", "4.1"]

PUBLISHED = frozenset(
    {"harm", "social_bias", "profanity", "sexual_content", "unethical_behavior", "violence", "jailbreak"}
)
"""Criteria that the templates of 3.0 to 3.3 know by name."""

CRITERIA = {
    "social_bias": "The user's text demeans or attacks people for a group they belong to or are taken to belong to.",
    "profanity": "The user's text insults or uses offensive, vulgar or obscene language.",
}
"""What is toxicity among the criteria; the words, ours, are what generation 4.1 is asked."""

# The parts and their order are those of the model's README, the words ours.
_BLOCK = """<guardian><no-think>You judge whether a text meets a criterion. Answer with the score alone.

### Criteria: {criterion}

### Scoring Schema: If the last user's text meets the criterion, answer <score> yes </score>; if not, answer \
<score> no </score>."""
_WORDS = re.compile(r"(?P<word>Yes|No)(?:\s*<confidence>\s*(?:High|Low)\s*</confidence>)?")
_SCORE = re.compile(r"(?:<think>(?:(?!</think>).)*</think>\s*)?<score>\s*(?P<word>yes|no)\s*</score>", re.DOTALL)


@dataclass(frozen=True)
class GraniteGuardian:
    """Asks one question a criterion; gives no spans.

    Args:
        generation: How it is asked: ``"3.0"`` (to 3.2), ``"3.3"`` or ``"4.1"``.
        criteria: Each criterion's name and words. A name of `PUBLISHED` is asked by name up to 3.3; the words of any
            other, such as the meaning of a slang term, from 3.3 on.

    Raises:
        ValueError: If there is no criterion, or one that the generation can't be asked.
    """

    generation: Generation = "3.3"
    criteria: Mapping[str, str] = field(default_factory=lambda: CRITERIA)

    def __post_init__(self) -> None:
        if not self.criteria:
            raise ValueError("criteria is empty; expected a name and the words of one criterion at least")
        if self.generation == "3.0" and (unknown := sorted(self.criteria.keys() - PUBLISHED)):
            raise ValueError(
                f"Granite Guardian 3.0 to 3.2 do not know {', '.join(unknown)}; expected some of "
                f"{', '.join(sorted(PUBLISHED))}, or generation='3.3'"
            )

    @property
    def name(self) -> str:
        """The format and the criteria."""
        return f"granite-guardian {self.generation} {'/'.join(self.criteria)}"

    def requests(self, text: str) -> tuple[Request, ...]:
        """Ask about a text.

        Args:
            text: The text.

        Returns:
            One request a criterion, in their order.
        """
        return tuple(self._request(as_one_line(text), name, words) for name, words in self.criteria.items())

    def _request(self, line: str, name: str, words: str) -> Request:
        if self.generation == "4.1":
            return guard_request([line, _BLOCK.format(criterion=words)], max_tokens=64)
        arguments: dict[str, Any] = {"guardian_config": {"risk_name": name}}
        if self.generation == "3.3":
            asked = {"criteria_id": name} if name in PUBLISHED else {"custom_criteria": words}
            arguments = {"guardian_config": asked, "think": False}
        return guard_request([line], max_tokens=64, template_arguments=arguments)

    def read(self, text: str, answers: Sequence[Answer]) -> Opinion | Unparsed:
        """Read the answers; "yes" says that the criterion is met.

        Args:
            text: The text that was asked about.
            answers: One a criterion.

        Returns:
            The opinion, toxic where a criterion is met; unparsed where one answer can't be read.
        """
        grammar, words = (_WORDS, ("Yes", "No")) if self.generation == "3.0" else (_SCORE, ("yes", "no"))
        rulings: dict[str, Ruling] = {}
        for criterion, answer in zip(self.criteria, answers, strict=True):
            found = match_answer(grammar, answer)
            if isinstance(found, Unparsed):
                return Unparsed(f"{criterion}: {found.reason}", found.raw)
            probability = probability_of(answer, found.start("word"), words, words[:1])
            rulings[criterion] = Ruling(found["word"] == words[0], probability)
        return combine(rulings)
