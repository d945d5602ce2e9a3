"""Demonstrations and their vectors as a folder, whose description seals that they belong together.

    examples.jsonl        {"id": "17", "text": "a silly day", "answer": "day | silly | non-hate [END]", "split": null}
    vectors.safetensors   a vector a line of it
    meta.json             the model with its prompts, fingerprints of the model and of examples.jsonl

The description is written last: until then its fingerprints are those of the former store, and reading is refused.
"""

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from hf_toxspan._version import __version__
from hf_toxspan.retrieval.embeddings import Embedder, SentenceEmbedder, Vectors, embed_once, load_vectors

FORMAT = 1
EXAMPLES, VECTORS, META = "examples.jsonl", "vectors.safetensors", "meta.json"
_FIELDS = ("demonstrations", "made_by", "model", "query_prompt", "prompt", "embedder", "examples", "corpus")


class Demonstration(NamedTuple):
    """A text with the answer that a model should give.

    Attributes:
        id: Of its row.
        text: The text.
        answer: The answer, in whatever form a prompt shows.
        split: The part of its data set, None where there are no parts.
    """

    id: str
    text: str
    answer: str
    split: str | None = None


def write_demonstrations(
    examples: Sequence[Demonstration], embedder: Embedder, folder: Path, *, quiet: bool = True
) -> Vectors:
    """Work out the vectors of demonstrations, and keep all in a folder.

    Args:
        examples: The demonstrations, without lone surrogates.
        embedder: Makes the vectors.
        folder: The folder. Vectors that it holds of the same texts by the same model are taken from it, those of others
            replaced; an interrupted call is continued by the next one. Other files there are left alone.
        quiet: Show no progress bar.

    Returns:
        Vectors, (examples, width).

    Raises:
        ValueError: If the folder holds files of these names which are not ours.
        OSError: If it can't be written.
    """
    _check_own(folder)
    folder.mkdir(parents=True, exist_ok=True)
    vectors = embed_once([example.text for example in examples], embedder, folder / VECTORS, quiet=quiet)
    content = "".join(f"{json.dumps(example._asdict(), ensure_ascii=False)}\n" for example in examples).encode()
    _write(folder / EXAMPLES, content)
    _write(folder / META, _describe(content, len(examples), embedder))
    return vectors


def _check_own(folder: Path) -> None:
    """Refuse to write over files that are no store's; vectors, which are written first, tell for themselves."""
    there = [name for name in (EXAMPLES, META) if (folder / name).exists()]
    if not there or (folder / VECTORS).exists():
        return
    try:
        _read_meta(folder / META)
    except (FileNotFoundError, ValueError) as error:
        raise ValueError(f"{folder / there[0]} is no store's; remove it, or name another folder") from error


def _describe(content: bytes, count: int, embedder: Embedder) -> bytes:
    named = embedder if isinstance(embedder, SentenceEmbedder) else None
    meta = {
        "demonstrations": FORMAT,
        "made_by": f"hf_toxspan {__version__}",
        "model": named and named.name,
        "query_prompt": named and named.query_prompt,
        "prompt": named and named.prompt,
        "embedder": embedder.fingerprint,
        "examples": count,
        "corpus": hashlib.sha256(content).hexdigest(),
    }
    return f"{json.dumps(meta, ensure_ascii=False, indent=1)}\n".encode()


def _write(path: Path, content: bytes) -> None:
    draft = path.with_name(f"{path.name}.draft")
    draft.write_bytes(content)
    draft.replace(path)


def read_demonstrations(
    folder: Path, embedder: Embedder | None = None
) -> tuple[list[Demonstration], Vectors, Embedder]:
    """Read what `write_demonstrations` wrote.

    Args:
        folder: The folder.
        embedder: The model that made the vectors; where None it is loaded by the name and with the prompts that the
            folder tells.

    Returns:
        The examples, their vectors, (examples, width), and the model.

    Raises:
        FileNotFoundError: If there is no store, or its model is no longer in the folder from which it came.
        ValueError: If a file is wrong, or the vectors are not those of these texts by this model.
    """
    meta = _read_meta(folder / META)
    examples = _read_examples(folder / EXAMPLES, meta)
    embedder = _embedder_of(meta) if embedder is None else embedder
    if embedder.fingerprint != meta["embedder"]:
        raise ValueError(
            f"{folder} holds vectors of the model {meta['model'] or 'without a name'} ({meta['embedder']}, prompts "
            f"{meta['query_prompt']!r} and {meta['prompt']!r}), but the model at hand is {embedder.fingerprint}; pass "
            "the model that made them, or build the store again"
        )
    return examples, load_vectors([example.text for example in examples], embedder, folder / VECTORS), embedder


def _read_meta(path: Path) -> dict[str, Any]:
    if not path.is_file():
        raise FileNotFoundError(f"looked for a store of demonstrations and found no {path.absolute()}; build one there")
    try:
        meta = json.loads(path.read_bytes())
    except ValueError as error:
        raise ValueError(f"{path}: {error}; build the store again") from error
    if not isinstance(meta, dict) or set(meta) != set(_FIELDS) or meta["demonstrations"] != FORMAT:
        raise ValueError(f"{path} describes no store of demonstrations of format {FORMAT}; build the store again")
    return meta


def _read_examples(path: Path, meta: dict[str, Any]) -> list[Demonstration]:
    content = path.read_bytes() if path.is_file() else b""
    if hashlib.sha256(content).hexdigest() != meta["corpus"]:
        raise ValueError(
            f"{path} does not hold the {meta['examples']} examples that {META} describes: it was changed, or another "
            "build was interrupted; build the store again"
        )
    # Only \n ends a line: JSON strings may hold U+2028.
    return [Demonstration(**json.loads(line)) for line in content.split(b"\n") if line]


def _embedder_of(meta: dict[str, Any]) -> SentenceEmbedder:
    model = meta["model"]
    if model is None:
        raise ValueError("the model that made the store's vectors has no name; pass the embedder")
    if Path(model).is_absolute() and not Path(model).is_dir():
        raise FileNotFoundError(f"the model that made the store's vectors is no longer at {model}; pass the embedder")
    return SentenceEmbedder(model, query_prompt=meta["query_prompt"], prompt=meta["prompt"])
