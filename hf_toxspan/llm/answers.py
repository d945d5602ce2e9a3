"""Answers read into typed results. An answer that can't be read is a result of its own, never a default."""

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from hf_toxspan.core.quotes import Quote, locate_quotes
from hf_toxspan.core.spans import Span, merge
from hf_toxspan.llm.calls import Answer

_THOUGHT, _THOUGHT_END = "<think>", "</think>"
_MOST_BRACES = 200  # where an object may begin: bounds the work on an answer of nothing but braces


@dataclass(frozen=True)
class Unparsed:
    """An answer that could not be read: why, and what it said."""

    reason: str
    raw: str


@dataclass(frozen=True)
class ToxicSpans:
    """A verdict with verified evidence.

    Args:
        toxic: What the model says of the whole text.
        quotes: What it quoted, with the places where each quote really stands.
        reason: Why, in the model's words; empty where it gave none.
    """

    toxic: bool
    quotes: tuple[Quote, ...]
    reason: str

    @property
    def spans(self) -> list[Span]:
        """Every place of every quote, normalised."""
        return merge(span for quote in self.quotes for span in quote.spans)

    @property
    def rejected(self) -> list[str]:
        """Quotes that do not stand in the text."""
        return [quote.quoted for quote in self.quotes if not quote.spans]


def read_toxic_spans(answer: Answer, text: str) -> ToxicSpans | Unparsed:
    """Read the answer to the prompt ``toxic_spans`` and look its quotes up in the text.

    Args:
        answer: What the model said.
        text: The text it was asked about; the spans count its characters.

    Returns:
        The verdict, or why there is none. A verdict may contradict itself (clean, but with quotes): that is the
        caller's to judge.
    """
    found = read_object(answer, required={"toxic", "spans"})
    if isinstance(found, Unparsed):
        return found
    toxic, quotes, reason = found["toxic"], found["spans"], found.get("reason") or ""
    if not isinstance(toxic, bool):
        return Unparsed(f'"toxic" is {toxic!r}; expected true or false', answer.text)
    if not isinstance(quotes, list) or not all(isinstance(quote, str) for quote in quotes):
        return Unparsed(f'"spans" is {quotes!r}; expected a list of strings', answer.text)
    if not isinstance(reason, str):
        return Unparsed(f'"reason" is {reason!r}; expected a string', answer.text)
    return ToxicSpans(toxic, tuple(locate_quotes(dict.fromkeys(quotes), text)), reason)


def read_object(answer: Answer, *, required: set[str]) -> dict[str, Any] | Unparsed:
    """Find the one JSON object of an answer, in a code fence, after a thought or between other words.

    Args:
        answer: What the model said.
        required: Fields that the object must have; others, which may stand in the text it echoes, do not count.

    Returns:
        The object; unparsed where there is none, or where two differ, or where one of these fields stands outside it,
        as in an object that is broken: the one found may be the text's, which the model quoted, not its own. An
        object in a thought that never ends is a draft.
    """
    said = _without_thoughts(answer.text)
    if said.lstrip().startswith(_THOUGHT):
        return Unparsed("cut off in its thought, in which nothing is decided yet; raise max_tokens", answer.text)
    found: list[dict[str, Any]] = []
    rest, read = "", 0
    for candidate, start, end in _objects(said):
        rest, read = rest + said[read:start], end
        if required <= candidate.keys() and candidate not in found:
            found.append(candidate)
    if len(found) != 1:
        return Unparsed(_complaint(said, answer.finish_reason, len(found), required), answer.text)
    if torn := sorted(name for name in required if re.search(rf"[\"']{re.escape(name)}[\"']\s*:", rest + said[read:])):
        return Unparsed(
            f"{', '.join(torn)} outside the JSON object; expected one object and no part of another", answer.text
        )
    return found[0]


def _without_thoughts(said: str) -> str:
    """Leave out what stands between the marks; a pattern would read on to the end from each mark that nothing ends."""
    kept, end = "", 0
    while (start := said.find(_THOUGHT, end)) >= 0 and (stop := said.find(_THOUGHT_END, start)) >= 0:
        kept, end = kept + said[end:start], stop + len(_THOUGHT_END)
    return kept + said[end:]


def _complaint(said: str, finish_reason: str | None, count: int, required: set[str]) -> str:
    if count > 1:
        return f"{count} JSON objects that differ; expected one"
    if finish_reason == "length":
        return "cut off at max_tokens; raise it"
    if not said.strip():
        return "an empty answer"
    return f"no JSON object with the fields {', '.join(sorted(required))}"


def _objects(said: str) -> Iterator[tuple[dict[str, Any], int, int]]:
    """Yield the JSON objects that stand in a text, outermost ones only, with their places."""
    decode: Callable[[str, int], tuple[Any, int]] = json.JSONDecoder(object_pairs_hook=_without_repeats).raw_decode
    position = said.find("{")
    for _ in range(_MOST_BRACES):
        if position < 0:
            return
        try:
            value, end = decode(said, position)
            yield value, position, end
        except (ValueError, RecursionError):
            end = position + 1
        position = said.find("{", end)


def _without_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    names = [name for name, _ in pairs]
    if len(set(names)) < len(names):
        raise ValueError(f"a field stands twice: {names}")
    return dict(pairs)
