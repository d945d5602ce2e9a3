"""How near the entries of a glossary are to a text in meaning, though their terms are not in it."""

from os import PathLike

from hf_toxspan.core.slang import Glossary
from hf_toxspan.retrieval.embeddings import Embedder, embed_once
from hf_toxspan.retrieval.neighbours import nearest


class Nearness:
    """Compares a text with what the entries mean: each term with its definition.

    Args:
        glossary: The entries.
        embedder: Makes the vectors.
        least: Smallest cosine similarity.
        path: File where the entries' vectors are kept.
    """

    def __init__(
        self, glossary: Glossary, embedder: Embedder, *, least: float, path: str | PathLike[str] | None = None
    ) -> None:
        self._terms = [entry.term for entry in glossary.entries]
        meanings = [f"{entry.term}: {entry.definition}".removesuffix(": ") for entry in glossary.entries]
        self._vectors = embedder.embed(meanings) if path is None else embed_once(meanings, embedder, path)
        self._embedder, self._least = embedder, least

    def __call__(self, text: str) -> list[tuple[str, float]]:
        """Return the terms that are near enough, with their similarity, the nearest first."""
        (neighbours,) = nearest(self._embedder.embed([text], query=True), self._vectors, len(self._terms))
        return [(self._terms[place], how) for place, how in neighbours if how >= self._least]
