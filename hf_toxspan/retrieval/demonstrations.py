"""Self-retrieval: the training texts that are nearest to a text, with their answers, to be shown to a model beside it.

SRAG-MAV (CCL25-Eval task 10) retrieves by the cosine of BAAI/bge-large-zh-v1.5 without an instruction before the query,
and drops the nearest of a training text, which is the text itself as long as none stands there twice. Here a text is
recognised by what it says, so that its answer is never shown beside it, wherever it stands and in whatever form (ours).
"""

from collections.abc import Iterable, Sequence
from functools import cached_property
from os import PathLike
from pathlib import Path
from typing import Any, NamedTuple, Self

import numpy as np

from hf_toxspan.core.text import content_of, replace_lone_surrogates
from hf_toxspan.retrieval.approximate import Method, Search, choose_method, prepare_search
from hf_toxspan.retrieval.demonstration_file import Demonstration, read_demonstrations, write_demonstrations
from hf_toxspan.retrieval.embeddings import Embedder, SentenceEmbedder, Vectors
from hf_toxspan.retrieval.neighbours import Neighbour

DEFAULT_MODEL = "BAAI/bge-large-zh-v1.5"
"""The reference's model, made for Chinese; it is asked without an instruction, as the reference does."""

TRAIN = "train"
"""The split whose texts may be shown each other."""


class Retrieved(NamedTuple):
    """A demonstration, and the cosine similarity of its text to that which it was retrieved for."""

    demonstration: Demonstration
    similarity: float


