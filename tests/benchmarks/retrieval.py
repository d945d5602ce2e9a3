"""How fast neighbours are found, exactly and approximately, and whether near texts are better demonstrations.

    OMP_NUM_THREADS=1 python tests/benchmarks/retrieval.py speed
    HF_TOXSPAN_TEST_DATA=... HF_TOXSPAN_TEST_MODELS=... OMP_NUM_THREADS=1 python tests/benchmarks/retrieval.py worth

`speed`: random vectors round random centres, 1,000 of them asked; both ways in one process, in turn, CPU seconds of one
thread. `worth`: for each text of STATE-ToxiCN train, whether its nearest other text (by a sentence model, by pairs of
characters, at random) has the same set of attacked groups, so that its answer would be a fitting demonstration; and the
share of its ten nearest that have, with 95 % bootstrap intervals over texts. Beside it the recall of the approximate
index on the same vectors. Results: tests/benchmarks/README.md.
"""

import argparse
import os
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table
from sentence_transformers import SentenceTransformer

from hf_toxspan.data.files import read_rows
from hf_toxspan.retrieval import approximate
from hf_toxspan.retrieval.approximate import ApproximateIndex
from hf_toxspan.retrieval.demonstrations import Demonstration, DemonstrationStore
from hf_toxspan.retrieval.embeddings import Embedder, SentenceEmbedder, Vectors
from hf_toxspan.retrieval.neighbours import Neighbour, nearest
from tests.retrieval.bigrams import BigramEmbedder

COUNT = 10
Found = list[list[Neighbour]]


def clustered(texts: int, width: int, clusters: int) -> Vectors:
    """Draw vectors of length 1 round centres: a pair of one cluster has a cosine of about 0.5."""
    drawn = np.random.default_rng(0)
    centres = drawn.normal(size=(clusters, width)).astype(np.float32)
    vectors = centres[drawn.integers(clusters, size=texts)] + drawn.normal(size=(texts, width)).astype(np.float32)
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def speed(texts: int, width: int, rounds: int) -> Table:
    """Time both searches."""
    table = Table(
        "clusters", "build, s", "exact, queries/s", "approximate, queries/s", "faster", f"recall@{COUNT}",
        title=f"{texts:,} vectors of {width}",
    )  # fmt: skip
    for clusters in (100, 1_000, 10_000):
        vectors = clustered(texts + 1_000, width, clusters)
        queries, corpus = vectors[:1_000], vectors[1_000:]
        began = time.process_time()
        index = ApproximateIndex(corpus)
        build = time.process_time() - began
        ways: list[Callable[[], Found]] = [
            lambda queries=queries, corpus=corpus: nearest(queries, corpus, COUNT),
            lambda queries=queries, index=index: index.nearest(queries, COUNT),
        ]
        found: list[Found] = [[], []]
        rates: list[list[float]] = [[], []]
        for _ in range(rounds):
            for place, way in enumerate(ways):
                began = time.process_time()
                found[place] = way()
                rates[place].append(len(queries) / (time.process_time() - began))
        exact, approximate = map(median, rates)
        faster = median(quick / slow for slow, quick in zip(*rates, strict=True))
        cells = (f"{build:.1f}", f"{exact:,.0f}", f"{approximate:,.0f}", f"{faster:.1f}", f"{recall(*found):.3f}")
        table.add_row(f"{clusters:,}", *cells)
    return table


def recall(exact: Found, found: Found) -> float:
    """Return the share of the exact neighbours that were found."""
    shares = [len(dict(true).keys() & dict(own).keys()) / COUNT for true, own in zip(exact, found, strict=True)]
    return sum(shares) / len(shares)


