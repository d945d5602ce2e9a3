"""A judge for any chat model: one JSON object asked, one JSON object read, and each quote verified.

The question is one JSON object, so that the text can't speak as anybody but itself (`hf_toxspan.llm.prompts`). The
answer says its label first: the label's probability can then be read off the tokens in which it is written, before the
model has said why. The format is ours::

    {"text": "Get lost, you old fool!", "labels": {"clean": "not toxic", "rude": "toxic"}, "slang": []}
    {"label": "rude", "spans": ["Get lost", "old fool"], "reason": "it chases somebody away and calls him a fool"}
"""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from hf_toxspan.core.quotes import locate_quotes
from hf_toxspan.core.spans import merge
from hf_toxspan.core.verdicts import Verdict
from hf_toxspan.judging.judge import Opinion
from hf_toxspan.judging.token_probabilities import choice_probabilities
from hf_toxspan.llm.answers import Unparsed, read_object
from hf_toxspan.llm.calls import Answer, Parameters, Request
from hf_toxspan.llm.prompts import Prompt, load_prompt

SlangNotes = Callable[[str], list[dict[str, Any]]]
"""What a dictionary says of the words of a text: JSON objects."""

_LABEL = re.compile(r'"label"\s*:\s*"')


@dataclass(frozen=True)
class ChatJudge:
    """Asks a chat model for one of the labels and for the toxic words, quoted.

    What an answer may be, and what becomes of it (ours):

    | answer | what is read |
    |---|---|
    | a label, quotes that stand in the text | the label and every place of each quote |
    | a toxic label, some or all quotes made up | the label; the made-up quotes are left out and reported |
    | a toxic label without quotes | the label, no spans |
    | a clean label with quotes | unparsed: it contradicts itself |
    | another label, a wrong type, a field missing, two objects, none, one cut off | unparsed |

    Args:
        labels: Each label, and whether it means toxic; one of either kind at least.
        prompt: The words of the question, with a place for ``text`` and, if it likes, ``labels`` and ``slang``.
        slang: Finds notes on the words of a text; None asks without.
        parameters: How to generate. With ``logprobs=True, top_logprobs=20`` and a server that gives them, the
            verdict has probabilities.
        structured: Ask the server to hold the model to the format (OpenAI's ``response_format`` with a JSON schema).
            Some do not, without a word, and some refuse: what comes back is verified either way.

    Raises:
        ValueError: If there is no toxic or no clean label, or the prompt lacks a place or has one too many.
    """

    labels: Mapping[str, bool] = field(default_factory=lambda: {"non-toxic": False, "toxic": True})
    prompt: Prompt = field(default_factory=lambda: load_prompt("judge"))
    slang: SlangNotes | None = None
    parameters: Parameters = field(default_factory=lambda: Parameters(max_tokens=256))
    structured: bool = False

    def __post_init__(self) -> None:
        if set(self.labels.values()) != {False, True}:
            raise ValueError(f"labels is {dict(self.labels)}; expected a toxic one (true) and one that is not (false)")
        places = self.prompt.fields
        if "text" not in places or not places <= {"text", "labels", "slang"}:
            raise ValueError(
                f"the prompt {self.prompt.name} has places for {', '.join(sorted(places))}; expected text and, "
                "if needed, labels and slang"
            )
        if self.slang is not None and "slang" not in places:
            raise ValueError(f"the prompt {self.prompt.name} has no place for slang; give it one, or pass slang=None")

    @property
    def name(self) -> str:
        """The prompt and the labels."""
        return f"chat {self.prompt.provenance} {'/'.join(self.labels)}"

    def requests(self, text: str) -> tuple[Request, ...]:
        """Ask about a text.

        Args:
            text: The text.

        Returns:
            One request.
        """
        values = {
            "text": text,
            "labels": {label: "toxic" if toxic else "not toxic" for label, toxic in self.labels.items()},
            "slang": self.slang(text) if self.slang else [],
        }
        messages = self.prompt.fill({name: values[name] for name in self.prompt.fields})
        return (Request(messages, self._asked),)

    @property
    def _asked(self) -> Parameters:
        if not self.structured:
            return self.parameters
        schema = {"name": "verdict", "strict": True, "schema": answer_schema(list(self.labels))}
        wanted = {"response_format": {"type": "json_schema", "json_schema": schema}}
        return replace(self.parameters, extra_body={**self.parameters.extra_body, **wanted})

    def read(self, text: str, answers: Sequence[Answer]) -> Opinion | Unparsed:
        """Read the answer, as the table above says.

        Args:
            text: The text that was asked about.
            answers: The one answer.

        Returns:
            The opinion, or why there is none.
        """
        (answer,) = answers
        found = read_object(answer, required={"label", "spans"})
        if isinstance(found, Unparsed):
            return found
        if complaint := self._complaint(found):
            return Unparsed(complaint, answer.text)
        quotes = locate_quotes(dict.fromkeys(found["spans"]), text)
        probabilities = self._probabilities(answer, found["label"])
        verdict = Verdict(
            toxic=self.labels[found["label"]],
            label=found["label"],
            toxicity=self._toxicity(probabilities),
            probabilities=probabilities,
            spans=tuple(merge(span for quote in quotes for span in quote.spans)),
        )
        return Opinion(verdict, found.get("reason") or "", tuple(quote.quoted for quote in quotes if not quote.spans))

    def _complaint(self, found: Mapping[str, Any]) -> str | None:
        label, quotes, reason = found["label"], found["spans"], found.get("reason") or ""
        if not isinstance(label, str) or label not in self.labels:
            return f'"label" is {label!r}; expected one of {", ".join(self.labels)}'
        if not isinstance(quotes, list) or not all(isinstance(quote, str) for quote in quotes):
            return f'"spans" is {quotes!r}; expected a list of strings'
        if not isinstance(reason, str):
            return f'"reason" is {reason!r}; expected a string'
        if quotes and not self.labels[label]:
            return f'"label" is {label!r}, which is not toxic, yet toxic words are quoted; expected no quotes'
        return None

    def _probabilities(self, answer: Answer, label: str) -> dict[str, float]:
        """Return the probability of each label where it was written; none where it stands in more than one place."""
        starts = [found.end() for found in _LABEL.finditer(answer.text)]
        written = {name: json.dumps(name, ensure_ascii=False)[1:-1] for name in self.labels}
        if not answer.logprobs or len(starts) != 1 or not answer.text.startswith(written[label], starts[0]):
            return {}
        found = choice_probabilities(answer, starts[0], list(written.values()))
        return {name: found[written[name]] for name in written} if found else {}

    def _toxicity(self, probabilities: Mapping[str, float]) -> float | None:
        if not probabilities:
            return None
        return min(1.0, sum(share for label, share in probabilities.items() if self.labels[label]))


def answer_schema(labels: Sequence[str]) -> dict[str, Any]:
    """Return the JSON schema of an answer; the order of its fields is that in which they are to be written.

    Args:
        labels: The labels.

    Returns:
        The schema, as strict as structured output asks for.
    """
    fields = {
        "label": {"type": "string", "enum": list(labels)},
        "spans": {"type": "array", "items": {"type": "string"}},
        "reason": {"type": "string"},
    }
    return {"type": "object", "properties": fields, "required": list(fields), "additionalProperties": False}
