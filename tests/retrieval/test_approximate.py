"""Tests of approximate neighbours: with FAISS where it is installed, and without it."""

import logging
import sys

import numpy as np
import pytest

from hf_toxspan.retrieval import neighbours
from hf_toxspan.retrieval.approximate import (
    APPROXIMATE_FROM,
    ApproximateIndex,
    choose_method,
    nearest,
    prepare_search,
)
from hf_toxspan.retrieval.embeddings import Vectors
from hf_toxspan.retrieval.neighbours import Neighbour

needs_faiss = pytest.mark.usefixtures("faiss")


@pytest.fixture
def faiss() -> None:
    pytest.importorskip("faiss")


def clustered(texts: int, width: int = 32, clusters: int = 40) -> Vectors:
    drawn = np.random.default_rng(0)
    vectors = drawn.normal(size=(clusters, width))[drawn.integers(clusters, size=texts)]
    vectors += drawn.normal(size=(texts, width))
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)


@needs_faiss
def test_nearly_all_neighbours_are_the_exact_ones_in_their_order() -> None:
    vectors = clustered(6_200)
    queries, corpus = vectors[:200], vectors[200:]
    found, exact = nearest(queries, corpus, 10), neighbours.nearest(queries, corpus, 10)
    both = [dict(own).keys() & dict(true).keys() for own, true in zip(found, exact, strict=True)]
    assert sum(map(len, both)) >= 0.95 * 2000
    for own, true, places in zip(found, exact, both, strict=True):
        assert [place for place, _ in own if place in places] == [place for place, _ in true if place in places]
        assert all(dict(own)[place] == pytest.approx(dict(true)[place], abs=2e-6) for place in places)


@needs_faiss
def test_an_index_of_few_vectors_is_exact_ties_and_rounding_included() -> None:
    corpus = np.eye(4, dtype=np.float32)[[0, 1, 0, 2, 1, 0]]
    queries = np.array([[0.6, 0.8, 0, 0], [0, 0, 0, 1]], dtype=np.float32)
    assert nearest(queries, corpus, 6) == neighbours.nearest(queries, corpus, 6)
    assert nearest(queries, corpus, 6)[0][:3] == [Neighbour(1, 0.8), Neighbour(4, 0.8), Neighbour(0, 0.6)]


@needs_faiss
def test_as_many_are_found_as_asked() -> None:
    corpus = clustered(3_000)
    index = ApproximateIndex(corpus)
    assert [len(found) for found in index.nearest(corpus[:3], 1_000)] == [1_000] * 3
    (found,) = index.nearest(corpus[:1], 9_000)
    assert sorted(place for place, _ in found) == list(range(3_000))
    assert found == sorted(found, key=lambda one: (-one.similarity, one.place))


@needs_faiss
def test_vectors_that_no_link_leads_to_leave_no_query_short() -> None:
    """Where one vector stands 3,000 times, links from it lead to some 350 of them."""
    corpus = np.repeat(np.eye(8, dtype=np.float32)[:1], 3_000, axis=0)
    (found,) = nearest(corpus[:1], corpus, 700)
    assert len({place for place, _ in found}) == 700
    assert {similarity for _, similarity in found} == {1.0}


@needs_faiss
def test_the_same_seed_finds_the_same() -> None:
    corpus = clustered(3_000)
    assert nearest(corpus[:50], corpus, 5, seed=3) == nearest(corpus[:50], corpus, 5, seed=3)


@needs_faiss
def test_nothing_to_find_is_no_error() -> None:
    corpus, empty = np.eye(2, dtype=np.float32), np.zeros((0, 2), dtype=np.float32)
    assert nearest(corpus, empty, 3) == [[], []]
    assert nearest(empty, corpus, 3) == []
    assert nearest(np.zeros((0, 0), dtype=np.float32), corpus, 3) == []
    assert nearest(corpus[:1], corpus, 0) == [[]]


@needs_faiss
def test_vectors_of_other_widths_are_refused() -> None:
    with pytest.raises(ValueError, match=r"queries have the shape \(1, 2\), the corpus \(1, 3\); expected one width"):
        nearest(np.ones((1, 2), dtype=np.float32), np.ones((1, 3), dtype=np.float32), 1)
    with pytest.raises(ValueError, match="count is -1; expected 0 or more"):
        nearest(np.ones((1, 2), dtype=np.float32), np.ones((1, 2), dtype=np.float32), -1)


@needs_faiss
def test_long_corpora_are_searched_approximately_unless_told_otherwise() -> None:
    assert choose_method("auto", APPROXIMATE_FROM - 1) == "exact"
    assert choose_method("auto", APPROXIMATE_FROM) == "approximate"
    assert choose_method("exact", APPROXIMATE_FROM) == "exact"
    assert choose_method("approximate", 1) == "approximate"


@needs_faiss
def test_both_ways_to_search_are_asked_alike() -> None:
    corpus = np.eye(3, dtype=np.float32)
    assert prepare_search(corpus, "exact")(corpus, 3) == prepare_search(corpus, "approximate")(corpus, 3)


def test_without_faiss_the_exact_search_stands_in_and_one_warning_tells(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setitem(sys.modules, "faiss", None)
    with caplog.at_level(logging.WARNING, logger="hf_toxspan"):
        assert choose_method("auto", 10) == "exact"
        assert not caplog.messages
        assert choose_method("auto", 100_000) == "exact"
    assert caplog.messages == [
        "all 100000 texts are searched for each query, which is slow: approximate neighbours need FAISS; "
        'pip install "hf_toxspan[retrieval,faiss]"'
    ]


def test_without_faiss_the_approximate_search_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "faiss", None)
    with pytest.raises(ImportError, match=r'pip install "hf_toxspan\[retrieval,faiss\]"'):
        choose_method("approximate", 10)
    with pytest.raises(ImportError, match=r'pip install "hf_toxspan\[retrieval,faiss\]"'):
        nearest(np.eye(2, dtype=np.float32), np.eye(2, dtype=np.float32), 1)


def test_another_way_to_search_is_refused() -> None:
    with pytest.raises(ValueError, match="search is 'fast'; expected 'auto', 'exact' or 'approximate'"):
        choose_method("fast", 10)  # type: ignore[arg-type]
