"""Promises of a knowledge base's card."""

import yaml

from hf_toxspan.cards.knowledge_card import KnowledgeFacts, write_knowledge_card

FACTS = KnowledgeFacts(
    file="slang.jsonl",
    entries=1234,
    origins={"mined": 1200, "given": 34},
    uses={"depends on context": 1234},
    defined=34,
    lexicons={"words|.txt": 34},
    sources={"vihos:train": 8844},
    rules={"min_count": 3, "max_entries": None},
)


def test_it_tells_what_is_in_it_and_how_to_load_it() -> None:
    card = write_knowledge_card(FACTS, name="slang", repo="me/slang", licence="mit", languages=["vi"], notes="*Mine.*")

    top = yaml.safe_load(card.split("---\n")[1])
    assert (top["license"], top["language"], top["size_categories"], top["viewer"]) == (
        "mit",
        ["vi"],
        ["1K<n<10K"],
        False,
    )
    for words in (
        'hf_hub_download("me/slang", "slang.jsonl", repo_type="dataset")',
        "1,234 terms",
        "| given | 34 |",
        "| with a definition | 34 |",
        "| words\\|.txt | 34 |",
        "| ViHOS (vihos:train) | MIT | Hoang et al., EACL 2023 | 8,844 |",
        "| min count | 3 |",
        "*Mine.*",
    ):
        assert words in card, words
    assert "No licence is stated" not in card


def test_without_a_licence_it_says_so() -> None:
    card = write_knowledge_card(FACTS, name="slang")
    assert "No licence is stated" in card and "license" not in yaml.safe_load(card.split("---\n")[1])
