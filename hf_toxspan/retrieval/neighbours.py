"""The nearest of many vectors, exactly."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

DECIMALS = 6
"""Of a similarity: the same text twice is a tie, in whatever order a processor adds."""

_BLOCK, _CELLS = 256, 2**24
"""Queries at a time, fewer where the corpus is long: 128 MiB of similarities in double precision at most."""


class Neighbour(NamedTuple):
    """A vector of the corpus by its place, and its cosine similarity."""

    place: int
    similarity: float


def nearest(queries: NDArray[np.float32], corpus: NDArray[np.float32], count: int) -> list[list[Neighbour]]:
    """Find the vectors of a corpus that are nearest to each query; of equally near ones the first.

    Args:
        queries: Vectors of length 1, (queries, width).
        corpus: Vectors of length 1, (texts, width); none has no neighbours.
        count: How many for each query; all where the corpus has fewer.

    Returns:
        For each query the nearest first.

    Raises:
        ValueError: If the vectors have not one width, or `count` is negative.

    >>> corpus = np.array([[1, 0], [0, 1], [1, 0]], dtype=np.float32)
    >>> nearest(np.array([[0.6, 0.8]], dtype=np.float32), corpus, 2)
    [[Neighbour(place=1, similarity=0.8), Neighbour(place=0, similarity=0.6)]]
    """
    check_shapes(queries.shape, corpus.shape, count)
    if not len(queries) or not len(corpus):
        return [[] for _ in queries]
    size = max(1, min(_BLOCK, _CELLS // len(corpus)))
    blocks = (queries[start : start + size] @ corpus.T for start in range(0, len(queries), size))
    return [_first(similarities, count) for block in blocks for similarities in block.astype(float).round(DECIMALS)]


def check_shapes(queries: tuple[int, ...], corpus: tuple[int, ...], count: int) -> None:
    """Raise what `nearest` raises of vectors of these shapes; no vectors at all may have any width."""
    if count < 0:
        raise ValueError(f"count is {count}; expected 0 or more")
    if queries[0] and corpus[0] and not (len(queries) == len(corpus) == 2 and queries[1] == corpus[1]):
        raise ValueError(f"queries have the shape {queries}, the corpus {corpus}; expected one width")


def _first(similarities: NDArray[np.float64], count: int) -> list[Neighbour]:
    count = min(count, len(similarities))
    if not count:
        return []
    least = np.partition(similarities, -count)[-count]
    places = np.flatnonzero(similarities >= least)
    ranked = places[np.argsort(-similarities[places], kind="stable")][:count]
    return [Neighbour(int(place), float(similarities[place])) for place in ranked]
