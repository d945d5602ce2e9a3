"""What our trainers share when they save and publish: a record of the run beside the weights, and our card.

The record is JSON (`hf_toxspan.cards.training_facts`). It stands in the place of ``training_args.bin``, a pickle that
nothing reads and that no folder should hold which others load.
"""

import json
import logging
import os
import platform
import re
from collections.abc import Mapping, Sequence
from dataclasses import fields
from importlib.metadata import version
from pathlib import Path
from typing import Any, ClassVar

import torch
from transformers import PreTrainedModel, TrainingArguments
from transformers.trainer_utils import HubStrategy

from hf_toxspan._version import __version__
from hf_toxspan.cards.data_sources import Source
from hf_toxspan.cards.model_card import Statement, write_model_card
from hf_toxspan.cards.model_facts import describe
from hf_toxspan.cards.rendering import is_ours
from hf_toxspan.cards.reports import read_report
from hf_toxspan.cards.training_facts import FILE, TrainingFacts

logger = logging.getLogger(__name__)

COMMON = (
    "learning_rate", "per_device_train_batch_size", "gradient_accumulation_steps", "num_train_epochs", "max_steps",
    "weight_decay", "warmup_steps", "lr_scheduler_type", "optim", "max_grad_norm", "label_smoothing_factor", "bf16",
    "fp16", "train_sampling_strategy", "load_best_model_at_end", "metric_for_best_model", "seed",
)  # fmt: skip
"""Arguments of `transformers.TrainingArguments` that shape a model; the others are about this machine and its user."""


class RecordedRun:
    """Goes before a `transformers.Trainer` among the bases of a trainer: a record of the run, a card, no pickle."""

    args: Any
    state: Any
    model: Any
    accelerator: Any
    train_dataset: Any
    eval_dataset: Any
    _resumed = False

    FRAMEWORKS: ClassVar[tuple[str, ...]] = ("torch", "transformers", "tokenizers", "datasets")
    """Packages whose versions are recorded."""

    @property
    def judges(self) -> bool:
        """Whether what is trained judges texts, so that its card says so."""
        return False

    def train(self, resume_from_checkpoint: str | bool | None = None, **kwargs: Any) -> Any:
        """Train as usual; the record tells whether the run went on from a checkpoint."""
        self._resumed = bool(resume_from_checkpoint)
        return super().train(resume_from_checkpoint, **kwargs)  # type: ignore[misc]

    def save_model(self, output_dir: str | None = None, _internal_call: bool = False) -> None:
        """Save as usual, with a record of the run in the place of the pickled arguments."""
        super().save_model(output_dir, _internal_call)  # type: ignore[misc]
        if self.args.should_save:
            folder = Path(output_dir or self.args.output_dir)
            (folder / "training_args.bin").unlink(missing_ok=True)
            write_record(folder, self.record())

    def record(self) -> TrainingFacts:
        """Return what there is to say of the run so far."""
        log = self.state.log_history
        seconds = [entry["train_runtime"] for entry in log if "train_runtime" in entry]
        return TrainingFacts(
            trainer=type(self).__name__,
            made_by=f"hf_toxspan {__version__}",
            base_model=hub_id(self._unwrapped()),
            arguments=hyperparameters(self.args),
            texts=_sizes(train=self.train_dataset, eval=self.eval_dataset),
            epochs=None if self.state.epoch is None else round(self.state.epoch, 2),
            steps=self.state.global_step,
            seconds=seconds[-1] if seconds else None,
            resumed=self._resumed,
            device=_device(self.args.device),
            processes=self.args.world_size,
            evaluations=[entry for entry in log if any(name.startswith("eval_") for name in entry)],
            versions={"Python": platform.python_version(), **{name: version(name) for name in self.FRAMEWORKS}},
        )

    def create_model_card(
        self,
        *,
        model_name: str | None = None,
        language: str | Sequence[str] | None = None,
        license: str | None = None,  # the name that `transformers` gives it
        tags: str | Sequence[str] | None = None,
        finetuned_from: str | None = None,
        dataset: str | Sequence[str] | None = None,
        reports: Sequence[str | os.PathLike[str]] = (),
        notes: str = "",
    ) -> None:
        """Write our card as README.md into the output folder; one that somebody wrote by hand is left as it is.

        ``push_to_hub(license="mit", reports=["report.json"])`` passes its own keyword arguments on.

        Args:
            model_name: What the model is called; the folder's name when None.
            language: ISO codes.
            license: The Hub's name of it.
            tags: Further tags.
            finetuned_from: Hub id of the model that training began with; what the model says when None.
            dataset: What it learnt from, as `hf_toxspan.data.sources.load_data` takes it, or any name.
            reports: Files that ``hf-toxspan evaluate --output`` or a recipe wrote.
            notes: A text of your own, in Markdown.

        Raises:
            ValueError: If a file is no report.
        """
        if not self.is_world_process_zero():  # type: ignore[attr-defined]
            return
        path = Path(self.args.output_dir, "README.md")
        if path.is_file() and not is_ours(path.read_text(encoding="utf-8", errors="replace")):
            logger.warning(
                "%s was not written by hf_toxspan and stays as it is; delete it to have a card written", path
            )
            return
        statement = Statement(
            model_name or Path(self.args.output_dir).absolute().name,
            repo=self.hub_model_id,  # type: ignore[attr-defined]
            licence=license,
            languages=_listed(language),
            base_model=finetuned_from,
            sources=[Source(name) for name in _listed(dataset)],
            notes=notes,
            judge=self.judges,
            tags=_listed(tags),
        )
        read = [read_report(json.loads(Path(own).read_bytes()), where=str(own)) for own in reports]
        card = write_model_card(self._facts(), statement, training=self.record(), reports=read)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(card, encoding="utf-8")

    def _push_from_checkpoint(self, checkpoint_folder: str) -> None:
        """Publish weights, record and card after a checkpoint was saved; optimiser state stays here."""
        if self.args.hub_strategy != HubStrategy.END:
            self.push_to_hub(f"Training in progress, step {self.state.global_step}")  # type: ignore[attr-defined]

    def _unwrapped(self) -> Any:
        return self.accelerator.unwrap_model(self.model)

    def _facts(self) -> Any:
        model = self._unwrapped()
        if isinstance(model, PreTrainedModel):
            config = {**model.config.to_dict(), "architectures": [type(model).__name__]}
        else:  # peft's: the adapter is what is saved
            (adapter, *_) = model.peft_config.values()
            config = {**adapter.to_dict(), "base_model_name_or_path": hub_id(model)}
        return describe(config, parameters=sum(own.numel() for own in model.parameters()), dtype=None)


