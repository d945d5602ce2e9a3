"""Tests of mining on planted rows, every number known."""

from dataclasses import replace
from typing import Any

import pytest

from hf_toxspan.core.slang import Counts, Glossary, Rules
from hf_toxspan.core.slang_mining import Given, mine_slang

LOOSE = Rules(min_count=2, min_z=0, min_log_odds=-9, min_cohesion=0, max_neighbour=1)


def row(text: str, *quotes: str, toxic: bool = True, annotated: bool = True) -> dict[str, Any]:
    spans = [[text.index(quote), text.index(quote) + len(quote)] for quote in quotes] if annotated else None
    return {"text": text, "toxic": toxic, "spans": spans}


def clean(text: str) -> dict[str, Any]:
    return row(text, toxic=False, annotated=False)


def counts(glossary: Glossary) -> dict[str, tuple[int, ...]]:
    return {entry.term: tuple(entry.counts) for entry in glossary.entries}


def test_a_text_counts_once_and_for_what_is_toxic_first() -> None:
    rows = [
        row("twit and twit again", "twit"),
        row("a twit, oh twit", "a twit"),
        row("no twit, you fool", "fool"),
        clean("the word twit"),
    ]
    assert counts(mine_slang({"s": rows}, rules=LOOSE)) == {"twit": (2, 1, 1)}


def test_a_toxic_text_without_spans_is_toxic_all_over() -> None:
    rows = [row(f"{word} twit {word}", annotated=False) for word in ("you", "old")] + [clean("what a twit")]
    assert counts(mine_slang({"s": rows}, rules=LOOSE)) == {"twit": (2, 0, 1)}


def test_a_toxic_text_annotated_with_nothing_has_it_beside() -> None:
    rows = [row("a twit", "twit"), row("the twit", "twit"), row("my twit")]
    glossary = mine_slang({"s": rows}, rules=LOOSE)
    assert counts(glossary) == {"twit": (2, 1, 0)}
    assert (glossary.sources["s"].toxic_texts, glossary.sources["s"].other_texts) == (2, 3)


def test_a_word_that_a_span_cuts_is_neither_inside_nor_outside() -> None:
    rows = [row("a twit", "twit"), row("the twit", "twit"), row("one twit", "one twi")]
    assert counts(mine_slang({"s": rows}, rules=LOOSE))["twit"] == (2, 0, 0)


def test_copies_of_a_text_count_once_and_are_told() -> None:
    rows = [row("a twit", "twit"), row("A twit!", "twit"), row("the twit", "twit")]
    glossary = mine_slang({"s": rows}, rules=LOOSE)
    assert counts(glossary) == {"twit": (2, 0, 0)}
    assert (glossary.sources["s"].rows, glossary.sources["s"].copies) == (3, 1)


def test_forms_and_disguises_of_a_term_are_one_term() -> None:
    rows = [row("đồ", "đồ"), row("đo\u0302\u0300 ơi", "đo\u0302\u0300"), row("a Ｄ\u200bồ, Đ\u200bỒ", "Đ\u200bỒ")]
    assert counts(mine_slang({"s": rows}, rules=LOOSE)) == {"đồ": (3, 0, 0)}


def test_scripts_without_blanks_give_runs_of_characters() -> None:
    rows = [row("他是傻货", "傻货"), row("傻货们", "傻货"), clean("货物"), clean("傻笑")]
    assert counts(mine_slang({"s": rows}, rules=LOOSE)) == {"傻": (2, 0, 1), "货": (2, 0, 1), "傻货": (2, 0, 0)}


def test_pieces_of_words_and_mere_neighbourhoods_are_left_out() -> None:
    """The piece 傻 is always before 货; "twit" alone tells as much as any word before it."""
    rows = [row(f"{word} twit, {word}傻货{word}", f"{word} twit", "傻货") for word in ("my", "old", "one")]
    rows += [clean(f"{word} friend 货物") for word in ("my", "old", "one")]
    rules = Rules(min_z=0, min_cohesion=1, min_log_odds=2)
    assert set(counts(mine_slang({"s": rows}, rules=rules))) == {"twit", "傻货"}


