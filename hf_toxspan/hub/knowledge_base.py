"""A knowledge base made ready for the Hub: the file that `hf-toxspan mine-slang` wrote, and a card written from it."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from hf_toxspan.cards.knowledge_card import KnowledgeFacts, write_knowledge_card
from hf_toxspan.core.slang import Glossary
from hf_toxspan.hub.parcel import Parcel
from hf_toxspan.hub.secrets import find_secret
from hf_toxspan.retrieval.glossary_file import read_glossary

FILE = "slang.jsonl"
"""Name in the repository, so that every one is loaded alike."""
_USES = {True: "depends on context", False: "nearly always toxic", None: "not seen in the texts that were counted"}


def pack_knowledge_base(
    path: Path, *, repo: str | None = None, licence: str | None = None, languages: Sequence[str] = (), notes: str = ""
) -> Parcel:
    """Make the parcel of a knowledge base.

    Args:
        path: The file.
        repo: Where it will lie.
        licence: The Hub's name of it.
        languages: ISO codes.
        notes: A text of the author's own, in Markdown.

    Returns:
        The files, of a dataset repository.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If it is no knowledge base, or holds what looks like a secret.
    """
    glossary = read_glossary(path)
    content = path.read_bytes()
    secret = find_secret(content)
    if secret is not None:
        raise ValueError(f"{path}, line {secret.line} looks like {secret.what}; take the line out")
    name = repo.rpartition("/")[2] if repo else path.stem
    card = write_knowledge_card(
        look_into(glossary), name=name, repo=repo, licence=licence, languages=languages, notes=notes
    )
    return Parcel("dataset", {FILE: content, "README.md": card.encode()})


def look_into(glossary: Glossary) -> KnowledgeFacts:
    """Count what a card says of a glossary.

    Args:
        glossary: The glossary.

    Returns:
        The counts.
    """
    entries = glossary.entries
    return KnowledgeFacts(
        file=FILE,
        entries=len(entries),
        origins=Counter(entry.origin for entry in entries),
        uses=Counter(_USES[entry.context_dependent] for entry in entries),
        defined=sum(bool(entry.definition) for entry in entries),
        lexicons=Counter(name for entry in entries for name in entry.lexicons),
        sources={name: source.rows for name, source in glossary.sources.items()},
        rules=asdict(glossary.rules),
    )
