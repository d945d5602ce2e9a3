"""Tests of texts as vectors, with a tiny model, offline."""

import logging
import os
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from hf_toxspan.retrieval import embeddings
from hf_toxspan.retrieval.embeddings import SentenceEmbedder, Vectors, embed_once, load_vectors
from hf_toxspan.retrieval.neighbours import nearest

TEXTS = ["you fool", "hello friend", "what a day", "bạn rất tốt", "傻"]


class Counting:
    """An embedder that counts what it is asked, and breaks off before it is asked for more than it may be."""

    def __init__(self, embedder: SentenceEmbedder, fingerprint: str | None = None, most: float = float("inf")) -> None:
        self.embedder, self.asked, self.most = embedder, 0, most
        self.fingerprint = fingerprint or embedder.fingerprint

    def embed(self, texts: Sequence[str], *, query: bool = False) -> Vectors:
        if self.asked + len(texts) > self.most:
            raise RuntimeError("out of memory")
        self.asked += len(texts)
        return self.embedder.embed(texts, query=query)


def test_vectors_have_length_one_and_do_not_depend_on_the_batch(encoder_folder: str) -> None:
    whole, single = (SentenceEmbedder(encoder_folder, batch_size=size, device="cpu").embed(TEXTS) for size in (32, 1))
    assert whole.shape == (5, 16) and whole.dtype == np.float32
    assert np.linalg.norm(whole, axis=1) == pytest.approx(1)
    assert np.allclose(whole, single, atol=1e-6)


def test_a_text_is_its_own_nearest(embedder: SentenceEmbedder) -> None:
    vectors = embedder.embed(TEXTS)
    assert [found[0].place for found in nearest(embedder.embed(TEXTS, query=True), vectors, 1)] == [0, 1, 2, 3, 4]


def test_no_texts_are_no_error(embedder: SentenceEmbedder) -> None:
    assert len(embedder.embed([])) == 0
    assert nearest(embedder.embed([]), embedder.embed(TEXTS), 1) == []


def test_prompts_tell_queries_from_passages(encoder_folder: str, embedder: SentenceEmbedder) -> None:
    prompted = SentenceEmbedder(encoder_folder, query_prompt="hello ", prompt="you ", device="cpu")
    assert np.allclose(prompted.embed(["fool"]), embedder.embed(["you fool"]), atol=1e-6)
    assert np.allclose(prompted.embed(["fool"], query=True), embedder.embed(["hello fool"]), atol=1e-6)
    assert prompted.fingerprint != embedder.fingerprint


def test_an_embedder_tells_what_it_was_loaded_from(
    embedder: SentenceEmbedder, encoder_folder: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert embedder.name == encoder_folder
    monkeypatch.chdir(Path(encoder_folder).parent)
    assert SentenceEmbedder(Path(encoder_folder).name, device="cpu").name == encoder_folder
    sentence_transformers = pytest.importorskip("sentence_transformers")
    assert SentenceEmbedder(sentence_transformers.SentenceTransformer(encoder_folder, device="cpu")).name is None


def test_a_lone_surrogate_is_read(embedder: SentenceEmbedder) -> None:
    assert embedder.embed(["\ud83d"]).shape == (1, 16)


def test_texts_that_are_cut_are_told(embedder: SentenceEmbedder, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING, logger="hf_toxspan"):
        embedder.embed(["you " * 14, "you"])
        assert not caplog.messages
        embedder.embed(["you " * 15, "you"])
    assert caplog.messages == ["1 of 2 texts have more than 16 tokens; the rest of them does not count"]


def test_vectors_are_worked_out_once(embedder: SentenceEmbedder, tmp_path: Path) -> None:
    path, counting = tmp_path / "vectors.safetensors", Counting(embedder)
    first = embed_once(TEXTS, counting, path)
    assert np.array_equal(embed_once(TEXTS, counting, path), first)
    assert counting.asked == 5


@pytest.mark.parametrize("change", ["texts", "order", "model"])
def test_vectors_of_other_texts_or_another_model_are_not_taken(
    embedder: SentenceEmbedder, tmp_path: Path, change: str
) -> None:
    path = tmp_path / "vectors.safetensors"
    embed_once(TEXTS, embedder, path)
    texts = {"texts": [*TEXTS[:4], "蠢"], "order": TEXTS[::-1], "model": TEXTS}[change]
    counting = Counting(embedder, "another" if change == "model" else None)
    assert np.allclose(embed_once(texts, counting, path), embedder.embed(texts), atol=1e-6)
    assert counting.asked == 5


def test_interrupted_work_is_continued_where_it_stopped(
    embedder: SentenceEmbedder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(embeddings, "CHUNK", 2)
    path = tmp_path / "vectors.safetensors"
    with pytest.raises(RuntimeError):
        embed_once(TEXTS, Counting(embedder, most=4), path)
    assert not path.exists()
    counting = Counting(embedder)
    vectors = embed_once(TEXTS, counting, path)
    assert counting.asked == 1
    assert np.allclose(vectors, embedder.embed(TEXTS), atol=1e-6)
    assert [file.name for file in tmp_path.iterdir()] == ["vectors.safetensors"]


def test_chunks_of_other_texts_are_not_taken(
    embedder: SentenceEmbedder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(embeddings, "CHUNK", 2)
    path = tmp_path / "vectors.safetensors"
    with pytest.raises(RuntimeError):
        embed_once(TEXTS, Counting(embedder, most=4), path)
    counting = Counting(embedder)
    vectors = embed_once(["you", *TEXTS[1:]], counting, path)
    assert counting.asked == 3
    assert np.allclose(vectors, embedder.embed(["you", *TEXTS[1:]]), atol=1e-6)


def test_kept_vectors_are_read_only_for_their_texts_and_model(embedder: SentenceEmbedder, tmp_path: Path) -> None:
    path = tmp_path / "vectors.safetensors"
    vectors = embed_once(TEXTS, embedder, path)
    assert np.array_equal(load_vectors(TEXTS, embedder, path), vectors)
    for texts, model in ((TEXTS[::-1], embedder), (TEXTS, Counting(embedder, "another"))):
        with pytest.raises(ValueError, match=r"vectors.safetensors holds the vectors of other texts or by another mod"):
            load_vectors(texts, model, path)
    with pytest.raises(FileNotFoundError):
        load_vectors(TEXTS, embedder, tmp_path / "nothing")


def test_a_file_of_another_kind_is_not_replaced(embedder: SentenceEmbedder, tmp_path: Path) -> None:
    path = tmp_path / "notes.safetensors"
    path.write_text("mine")
    with pytest.raises(ValueError, match=r"notes.safetensors holds no vectors of texts .*; remove it, or name another"):
        embed_once(TEXTS, embedder, path)
    assert path.read_text() == "mine"


def test_without_the_package_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "sentence_transformers", None)
    with pytest.raises(ImportError, match=r'pip install "hf_toxspan\[retrieval\]"'):
        SentenceEmbedder("anything")


def test_a_real_model_finds_what_means_the_same() -> None:
    folder = os.environ.get("HF_TOXSPAN_TEST_MODELS")
    if not folder:
        pytest.skip("HF_TOXSPAN_TEST_MODELS does not name a folder with real models")
    model = Path(folder, "multilingual-e5-small-en-vi-zh")
    embedder = SentenceEmbedder(model, query_prompt="query: ", prompt="passage: ", device="cpu")
    corpus = embedder.embed(["trời hôm nay đẹp quá", "he is a very stupid person", "the train leaves at noon"])
    (found,) = nearest(embedder.embed(["这个人真笨"], query=True), corpus, 1)
    assert found[0].place == 1
