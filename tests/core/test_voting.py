"""Promises of the vote: the paper's loop exactly, one result in any order, certificates that hold, an end."""

import random
from collections import Counter
from collections.abc import Hashable, Iterator, Sequence
from dataclasses import replace
from typing import get_args

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hf_toxspan.core.stopping import certified_bar, e_value
from hf_toxspan.core.vote_rules import Stop, VoteRule
from hf_toxspan.core.voting import INVALID, LOST, Ballot, Draw, VoteResult, replay

VOTES = st.sampled_from(["a", "a", "a", "b", "b", "c", INVALID, LOST])
RULES = st.builds(
    VoteRule,
    stop=st.sampled_from(get_args(Stop)),
    tau=st.integers(1, 12),
    confidence=st.sampled_from([0.6, 0.9, 0.95]),
    epsilon=st.sampled_from([0.05, 0.5, 0.9]),
    window=st.none() | st.integers(1, 5),
    max_rounds=st.integers(1, 8),
    redraws=st.integers(0, 2),
    least=st.integers(0, 6),
    settle=st.booleans(),
    seed=st.integers(0, 3),
)
many = settings(max_examples=150, deadline=None)


def endless(seed: int, prompts: int) -> list[list[Hashable]]:
    """Streams that no rule of `RULES` can exhaust."""
    draw = random.Random(seed)
    return [[draw.choice(["a", "a", "a", "b", "b", "c", INVALID, LOST]) for _ in range(150)] for _ in range(prompts)]


def test_votes_accumulate_over_rounds_until_tau() -> None:
    result = replay([["a", "a", "b"], ["b", "a", "a"]], VoteRule("mav", tau=3))

    assert (result.winner, result.votes) == ("a", (("a", 3), ("b", 1)))
    assert (result.rounds, result.generations, result.stopped_by) == (2, 4, "tau")
    assert (result.agreement, result.tied, result.certified) == (0.75, False, False)
    assert result.e_value == pytest.approx((1 + 5 + 10 + 10) / (5 * 4))


def reference(streams: Sequence[Sequence[Hashable]], tau: int) -> tuple[Hashable, int, Counter[Hashable], int]:
    """Run SRAG-MAV's loop: each prompt until its answer is valid, then count; no end but tau."""
    answers = [iter(stream) for stream in streams]
    counts: Counter[Hashable] = Counter()
    rounds = generations = 0
    while True:
        rounds += 1
        for answer in answers:
            while True:
                generations += 1
                said = next(answer)
                if said is not INVALID:
                    break
            counts[said] += 1
        best = max(counts, key=lambda key: counts[key])
        if counts[best] >= tau:
            return best, rounds, counts, generations


@many
@given(st.integers(0, 10**6), st.integers(1, 10), st.integers(1, 60))
def test_the_papers_rule_is_the_papers_loop(seed: int, prompts: int, tau: int) -> None:
    draw = random.Random(seed)
    streams = [[draw.choice(["a", "b", "b", "c", INVALID]) for _ in range(600)] for _ in range(prompts)]
    winner, rounds, counts, generations = reference(streams, tau)

    result = replay(streams, VoteRule("mav", tau=tau, max_rounds=10_000, redraws=10_000))

    assert (result.winner, result.rounds, result.generations) == (winner, rounds, generations)
    assert dict(result.votes) == counts
    assert (result.stopped_by, result.invalid) == ("tau", generations - counts.total())


def held(ballot: Ballot, streams: Sequence[Sequence[Hashable]], order: random.Random) -> VoteResult:
    """Cast answers one at a time, each time any of those that are wanted."""
    while wanted := ballot.wanted():
        draw = order.choice(wanted)
        ballot.cast(draw, streams[draw.prompt][draw.draw])
    return ballot.result()


@many
@given(RULES, st.integers(1, 4), st.integers(0, 10**6))
def test_the_order_of_arrival_changes_nothing(rule: VoteRule, prompts: int, seed: int) -> None:
    streams = endless(seed, prompts)
    assert held(Ballot(rule, prompts), streams, random.Random(seed + 1)) == replay(streams, rule)