def worth(model: Path) -> Table:
    """Compare demonstrations by the groups that their texts attack."""
    rows = read_rows(Path(os.environ["HF_TOXSPAN_TEST_DATA"], "state_toxicn", "train.jsonl.gz")).to_list()
    groups = {row["id"]: frozenset(group for quad in row["quads"] for group in quad["group"]) for row in rows}
    # Weights in half precision, as they were stored, are slow on a CPU.
    loaded = SentenceTransformer(str(model), device="cpu", model_kwargs={"dtype": torch.float32})
    embedders: dict[str, Embedder] = {
        "sentence model": SentenceEmbedder(loaded, query_prompt="query: ", prompt="query: "),
        "pairs of characters": BigramEmbedder(2048),
    }
    table = Table("neighbours", "the nearest agrees", f"of the {COUNT} nearest", "CPU s", title=f"{model.name}, x 100")
    chance = by_lot(rows, groups)
    firsts = {"at random": chance[:, 0].astype(float)}
    table.add_row("at random", interval(firsts["at random"]), interval(chance.mean(axis=1)), "")
    for name, embedder in embedders.items():
        began = time.process_time()
        store = build(rows, embedder)
        agrees = agreement(store, rows, groups)
        firsts[name] = agrees[:, 0].astype(float)
        cells = (interval(firsts[name]), interval(agrees.mean(axis=1)), f"{time.process_time() - began:.0f}")
        table.add_row(name, *cells)
        asked = store.vectors[:1_000]
        both = nearest(asked, store.vectors, COUNT), approximate.nearest(asked, store.vectors, COUNT)
        table.add_row("", f"recall@{COUNT} of the index: {recall(*both):.3f}", "", "")
    for other in ("pairs of characters", "at random"):
        table.add_row(f"sentence model - {other}", interval(firsts["sentence model"] - firsts[other]), "", "")
    return table


def build(rows: list[dict[str, Any]], embedder: Embedder) -> DemonstrationStore:
    """Make a store of all texts."""
    return DemonstrationStore.build([Demonstration(row["id"], row["text"], "", "train") for row in rows], embedder)


def agreement(
    store: DemonstrationStore, rows: list[dict[str, Any]], groups: dict[str, frozenset[str]]
) -> NDArray[np.bool_]:
    """Say of each text's nearest ones whether they attack what it attacks, (texts, `COUNT`)."""
    found = store.neighbours([row["text"] for row in rows], COUNT, split="train")
    return np.array(
        [
            [groups[one.demonstration.id] == groups[row["id"]] for one in own]
            for row, own in zip(rows, found, strict=True)
        ]
    )


def by_lot(rows: list[dict[str, Any]], groups: dict[str, frozenset[str]]) -> NDArray[np.bool_]:
    """Say the same of other texts drawn by lot."""
    drawn = np.random.default_rng(0)
    others = (np.arange(len(rows))[:, None] + drawn.integers(1, len(rows), size=(len(rows), COUNT))) % len(rows)
    return np.array(
        [
            [groups[rows[place]["id"]] == groups[row["id"]] for place in own]
            for row, own in zip(rows, others, strict=True)
        ]
    )


def interval(values: NDArray[np.float64]) -> str:
    """Return the mean of one value a text with its interval, x 100."""
    drawn = np.random.default_rng(0)
    means = [values[drawn.integers(len(values), size=len(values))].mean() for _ in range(1_000)]
    low, high = np.percentile(means, [2.5, 97.5])
    return f"{100 * values.mean():.1f} [{100 * low:.1f}, {100 * high:.1f}]"


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=("speed", "worth"))
    parser.add_argument("--texts", type=int, default=100_000)
    parser.add_argument("--width", type=int, default=384)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--model", default="multilingual-e5-small-en-vi-zh", help="in HF_TOXSPAN_TEST_MODELS")
    chosen = parser.parse_args()
    torch.set_num_threads(1)
    if chosen.what == "speed":
        table = speed(chosen.texts, chosen.width, chosen.rounds)
    else:
        table = worth(Path(os.environ["HF_TOXSPAN_TEST_MODELS"], chosen.model))
    Console().print(table)
