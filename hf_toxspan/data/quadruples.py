"""Gold quadruples of rows that have them, and SRAG-MAV's task reformulation: what is learnt, what is lost.

A row's ``quads`` (`hf_toxspan.data.state_toxicn`) become the strings that the official scorers read. A model that
learns triples (target, argument, group) is spared the fourth field, which the group decides, except in rows whose
gold says otherwise: 23 quadruples of STATE-ToxiCN train have a group and are not hateful. What can't be written or
given back is counted, never altered in silence.
"""

from collections.abc import Iterable, Mapping
from typing import Any, Literal, NamedTuple

from hf_toxspan.core.quadruples import (
    NON_HATE,
    NULL,
    Quadruple,
    format_quadruples,
    format_triples,
    is_restorable,
    recast,
)
from hf_toxspan.core.triple_answers import AnswerForm

Flaw = Literal["without quadruples", "unwritable"]
"""Why a row teaches nothing: it has no quadruple, or one whose field the format can't hold, such as a bar."""


def gold_quadruples(row: Mapping[str, Any]) -> list[Quadruple]:
    """Return the quadruples of a row, in its order.

    Args:
        row: A row with a column ``quads``: dicts with ``target`` and ``argument`` (None for NULL), ``group`` (list) and
            ``hateful``.

    Returns:
        At least one quadruple.

    Raises:
        ValueError: If the row has none.

    >>> gold_quadruples({"quads": [{"target": None, "argument": "hello", "group": [], "hateful": False}]})
    [Quadruple(target='NULL', argument='hello', group='non-hate', hateful=False)]
    """
    if not row.get("quads"):
        raise ValueError(
            f"row {row.get('id')!r} has no quadruples; expected a column `quads`, as state_toxicn:train.json has it"
        )
    return [
        Quadruple(
            NULL if quad["target"] is None else quad["target"],
            NULL if quad["argument"] is None else quad["argument"],
            ", ".join(quad["group"]) or NON_HATE,
            quad["hateful"],
        )
        for quad in row["quads"]
    ]


def gold_string(row: Mapping[str, Any]) -> str:
    """Return the gold string of a row as the official scorers read it, ``T | A | G | H [SEP] ... [END]``.

    Unlike `format_quadruples` it writes whatever the row holds: gold is scored as it is.

    >>> gold_string({"quads": [{"target": "you", "argument": "a|b", "group": ["others"], "hateful": True}]})
    'you | a|b | others | hate [END]'
    """
    fields = [(*quad[:3], "hate" if quad.hateful else NON_HATE) for quad in gold_quadruples(row)]
    return " [SEP] ".join(" | ".join(map(str, quad)) for quad in fields) + " [END]"


class Reformulation(NamedTuple):
    """What rows teach.

    Attributes:
        answers: By the row's id, the string to be learnt.
        quadruples: How many quadruples the rows have.
        lost: Id of the row of each quadruple that its triple does not give back; it is learnt all the same.
        flawed: Ids of rows that teach nothing, by reason.
    """

    answers: dict[str, str]
    quadruples: int
    lost: list[str]
    flawed: dict[Flaw, list[str]]


def reformulate(rows: Iterable[Mapping[str, Any]], *, form: AnswerForm = "triples") -> Reformulation:
    """Write the answers that a model learns (SRAG-MAV's task reformulation; with "quadruples" the task as it was).

    Args:
        rows: Rows with ``id`` and ``quads``.
        form: What the model is to write.

    Returns:
        The answers, and what was lost or left out.

    Raises:
        ValueError: If there is no such form.

    >>> row = {"id": "1", "quads": [{"target": "you", "argument": "are silly", "group": ["others"], "hateful": False}]}
    >>> reformulate([row])
    Reformulation(answers={'1': 'you | are silly | others [END]'}, quadruples=1, lost=['1'], flawed={})
    """
    if form not in ("triples", "quadruples"):
        raise ValueError(f"form is {form!r}; expected 'triples' or 'quadruples'")
    answers: dict[str, str] = {}
    lost: list[str] = []
    flawed: dict[Flaw, list[str]] = {}
    count = 0
    for row in rows:
        if not row.get("quads"):
            flawed.setdefault("without quadruples", []).append(row["id"])
            continue
        quadruples = gold_quadruples(row)
        count += len(quadruples)
        try:
            answers[row["id"]] = write_answer(quadruples, form=form)
        except ValueError:
            flawed.setdefault("unwritable", []).append(row["id"])
            continue
        if form == "triples":
            lost += [row["id"] for quadruple in quadruples if not is_restorable(quadruple)]
    return Reformulation(answers, count, lost, flawed)


def write_answer(quadruples: Iterable[Quadruple], *, form: AnswerForm) -> str:
    """Write quadruples in the form that a model learns.

    Args:
        quadruples: At least one.
        form: Triples or quadruples.

    Returns:
        The string, ending in `` [END]``.

    Raises:
        ValueError: If one would not be read back.

    >>> write_answer([Quadruple("you", "are silly", "others", True)], form="triples")
    'you | are silly | others [END]'
    """
    return format_triples(map(recast, quadruples)) if form == "triples" else format_quadruples(quadruples)
