"""Promises of the text format of quadruples."""

import gzip
import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hf_toxspan.core.quadruples import (
    GROUPS,
    LEGIBLE,
    NON_HATE,
    Cause,
    Parsed,
    Quadruple,
    Triple,
    format_quadruples,
    format_triples,
    is_restorable,
    parse_quadruples,
    parse_triples,
    recast,
    restore,
    split_groups,
)

few = settings(max_examples=100, deadline=None)

SILLY = Quadruple("you", "are silly", "others", True)
HELLO = Quadruple("NULL", "hello there", NON_HATE, False)

FIELD = st.text("ab蠢😀\u200b\u0301 [];,-", min_size=1, max_size=8).filter(lambda text: text == text.strip())
GROUP = st.one_of(st.just(NON_HATE), st.lists(st.sampled_from(GROUPS), min_size=1, max_size=3).map(", ".join))
QUADRUPLES = st.lists(st.builds(Quadruple, FIELD, FIELD, GROUP, st.booleans()), min_size=1, max_size=4)
NEARLY = st.lists(
    st.sampled_from(
        ["a", "NULL", "Racism", "Racism, Region", NON_HATE, "hate", " ", " | ", "|", " [SEP] ", "[END]", "\n"]
    ),
    max_size=14,
).map("".join)
"""Strings that look like the format, some of which keep it."""


def causes(parsed: Parsed) -> list[Cause]:
    return [problem.cause for problem in parsed.problems]


def test_quadruples_are_written_as_the_task_prescribes() -> None:
    text = "you | are silly | others | hate [SEP] NULL | hello there | non-hate | non-hate [END]"

    assert format_quadruples([SILLY, HELLO]) == text
    assert parse_quadruples(text) == Parsed([SILLY, HELLO], [])


def test_triples_are_written_without_the_last_field() -> None:
    text = "you | are silly | others [SEP] NULL | hello there | non-hate [END]"

    assert format_triples([recast(SILLY), recast(HELLO)]) == text
    assert parse_triples(text) == Parsed([recast(SILLY), recast(HELLO)], [])


@few
@given(QUADRUPLES)
def test_what_is_written_reads_back_the_same(quadruples: list[Quadruple]) -> None:
    parsed = parse_quadruples(format_quadruples(quadruples))

    assert parsed.rows == quadruples
    assert set(causes(parsed)) <= {Cause.CONTRADICTION}
    triples = list(map(recast, quadruples))
    assert parse_triples(format_triples(triples)) == Parsed(triples, [])


@few
@given(st.text("a|[SEPND] \n\u2028\u3000", max_size=6), st.text("a|[SEPND] \n", max_size=6))
def test_writing_either_reads_back_or_is_refused(target: str, argument: str) -> None:
    quadruple = Quadruple(target, argument, "others", True)
    try:
        text = format_quadruples([HELLO, quadruple, HELLO])
    except ValueError as error:
        assert "would not be read back" in str(error)
    else:
        assert parse_quadruples(text) == Parsed([HELLO, quadruple, HELLO], [])


@settings(max_examples=600, deadline=None)
@given(NEARLY)
def test_a_text_without_problems_is_the_one_that_would_be_written(text: str) -> None:
    quadruples, triples = parse_quadruples(text), parse_triples(text)

    assert quadruples.problems or format_quadruples(quadruples.rows) == text
    assert triples.problems or format_triples(triples.rows) == text