@many
@given(RULES, st.integers(1, 4), st.data())
def test_a_vote_ends_whatever_is_cast(rule: VoteRule, prompts: int, data: st.DataObject) -> None:
    ballot, casts, seen = Ballot(rule, prompts), 0, set()
    while wanted := ballot.wanted():
        draw = wanted[0]
        assert draw not in seen
        seen.add(draw)
        ballot.cast(draw, data.draw(VOTES))
        casts += 1
    result = ballot.result()

    assert casts <= rule.max_rounds * prompts * (1 + rule.redraws)
    assert casts == result.generations + result.lost
    assert result.generations == result.invalid + sum(count for _, count in result.votes)
    assert result.rounds <= rule.max_rounds
    assert result.stopped_by not in ("open", "recording")
    assert (result.winner is None) == (not result.votes)
    for prompt in range(prompts):  # each prompt's draws are numbered without a gap
        numbers = [draw.draw for draw in seen if draw.prompt == prompt]
        assert sorted(numbers) == list(range(len(numbers)))


@many
@given(RULES, st.integers(1, 4), st.integers(0, 10**6))
def test_stopping_a_settled_vote_early_never_changes_the_winner(rule: VoteRule, prompts: int, seed: int) -> None:
    streams = endless(seed, prompts)
    early, late = (replay(streams, replace(rule, settle=settle)) for settle in (True, False))

    assert early.winner == late.winner
    assert early.rounds <= late.rounds
    assert (early == late) == (early.stopped_by != "settled")


def test_a_vote_is_settled_as_soon_as_nobody_can_catch_up() -> None:
    result = replay([["a"] * 9, ["a"] * 9], VoteRule("mav", tau=200, max_rounds=9))
    assert (result.rounds, result.stopped_by) == (5, "settled")  # 10 votes, 8 to come
    result = replay([["a"] * 9, ["a"] * 9], VoteRule("mav", tau=200, max_rounds=9, settle=False))
    assert (result.rounds, result.stopped_by) == (9, "cap")


def test_equals_are_won_by_the_one_drawn_first_not_by_the_one_that_arrived_first() -> None:
    ballot = Ballot(VoteRule("fixed", max_rounds=1), prompts=2)
    ballot.cast(Draw(1, 0), "late")
    ballot.cast(Draw(0, 0), "early")
    result = ballot.result()

    assert (result.winner, result.tied, result.stopped_by) == ("early", True, "cap")
    assert result.votes == (("early", 1), ("late", 1))


def test_invalid_answers_are_drawn_again_at_once_up_to_so_often() -> None:
    ballot = Ballot(VoteRule("fixed", max_rounds=1, redraws=2), prompts=2)
    ballot.cast(Draw(0, 0), INVALID)
    assert ballot.wanted() == [Draw(1, 0), Draw(0, 1)]
    ballot.cast(Draw(0, 1), INVALID)
    ballot.cast(Draw(1, 0), "a")
    ballot.cast(Draw(0, 2), INVALID)
    result = ballot.result()

    assert ballot.wanted() == []
    assert (result.votes, result.invalid, result.generations) == ((("a", 1),), 3, 4)


def test_calls_that_failed_are_no_votes_and_not_drawn_again() -> None:
    result = replay([[LOST, "a"], ["b", "a"]], VoteRule("fixed", max_rounds=2, redraws=3))
    assert (result.votes, result.lost, result.generations) == ((("a", 2), ("b", 1)), 1, 3)


def test_a_round_without_any_answer_is_the_last() -> None:
    result = replay([["a", LOST, "b"], ["a", LOST, "b"]], VoteRule("fixed", max_rounds=3, settle=False))
    assert (result.stopped_by, result.winner, result.rounds) == ("lost", "a", 2)


def test_a_vote_without_valid_votes_has_no_winner() -> None:
    result = replay([[INVALID], [LOST]], VoteRule("mav", max_rounds=1))
    assert (result.winner, result.votes, result.agreement, result.tied) == (None, (), 0.0, False)
    assert (result.stopped_by, result.e_value) == ("cap", 1.0)


def test_a_recording_that_runs_out_ends_the_vote_and_all_of_it_counts() -> None:
    result = replay([["a", "b"], ["b"]], VoteRule("mav", tau=9, settle=False))
    assert (result.stopped_by, result.rounds, result.votes) == ("recording", 1, (("b", 2), ("a", 1)))


def test_an_open_vote_says_how_it_stands() -> None:
    ballot = Ballot(VoteRule("mav", tau=9), prompts=2)
    ballot.cast(Draw(1, 0), "a")
    assert ballot.result().stopped_by == "open"
    assert (ballot.result().winner, ballot.result().rounds) == ("a", 0)


def test_draws_that_are_not_wanted_are_refused() -> None:
    ballot = Ballot(VoteRule("fixed", max_rounds=1), prompts=2)
    with pytest.raises(
        ValueError, match=r"'a' for Draw\(prompt=2, draw=0\); expected a vote.*Draw\(prompt=0, draw=0\)"
    ):
        ballot.cast(Draw(2, 0), "a")
    with pytest.raises(ValueError, match="None for Draw"):
        ballot.cast(Draw(0, 0), None)
    ballot.cast(Draw(0, 0), "a")
    with pytest.raises(ValueError, match="'a' for Draw"):
        ballot.cast(Draw(0, 0), "a")


