"""A model's answers as votes: what an answer says, when two say the same, and how SRAG-MAV reads one.

| | valid | equal |
|---|---|---|
| SRAG-MAV | `process_triple` makes a quadruple string of it | equal as strings, blanks and order included |
| ours | `read_answer` reads all of it | equal by `canonical`: the same statements |
"""

from collections.abc import Iterable
from typing import Literal

from hf_toxspan.core.quadruples import (
    END,
    GROUPS,
    HATE,
    NON_HATE,
    SEP,
    Cause,
    Quadruple,
    parse_quadruples,
    parse_triples,
    restore,
    split_groups,
)

AnswerForm = Literal["triples", "quadruples"]
"""What a model writes: triples, of which `quadruples.restore` makes quadruples, or quadruples themselves."""

_NAMES = (*GROUPS, NON_HATE)


def read_answer(text: str, form: AnswerForm = "triples") -> tuple[Quadruple, ...] | None:
    """Return what an answer says, or None where it is not well formed.

    Blanks may be too many or too few; with any other problem the whole answer is refused, also where single pieces
    could be read: one without `END` was cut off, and a group that contradicts itself ("non-hate, Sexism") or the
    hateful field is no statement.

    Args:
        text: The answer.
        form: What the model was to write.

    Returns:
        At least one quadruple, in the order of the answer; or None.

    Raises:
        ValueError: If there is no such form.

    >>> read_answer("you | are silly | others [END]")
    (Quadruple(target='you', argument='are silly', group='others', hateful=True),)
    >>> read_answer("you|are silly|others|hate[END]", "quadruples") == read_answer("you | are silly | others [END]")
    True
    >>> read_answer("you | are silly | others"), read_answer("you | are silly | non-hate, others [END]")
    (None, None)
    """
    if form not in ("triples", "quadruples"):
        raise ValueError(f"form is {form!r}; expected triples or quadruples")
    parsed = parse_triples(text) if form == "triples" else parse_quadruples(text)
    if any(problem.cause is not Cause.BLANKS for problem in parsed.problems):
        return None
    return tuple(row if isinstance(row, Quadruple) else restore(row) for row in parsed.rows)


def canonical(rows: Iterable[Quadruple]) -> tuple[Quadruple, ...]:
    """Return a key that is equal for answers that make the same statements.

    Neither the order of the statements counts, nor that of a statement's groups, nor how often one is repeated.

    Args:
        rows: What an answer says.

    Returns:
        Each statement once, sorted, groups in the order of `GROUPS`. It is a key, not an answer: official scorers tell
        "Sexism, Racism" from "Racism, Sexism", and gold mostly has the former.

    >>> one, other = "you | are silly | others [SEP] it | is | Sexism, Racism [END]", "it | is | Racism, Sexism [SEP] "
    >>> canonical(read_answer(one)) == canonical(read_answer(other + "you | are silly | others [END]"))
    True
    """
    return tuple(sorted({row._replace(group=_ordered(row.group)) for row in rows}))


def _ordered(group: str) -> str:
    """Write the names of a group field in one order, each once; unknown ones come last."""
    names = set(split_groups(group))
    return ", ".join(sorted(names, key=lambda name: (_NAMES.index(name) if name in _NAMES else len(_NAMES), name)))


def process_triple(text: str) -> str:
    """Make a quadruple string of a triple string as SRAG-MAV does, its `check_response` included.

    The text must end in `` [END]``, and is cut at `` [SEP] `` and `` | ``, nothing stripped. Of a piece the first three
    fields count, whatever they hold; further ones are passed over. It is hateful unless a group is `NON_HATE`.

    Args:
        text: A model's answer.

    Returns:
        The quadruples; "" where a piece has fewer fields, a group is unknown, or one contradicts the others: SRAG-MAV
        then asks again.

    >>> process_triple("you | are silly | others [SEP] NULL | hello | non-hate [END]")
    'you | are silly | others | hate [SEP] NULL | hello | non-hate | non-hate [END]'
    >>> process_triple("you | are silly | others"), process_triple("you | are silly | non-hate, Sexism [END]")
    ('', '')
    """
    if not text.endswith(f" {END}"):
        return ""
    pieces = []
    for piece in text.removesuffix(f" {END}").split(f" {SEP} "):
        fields = piece.split(" | ")[:3]
        names = split_groups(fields[2]) if len(fields) == 3 else []
        if not names or not set(names) <= set(_NAMES) or (NON_HATE in names and set(names) != {NON_HATE}):
            return ""
        pieces.append(" | ".join([*fields, NON_HATE if NON_HATE in names else HATE]))
    return f" {SEP} ".join(pieces) + f" {END}"
