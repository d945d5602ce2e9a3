"""A model's folder made ready for the Hub: its files chosen, its card written from what lies in it and was measured."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from transformers import AutoConfig

from hf_toxspan.cards.data_sources import Source
from hf_toxspan.cards.model_card import Statement, write_model_card
from hf_toxspan.cards.model_facts import describe, kind_of
from hf_toxspan.cards.rendering import is_ours
from hf_toxspan.cards.reports import ReadReport
from hf_toxspan.cards.training_facts import FILE, TrainingFacts
from hf_toxspan.hub.files import Chosen, choose_files, read_json
from hf_toxspan.hub.parcel import Content, Parcel
from hf_toxspan.hub.weights import measure_weights
from hf_toxspan.modeling.labels import read_toxic_labels

CONFIG, ADAPTER = "config.json", "adapter_config.json"
RUN, OPTIONS, JUDGE, SRAG = "run.json", "options.json", "judge.json", "srag.json"
"""What recipes leave in the folder of a run: data and counts, options, and what a chat model was taught."""


@dataclass(frozen=True)
class ModelFolder:
    """What a folder holds of a model.

    Attributes:
        folder: The folder.
        chosen: Its files that are published.
        config: Its configuration.
        training: The record of its training run; None where there is none.
        run: What a recipe wrote of its data, by name; empty where there is nothing.
        taught: What a recipe wrote of a chat model, by name.
    """

    folder: Path
    chosen: Chosen
    config: Mapping[str, Any]
    training: TrainingFacts | None
    run: Mapping[str, Any]
    taught: Mapping[str, Any]

    @property
    def judge(self) -> bool:
        """Whether it is a chat model that judges."""
        return "prompt" in self.taught


def open_model(folder: Path, *, exclude: Sequence[str] = ()) -> ModelFolder:
    """Look into a model's folder.

    Args:
        folder: The folder.
        exclude: Names or patterns of files that stay behind.

    Returns:
        What it holds.

    Raises:
        FileNotFoundError: If there is no such folder, or no configuration in it.
        ValueError: If something in it must not be published, or is no model of ours.
    """
    chosen = choose_files(folder, exclude=exclude)
    name = next((own for own in (ADAPTER, CONFIG) if own in chosen.files), None)
    if name is None:
        raise FileNotFoundError(f"{folder} has no {CONFIG} and no {ADAPTER}; expected the folder of a model")
    config = read_json(folder / name)
    if kind_of(config) in ("span_classifier", "rationale_model"):
        config |= _toxic_labels(folder)
    if not any(own.endswith((".safetensors", ".onnx")) for own in chosen.files):
        raise FileNotFoundError(f"{folder} has no weights; expected model.safetensors, as save_pretrained writes it")
    record = read_json(folder / FILE) if FILE in chosen.files else None
    # A chat model lies in a folder of its run's folder.
    places = (folder, folder.resolve().parent) if folder.resolve().name in ("adapter", "merged") else (folder,)
    return ModelFolder(
        folder,
        chosen,
        config,
        None if record is None else TrainingFacts.from_dict(record, where=str(folder / FILE)),
        _first(places, RUN, OPTIONS),
        _first(places, JUDGE, SRAG),
    )


def _toxic_labels(folder: Path) -> dict[str, Any]:
    """Return which labels are toxic, as whoever loads the model will find out."""
    labels = read_toxic_labels(AutoConfig.from_pretrained(folder))
    return {"toxic_labels": [labels.names[place] for place in labels.toxic]}


def _first(places: Sequence[Path], *names: str) -> dict[str, Any]:
    for place in places:
        for name in names:
            if (place / name).is_file():
                stored = read_json(place / name)
                return stored if isinstance(stored, dict) else {}
    return {}


def pack_model(
    model: ModelFolder,
    statement: Statement,
    *,
    reports: Sequence[ReadReport] = (),
    readme: str = "write",
) -> Parcel:
    """Make the parcel of a model.

    Args:
        model: What its folder holds.
        statement: What its author states; what the folder says itself is added.
        reports: What was measured.
        readme: "write" a card, but not over one that somebody wrote by hand; "replace" that one too; "keep" the
            folder's.

    Returns:
        The files, the card among them.

    Raises:
        FileExistsError: If a README was written by hand, and nobody said what to do with it.
        FileNotFoundError: If there is no README to keep.
        ValueError: If an adapter names a local folder as the model below it.
    """
    files: dict[str, Content] = dict(model.chosen.files)
    if ADAPTER in files:
        files[ADAPTER] = _public_adapter(model, statement.base_model)
    own = model.folder / "README.md"
    _check_readme(own, readme)
    files["README.md"] = own.read_bytes() if readme == "keep" else _card(model, statement, reports).encode()
    left_out = {name: why for name, why in model.chosen.left_out.items() if name != "README.md"}
    return Parcel("model", files, left_out)


def _check_readme(own: Path, readme: str) -> None:
    if readme == "keep" and not own.is_file():
        raise FileNotFoundError(f"{own} does not exist; leave --keep-readme out to have a card written")
    if readme == "write" and own.is_file() and not is_ours(own.read_text(encoding="utf-8", errors="replace")):
        raise FileExistsError(
            f"{own} was not written by hf_toxspan; pass --keep-readme to publish it as it is, or --replace-readme to "
            "publish a card written from the model's files (the file itself stays as it is)"
        )


def _card(model: ModelFolder, statement: Statement, reports: Sequence[ReadReport]) -> str:
    weights = measure_weights(path for name, path in model.chosen.files.items() if name.endswith(".safetensors"))
    facts = describe(
        model.config,
        parameters=None if weights is None else weights.parameters,
        size=sum(path.stat().st_size for name, path in model.chosen.files.items() if name.endswith(_WEIGHTS)),
        dtype=None if weights is None else weights.dtype,
    )
    if statement.base_model is None and not is_public(facts.base_model):
        facts = replace(facts, base_model=None)
    sources = statement.sources or [Source(name) for name in _listed(model.run.get("sources", model.run.get("train")))]
    return write_model_card(
        facts,
        replace(
            statement,
            sources=sources,
            counts=statement.counts or model.run.get("counts") or {},
            judge=statement.judge or model.judge,
            record=statement.record or _flat(model.taught),
        ),
        training=model.training,
        reports=reports,
    )


_WEIGHTS = (".safetensors", ".onnx")


def _listed(value: Any) -> list[str]:
    return [value] if isinstance(value, str) else [str(own) for own in value or ()]


def _flat(record: Mapping[str, Any]) -> dict[str, Any]:
    """Write a recipe's record a line a value."""
    found: dict[str, Any] = {}
    for name, own in record.items():
        if isinstance(own, Mapping):
            found |= {f"{name.replace('_', ' ')}: {key}": value for key, value in own.items()}
        else:
            found[name.replace("_", " ")] = own
    return found


def _public_adapter(model: ModelFolder, base: str | None) -> bytes:
    """Return an adapter's configuration that names a model which others can load."""
    named = base or model.config.get("base_model_name_or_path")
    if not is_public(named):
        raise ValueError(
            f"{model.folder / ADAPTER} names {named!r} as the model below the adapter, which nobody else can load; "
            "pass --base-model namespace/name"
        )
    return (
        json.dumps({**model.config, "base_model_name_or_path": named}, ensure_ascii=False, indent=2) + "\n"
    ).encode()


def is_public(name: Any) -> bool:
    """Return whether a name is a Hub id rather than a folder of this machine."""
    return isinstance(name, str) and bool(name) and name[0] not in "/.~" and "\\" not in name and name.count("/") <= 1
