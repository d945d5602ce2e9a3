"""What a specialist judge learns from: the questions that `ChatJudge` will ask, with the answers that it will read.

One judge writes the prompts of training and of use, so the two can't drift apart; and it reads each answer before
anybody learns it, so no answer is taught that would not be understood. What can't be said is left out and counted.
"""

from collections.abc import Iterable, Mapping
from typing import Any, Literal, NamedTuple, TypedDict

from hf_toxspan.core.spans import SpanLike, intersect, merge, size, trim
from hf_toxspan.judging.chat import ChatJudge
from hf_toxspan.llm.answers import Unparsed
from hf_toxspan.llm.calls import Answer, Message
from hf_toxspan.llm.prompts import as_data


class Example(TypedDict):
    """A question and its answer, as TRL reads them: only the completion is learnt."""

    id: str
    prompt: list[Message]
    completion: list[Message]


Flaw = Literal["unannotated", "contradictory", "unquotable"]
"""Why a row teaches nothing.

| flaw | the row |
|---|---|
| unannotated | is toxic, and nobody marked why |
| contradictory | is clean, and has spans |
| unquotable | has spans that are not found where they stand once they are quoted |
"""


class Lessons(NamedTuple):
    """What a set of rows teaches.

    Attributes:
        examples: One for each row without a flaw, in order.
        flawed: Ids of the others, by flaw.
        widened: Rows whose quotes stand in more places than were marked: "a" quotes every a. They are taught.
    """

    examples: list[Example]
    flawed: dict[Flaw, list[str]]
    widened: int


def write_answer(label: str, spans: Iterable[SpanLike], text: str) -> str:
    """Write what `ChatJudge` reads: the label and the marked words, each once, in the order of the text.

    Read back it gives the label and the spans, normalised and without blanks at their ends, and besides every other
    place of the words that were marked: a quote does not say which.

    Args:
        label: The label.
        spans: The marked words.
        text: The text.

    Returns:
        One JSON object, its characters escaped as the question's are, so that a quote is copied as it is read; no
        reason, since data sets give none.
    """
    quotes = dict.fromkeys(text[start:end] for start, end in trim(merge(spans), text))
    return as_data({"label": label, "spans": list(quotes)})


def to_lessons(rows: Iterable[Mapping[str, Any]], judge: ChatJudge) -> Lessons:
    """Turn labelled rows into questions and answers.

    Args:
        rows: Rows with ``id``, ``text``, ``label``, ``toxic`` and ``spans``.
        judge: Who will ask; knows every label of the rows.

    Returns:
        The examples, and what was left out.

    Raises:
        ValueError: If a row has a label that the judge does not know, or knows as the other kind.
    """
    examples: list[Example] = []
    flawed: dict[Flaw, list[str]] = {"unannotated": [], "contradictory": [], "unquotable": []}
    widened = 0
    for row in rows:
        _check_label(row, judge)
        spans = trim(merge(row["spans"] or []), row["text"])
        completion = write_answer(row["label"], spans, row["text"])
        if flaw := _flaw(row):
            flawed[flaw].append(row["id"])
            continue
        read = judge.read(row["text"], [Answer(completion)])
        if isinstance(read, Unparsed) or size(intersect(read.verdict.spans, spans)) < size(spans):
            flawed["unquotable"].append(row["id"])
            continue
        widened += size(read.verdict.spans) > size(spans)
        (request,) = judge.requests(row["text"])
        answer = Message(role="assistant", content=completion)
        examples.append(Example(id=row["id"], prompt=list(request.messages), completion=[answer]))
    return Lessons(examples, flawed, widened)


def _check_label(row: Mapping[str, Any], judge: ChatJudge) -> None:
    if judge.labels.get(row["label"]) is not row["toxic"]:
        kind = "toxic" if row["toxic"] else "not toxic"
        raise ValueError(
            f"row {row['id']!r} has the label {row['label']!r} and is {kind}; the judge's labels are "
            f"{dict(judge.labels)}: give it the labels of the rows"
        )


def _flaw(row: Mapping[str, Any]) -> Flaw | None:
    if row["toxic"] and row["spans"] is None:
        return "unannotated"
    return "contradictory" if row["spans"] and not row["toxic"] else None
