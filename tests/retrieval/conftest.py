"""The tiny sentence-transformers model, made ready."""

import pytest

from hf_toxspan.retrieval.embeddings import SentenceEmbedder


@pytest.fixture(scope="session")
def embedder(encoder_folder: str) -> SentenceEmbedder:
    """The tiny model, made ready."""
    return SentenceEmbedder(encoder_folder, device="cpu")
