"""Reasons for and against: what ToxiTrace's contrastive term learns from (ARCL, arXiv 2604.12321).

The paper has an LLM "assume the text is toxic / non-toxic and give supporting reasons"; the reason that agrees with the
label is the positive, the other one the negative. We ask for both in one call (ours), and do not tell the label:

- To plead for abuse, or to explain it away, is what a model refuses. To give both sides of a text is not.
- A text with instructions of its own may win one side over, but then an answer without the other side is no answer.
- Two halves of one answer are alike in style and length, so that a trainer can't tell them apart by these; and it
  costs one call, not two.

A refusal in both sentences, in the form that was asked for, can't be told from reasons.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Protocol

from hf_toxspan.core.reasons import Reasons, stand_in
from hf_toxspan.llm.answers import Unparsed, read_object
from hf_toxspan.llm.calls import Answer, Parameters, Request
from hf_toxspan.llm.outcomes import Outcome, Shortfall, read_outcome
from hf_toxspan.llm.prompts import Prompt, load_prompt
from hf_toxspan.llm.runner import Asker

PROMPT = "toxicity_reasons"
COLUMNS = ("reason_toxic", "reason_clean", "reason_status", "reason_detail", "reason_author")
"""What `reason_rows` adds to a row."""

Row = Mapping[str, Any]


class Reasoning(NamedTuple):
    """The reasons of one row and how they came about.

    Attributes:
        reasons: Both, one or neither.
        status: "answered" (the LLM gave both), "offline" (both stand-ins), "partial" (one), "nothing" (neither), or one
            of `hf_toxspan.llm.outcomes.Shortfall`.
        detail: Why, for a person; empty where there is nothing to add.
    """

    reasons: Reasons
    status: str
    detail: str = ""


class Reasoner(Protocol):
    """Gives the reasons for and against."""

    @property
    def name(self) -> str:
        """Who wrote the reasons, to be kept beside them."""

    def reason(self, rows: Sequence[Row]) -> list[Reasoning]:
        """Return the reasons of each row, in order."""


def reason_requests(texts: Sequence[str], prompt: Prompt, parameters: Parameters) -> list[Request]:
    """Write what the LLM is asked.

    Args:
        texts: The texts.
        prompt: A prompt with the field ``text``.
        parameters: How to generate.

    Returns:
        One request a text.
    """
    return [Request(prompt.fill({"text": text}), parameters) for text in texts]


def read_reasons(answer: Answer, text: str, prompt: Prompt) -> Reasons | Unparsed:
    """Read the answer to the prompt ``toxicity_reasons``.

    Args:
        answer: What the model said.
        text: The text it was asked about.
        prompt: How it was asked.

    Returns:
        Two different reasons, or why there are none: half an answer is none, and so is an echo of the question.
    """
    found = read_object(answer, required={"if_toxic", "if_clean"})
    if isinstance(found, Unparsed):
        return found
    sides = (found["if_toxic"], found["if_clean"])
    if not all(isinstance(side, str) and side.strip() for side in sides):
        return Unparsed(f"the reasons are {sides!r}; expected two sentences", answer.text)
    toxic, clean = (side.strip() for side in sides)
    if toxic == clean:
        return Unparsed("the same reason for both sides", answer.text)
    # An example of the prompt, word for word, is what a weak model falls back on.
    if any(json.dumps(side, ensure_ascii=False) in prompt.system or side == text.strip() for side in (toxic, clean)):
        return Unparsed("a reason repeats the prompt or the text", answer.text)
    return Reasons(toxic, clean)


@dataclass(frozen=True)
class LLMReasoner:
    """Asks an LLM for both sides of each text.

    Args:
        asker: The LLM behind its store of answers: what was answered once is not paid again.
        prompt: A prompt with the field ``text``.
        parameters: How to generate.
    """

    asker: Asker
    prompt: Prompt = field(default_factory=lambda: load_prompt(PROMPT))
    parameters: Parameters = field(default_factory=Parameters)

    @property
    def name(self) -> str:
        """The LLM, and the prompt with its version."""
        return f"{self.asker.llm.model}, {self.prompt.provenance}"

    def reason(self, rows: Sequence[Row]) -> list[Reasoning]:
        """Ask about all rows.

        Args:
            rows: Rows with ``text``.

        Returns:
            The reasons of each.
        """
        texts = [row["text"] for row in rows]
        outcomes = self.asker.run(reason_requests(texts, self.prompt, self.parameters))
        return [self._read(outcome, text) for outcome, text in zip(outcomes, texts, strict=True)]

    def _read(self, outcome: Outcome, text: str) -> Reasoning:
        value = read_outcome(outcome, lambda answer: read_reasons(answer, text, self.prompt))
        if isinstance(value, Shortfall):
            return Reasoning(Reasons(None, None), value.status, value.detail)
        return Reasoning(value, "answered")


@dataclass(frozen=True)
class OfflineReasoner:
    """Makes stand-ins for reasons from what a row has, without any LLM.

    Args:
        rewrite_field: Field with a clean version of the text, such as ToxiRewriteCN's ``neutral``; None for none.
    """

    rewrite_field: str | None = None

    @property
    def name(self) -> str:
        """What the stand-ins are made from."""
        return f"offline: spans and {self.rewrite_field or 'the text without them'}"

    def reason(self, rows: Sequence[Row]) -> list[Reasoning]:
        """Make the stand-ins of all rows.

        Args:
            rows: Rows with ``text`` and ``spans``, and perhaps a rewrite.

        Returns:
            The reasons of each; where there are no spans and no rewrite, there are none.
        """
        return [self._reason(row) for row in rows]

    def _reason(self, row: Row) -> Reasoning:
        rewrite = row[self.rewrite_field] if self.rewrite_field else None
        reasons = stand_in(row["text"], row["spans"], rewrite=rewrite)
        lacking = [side for side, reason in reasons._asdict().items() if reason is None]
        detail = f"neither spans nor a rewrite to make the side from: {', '.join(lacking)}" if lacking else ""
        return Reasoning(reasons, ("offline", "partial", "nothing")[len(lacking)], detail)


def to_reason(rows: Sequence[Row], *, replace: bool = False) -> list[int]:
    """Return the places of the rows that `reason_rows` would ask about: those that lack one of the two sides."""
    return [
        place for place, row in enumerate(rows) if replace or not (row.get("reason_toxic") and row.get("reason_clean"))
    ]


def reason_rows(rows: Sequence[Row], reasoner: Reasoner, *, replace: bool = False) -> list[dict[str, Any]]:
    """Give the rows that lack them their reasons; the others come back as they are.

    Args:
        rows: Rows with ``text`` and ``spans``.
        reasoner: Who gives the reasons.
        replace: Ask about rows that have both sides too; where that brings less than both, the old ones stay.

    Returns:
        New rows in the same order, with ``reason_toxic``, ``reason_clean``, ``reason_status``, ``reason_detail`` and
        ``reason_author``.
    """
    places = to_reason(rows, replace=replace)
    found = dict(zip(places, reasoner.reason([rows[place] for place in places]), strict=True))
    return [
        _reasoned(row, found[place], reasoner.name) if place in found else _untouched(row)
        for place, row in enumerate(rows)
    ]


def _reasoned(row: Row, reasoning: Reasoning, name: str) -> dict[str, Any]:
    old = Reasons(row.get("reason_toxic"), row.get("reason_clean"))
    if None in reasoning.reasons and old != (None, None):  # a pair is of one hand: half a new one replaces nothing
        values = (*old, reasoning.status, reasoning.detail or None, row.get("reason_author"))
    else:
        values = (*reasoning.reasons, reasoning.status, reasoning.detail or None, name)
    return {**row, **dict(zip(COLUMNS, values, strict=True))}


def _untouched(row: Row) -> dict[str, Any]:
    known = {column: row.get(column) for column in COLUMNS}
    return {**row, **known, "reason_status": known["reason_status"] or "given"}
