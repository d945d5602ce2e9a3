"""Tests of evidence: how it is weighed, and how it is taken away."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hf_toxspan.core.slang import (
    Counts,
    Evidence,
    Glossary,
    Rules,
    SlangEntry,
    Source,
    keep_entries,
    log_odds,
    mark_of,
)

SOURCES = {"a": Source(100, 200), "b": Source(50, 50)}
RULES = Rules(min_count=2, min_z=1.0)


def entry(term: str = "twit", **counts: tuple[int, int, int]) -> SlangEntry:
    return SlangEntry(term, evidence={name: Evidence(Counts(*own)) for name, own in counts.items()})


def test_log_odds_by_hand() -> None:
    """8 of 10 inside, 2 of 20 outside; the prior is 1 and a half texts with the term, 2 and a half without."""
    ratio = log_odds((8, 10), (2, 20), prior=0.1)
    delta = math.log(9.5 / (2 + 2.5)) - math.log(3.5 / (18 + 2.5))
    assert ratio == pytest.approx((delta, delta / math.sqrt(1 / 9.5 + 1 / 3.5)))


def test_a_term_of_every_text_has_finite_odds() -> None:
    assert log_odds((3, 3), (2, 2), prior=0) == pytest.approx(
        (math.log(7) - math.log(5), math.log(7 / 5) / math.sqrt(1 / 3.5 + 1 / 2.5))
    )


@given(st.integers(0, 50), st.integers(0, 50), st.floats(0.01, 2))
def test_swapping_the_sides_turns_the_sign(inside: int, outside: int, prior: float) -> None:
    forth, back = log_odds((inside, 60), (outside, 70), prior), log_odds((outside, 70), (inside, 60), prior)
    assert forth == pytest.approx((-back.log_odds, -back.z))


@given(st.integers(0, 49), st.integers(0, 50))
def test_one_text_more_inside_tells_more(inside: int, outside: int) -> None:
    assert log_odds((inside + 1, 60), (outside, 60)).log_odds > log_odds((inside, 60), (outside, 60)).log_odds


def test_the_same_share_of_more_texts_is_surer() -> None:
    assert log_odds((30, 100), (10, 100)).z > log_odds((3, 10), (1, 10)).z


def test_a_larger_prior_is_more_careful() -> None:
    assert 0 < log_odds((5, 100), (0, 100), prior=1).log_odds < log_odds((5, 100), (0, 100), prior=0.1).log_odds


def test_sources_without_the_term_do_not_count_as_clean_of_it() -> None:
    alone = RULES.weigh(entry(a=(10, 0, 5)), {"a": SOURCES["a"]})
    assert RULES.weigh(entry(a=(10, 0, 5)), SOURCES) == alone


@pytest.mark.parametrize(
    ("counts", "depends"), [((8, 0, 2), False), ((8, 1, 2), True), ((8, 2, 0), False), ((0, 0, 1), True)]
)
def test_a_term_depends_on_context_where_a_fifth_of_its_texts_is_not_toxic(
    counts: tuple[int, int, int], depends: bool
) -> None:
    assert RULES.weigh(entry(a=counts), SOURCES).context_dependent is depends


def test_rare_and_untelling_terms_are_not_mined() -> None:
    entries = [entry("rare", a=(1, 0, 0)), entry("usual", a=(30, 0, 60)), entry("twit", a=(9, 0, 1))]
    assert [kept.term for kept in keep_entries(entries, SOURCES, RULES)] == ["twit"]


def test_given_terms_stay_whatever_the_evidence() -> None:
    given_ones = [SlangEntry("unseen", lexicons=("list",)), SlangEntry("usual", lexicons=("list",))]
    usual = SlangEntry("usual", lexicons=("list",), evidence=entry(a=(1, 0, 60)).evidence)
    kept = keep_entries([given_ones[0], usual], SOURCES, RULES)
    assert [(one.term, one.origin, one.z is None) for one in kept] == [
        ("usual", "given", False),
        ("unseen", "given", True),
    ]


def test_origin_says_who_brought_a_term() -> None:
    twit = entry(a=(9, 0, 1))
    both = SlangEntry("prat", lexicons=("list",), evidence=twit.evidence)
    origins = {kept.term: kept.origin for kept in keep_entries([twit, both], SOURCES, RULES)}
    assert origins == {"twit": "mined", "prat": "both"}


def glossary(*entries: SlangEntry) -> Glossary:
    return Glossary(keep_entries(entries, SOURCES, RULES), SOURCES, RULES)


def test_without_a_source_nothing_is_left_of_it() -> None:
    whole = glossary(entry("only", b=(9, 0, 0)), entry("shared", a=(9, 0, 1), b=(5, 0, 2)), entry("other", a=(9, 0, 1)))
    rest = whole.without("b")
    assert rest == Glossary(
        keep_entries([entry("shared", a=(9, 0, 1)), entry("other", a=(9, 0, 1))], {"a": SOURCES["a"]}, RULES),
        {"a": SOURCES["a"]},
        RULES,
    )
    assert [kept.term for kept in rest.entries] == ["other", "shared"]


def test_a_given_term_keeps_its_definition_without_its_evidence() -> None:
    given_one = SlangEntry("twit", "a fool", lexicons=("list",), evidence=entry(b=(9, 0, 0)).evidence)
    assert glossary(given_one).without("b").entries == (SlangEntry("twit", "a fool", lexicons=("list",)),)


@given(st.permutations(["a", "b"]))
def test_sources_can_be_taken_away_in_any_order(names: list[str]) -> None:
    whole = glossary(entry("shared", a=(9, 0, 1), b=(5, 0, 2)), SlangEntry("given", lexicons=("list",)))
    assert whole.without(names[0]).without(names[1]) == whole.without("a", "b")


def test_an_unknown_source_is_no_silent_leak() -> None:
    with pytest.raises(ValueError, match=r"no source 'vihos:dev'; the glossary has a, b"):
        glossary().without("vihos:dev")


def remembering(mark: str) -> SlangEntry:
    evidence = Evidence(Counts(2, 0, 9), {"toxic": (mark, "ffffffff")})
    return SlangEntry("twit", evidence={"a": evidence, "b": Evidence(Counts(1, 0, 0), {"toxic": (mark,)})})


def test_the_text_itself_is_taken_away_from_every_source_that_remembers_it() -> None:
    whole = glossary(entry("shared", a=(9, 0, 1)))
    given_one = SlangEntry("twit", lexicons=("list",), evidence=remembering(mark_of("You twit!")).evidence)
    left = whole.without_text(given_one, mark_of("you TWIT"))
    assert left is not None
    assert left.evidence == {"a": Evidence(Counts(1, 0, 9), {"toxic": ("ffffffff",)})}


def test_a_term_that_only_the_text_itself_made_an_entry_is_withdrawn() -> None:
    loose = Glossary((), SOURCES, Rules(min_count=2, min_z=0, min_log_odds=-9))
    assert loose.without_text(remembering(mark_of("x")), mark_of("x")) is None
    assert loose.without_text(remembering(mark_of("x")), mark_of("y")) == remembering(mark_of("x"))


def test_texts_of_one_content_have_one_mark() -> None:
    assert mark_of("So what?!") == mark_of("ｓo, what")
    assert mark_of("😀") != mark_of("😡")
    assert mark_of("\ud83d")
