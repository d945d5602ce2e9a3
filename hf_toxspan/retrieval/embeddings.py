"""Texts as vectors: worked out once, and kept with a fingerprint of the texts and of the model."""

import hashlib
import logging
import math
import shutil
from collections.abc import Sequence
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save_file
from tqdm.auto import tqdm

from hf_toxspan.core.text import replace_lone_surrogates

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

logger = logging.getLogger(__name__)

Vectors = NDArray[np.float32]

CHUNK = 1024
"""Texts after which `embed_once` keeps what it has."""


class Embedder(Protocol):
    """Makes vectors of length 1, (texts, width), so that a product of two is their cosine similarity."""

    @property
    def fingerprint(self) -> str:
        """What makes the vectors: equal for equal weights and prompts."""

    def embed(self, texts: Sequence[str], *, query: bool = False) -> Vectors:
        """Return a vector a text; `query` where it is looked for, not looked at: some models tell the two apart."""


class SentenceEmbedder:
    """Makes vectors by a sentence-transformers model.

    Args:
        model: Its name on the Hub, its folder, or the model itself.
        query_prompt: Put before a query, such as ``"query: "`` for E5; see the model's card.
        prompt: Put before any other text, such as ``"passage: "``.
        batch_size: Texts a step.
        device: Where to run; the best there is when None.
        quiet: Show no progress bar.

    Attributes:
        name: What `model` was loaded from, a folder with its whole path; None where the model itself was given.
        fingerprint: See `Embedder`.

    Raises:
        ImportError: If sentence-transformers is not installed.
    """

    def __init__(
        self,
        model: "str | PathLike[str] | SentenceTransformer",
        *,
        query_prompt: str = "",
        prompt: str = "",
        batch_size: int = 32,
        device: str | None = None,
        quiet: bool = True,
    ) -> None:
        self.name: str | None = None
        if isinstance(model, str | PathLike):
            self.name = str(Path(model).absolute()) if Path(model).is_dir() else str(model)
        self._model = _load(model, device) if isinstance(model, str | PathLike) else model
        self.query_prompt, self.prompt = query_prompt, prompt
        self._batch_size, self._quiet = batch_size, quiet
        self.fingerprint = _fingerprint_of(self._model, (query_prompt, prompt))

    def embed(self, texts: Sequence[str], *, query: bool = False) -> Vectors:
        """Return a vector a text; a warning counts the texts that the model can't read to their end.

        Args:
            texts: Any texts.
            query: Whether they are what is looked for.

        Returns:
            Vectors of length 1, (texts, width); no texts have no width either.
        """
        if not texts:
            return np.zeros((0, 0), dtype=np.float32)
        whole = [f"{self.query_prompt if query else self.prompt}{replace_lone_surrogates(text)}" for text in texts]
        self._warn_of_long(whole)
        vectors = self._model.encode(
            whole, batch_size=self._batch_size, normalize_embeddings=True, show_progress_bar=not self._quiet
        )
        return np.asarray(vectors, dtype=np.float32)

    def _warn_of_long(self, texts: list[str]) -> None:
        limit = self._model.max_seq_length or math.inf
        # A token but for the special ones is at least a character: most texts need no counting.
        doubtful = [text for text in texts if len(text) + 2 > limit]
        lengths = [len(self._model.tokenizer(text, verbose=False)["input_ids"]) for text in doubtful]
        long = sum(length > limit for length in lengths)
        if long:
            logger.warning(
                "%d of %d texts have more than %d tokens; the rest of them does not count", long, len(texts), limit
            )


def _load(model: str | PathLike[str], device: str | None) -> "SentenceTransformer":
    try:
        from sentence_transformers import SentenceTransformer
    except ImportError as error:
        raise ImportError('embeddings need sentence-transformers; pip install "hf_toxspan[retrieval]"') from error
    import torch

    # A checkpoint keeps its precision, and half precision takes a CPU without its instructions ten times as long.
    on_cpu = device == "cpu" or (device is None and not torch.accelerator.is_available())
    return SentenceTransformer(str(model), device=device, model_kwargs={"dtype": torch.float32} if on_cpu else None)