@few
@given(NEARLY)
def test_every_piece_before_the_end_is_read_or_named(text: str) -> None:
    parsed = parse_quadruples(text)

    left_out = {problem.piece for problem in parsed.problems if problem.cause not in LEGIBLE}
    assert len(parsed.rows) + len(left_out) == len(text.partition("[END]")[0].split("[SEP]"))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("you | are silly | others | hate", [Cause.NO_END]),
        ("you | are silly | others | hate [END] I hope that helps", [Cause.TEXT_BEHIND_END]),
        ("you | are silly | others | hate [END] [END]", [Cause.TEXT_BEHIND_END]),
        ("you | are silly | others | hate [END]\n", [Cause.BLANKS]),
        ("you | are silly | others | hate[END]", [Cause.BLANKS]),
        (" you | are silly | others | hate [END]", [Cause.BLANKS]),
        ("you|are silly|others|hate [END]", [Cause.BLANKS]),
        ("you  | are silly | others | hate [END]", [Cause.BLANKS]),
        ("you\u3000| are silly | others | hate [END]", [Cause.BLANKS]),
        ("you | are silly | others | hate [SEP] [END]", [Cause.EMPTY_PIECE]),
        ("[SEP] you | are silly | others | hate [END]", [Cause.EMPTY_PIECE]),
    ],
)
def test_a_quadruple_is_read_in_spite_of_a_blemish_around_it(text: str, expected: list[Cause]) -> None:
    parsed = parse_quadruples(text)

    assert parsed.rows == [SILLY]
    assert causes(parsed) == expected


@pytest.mark.parametrize(
    ("piece", "expected"),
    [
        ("you | are silly | others", [Cause.FIELD_COUNT]),
        ("you | are silly | others | hate | hate", [Cause.FIELD_COUNT]),
        ("you | are | silly | others | hate", [Cause.FIELD_COUNT]),
        ("I can't answer that.", [Cause.FIELD_COUNT]),
        ("Here it is:\nyou | are silly | others | hate", [Cause.LINE_BREAK]),
        (" | are silly | others | hate", [Cause.EMPTY_FIELD]),
        ("you |  | others | hate", [Cause.EMPTY_FIELD]),
        ("you | are silly |  | hate", [Cause.EMPTY_FIELD]),
        ("you | are silly | others | ", [Cause.EMPTY_FIELD]),
        ("you | are silly | Sexis | hate", [Cause.UNKNOWN_GROUP]),
        ("you | are silly | racism | hate", [Cause.UNKNOWN_GROUP]),
        ("you | are silly | Sexism,Racism | hate", [Cause.UNKNOWN_GROUP]),
        ("you | are silly | others | Hate", [Cause.UNKNOWN_HATEFUL]),
        ("you | are silly | others | NULL", [Cause.UNKNOWN_HATEFUL]),
        ("you | are silly | Sexis | NULL", [Cause.UNKNOWN_HATEFUL, Cause.UNKNOWN_GROUP]),
        ("", [Cause.EMPTY_PIECE]),
    ],
)
def test_a_piece_that_can_not_be_read_is_left_out_and_named(piece: str, expected: list[Cause]) -> None:
    whole = (
        f"NULL | hello there | non-hate | non-hate [SEP] {piece.strip()} [SEP] you | are silly | others | hate [END]"
    )

    parsed = parse_quadruples(whole)
    assert parsed.rows == [HELLO, SILLY]
    assert [cause for cause in causes(parsed) if cause != Cause.BLANKS] == expected
    assert {problem.piece for problem in parsed.problems} == {1}
    assert {problem.text for problem in parsed.problems} == {piece.strip()}


def test_messages_say_what_was_found_and_what_was_expected() -> None:
    text = "you | are | silly | others | hate [SEP]  | b | c | hate [SEP] a | b | c | yes [END] d"

    assert [
        f"{problem.piece}: {problem.message}" for problem in parse_quadruples(text).problems if problem.piece != 1
    ] == [
        "0: 5 fields instead of 4; a bar inside a field can't be told from one between fields",
        "2: 'yes' instead of 'hate' or 'non-hate'",
        "2: unknown group 'c'; expected Racism, Region, LGBTQ, Sexism, others or non-hate",
        "2: expected nothing behind [END]",
    ]
    assert "the target is empty; a missing target is NULL" in [
        problem.message for problem in parse_quadruples(text).problems
    ]


@pytest.mark.parametrize("text", ["", "  ", "[END]", " [END]", "[SEP]"])
def test_no_quadruple_at_all_is_a_problem(text: str) -> None:
    parsed = parse_quadruples(text)

    assert parsed.rows == []
    assert Cause.EMPTY_PIECE in causes(parsed)