def write_record(folder: Path, record: TrainingFacts) -> None:
    """Write the record of a run so that it is there whole or not at all.

    Args:
        folder: Of the model.
        record: The record.
    """
    draft = folder / f"{FILE}.{os.getpid()}.partial"
    draft.write_text(json.dumps(record.to_dict(), ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    draft.replace(folder / FILE)


def hyperparameters(arguments: TrainingArguments) -> dict[str, Any]:
    """Return the arguments that shape a model: our own, the `COMMON` ones, and others that are not at their defaults.

    Args:
        arguments: Any training arguments.

    Returns:
        JSON values by name, without places, tokens and names of this machine.
    """
    stock = {own.name for own in fields(TrainingArguments)}
    ours = type(arguments).__module__.startswith("hf_toxspan")
    names = [name for name in COMMON if name in stock]
    names += [
        own.name
        for own in fields(arguments)
        if own.name not in stock
        and (ours or getattr(arguments, own.name) != own.default)
        and not re.search(r"path|dir|token|repo|url|name", own.name)
    ]
    values = {name: getattr(arguments, name) for name in names}
    return {name: own.value if _is_enum(own) else own for name, own in values.items() if _is_json(own)}


def _is_enum(value: Any) -> bool:
    return isinstance(value, str) and type(value) is not str


def _is_json(value: Any) -> bool:
    return isinstance(value, str | int | float) or (
        isinstance(value, list) and all(isinstance(own, str | int | float) for own in value)
    )


def hub_id(model: Any) -> str | None:
    """Return the Hub id of the model that training began with.

    Args:
        model: A model, perhaps with adapters.

    Returns:
        The id; None where it was a folder, or is not known.
    """
    config = model.config
    for name in (config.name_or_path, config.text_config.name_or_path if "text_config" in config else None):
        if name and not Path(name).exists() and re.fullmatch(r"[\w-][\w.-]*(/[\w-][\w.-]*)?", name):
            return str(name)
    return None


def _sizes(**datasets: Any) -> dict[str, int]:
    return {name: len(own) for name, own in datasets.items() if own is not None and not isinstance(own, Mapping)}


def _device(device: torch.device) -> str:
    if device.type == "cuda":
        return str(torch.cuda.get_device_name(device))
    return f"{device.type}, {torch.get_num_threads()} threads" if device.type == "cpu" else device.type


def _listed(value: str | Sequence[str] | None) -> list[str]:
    return [value] if isinstance(value, str) else list(value or ())
