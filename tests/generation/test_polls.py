"""The vote on one text, whatever order its answers come in."""

import random

import pytest

from hf_toxspan.core.quadruples import Quadruple
from hf_toxspan.core.vote_rules import VoteRule
from hf_toxspan.core.voting import INVALID, Draw
from hf_toxspan.generation.polls import Poll, Reading
from hf_toxspan.llm.calls import Message

SILLY, UGLY = "you | silly | others [END]", "you | ugly | others [END]"
BOTH, TURNED = f"{SILLY[:-6]} [SEP] {UGLY}", f"{UGLY[:-6]} [SEP] {SILLY}"
PROMPTS = [(Message(role="user", content=str(number)),) for number in range(3)]


def poll(rule: VoteRule, reading: Reading | None = None) -> Poll:
    return Poll("you silly ugly", PROMPTS, rule, reading or Reading())


def answer(own: Poll, draws: list[Draw], say: dict[int, str]) -> None:
    for draw in draws:
        own.answers[draw.prompt][draw.draw] = say[draw.prompt]


def test_rounds_are_asked_for_one_by_one_until_the_rule_is_content() -> None:
    own = poll(VoteRule("mav", tau=4, max_rounds=9))
    rounds = 0
    while draws := own.wanted():
        assert [draw.prompt for draw in draws] == [0, 1, 2] and {draw.draw for draw in draws} == {rounds}
        answer(own, draws, {0: SILLY, 1: SILLY, 2: UGLY})
        rounds += 1
    assert (rounds, own.is_over, own.status) == (2, True, "voted")
    assert own.quadruples() == [Quadruple("you", "silly", "others", True)]
    assert own.result().stopped_by == "tau"


def test_nothing_is_asked_twice_while_answers_are_on_their_way() -> None:
    own = poll(VoteRule("fixed", max_rounds=2, settle=False))
    first = own.wanted()
    own.answers[1][0] = SILLY
    assert len(first) == 3 and own.wanted() == []
    answer(own, [first[0], first[2]], {0: SILLY, 2: SILLY})
    assert [draw.draw for draw in own.wanted()] == [1, 1, 1]


def test_draws_ahead_stand_side_by_side_and_are_counted_only_when_wanted() -> None:
    own = poll(VoteRule("mav", tau=3, max_rounds=9))
    draws = own.wanted(ahead=4)
    assert [(draw.prompt, draw.draw) for draw in draws] == [(prompt, draw) for prompt in range(3) for draw in range(4)]
    answer(own, draws, {0: SILLY, 1: SILLY, 2: SILLY})
    assert own.wanted(ahead=4) == []
    assert (own.result().generations, own.result().rounds) == (3, 1)


def test_no_more_is_drawn_ahead_than_the_cap() -> None:
    draws = poll(VoteRule("fixed", max_rounds=2)).wanted(ahead=50)
    assert len(draws) == 6


def test_the_result_does_not_depend_on_the_order_of_arrival() -> None:
    say = {0: BOTH, 1: TURNED, 2: "nonsense"}
    found = set()
    for seed in range(6):
        own = poll(VoteRule("fixed", max_rounds=2, settle=False))
        while draws := own.wanted():
            random.Random(seed).shuffle(draws)
            answer(own, draws, say)
        found.add((own.result().votes, own.spelt(own.result().winner), tuple(own.quadruples()), own.result().invalid))
    ((votes, spelt, quadruples, invalid),) = found
    assert [count for _, count in votes] == [4] and spelt == BOTH and invalid == 2
    assert [quadruple.argument for quadruple in quadruples] == ["silly", "ugly"]


def test_raw_votes_are_strings_in_which_order_counts() -> None:
    own = poll(VoteRule("fixed", max_rounds=1, settle=False), Reading(count="raw"))
    answer(own, own.wanted(), {0: BOTH, 1: TURNED, 2: TURNED})
    own.wanted()
    assert own.result().winner == TURNED and own.result().votes == ((TURNED, 2), (BOTH, 1))


def test_with_support_each_statement_is_kept_for_its_own() -> None:
    own = poll(VoteRule("fixed", max_rounds=1, settle=False), Reading(support=0.6))
    answer(own, own.wanted(), {0: SILLY, 1: BOTH, 2: UGLY})
    own.wanted()
    assert {quadruple.argument for quadruple in own.quadruples()} == {"silly", "ugly"}


def test_a_prompt_that_can_not_be_asked_loses_its_draws_and_ends_nothing() -> None:
    own = poll(VoteRule("fixed", max_rounds=3, settle=False))
    draws = own.wanted()
    own.dead.add(2)
    own.answers[2][0] = None
    answer(own, draws[:2], {0: SILLY, 1: SILLY})
    while draws := own.wanted():
        assert [draw.prompt for draw in draws] == [0, 1]
        answer(own, draws, {0: SILLY, 1: SILLY})
    assert (own.status, own.result().lost, own.result().generations) == ("voted", 3, 6)


def test_without_a_readable_answer_there_is_no_quadruple_and_the_status_says_so() -> None:
    own = poll(VoteRule("fixed", max_rounds=1))
    answer(own, own.wanted(), {0: "", 1: "you | silly", 2: "x | y | nobody [END]"})
    own.wanted()
    assert (own.status, own.quadruples()) == ("unparsed", [])


def test_quadruples_and_triples_are_read_as_the_form_says() -> None:
    written = "you | silly | others | hate [END]"
    assert Reading().read(written) is None
    assert Reading("quadruples").read(written) == Reading().read(SILLY) == (Quadruple("you", "silly", "others", True),)


def test_raw_triples_are_valid_where_the_published_reading_takes_them() -> None:
    raw = Reading(count="raw")
    more = "you | silly | others | and more [END]"  # SRAG-MAV passes over what stands behind the third field
    assert raw.vote(more) == more and raw.read(more) == (Quadruple("you", "silly", "others", True),)
    assert Reading().vote(more) is INVALID and raw.vote("you|silly|others [END]") is INVALID


@pytest.mark.parametrize(
    ("given", "words"), [({"count": "words"}, "votes is 'words'"), ({"support": 0.0}, "support is")]
)
def test_a_reading_that_makes_no_sense_is_quoted(given: dict[str, object], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        Reading(**given)  # type: ignore[arg-type]
