"""Tests of entries that are near to a text in meaning, without standing in it."""

from pathlib import Path

import pytest

from hf_toxspan.core.slang_mining import Given
from hf_toxspan.retrieval.embeddings import SentenceEmbedder
from hf_toxspan.retrieval.knowledge import NEAR, KnowledgeBase
from hf_toxspan.retrieval.nearness import Nearness

GIVEN = [Given("dumb", "list", "not very nice"), Given("trash", "list"), Given("ugly", "list")]


@pytest.fixture
def knowledge() -> KnowledgeBase:
    return KnowledgeBase.mine({}, GIVEN)


def test_the_nearest_comes_first_and_far_ones_not_at_all(knowledge: KnowledgeBase, embedder: SentenceEmbedder) -> None:
    everything = Nearness(knowledge.glossary, embedder, least=-1)("trash")
    assert everything[0][0] == "trash"
    assert [how for _, how in everything] == sorted((how for _, how in everything), reverse=True)
    assert everything[0][1] == pytest.approx(1)
    assert Nearness(knowledge.glossary, embedder, least=everything[1][1])("trash") == everything[:2]


def test_near_entries_follow_those_in_the_text_and_say_so(knowledge: KnowledgeBase, embedder: SentenceEmbedder) -> None:
    near = knowledge.with_nearness(embedder, least=-1)
    hits = near.retrieve("what a trash")
    assert hits[0].entry.term == "trash"
    assert [bool(hit.spans) for hit in hits] == [True, False, False]
    assert [hit.similarity is None for hit in hits] == [True, False, False]
    assert [note["use"].endswith(NEAR) for note in near.notes("what a trash")] == [False, True, True]
    assert len(near.notes("what a trash", limit=2)) == 2
    assert [note["term"] for note in near.notes("what a trash", limit=1)] == ["trash"]


def test_near_entries_of_the_judged_split_are_gone_too(embedder: SentenceEmbedder) -> None:
    rows = [{"text": f"{word} fool {word}", "toxic": True, "spans": None} for word in ("you", "he", "she")]
    rows += [{"text": f"hello {word}", "toxic": False, "spans": None} for word in ("you", "he", "she")]
    near = KnowledgeBase.mine({"dev": rows}, GIVEN).with_nearness(embedder, least=-1)
    assert "fool" in {hit.entry.term for hit in near.retrieve("a friend")}
    assert "fool" not in {hit.entry.term for hit in near.retrieve("you fool you")[1:]}
    assert {hit.entry.term for hit in near.without("dev").retrieve("fool")} == {"dumb", "trash", "ugly"}


def test_vectors_of_entries_are_kept(knowledge: KnowledgeBase, embedder: SentenceEmbedder, tmp_path: Path) -> None:
    path = tmp_path / "entries.safetensors"
    kept = knowledge.with_nearness(embedder, least=-1, path=path)
    assert path.exists()
    assert kept.notes("hello") == knowledge.with_nearness(embedder, least=-1).notes("hello")
