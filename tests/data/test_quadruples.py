"""Gold quadruples of rows, and the task reformulation: every loss is counted, nothing is altered in silence."""

from typing import Any

import pytest

from hf_toxspan.core.quadruples import Quadruple, is_restorable, parse_triples, restore
from hf_toxspan.data.quadruples import gold_quadruples, gold_string, reformulate, write_answer
from hf_toxspan.data.sources import load_data


def row(name: str, *quads: tuple[str | None, str | None, list[str], bool]) -> dict[str, Any]:
    fields = ("target", "argument", "group", "hateful")
    return {"id": name, "quads": [dict(zip(fields, quad, strict=True)) for quad in quads]}


SILLY = ("you", "are silly", ["others"], True)


def test_what_a_row_leaves_out_is_null_and_no_group_is_non_hate() -> None:
    assert gold_quadruples(row("1", (None, None, [], False))) == [Quadruple("NULL", "NULL", "non-hate", False)]


def test_gold_is_written_as_the_scorers_read_it() -> None:
    two = row("1", ("you", "are silly", ["Sexism", "Racism"], True), (None, "hello", [], False))
    assert gold_string(two) == "you | are silly | Sexism, Racism | hate [SEP] NULL | hello | non-hate | non-hate [END]"


@pytest.mark.parametrize("empty", [{"id": "7"}, {"id": "7", "quads": None}, {"id": "7", "quads": []}])
def test_a_row_without_quadruples_is_named(empty: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="row '7' has no quadruples; expected a column `quads`"):
        gold_quadruples(empty)


def test_triples_leave_out_what_their_group_says() -> None:
    made = reformulate([row("1", SILLY), row("2", (None, "hello", [], False))])
    assert made.answers == {"1": "you | are silly | others [END]", "2": "NULL | hello | non-hate [END]"}
    assert (made.quadruples, made.lost, made.flawed) == (2, [], {})


def test_each_quadruple_that_its_triple_loses_is_counted() -> None:
    quoted = ("you", "are silly", ["others"], False)
    made = reformulate([row("1", quoted, SILLY, quoted), row("2", SILLY)])
    assert made.lost == ["1", "1"] and set(made.answers) == {"1", "2"}
    assert reformulate([row("1", quoted)], form="quadruples").lost == []


def test_what_can_not_be_written_is_left_out_and_counted() -> None:
    made = reformulate([row("1", ("you", "a | b", ["others"], True)), row("2"), row("3", SILLY)])
    assert made.flawed == {"unwritable": ["1"], "without quadruples": ["2"]} and list(made.answers) == ["3"]


def test_quadruples_keep_all_four_fields() -> None:
    assert write_answer([Quadruple(*SILLY[:2], "others", True)], form="quadruples").endswith("| others | hate [END]")


def test_an_unknown_form_is_refused() -> None:
    with pytest.raises(ValueError, match="form is 'pairs'"):
        reformulate([], form="pairs")  # type: ignore[arg-type]


def test_state_toxicn_is_given_back_but_for_the_quadruples_that_are_counted(real_data: Any) -> None:
    rows = load_data(str(real_data / "state_toxicn" / "train.jsonl.gz")).to_list()
    made = reformulate(rows)
    assert (len(made.lost), {flaw: len(ids) for flaw, ids in made.flawed.items()}) == (23, {"unwritable": 7})
    for own in rows:
        if own["id"] in made.answers:
            read = [restore(triple) for triple in parse_triples(made.answers[own["id"]]).rows]
            gold = gold_quadruples(own)
            assert [one == other for one, other in zip(read, gold, strict=True)] == [*map(is_restorable, gold)]
