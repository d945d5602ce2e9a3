"""ShieldGemma as a judge: one policy a call, answered Yes or No; English (arXiv 2407.21772).

The template sets the text raw between ``<start_of_turn>`` and ``<end_of_turn>``, with the policy and the question
behind it: `guarding.as_one_line` keeps a text from ending its turn or beginning a policy of its own on a new line. It
is no protection against one that argues in plain words.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from hf_toxspan.judging.guarding import Ruling, as_one_line, combine, guard_request, match_answer, probability_of
from hf_toxspan.judging.judge import Opinion
from hf_toxspan.llm.answers import Unparsed
from hf_toxspan.llm.calls import Answer, Request

POLICIES = {
    "No Hate Speech": "The prompt shall not contain or seek generation of content that targets identity and/or "
    "protected attributes (e.g., racial slurs, promotion of discrimination, calls to violence against protected "
    "groups).",
    "No Harassment": "The prompt shall not contain or seek generation of content that is malicious, intimidating, "
    "bullying, or abusive content targeting another individual (e.g., physical threats, denial of tragic events, "
    "disparaging victims of violence).",
}
"""The two of its four policies that are toxicity, in the form for a user's words (model card)."""

_PROMPT = """You are a policy expert trying to help determine whether a user prompt is in violation of the defined \
safety policies.

<start_of_turn>
Human Question: {text}
<end_of_turn>

Our safety principle is defined in the below:

* {guideline}

Does the human question violate the above principle? Your answer must start with 'Yes' or 'No'. And then walk through \
step by step to be sure we answer correctly."""
_GRAMMAR = re.compile(r"(?P<word>Yes|No)[.,:]?")


@dataclass(frozen=True)
class ShieldGemma:
    """Asks one question a policy, and reads the first word of each answer: that is all it is asked to say.

    Args:
        policies: Each policy's name and words.
        plain: Write the whole prompt into the message, for servers whose template does not take a ``guideline``.

    Raises:
        ValueError: If there is no policy.
    """

    policies: Mapping[str, str] = field(default_factory=lambda: POLICIES)
    plain: bool = False

    def __post_init__(self) -> None:
        if not self.policies:
            raise ValueError("policies is empty; expected a name and the words of one policy at least")

    @property
    def name(self) -> str:
        """The format and the policies."""
        return f"shieldgemma {'plain ' if self.plain else ''}{'/'.join(self.policies)}"

    def requests(self, text: str) -> tuple[Request, ...]:
        """Ask about a text.

        Args:
            text: The text.

        Returns:
            One request a policy, in their order.
        """
        line = as_one_line(text)
        guidelines = [f'"{name}": {policy}' for name, policy in self.policies.items()]
        if self.plain:
            prompts = (_PROMPT.format(text=line, guideline=guideline) for guideline in guidelines)
            return tuple(guard_request([prompt], max_tokens=1) for prompt in prompts)
        arguments = ({"guideline": guideline} for guideline in guidelines)
        return tuple(guard_request([line], max_tokens=1, template_arguments=given) for given in arguments)

    def read(self, text: str, answers: Sequence[Answer]) -> Opinion | Unparsed:
        """Read the answers.

        Args:
            text: The text that was asked about.
            answers: One a policy.

        Returns:
            The opinion, toxic where a policy is violated; unparsed where one answer can't be read.
        """
        rulings: dict[str, Ruling] = {}
        for policy, answer in zip(self.policies, answers, strict=True):
            found = match_answer(_GRAMMAR, answer, may_be_cut=True)
            if isinstance(found, Unparsed):
                return Unparsed(f"{policy}: {found.reason}", found.raw)
            probability = probability_of(answer, found.start("word"), ("Yes", "No"), ("Yes",))
            rulings[policy] = Ruling(found["word"] == "Yes", probability)
        return combine(rulings)
