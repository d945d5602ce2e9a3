"""A file of recorded votes: what a model answered to each prompt of a text, drawn again and again, to be voted on anew.

One text a line (JSONL)::

    {"id": "7", "text": "...", "form": "triples", "answers": ["you | are silly | others [END]", "no idea"],
     "draws": [[0, 0, 1], [0, -1, 0]]}

``answers`` holds each distinct answer once, as the model wrote it; ``draws`` for each prompt the places of its answers
there, in the order they were drawn in, -1 where no answer came.
"""

import json
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path
from typing import Any

from hf_toxspan.core.quadruples import format_quadruples
from hf_toxspan.core.triple_answers import AnswerForm, process_triple, read_answer
from hf_toxspan.core.voting import INVALID, LOST
from hf_toxspan.data.records import Record, check_columns, read_records
from hf_toxspan.generation.polls import Counting, Reading

COLUMNS = ("id", "text", "form", "answers", "draws")

LOST_PLACE = -1
"""Stands for the place of an answer that did not come."""


@dataclass(frozen=True)
class RecordedVotes:
    """The answers of one text.

    Attributes:
        id: Of the text.
        text: The text.
        form: What the model was to write.
        answers: Each distinct answer.
        draws: Of each prompt the places of its answers, -1 where none came.
    """

    id: str
    text: str
    form: AnswerForm
    answers: tuple[str, ...]
    draws: tuple[tuple[int, ...], ...]

    @property
    def rounds(self) -> int:
        """Return how often the prompts were drawn: the most of any."""
        return max(map(len, self.draws), default=0)


def collect(name: str, text: str, form: AnswerForm, answers: Sequence[Sequence[str | None]]) -> RecordedVotes:
    """Collect answers into a record.

    Args:
        name: Id of the text.
        text: The text.
        form: What the model was to write.
        answers: Of each prompt its answers in the order they were drawn in, None where none came.

    Returns:
        The record; its distinct answers stand in the order of rounds, in each round in that of the prompts.

    >>> collect("7", "hello", "triples", [["a", "b"], ["a", None]]).draws
    ((0, 1), (0, -1))
    """
    in_rounds = (answer for row in zip_longest(*answers) for answer in row if answer is not None)
    places = {answer: place for place, answer in enumerate(dict.fromkeys(in_rounds))}
    draws = tuple(tuple(LOST_PLACE if own is None else places[own] for own in prompt) for prompt in answers)
    return RecordedVotes(name, text, form, tuple(places), draws)


def to_line(record: RecordedVotes) -> str:
    r"""Return a record as a line of the file; one that holds a lone surrogate keeps the JSON escapes.

    >>> to_line(collect("7", "hé", "triples", [["a"]]))
    '{"id": "7", "text": "hé", "form": "triples", "answers": ["a"], "draws": [[0]]}\n'
    """
    fields = {name: getattr(record, name) for name in COLUMNS}
    line = json.dumps(fields, ensure_ascii=False) + "\n"
    try:
        line.encode()
    except UnicodeEncodeError:
        return json.dumps(fields) + "\n"
    return line


def read_votes(path: str | Path) -> list[RecordedVotes]:
    """Read a file of recorded votes.

    Args:
        path: The file (.jsonl, perhaps packed: .jsonl.gz).

    Returns:
        The records in the order of the file.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If a line is no record, has nothing to vote on, or repeats an id, or there is none; file and line
            are named.
    """
    found: dict[str, RecordedVotes] = {}
    for line in read_records(Path(path), kinds=(".jsonl",)):
        record = _read(line)
        if record.id in found:
            raise ValueError(f"{line.where}: the id {record.id!r} stands above already; expected each text once")
        found[record.id] = record
    if not found:
        raise ValueError(f"{path} holds no text; expected a line of recorded votes for each")
    return list(found.values())


def streams(record: RecordedVotes, votes: Counting = "canonical") -> list[list[Hashable]]:
    """Return the votes of each prompt as `core.voting.replay` takes them.

    Args:
        record: A text's answers.
        votes: "canonical": votes are keys of equal statements (`core.triple_answers.canonical`), valid where the whole
            answer can be read. "raw": the strings themselves, valid where SRAG-MAV's own reading takes them (answers in
            quadruples, of which it has none: where they can be read).

    Returns:
        A stream a prompt.

    Raises:
        ValueError: If there is no such counting.

    >>> record = collect("7", "hello", "triples", [["a | b | others [END]", "no idea", None]])
    >>> streams(record, "raw") == [["a | b | others [END]", INVALID, LOST]]
    True
    """
    reading = Reading(record.form, votes)
    cast = [reading.vote(answer) for answer in record.answers]
    return [[LOST if place == LOST_PLACE else cast[place] for place in prompt] for prompt in record.draws]


def quadruple_strings(record: RecordedVotes, votes: Counting = "canonical") -> dict[Hashable, str]:
    """Return for each valid vote the quadruple string that official scorers read.

    Args:
        record: A text's answers.
        votes: As for `streams`.

    Returns:
        The quadruples as the first answer writes them that says so; in canonical votes blanks are put right.

    Raises:
        ValueError: If there is no such counting.

    >>> quadruple_strings(collect("7", "hello", "triples", [["a | b | others [END]", "no idea"]]), "raw")
    {'a | b | others [END]': 'a | b | others | hate [END]'}
    """
    reading, strings = Reading(record.form, votes), dict[Hashable, str]()
    for answer in record.answers:
        vote = reading.vote(answer)
        if vote is INVALID or vote in strings:
            continue
        if votes == "canonical":
            strings[vote] = format_quadruples(read_answer(answer, record.form) or ())
        else:
            strings[vote] = process_triple(answer) if record.form == "triples" else answer
    return strings


def _read(line: Record) -> RecordedVotes:
    check_columns(line, COLUMNS, advice="Take a file of recorded votes.")
    name, text, form, answers, draws = (line.fields[column] for column in COLUMNS)
    _expect(line, "id", name, not isinstance(name, bool) and isinstance(name, str | int), "a string or a whole number")
    _expect(line, "text", text, isinstance(text, str), "a string")
    _expect(line, "form", form, form in ("triples", "quadruples"), "triples or quadruples")
    _expect(line, "answers", answers, _is_list(answers, str), "a list of strings")
    places = range(LOST_PLACE, len(answers))
    fine = _is_list(draws, list) and all(_is_list(own, int) and all(place in places for place in own) for own in draws)
    _expect(line, "draws", draws, fine, f"for each prompt a list of places, -1 or 0 to {len(answers) - 1}")
    _expect(line, "draws", draws, bool(draws) and all(draws), "at least one prompt, and a draw of each")
    return RecordedVotes(str(name), text, form, tuple(answers), tuple(map(tuple, draws)))


def _is_list(value: Any, kind: type) -> bool:
    return isinstance(value, list) and all(isinstance(one, kind) and not isinstance(one, bool) for one in value)


def _expect(line: Record, column: str, value: Any, fine: bool, expected: str) -> None:
    if not fine:
        raise ValueError(f"{line.where}: `{column}` is {value!r:.80}; expected {expected}")