def _fingerprint_of(model: Any, prompts: Sequence[str]) -> str:
    digest = hashlib.sha256(repr((*prompts, model.max_seq_length)).encode())
    for name, weights in sorted(model.state_dict().items()):
        digest.update(name.encode())
        digest.update(weights.detach().cpu().float().numpy().tobytes())
    return digest.hexdigest()[:16]


def embed_once(texts: Sequence[str], embedder: Embedder, path: str | PathLike[str], *, quiet: bool = True) -> Vectors:
    """Return a vector a text, from a file where it holds the vectors of these texts by this model, else into it.

    The file appears when it is complete. Of more than `CHUNK` texts, each finished chunk is kept in a folder beside it
    until then, so that an interrupted call is continued by the next one.

    Args:
        texts: Any texts.
        embedder: Makes the vectors.
        path: The file, in ``.safetensors``.
        quiet: Show no progress bar.

    Returns:
        Vectors, (texts, width).

    Raises:
        ValueError: If there is another file of that name, which holds no vectors of ours.
        OSError: If it can't be read or written.
    """
    path = Path(path)
    wanted = _fingerprint_with(texts, embedder)
    if path.exists():
        fingerprint, vectors = _read(path)
        if fingerprint == wanted:
            return vectors
        logger.info("%s holds the vectors of other texts or another model; replaced", path)
    chunks = path.with_name(f"{path.name}.chunks")
    vectors = embedder.embed(texts) if len(texts) <= CHUNK else _in_chunks(texts, embedder, chunks, quiet)
    unfinished = path.with_name(f"{path.name}.part")
    save_file({"vectors": vectors}, unfinished, metadata={"fingerprint": wanted})
    unfinished.replace(path)
    shutil.rmtree(chunks, ignore_errors=True)
    return vectors


def _in_chunks(texts: Sequence[str], embedder: Embedder, folder: Path, quiet: bool) -> Vectors:
    folder.mkdir(exist_ok=True)
    chunks = []
    with tqdm(total=len(texts), desc="Embedding", unit=" texts", disable=True if quiet else None) as bar:
        for start in range(0, len(texts), CHUNK):
            chunk = texts[start : start + CHUNK]
            chunks.append(embed_once(chunk, embedder, folder / f"{start}.safetensors"))
            bar.update(len(chunk))
    return np.concatenate(chunks)


def load_vectors(texts: Sequence[str], embedder: Embedder, path: str | PathLike[str]) -> Vectors:
    """Read the vectors that `embed_once` kept.

    Args:
        texts: The texts that they are of.
        embedder: What made them.
        path: The file.

    Returns:
        Vectors, (texts, width).

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If the file holds no vectors, or those of other texts or by another model.
    """
    path = Path(path)
    fingerprint, vectors = _read(path)
    if fingerprint != _fingerprint_with(texts, embedder):
        raise ValueError(f"{path} holds the vectors of other texts or by another model; work them out again")
    return vectors


def _fingerprint_with(texts: Sequence[str], embedder: Embedder) -> str:
    digest = hashlib.sha256(embedder.fingerprint.encode())
    for text in texts:
        digest.update(hashlib.sha256(text.encode(errors="surrogatepass")).digest())
    return digest.hexdigest()


def _read(path: Path) -> tuple[str, Vectors]:
    try:
        with safe_open(path, framework="numpy") as stored:
            fingerprint = (stored.metadata() or {})["fingerprint"]
            return fingerprint, stored.get_tensor("vectors")
    except (SafetensorError, KeyError) as error:
        raise ValueError(f"{path} holds no vectors of texts ({error}); remove it, or name another file") from error
