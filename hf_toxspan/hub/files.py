"""Which files of a model's folder go to the Hub: known ones, looked into; leftovers of a run stay, others stop it.

A folder is refused rather than cleaned where somebody may mean a file to be published that must not be: weights in
pickles, code, data, secrets. Known leftovers of a training run stay behind and are told.
"""

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from fnmatch import fnmatch
from pathlib import Path
from typing import Any, NamedTuple

from hf_toxspan.hub.secrets import find_secret, names_a_secret
from hf_toxspan.hub.weights import read_header

PUBLIC = (
    "config.json", "generation_config.json", "adapter_config.json", "adapter_model.safetensors", "model.safetensors",
    "model-?????-of-?????.safetensors", "model.safetensors.index.json", "*.onnx", "tokenizer.json",
    "tokenizer_config.json", "tokenizer.model", "special_tokens_map.json", "added_tokens.json", "vocab.txt",
    "vocab.json", "merges.txt", "bpe.codes", "spiece.model", "sentencepiece.bpe.model", "chat_template.jinja",
    "preprocessor_config.json", "training.json", "judge.json", "region.json", "LICENSE*", "NOTICE*",
)  # fmt: skip
"""Names of files that belong to a published model; the README is written apart."""
LEFTOVERS = {
    "training_args.bin": "pickled arguments; training.json says the same",
    "trainer_state.json": "state of the trainer",
    "optimizer.*": "optimiser state",
    "scheduler.pt": "optimiser state",
    "scaler.pt": "optimiser state",
    "rng_state*": "optimiser state",
    "checkpoints": "checkpoints with optimiser state",
    "checkpoint-*": "a checkpoint with optimiser state",
    "runs": "logs",
    "events.out.tfevents*": "logs",
    "report*.json": "told in the card, if you pass it with --report",
    "options.json": "told in the card",
    "run.json": "told in the card",
    "emissions.csv": "told in the card, if you pass it with --emissions",
    "README.md": "written anew",
    ".cache": "of a download",
    ".gitattributes": "of a download",
    ".DS_Store": "of the file browser",
}
"""What a run or a download leaves in a folder, and why it stays behind."""
PICKLES = ("*.bin", "*.pt", "*.pth", "*.pkl", "*.pickle", "*.ckpt", "*.joblib", "*.npy", "*.npz", "*.h5", "*.msgpack")
CODE = ("*.py", "*.pyc", "*.so", "*.sh", "*.ipynb", "*.dll")
DATA = ("*.jsonl", "*.jsonl.gz", "*.csv", "*.tsv", "*.parquet", "*.arrow", "*.zip", "*.tar*", "*.gz")
_MAGIC = (b"\x80\x02", b"\x80\x03", b"\x80\x04", b"\x80\x05", b"PK\x03\x04", b"\x1f\x8b", b"\x93NUMPY", b"\x89HDF")
"""How pickles, archives and arrays begin."""
_CONFIGS = (
    "config.json",
    "generation_config.json",
    "tokenizer_config.json",
    "adapter_config.json",
    "preprocessor_config.json",
)
"""Files whose settings can name code."""
_CODE_KEYS = ("auto_map", "custom_pipelines", "trust_remote_code")


class Chosen(NamedTuple):
    """Which files go.

    Attributes:
        files: Where each file lies, by its path in the repository.
        left_out: Why each other one stays behind.
    """

    files: dict[str, Path]
    left_out: dict[str, str]


