"""The text format of quadruples: of whom a text says what, which groups that attacks, and whether it is hateful.

The quadruples of a text are written ``target | argument | group | hateful``, joined by `` [SEP] `` and followed by
`` [END]``; triples leave out the last field. The group is one of `GROUPS`, several of them joined by ``", "``, or
`NON_HATE`; a target that the text does not name is the word `NULL`. Source: STATE-ToxiCN (Bai et al., Findings of ACL
2025) and CCL25-Eval task 10; triples: SRAG-MAV.

`format_quadruples` writes only what reads back the same; `parse_quadruples` reads what is beyond doubt and names all
that is wrong, so that a string without a problem is one that would be written for its quadruples. The official scorers
read more leniently, each in its own way: see `core/quadruple_scores.py`.
"""

from collections.abc import Iterable, Iterator, Sequence
from enum import StrEnum
from typing import Generic, NamedTuple, TypeVar

GROUPS = ("Racism", "Region", "LGBTQ", "Sexism", "others")
HATE = "hate"
NON_HATE = "non-hate"
NULL = "NULL"
SEP = "[SEP]"
END = "[END]"


class Quadruple(NamedTuple):
    """One statement of a text.

    Attributes:
        target: Of whom or what something is said, or `NULL`.
        argument: What is said.
        group: The attacked groups as written, such as "Sexism, Racism", or `NON_HATE`; see `split_groups`.
        hateful: Whether it is hate.
    """

    target: str
    argument: str
    group: str
    hateful: bool


class Triple(NamedTuple):
    """A quadruple whose last field is left to be told from its group, see `restore`."""

    target: str
    argument: str
    group: str


class Cause(StrEnum):
    """What can be wrong with a string of quadruples or triples."""

    NO_END = "no_end"
    TEXT_BEHIND_END = "text_behind_end"
    BLANKS = "blanks"
    CONTRADICTION = "contradiction"
    EMPTY_PIECE = "empty_piece"
    FIELD_COUNT = "field_count"
    LINE_BREAK = "line_break"
    EMPTY_FIELD = "empty_field"
    UNKNOWN_GROUP = "unknown_group"
    UNKNOWN_HATEFUL = "unknown_hateful"


LEGIBLE = frozenset({Cause.NO_END, Cause.TEXT_BEHIND_END, Cause.BLANKS, Cause.CONTRADICTION})
"""Problems in spite of which a piece is read; a piece with any other is left out."""


class Problem(NamedTuple):
    """Something wrong with a string.

    Attributes:
        cause: What kind of thing.
        piece: Which of the parts between `SEP`, from 0; of the last one where it concerns the end.
        text: The piece, or the text behind the end.
        message: What was found and what was expected, in words.
    """

    cause: Cause
    piece: int
    text: str
    message: str


Row = TypeVar("Row", Quadruple, Triple)


class Parsed(NamedTuple, Generic[Row]):
    """What a string says.

    Attributes:
        rows: The quadruples or triples that can be read, in their order.
        problems: All that is wrong, in the order of the string; empty for what `format_quadruples` or `format_triples`
            wrote, except that gold data hold contradictions.
    """

    rows: list[Row]
    problems: list[Problem]


def parse_quadruples(text: str) -> Parsed[Quadruple]:
    """Read quadruples, and name whatever keeps the text from being well formed.

    Args:
        text: Such as ``T | A | G | H [SEP] T | A | G | H [END]``.

    Returns:
        The legible quadruples and all problems.

    >>> rows, problems = parse_quadruples("you | are silly | others | hate [SEP] you | others | hate [END]")
    >>> rows
    [Quadruple(target='you', argument='are silly', group='others', hateful=True)]
    >>> problems[0].cause.value, problems[0].piece, problems[0].text
    ('field_count', 1, 'you | others | hate')
    """
    rows, problems = _read(text, 4)
    quadruples = [Quadruple(target, argument, group, word == HATE) for target, argument, group, word in rows]
    return Parsed(quadruples, problems)


def parse_triples(text: str) -> Parsed[Triple]:
    """Read triples as `parse_quadruples` reads quadruples.

    Stricter than SRAG-MAV's `process_triple`, which ignores fields behind the third and lets fields be empty.

    >>> parse_triples("you | are silly | others [END]")
    Parsed(rows=[Triple(target='you', argument='are silly', group='others')], problems=[])
    """
    rows, problems = _read(text, 3)
    return Parsed([Triple(*fields) for fields in rows], problems)


def format_quadruples(quadruples: Iterable[Quadruple]) -> str:
    """Write quadruples so that `parse_quadruples` returns the same ones.

    Args:
        quadruples: At least one: a text without hate has one with the group `NON_HATE`.

    Returns:
        The text.

    Raises:
        ValueError: If there is none, or one would not be read back: a field is empty or holds a bar, a marker, a line
            break or outer blanks, or a group is unknown.

    >>> format_quadruples([Quadruple("you", "are silly", "others", True)])
    'you | are silly | others | hate [END]'
    """
    return _write([[*row[:3], HATE if row.hateful else NON_HATE] for row in quadruples])


def format_triples(triples: Iterable[Triple]) -> str:
    """Write triples so that `parse_triples` returns the same ones; errors as in `format_quadruples`.

    >>> format_triples([Triple("you", "are silly", "others"), Triple("NULL", "hello", "non-hate")])
    'you | are silly | others [SEP] NULL | hello | non-hate [END]'
    """
    return _write([list(row) for row in triples])


