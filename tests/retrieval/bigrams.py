"""An embedder that needs no model: what characters stand side by side in a text."""

import zlib
from collections.abc import Sequence

import numpy as np

from hf_toxspan.retrieval.embeddings import Vectors


class BigramEmbedder:
    """Counts a text's pairs of neighbouring characters, each at a place told by its checksum; of length 1.

    A text without a pair is far from all, with a vector of its own kind. It remembers what it was asked.
    """

    def __init__(self, width: int = 256) -> None:
        self.width, self.fingerprint = width, f"bigrams of {width}"
        self.asked: list[str] = []

    def embed(self, texts: Sequence[str], *, query: bool = False) -> Vectors:
        """Return a vector a text."""
        self.asked += texts
        vectors = np.zeros((len(texts), self.width if texts else 0), dtype=np.float32)
        for vector, text in zip(vectors, texts, strict=True):
            framed = f" {text} ".encode("utf-32-le", "surrogatepass")
            for start in range(0, len(framed) - 4, 4):
                vector[zlib.crc32(framed[start : start + 8]) % self.width] += 1
            vector /= np.linalg.norm(vector)
        return vectors