@pytest.mark.parametrize(
    ("group", "hateful"),
    [("others", "non-hate"), ("non-hate", "hate"), ("non-hate, Sexism", "hate"), ("non-hate, Sexism", "non-hate")],
)
def test_a_group_that_contradicts_the_hateful_field_is_read_and_named(group: str, hateful: str) -> None:
    parsed = parse_quadruples(f"you | are silly | {group} | {hateful} [END]")

    assert parsed.rows == [Quadruple("you", "are silly", group, hateful == "hate")]
    assert causes(parsed) == [Cause.CONTRADICTION]


def test_triples_name_the_same_problems() -> None:
    assert causes(parse_triples("you | are silly [END]")) == [Cause.FIELD_COUNT]
    assert causes(parse_triples("you | are silly | others | hate [END]")) == [Cause.FIELD_COUNT]
    assert causes(parse_triples("you | are silly | Sexis [END]")) == [Cause.UNKNOWN_GROUP]
    assert causes(parse_triples("you | are silly | non-hate, Sexism [END]")) == [Cause.CONTRADICTION]


@pytest.mark.parametrize(
    "field", ["", " ", "a|b", "a [SEP] b", "a[END]", " a", "a ", "a\u3000", "a\nb", "a\u2028b", "a\n"], ids=repr
)
def test_a_field_that_would_not_be_read_back_is_refused(field: str) -> None:
    with pytest.raises(ValueError, match=r"row 1, .* would not be read back: .*; correct its fields, or leave it out"):
        format_quadruples([HELLO, SILLY._replace(argument=field)])


def test_an_unknown_group_is_not_written() -> None:
    with pytest.raises(ValueError, match="unknown group 'Sexis'; expected Racism"):
        format_triples([Triple("you", "are silly", "Sexis")])


def test_writing_nothing_is_an_error() -> None:
    with pytest.raises(ValueError, match="no rows to write; expected at least one, of group 'non-hate'"):
        format_quadruples([])


def test_a_group_field_is_split_into_names() -> None:
    assert split_groups("Sexism, Racism, others") == ["Sexism", "Racism", "others"]
    assert split_groups(NON_HATE) == [NON_HATE]


def test_a_triple_is_hateful_unless_its_group_is_non_hate() -> None:
    assert restore(Triple("you", "are silly", "Sexism, Racism")) == Quadruple(
        "you", "are silly", "Sexism, Racism", True
    )
    assert restore(Triple("NULL", "hello there", NON_HATE)) == HELLO


@pytest.mark.parametrize(
    ("group", "message"),
    [("non-hate, Sexism", "contradicts 'non-hate'"), ("Sexism,Racism", "unknown group 'Sexism,Racism'")],
)
def test_a_triple_without_a_quadruple_is_an_error(group: str, message: str) -> None:
    with pytest.raises(ValueError, match=f"has no quadruple: .*{message}"):
        restore(Triple("you", "are silly", group))


@few
@given(st.builds(Quadruple, FIELD, FIELD, st.one_of(GROUP, st.just("non-hate, others"), st.just("x")), st.booleans()))
def test_exactly_the_restorable_quadruples_come_back_from_their_triples(quadruple: Quadruple) -> None:
    try:
        restored = restore(recast(quadruple)) == quadruple
    except ValueError:
        restored = False
    assert is_restorable(quadruple) is restored


def test_23_rows_of_state_toxicn_do_not_survive_the_recast(real_data: Path) -> None:
    rows = real_data / "state_toxicn" / "train.jsonl.gz"
    if not rows.is_file():
        pytest.skip(f"no data set at {rows}")
    with gzip.open(rows, "rt", encoding="utf-8") as lines:
        found = [quadruple for line in lines for quadruple in json.loads(line)["quads"]]
    quadruples = [
        Quadruple(row["target"], row["argument"], ", ".join(row["group"]) or NON_HATE, row["hateful"]) for row in found
    ]

    assert sum(not is_restorable(quadruple) for quadruple in quadruples) == 23
