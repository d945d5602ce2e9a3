"""The nearest of very many vectors: nearly always those of the exact search, in a fraction of its time."""

import logging
from collections.abc import Callable
from types import ModuleType
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from hf_toxspan.retrieval import neighbours
from hf_toxspan.retrieval.embeddings import Vectors
from hf_toxspan.retrieval.neighbours import DECIMALS, Neighbour, check_shapes

logger = logging.getLogger(__name__)

APPROXIMATE_FROM = 100_000
"""Vectors from which on "auto" searches approximately (ours): below, the exact search answers in milliseconds."""

LINKS, BUILD_BREADTH, BREADTH = 32, 40, 128
"""Links of a vector, candidates while they are laid and while they are followed (ours; FAISS: M, efConstruction,
efSearch). Vectors in lists (IVF-flat) were slower at equal recall on sentences, see tests/benchmarks/README.md."""

Method = Literal["auto", "exact", "approximate"]
Search = Callable[[Vectors, int], list[list[Neighbour]]]
"""Finds the given number of neighbours of each query."""


class ApproximateIndex:
    """Vectors linked to near ones, a graph that a query follows (HNSW; Malkov and Yashunin 2020) as FAISS builds it.

    The index holds its own copy of the vectors. It is built in one thread, so that the same vectors and seed give the
    same neighbours.

    Args:
        corpus: Vectors of length 1, (texts, width).
        seed: Chooses the vectors where the search begins.

    Raises:
        ImportError: If FAISS is not installed.
    """

    def __init__(self, corpus: Vectors, *, seed: int = 0) -> None:
        self._faiss, self._shape = _import_faiss(), corpus.shape
        if not len(corpus):
            return
        self._index = self._faiss.IndexHNSWFlat(corpus.shape[1], LINKS, self._faiss.METRIC_INNER_PRODUCT)
        self._index.hnsw.efConstruction = BUILD_BREADTH
        self._index.hnsw.rng = self._faiss.RandomGenerator(seed)
        threads = self._faiss.omp_get_max_threads()
        self._faiss.omp_set_num_threads(1)
        try:
            self._index.add(_packed(corpus))
        finally:
            self._faiss.omp_set_num_threads(threads)

    def nearest(self, queries: Vectors, count: int) -> list[list[Neighbour]]:
        """Find the vectors that are nearest to each query; of equally near ones among them the first.

        Args:
            queries: Vectors of length 1, (queries, width).
            count: How many for each query; all where the corpus has fewer, never fewer than that.

        Returns:
            For each query the nearest first.

        Raises:
            ValueError: If the vectors have not one width, or `count` is negative.
        """
        check_shapes(queries.shape, self._shape, count)
        count = min(count, self._shape[0])
        if not len(queries) or not count:
            return [[] for _ in queries]
        breadth = max(BREADTH, 2 * count)
        if breadth >= self._shape[0]:
            return self._search_all(queries, count)
        parameters = self._faiss.SearchParametersHNSW(efSearch=breadth)
        found = _neighbours(*self._index.search(_packed(queries), count, params=parameters))
        # Vectors that no links lead to can leave a query short.
        short = [place for place, own in enumerate(found) if len(own) < count]
        for place, own in zip(short, self._search_all(queries[short], count) if short else [], strict=True):
            found[place] = own
        return found

    def _search_all(self, queries: Vectors, count: int) -> list[list[Neighbour]]:
        vectors = self._faiss.downcast_index(self._index.storage)
        return _neighbours(*vectors.search(_packed(queries), count))


def _packed(vectors: Vectors) -> Vectors:
    return np.ascontiguousarray(vectors, dtype=np.float32)


def _neighbours(similarities: Vectors, places: NDArray[np.int64]) -> list[list[Neighbour]]:
    rounded = similarities.astype(float).round(DECIMALS).tolist()
    return [
        # Place -1 stands where nothing more was found.
        sorted(
            (Neighbour(*pair) for pair in zip(own, near, strict=True) if pair[0] >= 0),
            key=lambda one: (-one.similarity, one.place),
        )
        for own, near in zip(places.tolist(), rounded, strict=True)
    ]


def nearest(queries: Vectors, corpus: Vectors, count: int, *, seed: int = 0) -> list[list[Neighbour]]:
    """Find the vectors of a corpus that are nearest to each query, as `neighbours.nearest` does, but approximately.

    Whoever asks more than once keeps an `ApproximateIndex` instead: making it takes longer than a thousand queries.

    Args:
        queries: Vectors of length 1, (queries, width).
        corpus: Vectors of length 1, (texts, width); none has no neighbours.
        count: How many for each query; all where the corpus has fewer.
        seed: See `ApproximateIndex`.

    Returns:
        For each query the nearest first.

    Raises:
        ImportError: If FAISS is not installed.
        ValueError: If the vectors have not one width, or `count` is negative.
    """
    return ApproximateIndex(corpus, seed=seed).nearest(queries, count)


def choose_method(search: Method, texts: int) -> Literal["exact", "approximate"]:
    """Decide how to search, as early as it can be known.

    Args:
        search: What was asked for; "auto" is "approximate" from `APPROXIMATE_FROM` texts on where FAISS is installed; a
            warning tells of the slower way where it is not.
        texts: Size of the corpus.

    Returns:
        The way to search.

    Raises:
        ImportError: If the approximate search was asked for and FAISS is not installed.
        ValueError: If there is no such way.
    """
    if search not in ("auto", "exact", "approximate"):
        raise ValueError(f"search is {search!r}; expected 'auto', 'exact' or 'approximate'")
    if search == "exact" or (search == "auto" and texts < APPROXIMATE_FROM):
        return "exact"
    try:
        _import_faiss()
    except ImportError as error:
        if search == "approximate":
            raise
        logger.warning("all %d texts are searched for each query, which is slow: %s", texts, error)
        return "exact"
    return "approximate"


def prepare_search(corpus: Vectors, method: Literal["exact", "approximate"]) -> Search:
    """Make a corpus ready to be searched.

    Args:
        corpus: Vectors of length 1, (texts, width).
        method: See `choose_method`.

    Returns:
        A function of queries and a count.
    """
    if method == "approximate":
        return ApproximateIndex(corpus).nearest
    return lambda queries, count: neighbours.nearest(queries, corpus, count)


def _import_faiss() -> ModuleType:
    try:
        import faiss
    except ImportError as error:
        raise ImportError('approximate neighbours need FAISS; pip install "hf_toxspan[retrieval,faiss]"') from error
    return faiss
