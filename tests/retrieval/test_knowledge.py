"""Tests of what a judge is told beside a text."""

import json
from pathlib import Path
from typing import Any

import pytest

from hf_toxspan.core.slang import Rules
from hf_toxspan.core.slang_mining import Given
from hf_toxspan.core.spans import Span
from hf_toxspan.retrieval.knowledge import KnowledgeBase

BESIDE = ("my", "old", "one", "some", "no")


def planted(term: str, *, clean: int = 0) -> list[dict[str, Any]]:
    rows = [{"text": f"{word} {term} {word}", "toxic": True, "spans": None} for word in BESIDE]
    rows = [row | {"spans": [[row["text"].index(term), row["text"].index(term) + len(term)]]} for row in rows]
    rows += [{"text": f"{word}, {term}, {word}", "toxic": False, "spans": None} for word in ("hm", "so")[:clean]]
    return rows + [{"text": f"a fine day {word}", "toxic": False, "spans": []} for word in BESIDE]


@pytest.fixture(scope="module")
def knowledge() -> KnowledgeBase:
    given = [Given("shut up", "list", "be quiet"), Given("ding", "list", "x" * 300), Given("up", "list")]
    return KnowledgeBase.mine({"train": planted("twit"), "dev": planted("prat", clean=2)}, given)


def test_a_note_says_meaning_use_and_counts(knowledge: KnowledgeBase) -> None:
    assert knowledge.notes("Shut  UP, you T\u200bWIT and prat") == [
        {
            "term": "shut up",
            "meaning": "be quiet",
            "use": "not seen in the texts that were counted",
            "seen": {"toxic": 0, "clean": 0},
        },
        {"term": "prat", "meaning": "", "use": "depends on context", "seen": {"toxic": 5, "clean": 2}},
        {"term": "twit", "meaning": "", "use": "nearly always toxic", "seen": {"toxic": 5, "clean": 0}},
    ]


def test_notes_are_few_and_short(knowledge: KnowledgeBase) -> None:
    (note,) = knowledge.notes("twit ding prat", limit=1)
    assert note["term"] == "ding"
    assert len(note["meaning"]) == 200 and note["meaning"].endswith("…")
    assert json.loads(json.dumps(note)) == note


def test_hits_name_the_characters_as_written(knowledge: KnowledgeBase) -> None:
    text = "😀 T\u200bWIT, twit"
    (hit,) = knowledge.retrieve(text)
    assert (hit.entry.term, hit.spans) == ("twit", [Span(2, 7), Span(9, 13)])


def test_a_shorter_entry_is_not_told_inside_a_longer_one(knowledge: KnowledgeBase) -> None:
    assert [hit.entry.term for hit in knowledge.retrieve("shut up")] == ["shut up"]
    assert [hit.entry.term for hit in knowledge.retrieve("up, shut up")] == ["shut up", "up"]


def test_a_clean_text_has_no_notes(knowledge: KnowledgeBase) -> None:
    assert knowledge.notes("what a fine day") == knowledge.notes("") == []


def test_the_split_under_judgement_says_nothing(knowledge: KnowledgeBase) -> None:
    judging_dev = knowledge.without("dev")
    assert set(judging_dev.sources) == {"train"}
    assert [hit.entry.term for hit in judging_dev.retrieve("prat, twit, shut up")] == ["shut up", "twit"]
    assert judging_dev.notes("a prat") == []


def test_a_text_does_not_speak_for_itself(knowledge: KnowledgeBase) -> None:
    """Four other texts are left of five; of three, which an entry needs, two would not do."""
    assert knowledge.notes("my twit my")[0]["seen"] == {"toxic": 4, "clean": 0}
    assert knowledge.notes("MY TWIT: my!")[0]["seen"] == {"toxic": 4, "clean": 0}
    few = KnowledgeBase.mine({"train": planted("twit")[:3] + planted("twit")[5:]})
    assert few.notes("a twit")[0]["seen"] == {"toxic": 3, "clean": 0}
    assert few.notes("my twit my") == []


def test_a_text_that_another_source_holds_too_does_not_speak_there(knowledge: KnowledgeBase) -> None:
    twice = KnowledgeBase.mine({"train": planted("twit"), "copied": planted("twit")})
    assert twice.without("copied").notes("my twit my")[0]["seen"] == {"toxic": 4, "clean": 0}
    assert twice.notes("my twit my")[0]["seen"] == {"toxic": 8, "clean": 0}


def test_a_withdrawn_longer_entry_does_not_hide_a_shorter_one() -> None:
    rows = planted("big twit")[:3] + planted("big twit")[5:]
    knowledge = KnowledgeBase.mine({"train": rows}, [Given("twit", "list")], rules=Rules(min_cohesion=1))
    assert [hit.entry.term for hit in knowledge.retrieve("a big twit")] == ["big twit"]
    assert [hit.entry.term for hit in knowledge.retrieve("my big twit my")] == ["twit"]


def test_what_is_saved_tells_the_same(knowledge: KnowledgeBase, tmp_path: Path) -> None:
    knowledge.save(tmp_path / "slang.jsonl")
    loaded = KnowledgeBase.load(tmp_path / "slang.jsonl")
    assert loaded.glossary == knowledge.glossary
    assert loaded.notes("my twit my") == knowledge.notes("my twit my")
