"""STATE-ToxiCN: who is attacked with what in Chinese posts, as quadruples (Bai et al., Findings of ACL 2025)."""

import os
import re
from pathlib import Path
from typing import Any, NamedTuple

from datasets import Dataset

from hf_toxspan.core.quadruple_places import nearest_pair
from hf_toxspan.core.quadruples import GROUPS, HATE, NON_HATE, NULL
from hf_toxspan.core.spans import Span, find_all, merge
from hf_toxspan.data.blemishes import Blemishes
from hf_toxspan.data.records import Record, check_columns, read_records
from hf_toxspan.data.rows import Row, check_row, own_fields, to_dataset

COLUMNS = ("id", "content", "sen_hate")
"""Fields of every post, beside ``Q1 Target``, ``Q1 Argument``, ``Q1 Group``, ``Q1 hateful``, ``Q2 Target``, ..."""

MISSPELT = {"Sexis": "Sexism"}
"""Groups as the file spells them, and as they are meant."""

LABELS = {"0": NON_HATE, "1": HATE}

_FIELD = re.compile(r"Q(\d+) (?:Target|Argument|Group|hateful)")


class _Located(NamedTuple):
    quote: str | None
    span: list[int] | None


def read_state_toxicn(path: str | os.PathLike[str]) -> Dataset:
    """Read the authors' JSON (``train.json``, ``test.json``) and find its targets and arguments in the posts.

    | own field | meaning |
    |---|---|
    | quads | of each quadruple ``target`` (None where it is NULL), ``argument``, ``group`` (list), ``hateful``, \
``target_span``, ``argument_span`` (None where not found) |
    | target_spans, argument_spans | those of the hateful quadruples, merged |

    ``spans`` joins both; it is None where there are hateful quadruples but nothing of them was found. The strings have
    no offsets: of a pair's places the two that overlap most or lie nearest count, else the first. Where blanks around a
    string keep it from being found, it is looked for without them. A number is read as its digits, and `hateful` where
    it is missing follows from the group; all of this is counted in a warning.

    Args:
        path: The JSON file.

    Returns:
        The rows in the order of the file. `toxic` is the post's own `sen_hate`.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If a field is missing or of another kind.
    """
    path, blemishes = Path(path), Blemishes()
    rows = [_row(record, blemishes) for record in read_records(path)]
    blemishes.warn(path)
    return to_dataset(rows, name=str(path))


def _row(record: Record, blemishes: Blemishes) -> Row:
    check_columns(record, COLUMNS, advice="Take train.json or test.json of shenmeyemeifashengguo/STATE-ToxiCN.")
    fields = dict(record.fields)
    text, number = fields.pop("content"), str(fields.pop("sen_hate"))
    if not isinstance(text, str) or number not in LABELS:
        raise ValueError(
            f"{record.where}: `content` is {repr(text)[:80]} and `sen_hate` {number!r}; expected a string and 0 or 1."
        )
    quads = _quads(_Post(text, fields, record.where, blemishes))
    hateful = [quad for quad in quads if quad["hateful"]]
    if (number == "1") != bool(hateful):
        blemishes.note("posts whose `sen_hate` contradicts their quadruples, it decides `toxic`", record.where)
    targets, arguments = (
        merge(quad[name] for quad in hateful if quad[name]) for name in ("target_span", "argument_span")
    )
    common = {
        "id": str(fields.pop("id")),
        "text": text,
        "label": LABELS[number],
        "toxic": number == "1",
        "spans": _lists(merge(targets + arguments)) if targets or arguments or not hateful else None,
    }
    own = own_fields({name: value for name, value in fields.items() if not _FIELD.fullmatch(name)})
    own |= {"quads": quads, "target_spans": _lists(targets), "argument_spans": _lists(arguments)}
    return check_row({**common, **own}, where=record.where)


def _lists(spans: list[Span]) -> list[list[int]]:
    return [list(span) for span in spans]


class _Post(NamedTuple):
    text: str
    fields: dict[str, Any]
    where: str
    blemishes: Blemishes

    def note(self, kind: str) -> None:
        self.blemishes.note(kind, self.where)


def _quads(post: _Post) -> list[dict[str, Any]]:
    numbers = sorted({int(match[1]) for name in post.fields if (match := _FIELD.fullmatch(name))})
    if numbers != list(range(1, len(numbers) + 1)):
        post.note("posts that skip the number of a quadruple, the others keep their order")
    return [_quad(post, number) for number in numbers]


def _quad(post: _Post, number: int) -> dict[str, Any]:
    target, argument = _pair(post, *(_string(post, f"Q{number} {name}") for name in ("Target", "Argument")))
    groups = _groups(post, f"Q{number} Group")
    word = post.fields.get(f"Q{number} hateful")
    if word not in (HATE, NON_HATE):
        post.note("quadruples without `hateful`, told from their group")
    return {
        "target": target.quote,
        "argument": argument.quote,
        "group": groups,
        "hateful": word == HATE if word in (HATE, NON_HATE) else bool(groups),
        "target_span": target.span,
        "argument_span": argument.span,
    }


def _string(post: _Post, name: str) -> str | None:
    value = post.fields.get(name)
    if value == NULL:
        post.note("NULL as target or argument, None here")
        return None
    if value is None or value == "":
        post.note("targets or arguments left out, None here")
        return None
    if not isinstance(value, str):
        post.note("targets or arguments that are no strings, read as written")
    return str(value)


def _groups(post: _Post, name: str) -> list[str]:
    groups = [group.strip() for group in str(post.fields.get(name) or "").split(",")]
    for group in groups:
        if group in MISSPELT:
            post.note(f"groups misspelt {group}, {MISSPELT[group]} here")
        elif group not in GROUPS and group != NON_HATE:
            post.note(f"groups other than {', '.join(GROUPS)}, kept as written")
    return [MISSPELT.get(group, group) for group in groups if group not in (NON_HATE, "")]


def _pair(post: _Post, target: str | None, argument: str | None) -> tuple[_Located, _Located]:
    targets, arguments = _places(post, target), _places(post, argument)
    first, second = nearest_pair(targets, arguments)
    return _located(post, target, first), _located(post, argument, second)


def _places(post: _Post, quote: str | None) -> list[Span]:
    if quote is None:
        return []
    if places := find_all(quote, post.text):
        return places
    if places := find_all(quote.strip(), post.text):
        post.note("targets or arguments that occur without their outer blanks, taken off")
    else:
        post.note("targets or arguments that do not occur in their post and have no span")
    return places


def _located(post: _Post, quote: str | None, place: Span | None) -> _Located:
    if place is None:
        return _Located(quote, None)
    start, end = place
    return _Located(post.text[start:end], [start, end])
