"""The card of a knowledge base: what its entries are, from which texts and lexicons, and what to be careful of."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from hf_toxspan.cards.data_sources import Source, data_table
from hf_toxspan.cards.markdown import Markdown, table
from hf_toxspan.cards.rendering import render

_SIZES = ((1_000, "n<1K"), (10_000, "1K<n<10K"), (100_000, "10K<n<100K"), (1_000_000, "100K<n<1M"))


@dataclass(frozen=True)
class KnowledgeFacts:
    """What a card says of a knowledge base.

    Attributes:
        file: Name of the file.
        entries: How many.
        origins: Entries by origin: mined, given, both.
        uses: Entries by what is known of their use.
        defined: Entries with a definition.
        lexicons: Entries by the lexicon that names them.
        sources: Texts by the source that was mined: how many there are, and how many are toxic.
        rules: What became an entry.
        made_by: Version that mined.
    """

    file: str
    entries: int
    origins: Mapping[str, int]
    uses: Mapping[str, int]
    defined: int
    lexicons: Mapping[str, int] = field(default_factory=dict)
    sources: Mapping[str, int] = field(default_factory=dict)
    rules: Mapping[str, Any] = field(default_factory=dict)


def write_knowledge_card(
    facts: KnowledgeFacts,
    *,
    name: str,
    repo: str | None = None,
    licence: str | None = None,
    languages: Sequence[str] = (),
    notes: str = "",
) -> str:
    """Write the README of a knowledge base.

    Args:
        facts: What it is.
        name: What it is called.
        repo: Where it will lie on the Hub, ``namespace/name``.
        licence: The Hub's name of it; None is told as "not stated".
        languages: ISO codes.
        notes: A text of the author's own, in Markdown.

    Returns:
        The README.
    """
    header = {
        "pretty_name": name,
        "language": list(languages),
        "license": licence,
        "library_name": "hf_toxspan",
        "tags": ["toxicity", "slang", "lexicon", "hf_toxspan"],
        "annotations_creators": ["machine-generated"],
        "size_categories": [size_category(facts.entries)],
        "task_categories": ["text-classification"],
        # The first line of the file is no entry, so that the viewer could not show it.
        "viewer": False,
    }
    return render(
        "knowledge_base.md",
        header,
        name=name,
        repo=Markdown(repo or "namespace/name"),
        file=Markdown(facts.file),
        facts=facts,
        licence=licence,
        notes=Markdown(notes.strip()),
        counts=table(
            ["entries", "how many"],
            [[what, f"{own:,}"] for part in (facts.origins, facts.uses) for what, own in part.items()]
            + [["with a definition", f"{facts.defined:,}"]],
        ),
        sources=data_table([Source(own, texts) for own, texts in facts.sources.items()]),
        lexicons=table(["lexicon", "entries"], [[own, f"{count:,}"] for own, count in facts.lexicons.items()]),
        rules=table(["rule", "value"], [[own.replace("_", " "), value] for own, value in facts.rules.items()]),
    )


def size_category(entries: int) -> str:
    """Return the Hub's name of a size.

    >>> size_category(999), size_category(1000), size_category(5_000_000)
    ('n<1K', '1K<n<10K', 'n>1M')
    """
    return next((name for limit, name in _SIZES if entries < limit), "n>1M")