class DemonstrationStore:
    """Demonstrations that are found by the nearness of their texts.

    Args:
        examples: The demonstrations.
        vectors: Their texts as vectors of length 1, (examples, width).
        embedder: What made the vectors.
        search: How to search; see `hf_toxspan.retrieval.approximate.choose_method`.

    Raises:
        ImportError: If the approximate search was asked for and FAISS is not installed.
        ValueError: If there is not one vector an example.
    """

    def __init__(
        self, examples: Sequence[Demonstration], vectors: Vectors, embedder: Embedder, *, search: Method = "auto"
    ) -> None:
        if len(examples) != len(vectors):
            raise ValueError(f"{len(vectors)} vectors of {len(examples)} examples; expected one each")
        self.examples, self.vectors, self.embedder = examples, vectors, embedder
        self._method = choose_method(search, len(examples))
        self._corpora: dict[str | None, _Corpus] = {}

    @classmethod
    def build(
        cls,
        examples: Iterable[Demonstration],
        embedder: Embedder | None = None,
        *,
        folder: str | PathLike[str] | None = None,
        search: Method = "auto",
        quiet: bool = True,
    ) -> Self:
        """Work out the vectors of examples, once.

        Args:
            examples: The demonstrations; none is a store that never finds any. A lone surrogate, which no prompt can
                hold, becomes U+FFFD.
            embedder: Makes the vectors; `DEFAULT_MODEL` where None.
            folder: Where to keep the store; an interrupted call is continued by the next one. See
                `hf_toxspan.retrieval.demonstration_file.write_demonstrations`.
            search: How to search.
            quiet: Show no progress bar; the embedder may have its own.

        Returns:
            The store.

        Raises:
            ValueError: If the folder holds files of the store's names which are not ours.
            OSError: If it can't be written.
        """
        examples = [Demonstration(*map(_repaired, example)) for example in examples]
        embedder = SentenceEmbedder(DEFAULT_MODEL, quiet=quiet or folder is not None) if embedder is None else embedder
        if folder is None:
            vectors = embedder.embed([example.text for example in examples])
        else:
            vectors = write_demonstrations(examples, embedder, Path(folder), quiet=quiet)
        return cls(examples, vectors, embedder, search=search)

    @classmethod
    def load(cls, folder: str | PathLike[str], embedder: Embedder | None = None, *, search: Method = "auto") -> Self:
        """Read a store that `build` kept.

        What may be wrong: see `hf_toxspan.retrieval.demonstration_file.read_demonstrations`.

        Args:
            folder: Its folder.
            embedder: The model that made the vectors; where None it is loaded as the folder tells.
            search: How to search.

        Returns:
            The store.
        """
        return cls(*read_demonstrations(Path(folder), embedder), search=search)

    def neighbours(self, texts: Sequence[str], count: int, *, split: str | None = None) -> list[list[Retrieved]]:
        """Find the demonstrations that are nearest to each text, none of which gives its answer away.

        Left out are, for each text: every example that says the same but for form, case, blanks and punctuation
        (`hf_toxspan.core.text.fingerprint`; for a text of signs alone, that is of the same signs); and every example
        whose text stands in the text's own split, unless that is "train". Of examples that say the same only the first
        is ever shown (ours). An example that merely holds the text, or most of it, is not left out.

        Args:
            texts: Any texts; texts of the store too.
            count: How many for each text.
            split: The split of all the texts; None where they are in none.

        Returns:
            For each text the nearest first, of equally near ones the first in the store; `count` of them wherever so
            many may be shown, else all that may.

        Raises:
            ValueError: If `count` is negative.
        """
        if count < 0:
            raise ValueError(f"count is {count}; expected 0 or more")
        corpus = self._corpus(split)
        if not texts or not count or not corpus.places:
            return [[] for _ in texts]
        # No two of the corpus say the same, so that at most one of the neighbours is the text itself.
        found = corpus.search(self._as_queries(list(map(_repaired, texts))), count + 1)
        own = [self._sayings.get(content_of(text), _NOWHERE).first for text in texts]
        return [self._retrieved(corpus, *pair)[:count] for pair in zip(found, own, strict=True)]

    def _retrieved(self, corpus: "_Corpus", found: list[Neighbour], own: int) -> list[Retrieved]:
        placed = ((corpus.places[place], similarity) for place, similarity in found)
        return [Retrieved(self.examples[place], similarity) for place, similarity in placed if place != own]

    @cached_property
    def _sayings(self) -> "dict[str, _Saying]":
        sayings: dict[str, _Saying] = {}
        for place, example in enumerate(self.examples):
            saying = sayings.setdefault(content_of(example.text), _Saying(place, set()))
            saying.splits.add(example.split)
        return sayings

    def _corpus(self, split: str | None) -> "_Corpus":
        """Return what a text of a split may be shown, ready to be searched; made once for each split."""
        if split == TRAIN or split not in self._splits:
            split = None
        if split not in self._corpora:
            sayings = self._sayings.values()
            places = [saying.first for saying in sayings if split is None or split not in saying.splits]
            vectors = self.vectors if len(places) == len(self.vectors) else self.vectors[places]
            self._corpora[split] = _Corpus(places, prepare_search(vectors, self._method))
        return self._corpora[split]

    def _as_queries(self, texts: Sequence[str]) -> Vectors:
        """Return a vector a text; where the model treats all texts alike, those of the store are not made again."""
        alike = isinstance(self.embedder, SentenceEmbedder) and self.embedder.query_prompt == self.embedder.prompt
        places = self._places if alike else {}
        unknown = [text for text in dict.fromkeys(texts) if text not in places]
        made = dict(zip(unknown, self.embedder.embed(unknown, query=True), strict=True))
        return np.stack([self.vectors[places[text]] if text in places else made[text] for text in texts])

    @cached_property
    def _splits(self) -> set[str | None]:
        return {example.split for example in self.examples}

    @cached_property
    def _places(self) -> dict[str, int]:
        return {example.text: place for place, example in enumerate(self.examples)}


class _Saying(NamedTuple):
    """What one or more examples say: the place of the first, and the splits in which it is said."""

    first: int
    splits: set[str | None]


_NOWHERE = _Saying(-1, set())


class _Corpus(NamedTuple):
    """The places of examples, and a search that numbers them from 0."""

    places: list[int]
    search: Search


def _repaired(value: Any) -> Any:
    return replace_lone_surrogates(value) if isinstance(value, str) else value