def split_groups(group: str) -> list[str]:
    """Return the names in a group field.

    >>> split_groups("Sexism, Racism")
    ['Sexism', 'Racism']
    """
    return group.split(", ")


def recast(quadruple: Quadruple) -> Triple:
    """Leave out whether a quadruple is hateful.

    >>> recast(Quadruple("you", "are silly", "others", True))
    Triple(target='you', argument='are silly', group='others')
    """
    return Triple(*quadruple[:3])


def restore(triple: Triple) -> Quadruple:
    """Return the quadruple of a triple: hateful unless its group is `NON_HATE`.

    Source: SRAG-MAV's `process_triple` and `check_response`, which refuses "non-hate, Sexism".

    Args:
        triple: A triple.

    Returns:
        The quadruple.

    Raises:
        ValueError: If a group is unknown, or stands beside `NON_HATE`.

    >>> restore(Triple("you", "are silly", "others"))
    Quadruple(target='you', argument='are silly', group='others', hateful=True)
    """
    fault = _group_fault(triple.group)
    if fault:
        raise ValueError(f"{triple} has no quadruple: {fault.message}")
    return Quadruple(*triple, hateful=NON_HATE not in split_groups(triple.group))


def is_restorable(quadruple: Quadruple) -> bool:
    """Say whether `restore` gives a quadruple back from its triple; 23 of 7,630 in STATE-ToxiCN train are lost.

    >>> is_restorable(Quadruple("you", "are silly", "others", True))
    True
    >>> is_restorable(Quadruple("you", "are quoted", "others", False))
    False
    """
    return _group_fault(quadruple.group, quadruple.hateful) is None


class _Fault(NamedTuple):
    cause: Cause
    message: str


def _read(text: str, width: int) -> tuple[list[list[str]], list[Problem]]:
    """Return the fields of the legible pieces, and all problems."""
    rows, problems = [], []
    body, end, behind = text.partition(END)
    pieces = body.split(SEP)
    last = len(pieces) - 1
    for number, padded in enumerate(pieces):
        piece = padded.strip()
        fields = [field.strip() for field in piece.split("|")]
        faults = list(_faults(fields, width))
        before, after = " " if number else "", " " if end or number < last else ""
        if piece and padded != before + " | ".join(fields) + after:
            faults.append(_Fault(Cause.BLANKS, "expected one blank on each side of bars and markers, no others"))
        if LEGIBLE.issuperset(fault.cause for fault in faults):
            rows.append(fields)
        problems += [Problem(cause, number, piece, message) for cause, message in faults]
    if behind:
        cause = Cause.TEXT_BEHIND_END if behind.strip() else Cause.BLANKS
        problems.append(Problem(cause, last, behind, f"expected nothing behind {END}"))
    if not end:
        problems.append(Problem(Cause.NO_END, last, pieces[-1].strip(), f"expected {END} at the end"))
    return rows, problems


def _faults(fields: list[str], width: int) -> Iterator[_Fault]:
    """Find what is wrong with one piece; where its fields can't be told apart, nothing is said of them."""
    if fields == [""]:
        yield _Fault(Cause.EMPTY_PIECE, "nothing is written here")
    elif len(fields) != width:
        doubt = "a bar inside a field can't be told from one between fields"
        yield _Fault(Cause.FIELD_COUNT, f"{len(fields)} fields instead of {width}; {doubt}")
    elif any(len(field.splitlines()) > 1 for field in fields):
        yield _Fault(Cause.LINE_BREAK, "a field runs over several lines")
    elif "" in fields:
        name = Quadruple._fields[fields.index("")]
        yield _Fault(Cause.EMPTY_FIELD, f"the {name} is empty; a missing target is {NULL}")
    else:
        hateful = {HATE: True, NON_HATE: False}.get(fields[3]) if width == 4 else None
        if width == 4 and hateful is None:
            yield _Fault(Cause.UNKNOWN_HATEFUL, f"{fields[3]!r} instead of {HATE!r} or {NON_HATE!r}")
        if fault := _group_fault(fields[2], hateful):
            yield fault


def _group_fault(group: str, hateful: bool | None = None) -> _Fault | None:
    """Find what is wrong with a group field, also beside `hateful`; triples, without one, get it from the group."""
    names = split_groups(group)
    for name in names:
        if name not in GROUPS and name != NON_HATE:
            return _Fault(Cause.UNKNOWN_GROUP, f"unknown group {name!r}; expected {', '.join(GROUPS)} or {NON_HATE}")
    if hateful is None:
        hateful = NON_HATE not in names
    if any((name == NON_HATE) == hateful for name in names):
        return _Fault(Cause.CONTRADICTION, f"group {group!r} contradicts {HATE if hateful else NON_HATE!r}")
    return None


def _write(rows: Sequence[list[str]]) -> str:
    """Join fields, after reading each row back."""
    if not rows:
        raise ValueError(
            f"there are no rows to write; expected at least one, of group {NON_HATE!r} if nothing is hateful"
        )
    for number, fields in enumerate(rows):
        read, problems = _read(f"{' | '.join(fields)} {END}", len(fields))
        if read != [fields]:
            advice = "correct its fields, or leave it out and count it"
            raise ValueError(f"row {number}, {fields}, would not be read back: {problems[0].message}; {advice}")
    return f" {SEP} ".join(" | ".join(fields) for fields in rows) + f" {END}"