def test_evidence_is_kept_by_source() -> None:
    sources = {
        "a": [row("a twit", "twit"), row("my twit", "twit")],
        "b": [clean("so, twit"), row("twit it is", "twit")],
    }
    (twit,) = mine_slang(sources, rules=LOOSE).entries
    assert {name: own.counts for name, own in twit.evidence.items()} == {"a": Counts(2, 0, 0), "b": Counts(1, 0, 1)}
    assert {name: {kind: len(marks) for kind, marks in own.marks.items()} for name, own in twit.evidence.items()} == {
        "a": {"toxic": 2},
        "b": {"toxic": 1, "clean": 1},
    }


def test_what_only_the_judged_split_knows_is_gone_without_it() -> None:
    train = [row(f"{word} twit {word}", "twit") for word in ("my", "old", "one")] + [clean("fine day")]
    dev = [row(f"{word} prat {word}", "prat") for word in ("my", "old", "one")] + [clean("nice day")]
    both = mine_slang({"train": train, "dev": dev})
    assert set(counts(both)) == {"twit", "prat"}
    assert both.without("dev") == mine_slang({"train": train})


def test_marks_of_many_texts_are_not_kept() -> None:
    rows = [row(f"{word} twit", "twit") for word in ("my", "old", "one")] + [clean("hm, twit")]
    (twit,) = mine_slang({"s": rows}, rules=Rules(min_z=0, min_log_odds=-9, remembered=2)).entries
    assert set(twit.evidence["s"].marks) == {"clean"}


def test_long_terms_are_not_mined() -> None:
    long = "x" * 41
    assert counts(mine_slang({"s": [row(f"{word} {long}", long) for word in ("my", "old")]}, rules=LOOSE)) == {}


def test_given_terms_are_counted_and_merged() -> None:
    rows = [row("a twit", "twit"), row("my twit", "twit"), clean("ding-dong")]
    given = [
        Given("TWIT", "one", "a fool", ("insult",)),
        Given("twit", "two", "a fool", ("insult", "mild")),
        Given("twit", "three", "a bird", ()),
        Given("Ding-Dong", "one"),
        Given("unseen", "one", "not there"),
    ]
    entries = {entry.term: entry for entry in mine_slang({"s": rows}, given, rules=LOOSE).entries}
    twit = entries["twit"]
    assert (twit.definition, twit.categories, twit.lexicons) == (
        "a fool; a bird",
        ("insult", "mild"),
        ("one", "two", "three"),
    )
    assert (twit.origin, twit.counts) == ("both", Counts(2, 0, 0))
    assert (entries["ding-dong"].origin, entries["ding-dong"].counts) == ("given", Counts(0, 0, 1))
    assert (entries["unseen"].evidence, entries["unseen"].z) == ({}, None)


def test_a_given_term_that_nobody_can_see_is_refused() -> None:
    with pytest.raises(ValueError, match=r"the lexicon mine lists ' \\u200b'; expected a term that can be seen"):
        mine_slang({}, [Given(" \u200b", "mine")])


def test_no_rows_give_no_entries() -> None:
    assert mine_slang({}) == Glossary((), {}, Rules())
    assert mine_slang({"s": []}).entries == ()


def test_every_row_is_told_twice() -> None:
    told: list[int] = []
    mine_slang({"s": [row("a twit", "twit"), clean("b")]}, advance=told.append)
    assert sum(told) == 4


def test_the_digest_tells_other_rows() -> None:
    digests = {
        mine_slang({"s": [one]}).sources["s"].digest for one in (clean("a"), clean("b"), row("a", "a"), row("a"))
    }
    assert len(digests) == 4


def test_the_most_telling_are_kept_and_given_ones_beside_them() -> None:
    rows = [row("a twit", "twit"), row("my twit", "twit"), row("a prat", "prat"), row("my prat", "prat"), clean("prat")]
    glossary = mine_slang({"s": rows}, [Given("ding", "list")], rules=replace(LOOSE, max_entries=1))
    assert set(counts(glossary)) == {"twit", "ding"}
