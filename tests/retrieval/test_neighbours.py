"""Tests of exact neighbours."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hf_toxspan.retrieval import neighbours
from hf_toxspan.retrieval.neighbours import Neighbour, nearest


def unit(*rows: tuple[float, ...]) -> np.ndarray:
    vectors = np.array(rows, dtype=np.float32)
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


@given(st.integers(0, 2**32 - 1), st.integers(0, 600), st.integers(0, 40), st.integers(0, 45))
@settings(deadline=None)
def test_neighbours_are_those_of_a_full_sort(seed: int, queries: int, texts: int, count: int) -> None:
    drawn = np.random.default_rng(seed)
    asked, corpus = (np.round(drawn.normal(size=(rows, 3)), 1).astype(np.float32) for rows in (queries, texts))
    similarities = (asked @ corpus.T).astype(float).round(6)
    expected = [sorted(range(texts), key=lambda place: (-row[place], place))[:count] for row in similarities]
    assert [[place for place, _ in found] for found in nearest(asked, corpus, count)] == expected


def test_the_same_vector_twice_is_a_tie_that_the_first_wins() -> None:
    corpus = unit((0.1, 0.2, 0.7), (1, 0, 0), (0.1, 0.2, 0.7))
    (found,) = nearest(unit((0.1, 0.2, 0.7)), corpus, 2)
    assert found == [Neighbour(0, 1.0), Neighbour(2, 1.0)]


def test_a_corpus_smaller_than_asked_is_given_whole() -> None:
    assert len(nearest(unit((1, 0)), unit((1, 0), (0, 1)), 9)[0]) == 2


@pytest.mark.parametrize("cells", [1, 7, 2**24])
def test_a_long_corpus_is_searched_for_fewer_queries_at_a_time(monkeypatch: pytest.MonkeyPatch, cells: int) -> None:
    drawn = np.random.default_rng(0)
    corpus, queries = (drawn.integers(-3, 4, size=(rows, 4)).astype(np.float32) for rows in (3, 300))
    whole = nearest(queries, corpus, 2)
    monkeypatch.setattr(neighbours, "_CELLS", cells)
    assert nearest(queries, corpus, 2) == whole


def test_nothing_to_find_is_no_error() -> None:
    empty = np.zeros((0, 2), dtype=np.float32)
    assert nearest(unit((1, 0), (0, 1)), empty, 3) == [[], []]
    assert nearest(empty, unit((1, 0)), 3) == []
    assert nearest(unit((1, 0)), unit((1, 0)), 0) == [[]]


def test_vectors_of_other_widths_are_refused() -> None:
    with pytest.raises(ValueError, match=r"queries have the shape \(1, 2\), the corpus \(1, 3\); expected one width"):
        nearest(unit((1, 0)), unit((1, 0, 0)), 1)
    with pytest.raises(ValueError, match="count is -1; expected 0 or more"):
        nearest(unit((1, 0)), unit((1, 0)), -1)
