"""Promises of the study of votes: hand numbers, and the same votes for every line."""

from collections.abc import Sequence
from functools import cache
from itertools import pairwise

import pytest

from hf_toxspan.core.vote_rules import VoteRule
from hf_toxspan.core.voting import replay
from hf_toxspan.evaluation.recorded_votes import RecordedVotes, collect, streams
from hf_toxspan.evaluation.vote_study import PAPER_HARD, Line, VoteStudy, study_votes
from tests.evaluation.votes import GOLD, SILLY, UGLY, recording


@cache
def study() -> VoteStudy:
    records = recording(30)
    return study_votes(records, {record.id: GOLD for record in records}, taus=(20, 1, 5), n_resamples=50)


def named(name: str, found: VoteStudy | None = None) -> Line:
    (line,) = [line for line in (found or study()).lines if line.name == name]
    return line


def small(answers: Sequence[Sequence[str | None]], taus: Sequence[int] = (1, 3)) -> VoteStudy:
    return study_votes([collect("1", "x", "triples", answers)], {"1": GOLD}, taus=taus, n_resamples=2)


def test_a_study_by_hand() -> None:
    found = small([[SILLY, UGLY, UGLY], [UGLY, UGLY, UGLY]])

    assert (found.texts, found.prompts, found.rounds, found.reference) == (1, 2, 3, 3)
    # the gold is what SILLY says: one draw is right, and so is the first round, whose equals the first drawn wins
    for name, hard, generations, same in (
        ("one draw", 1.0, 1, 0.0),
        ("one round", 1.0, 2, 0.0),
        ("tau 1", 1.0, 2, 0.0),
        ("tau 3", 0.0, 4, 1.0),
        ("tau 3, settled", 0.0, 4, 1.0),
        ("elements, all", 0.0, 6, 1.0),
    ):
        line = named(name, found)
        assert (line.scores["hard_f1"].value, line.generations, line.same) == (hard, generations, same), name
        assert line.relative == generations / 4
        assert line.over_reference.difference == hard / 2  # both answers are soft matches
    assert named("tau 3", found).stopped == {"tau": 1}


def test_the_papers_lines_are_its_rule_and_stand_in_order() -> None:
    taus = [line for line in study().lines if line.kind == "tau"]
    assert [line.tau for line in taus] == [1, 5, 20]
    assert all(low.generations <= high.generations for low, high in pairwise(taus))
    records = recording(30)
    rule = VoteRule("mav", tau=5, max_rounds=records[0].rounds, redraws=10, settle=False)
    expected = [replay(streams(record, "raw"), rule).generations for record in records]
    assert named("tau 5").generations == sum(expected) / len(expected)


def test_the_largest_tau_is_what_all_stand_beside() -> None:
    line = named("tau 20")
    assert study().reference == 20
    assert (line.same, line.relative) == (1.0, 1.0)
    assert tuple(line.over_reference[:3]) == (0, 0, 0)
    settled = named("tau 20, settled")
    assert (settled.same, settled.scores) == (1.0, line.scores)
    assert settled.generations < line.generations


def test_all_rules_have_a_line_that_says_how_its_votes_ended() -> None:
    names = [line.name for line in study().lines]
    for rule in ("esc", "beta 0.95", "stratified 0.99", "certified 0.05", "elements, 1 round", "tau 20, canonical"):
        assert rule in names
    for line in study().lines:
        assert sum(line.stopped.values()) == (0 if line.kind == "element" else 30)
        for low, high in ((own.low, own.high) for own in line.scores.values()):
            assert 0 <= low <= high <= 1


def test_equal_statements_in_other_words_count_as_one_answer_only_if_wanted() -> None:
    both = "you | are silly | others [SEP] they | are old | others [END]"
    turned = "they | are old | others [SEP] you | are silly | others [END]"
    record = collect("1", "x", "triples", [[UGLY], [UGLY], [both], [turned], [both], [turned], [UGLY]])
    raw = study_votes([record], {"1": GOLD}, taus=(9,), n_resamples=2)
    canonical = study_votes([record], {"1": GOLD}, taus=(9,), votes="canonical", n_resamples=2)
    assert named("tau 9", raw).scores["hard_f1"].value == 0
    assert (
        named("tau 9", canonical).scores["hard_f1"].value == named("tau 9, canonical", raw).scores["hard_f1"].value > 0
    )
    assert named("tau 9, raw", canonical).same == 0


def test_answers_that_cannot_be_read_are_drawn_again_and_paid_for() -> None:
    found = small([["no idea", SILLY], [UGLY, UGLY]], taus=(1,))
    assert named("one draw", found).generations == 2
    assert named("one draw", found).scores["hard_f1"].value == 1
    assert named("tau 1", found).generations == 3


def test_a_text_without_a_valid_answer_has_found_nothing() -> None:
    found = small([["no idea", None], ["", "no"]])
    for line in found.lines:
        assert line.scores["average_f1"].value == 0
    assert named("elements, all", found).generations == 3
    assert named("tau 3", found).stopped == {"recording": 1}


def test_the_same_seed_gives_the_same_study_and_each_line_is_announced() -> None:
    records, seen = recording(5), []
    gold = {record.id: GOLD for record in records}
    first = study_votes(records, gold, taus=(2,), n_resamples=20, seed=3, watch=seen.append)
    assert first == study_votes(records, gold, taus=(2,), n_resamples=20, seed=3)
    assert seen == [line.name for line in first.lines]


def test_papers_numbers_are_those_of_its_figure() -> None:
    assert PAPER_HARD == {1: 0.2530, 80: 0.2611, 100: 0.2654, 200: 0.2666}


@pytest.mark.parametrize(
    ("records", "taus", "message"),
    [
        ([], (1,), "0 texts"),
        (recording(2), (), "0 values of tau"),
        (recording(2), (0,), "tau is 0"),
        ([collect("new", "x", "triples", [[SILLY]])], (1,), r"1 of them without gold \['new'\]"),
    ],
)
def test_what_cannot_be_studied_is_named(records: list[RecordedVotes], taus: tuple[int, ...], message: str) -> None:
    gold = {record.id: GOLD for record in recording(2)}
    with pytest.raises(ValueError, match=message):
        study_votes(records, gold, taus=taus)


def test_what_draws_that_share_their_work_write_is_counted_apart() -> None:
    record = collect("7", "hello", "triples", [[UGLY, UGLY, SILLY, UGLY], [UGLY, UGLY, None, UGLY]])
    study = study_votes([record], {"7": "x | y | others | hate [END]"}, taus=(2, 7), n_resamples=10)
    lines = {line.name: line for line in study.lines}
    assert lines["tau 7"].generations == 7 and lines["tau 7"].written == 3 / 7  # two of one prompt, one of the other
    assert lines["tau 2"].written == 2 / 7 and lines["one draw"].written == 1 / 7
