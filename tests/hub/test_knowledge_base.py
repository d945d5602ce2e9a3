"""Promises of a knowledge base made ready."""

from pathlib import Path

import pytest

from hf_toxspan.core.slang_mining import Given
from hf_toxspan.hub.knowledge_base import look_into, pack_knowledge_base
from hf_toxspan.retrieval.knowledge import KnowledgeBase

ROWS = [{"text": f"you fool number {n}", "toxic": True, "spans": [[4, 8]]} for n in range(9)]
CLEAN = [{"text": f"hello world number {n}", "toxic": False, "spans": []} for n in range(9)]


@pytest.fixture
def knowledge(tmp_path: Path) -> Path:
    KnowledgeBase.mine({"mine": [*ROWS, *CLEAN]}, [Given("fool", lexicon="words.txt")]).save(tmp_path / "mine.jsonl")
    return tmp_path / "mine.jsonl"


def test_the_file_goes_as_it_is_with_a_card(knowledge: Path) -> None:
    parcel = pack_knowledge_base(knowledge, repo="me/slang", licence="mit")

    assert (parcel.repo_type, parcel.files["slang.jsonl"]) == ("dataset", knowledge.read_bytes())
    readme = parcel.files["README.md"]
    assert isinstance(readme, bytes) and b"# slang" in readme and b"| mine | not stated |  | 18 |" in readme


def test_the_counts_are_those_of_the_file(knowledge: Path) -> None:
    glossary = KnowledgeBase.load(knowledge).glossary
    facts = look_into(glossary)
    assert facts.entries == len(glossary.entries) > 0
    assert sum(facts.origins.values()) == sum(facts.uses.values()) == facts.entries
    assert (facts.sources, facts.defined) == ({"mine": 18}, 0)


def test_a_broken_file_or_one_with_a_token_is_refused(knowledge: Path) -> None:
    whole = knowledge.read_text(encoding="utf-8")
    knowledge.write_text(whole + "{}\n", encoding="utf-8")
    with pytest.raises(ValueError, match=r"mine\.jsonl, line"):
        pack_knowledge_base(knowledge)
    knowledge.write_text(whole.replace('"definition": ""', f'"definition": "hf_{"a" * 34}"', 1), encoding="utf-8")
    with pytest.raises(ValueError, match="looks like a Hugging Face token"):
        pack_knowledge_base(knowledge)
