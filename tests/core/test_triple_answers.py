"""Promises of answers as votes: what is valid, what is the same, and SRAG-MAV's own reading."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hf_toxspan.core.quadruples import (
    GROUPS,
    NON_HATE,
    Quadruple,
    format_quadruples,
    format_triples,
    parse_triples,
    recast,
    restore,
)
from hf_toxspan.core.triple_answers import canonical, process_triple, read_answer

few = settings(max_examples=150, deadline=None)

SILLY = Quadruple("you", "are silly", "others", True)
HELLO = Quadruple("NULL", "hello there", NON_HATE, False)

FIELD = st.text("ab蠢😀\u200b ;,-", min_size=1, max_size=6).filter(lambda text: text == text.strip())
GROUP = st.one_of(
    st.just(NON_HATE), st.lists(st.sampled_from(GROUPS), min_size=1, max_size=3, unique=True).map(", ".join)
)
ROWS = st.lists(
    st.builds(Quadruple, FIELD, FIELD, GROUP, st.just(True)).map(lambda row: restore(recast(row))),
    min_size=1,
    max_size=4,
)
"""Quadruples whose triples give them back."""
NEARLY = st.lists(
    st.sampled_from(["a", "NULL", "Racism", "Racism, Region", NON_HATE, " | ", "|", " ", " [SEP] ", " [END]", "\n"]),
    max_size=14,
).map("".join)


@few
@given(ROWS)
def test_what_was_written_is_read_in_both_forms(rows: list[Quadruple]) -> None:
    assert read_answer(format_triples(map(recast, rows))) == tuple(rows)
    assert read_answer(format_quadruples(rows), "quadruples") == tuple(rows)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "sorry, I can't",
        "you | are silly | others",  # cut off
        "you | are silly | others [END] And so on.",
        "you | are silly [END]",
        "you | are silly | others | hate [END]",
        "you |  | others [END]",
        "you | are silly | silly people [END]",
        "you | are silly | others, non-hate [END]",
        "you | are\nsilly | others [END]",
        "you | are silly | others [SEP] [END]",
        "you | are silly | others [SEP] you | others [END]",  # one good piece does not save it
    ],
)
def test_an_answer_that_is_not_well_formed_is_no_vote(text: str) -> None:
    assert read_answer(text) is None


def test_quadruples_that_contradict_themselves_are_no_vote() -> None:
    assert read_answer("you | are silly | others | non-hate [END]", "quadruples") is None
    assert read_answer("you | are silly | non-hate | hate [END]", "quadruples") is None


@pytest.mark.parametrize("text", ["you|are silly|others[END]", "  you | are silly |  others [END]\n"])
def test_blanks_do_no_harm(text: str) -> None:
    assert read_answer(text) == (SILLY,)


def test_other_forms_are_refused() -> None:
    with pytest.raises(ValueError, match="form is 'pairs'"):
        read_answer("", "pairs")  # type: ignore[arg-type]


@few
@given(ROWS, st.randoms())
def test_order_and_repetition_of_statements_make_no_other_vote(rows: list[Quadruple], lot: object) -> None:
    shuffled = [*rows, rows[0]]
    lot.shuffle(shuffled)  # type: ignore[attr-defined]
    assert canonical(shuffled) == canonical(rows)
    assert canonical(canonical(rows)) == canonical(rows)


def test_order_and_repetition_of_groups_make_no_other_vote() -> None:
    keys = {
        canonical([SILLY._replace(group=group)])
        for group in ("Sexism, Racism", "Racism, Sexism", "Racism, Sexism, Racism")
    }
    assert keys == {(SILLY._replace(group="Racism, Sexism"),)}


@few
@given(ROWS, ROWS)
def test_other_statements_are_another_vote(rows: list[Quadruple], others: list[Quadruple]) -> None:
    same = {(*row[:2], frozenset(row.group.split(", "))) for row in rows} == {
        (*row[:2], frozenset(row.group.split(", "))) for row in others
    }
    assert (canonical(rows) == canonical(others)) == same


@few
@given(ROWS)
def test_the_papers_reading_of_what_was_written_is_the_quadruple_string(rows: list[Quadruple]) -> None:
    assert process_triple(format_triples(map(recast, rows))) == format_quadruples(rows)


@settings(max_examples=500, deadline=None)
@given(NEARLY)
def test_ours_and_the_papers_reading_agree_on_all_that_is_well_formed(text: str) -> None:
    if not parse_triples(text).problems:
        rows = read_answer(text)
        assert rows is not None
        assert process_triple(text) == format_quadruples(rows)
    elif read_answer(text) is None and process_triple(text):
        # it is the more lenient one about empty and further fields, line breaks and markers inside
        assert text.endswith(" [END]")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a | b | others [END]", "a | b | others | hate [END]"),
        ("a | b | Sexism, Racism [END]", "a | b | Sexism, Racism | hate [END]"),
        ("a | b | non-hate, non-hate [END]", "a | b | non-hate, non-hate | non-hate [END]"),
        ("a | b | others | hate [END]", "a | b | others | hate [END]"),
        ("a | b | others | anything | more [END]", "a | b | others | hate [END]"),
        (" |  | others [END]", " |  | others | hate [END]"),
        (" a  | b | others [END]", " a  | b | others | hate [END]"),
        (
            "a | b | others [SEP] c | d | non-hate [END]",
            "a | b | others | hate [SEP] c | d | non-hate | non-hate [END]",
        ),
        ("a | b | others[END]", ""),
        ("a | b | others [END] ", ""),
        ("a | b [END]", ""),
        ("a|b|others [END]", ""),
        ("a | b | Others [END]", ""),
        ("a | b | others,Sexism [END]", ""),
        ("a | b | non-hate, others [END]", ""),
        ("a | b | others [SEP] c [END]", ""),
        ("a | b | others [SEP]  [END]", ""),
        (" [END]", ""),
        ("", ""),
    ],
)
def test_the_papers_reading_case_by_case(text: str, expected: str) -> None:
    assert process_triple(text) == expected