def choose_files(folder: Path, *, exclude: Sequence[str] = ()) -> Chosen:
    """Choose the files of a model's folder that are published.

    Args:
        folder: The folder.
        exclude: Names or patterns that stay behind because whoever publishes says so.

    Returns:
        The files.

    Raises:
        FileNotFoundError: If there is no such folder.
        ValueError: If something in it must not be published, or is not known; all of it is named.
    """
    if not folder.is_dir():
        raise FileNotFoundError(f"model folder {str(folder)!r} does not exist; expected one with a config.json")
    files: dict[str, Path] = {}
    left_out: dict[str, str] = {}
    refused: list[str] = []
    for path in sorted(folder.iterdir()):
        name = path.name
        reason = _left_out(name, exclude)
        if reason is not None:
            left_out[name] = reason
        elif trouble := "; ".join(_troubles(path, folder.resolve())):
            refused.append(f"{name} ({trouble})")
        else:
            files[name] = path
    if refused:
        raise ValueError(
            f"{folder} holds what must not be published: {', '.join(refused)}. Move it out of the folder, or say "
            "--exclude NAME to leave it behind"
        )
    return Chosen(files, left_out)


def _left_out(name: str, exclude: Sequence[str]) -> str | None:
    if any(fnmatch(name, pattern) for pattern in exclude):
        return "excluded"
    return next((reason for pattern, reason in LEFTOVERS.items() if fnmatch(name, pattern)), None)


def _troubles(path: Path, root: Path) -> Iterator[str]:
    """Yield why a file must not be published."""
    if path.is_symlink() and not path.resolve().is_relative_to(root):
        yield "a link that leads out of the folder: copy the folder with cp -RL first"
    elif path.is_dir():
        yield "a folder; a model's files lie side by side"
    elif not path.is_file():
        yield "no regular file"
    else:
        yield from _troubles_of_name(path.name)
        if any(fnmatch(path.name, pattern) for pattern in PUBLIC):
            yield from _troubles_of_content(path)


def _troubles_of_name(name: str) -> Iterator[str]:
    if names_a_secret(Path(name)):
        yield "by its name it holds secrets"
        return
    for patterns, what in (
        (PICKLES, "a pickle can run code when it is loaded: save weights as safetensors"),
        (CODE, "code; models of hf_toxspan need none"),
        (DATA, "it looks like data; data are published apart, under their own licence"),
    ):
        if any(fnmatch(name.lower(), pattern) for pattern in patterns):
            yield what
            return
    if not any(fnmatch(name, pattern) for pattern in PUBLIC):
        yield "not known as a file of a model"


def _troubles_of_content(path: Path) -> Iterator[str]:
    with path.open("rb") as stream:
        start = stream.read(8)
    if start.startswith(_MAGIC):
        yield "it begins like a pickle or an archive"
    if path.suffix == ".safetensors":
        try:
            read_header(path)
        except ValueError as error:
            yield str(error)
        return
    if path.suffix == ".onnx":
        return
    content = path.read_bytes()
    secret = find_secret(content)
    if secret is not None:
        yield f"line {secret.line} looks like {secret.what}"
    if path.suffix == ".json":
        yield from _troubles_of_json(path.name, content)


def _troubles_of_json(name: str, content: bytes) -> Iterator[str]:
    try:
        stored = json.loads(content)
        found = sorted(set(_keys(stored)) & set(_CODE_KEYS)) if name in _CONFIGS else []
    except ValueError as error:
        yield f"no JSON: {error}"
        return
    except RecursionError:
        yield "its JSON is nested too deep"
        return
    if not isinstance(stored, dict):
        yield f"its JSON is a {type(stored).__name__}; expected an object"
    if found:
        yield f"it asks for code of its own by {', '.join(found)}: take that out"


def _keys(value: Any) -> Iterator[str]:
    """Yield every key, however deep."""
    if isinstance(value, Mapping):
        yield from value
    for own in value.values() if isinstance(value, Mapping) else value if isinstance(value, list) else ():
        yield from _keys(own)


def read_json(path: Path) -> Any:
    """Read a JSON file.

    Args:
        path: The file.

    Returns:
        Its values.

    Raises:
        FileNotFoundError: If there is none.
        ValueError: If it is no JSON.
    """
    if not path.is_file():
        raise FileNotFoundError(f"{os.fspath(path)} does not exist; expected a JSON file")
    try:
        return json.loads(path.read_bytes())
    except (ValueError, RecursionError) as error:
        raise ValueError(f"{os.fspath(path)} is no JSON: {error}") from error