@pytest.mark.parametrize("prompts", [0, -1, True, 2.0])
def test_a_vote_needs_a_prompt(prompts: int) -> None:
    with pytest.raises(ValueError, match="prompts is"):
        Ballot(VoteRule(), prompts)


def test_a_certified_vote_draws_its_prompts_by_lot_the_same_ones_for_the_same_seed() -> None:
    first, same, other = (Ballot(VoteRule("certified", seed=seed), 10).wanted() for seed in (1, 1, 2))
    assert first == same != other
    assert sorted(draw.prompt for draw in first) != list(range(10))


def test_the_lot_gives_each_prompt_its_share() -> None:
    rule = VoteRule("certified", epsilon=1e-9, max_rounds=300, settle=False)
    result = replay([["a"] * 3000, ["b"] * 3000, ["c"] * 3000], rule)
    assert result.stopped_by == "cap"
    assert all(abs(count - 300) < 60 for _, count in result.votes)


def test_only_the_certified_rule_certifies() -> None:
    streams = [["a"] * 60]
    for stop in get_args(Stop):
        result = replay(streams, VoteRule(stop, tau=50, max_rounds=60))
        assert result.certified == (stop == "certified")
    assert replay(streams, VoteRule("certified")).rounds == 9


def wrong_certificates(chances: Sequence[Sequence[float]], runs: int) -> float:
    """Return how often a vote is certified for an answer that is not the single most probable one of all prompts."""
    mean = np.mean(chances, axis=0)
    best = mean.argmax() if np.sum(np.isclose(mean, mean.max())) == 1 else -1
    draw = np.random.default_rng(7)
    rule = VoteRule("certified", epsilon=0.2, max_rounds=200 // len(chances), settle=False)
    wrong = 0
    for run in range(runs):
        streams = [draw.choice(len(own), size=200, p=own).tolist() for own in chances]
        result = replay(streams, replace(rule, seed=run))
        wrong += result.certified and result.winner != best
    return wrong / runs


@pytest.mark.parametrize(
    "chances",
    [
        [[0.5, 0.5]],
        [[0.34, 0.33, 0.33]],
        [[0.9, 0.05, 0.05], [0.1, 0.85, 0.05], [0.1, 0.7, 0.2]],  # by lot: .37, .53, .1
        [[1.0, 0.0], [0.0, 1.0]],  # prompts that always repeat themselves and never agree
    ],
)
def test_certificates_are_wrong_at_most_as_often_as_promised(chances: list[list[float]]) -> None:
    assert wrong_certificates(chances, runs=120) <= 0.2


def bars(counts: np.ndarray, epsilon: float) -> Iterator[np.ndarray]:
    """Yield after each vote which of many votes on three answers are certified: the rule once more, in numpy."""
    size = counts.shape[1] + 1
    table = np.array(
        [[e_value(first, second) if first + second < size else 0 for second in range(size)] for first in range(size)]
    )
    runs = np.arange(len(counts))
    totals = np.zeros((len(counts), 3), dtype=int)
    ranks = np.zeros((len(counts), 3), dtype=int)
    for votes in counts.T:
        new = ranks[runs, votes] == 0
        ranks[runs[new], votes[new]] = ranks[new].max(axis=1) + 1
        totals[runs, votes] += 1
        ordered = np.sort(totals, axis=1)
        leader = totals.argmax(axis=1)
        rank = ranks[runs, leader]
        sure = (
            table[ordered[:, 2], ordered[:, 1]] >= np.array([certified_bar(r, epsilon) for r in range(1, 4)])[rank - 1]
        )
        yield np.where(sure, leader, -1)


@pytest.mark.parametrize("chances", [[0.5, 0.5, 0.0], [0.34, 0.33, 0.33]])
def test_certificates_hold_over_thousands_of_votes_looked_at_each_time(chances: list[float]) -> None:
    votes = np.random.default_rng(3).choice(3, size=(2000, 200), p=chances)
    right = int(np.argmax(chances)) if chances[0] != chances[1] else -1
    wrong = np.zeros(len(votes), dtype=bool)
    decided = np.zeros(len(votes), dtype=bool)
    for certified in bars(votes, 0.05):
        now = (certified >= 0) & ~decided
        wrong |= now & (certified != right)
        decided |= now
    assert wrong.mean() <= 0.05
