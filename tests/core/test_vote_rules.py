"""Promises of the vote rules: each reaches its aim where it says so, and nonsense is quoted."""

from typing import Any

import pytest

from hf_toxspan.core.vote_rules import Heard, VoteRule


def heard(*prompts: str) -> Heard:
    """Votes of prompts, round after round: ``heard("aab", "abb")`` is a, a, a, b, b, b."""
    found = Heard(len(prompts))
    for row in zip(*prompts, strict=True):
        found.add(list(enumerate(row)))
    return found


@pytest.mark.parametrize(
    ("rule", "aim", "below"),
    [
        (VoteRule("mav", tau=4), heard("aa", "aa"), heard("aa", "ab")),
        (VoteRule("beta", confidence=0.969), heard("aaaaa"), heard("aaaa")),  # the least number of votes
        (VoteRule("beta", confidence=0.968, least=0), heard("aaaa"), heard("aaa")),  # .969, .938
        (VoteRule("esc", least=0), heard("ba", "aa"), heard("ab", "ba")),
        (VoteRule("esc", window=3, least=0), heard("aabbbb"), heard("abbbaa")),
        (VoteRule("certified", epsilon=0.05), heard("a" * 9), heard("a" * 8)),  # 102.3 and 56.8 against 60
        (VoteRule("certified", epsilon=0.05), heard("a" * 12 + "b"), heard("a" * 11 + "b")),
        (VoteRule("certified", epsilon=0.05), heard("b" + "a" * 14), heard("b" + "a" * 13)),  # 180 if not the first
        (VoteRule("stratified", least=0, confidence=0.97), heard("aa"), heard("a")),  # .998, .958
    ],
)
def test_an_aim_is_reached_there_and_not_before(rule: VoteRule, aim: Heard, below: Heard) -> None:
    assert rule.is_reached(aim)
    assert not rule.is_reached(below)


def test_a_fixed_number_of_rounds_has_no_other_aim_and_no_vote_reaches_none() -> None:
    assert not VoteRule("fixed").is_reached(heard("a" * 1000))
    for stop in ("mav", "beta", "esc", "certified", "stratified", "fixed"):
        assert not VoteRule(stop, least=0).is_reached(Heard(1))


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ({"stop": "paper"}, "stop is 'paper'; expected one of mav, beta"),
        ({"tau": 0}, "tau is 0"),
        ({"tau": 2.5}, r"tau is 2\.5"),
        ({"max_rounds": 0}, "max_rounds is 0"),
        ({"max_rounds": True}, "max_rounds is True"),
        ({"redraws": -1}, "redraws is -1"),
        ({"least": -1}, "least is -1"),
        ({"window": 0}, "window is 0"),
        ({"seed": -1}, "seed is -1"),
        ({"confidence": 1.0}, r"confidence is 1\.0"),
        ({"confidence": float("nan")}, "confidence is nan"),
        ({"epsilon": 0.0}, r"epsilon is 0\.0"),
        ({"concentration": 0.0}, r"concentration is 0\.0"),
    ],
)
def test_settings_that_make_no_sense_are_quoted(setting: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        VoteRule(**setting)
