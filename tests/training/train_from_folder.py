"""Training runs from folders, for the tests of the trainers: alone, or as one of several processes.

torchrun --nproc_per_node 2 tests/training/train_from_folder.py MODEL DATA OUTPUT BATCH_SIZE
"""

import os
import sys
from pathlib import Path
from typing import Any

import torch
from datasets import load_from_disk

from hf_toxspan.data.collator import SpanCollator
from hf_toxspan.modeling.checkpoint import load_classifier
from hf_toxspan.modeling.rationale import RationaleForToxicSpans
from hf_toxspan.training.arguments import GradientConstrainedTrainingArguments, MultitaskRationaleTrainingArguments
from hf_toxspan.training.gradient_constrained import GradientConstrainedTrainer
from hf_toxspan.training.multitask_rationale import MultitaskRationaleTrainer

RUNS: dict[str, dict[str, Any]] = {
    "exact": {},
    "difference": {"gradient_method": "one_sided", "constraint_share": 0.5},
}
"""Folder below OUTPUT -> settings of its run, for a plain classifier."""

RATIONALE_RUNS: dict[str, dict[str, Any]] = {
    "weighted": {"class_weights": [0.5, 2.0]},
    "constrained": {"lambda_grad": 0.5, "consistency": "one_sided"},
}
"""The same for a rationale model."""


def train(model_folder: str, data_folder: str, output: str, batch_size: int) -> None:
    """Train once for each run of the model's kind."""
    # In float64, since the rounding of differences changes with the padding.
    model, _ = load_classifier(model_folder, dtype=torch.float64)
    runs = RATIONALE_RUNS if isinstance(model, RationaleForToxicSpans) else RUNS
    for name, settings in runs.items():
        _train(model_folder, data_folder, str(Path(output, name)), batch_size, settings)


def _train(model_folder: str, data_folder: str, output: str, batch_size: int, settings: dict[str, Any]) -> None:
    """Train for three epochs, a plain classifier constrained after the first, and save the model."""
    model, tokenizer = load_classifier(model_folder, dtype=torch.float64)
    trainers: tuple[Any, Any] = (GradientConstrainedTrainer, GradientConstrainedTrainingArguments)
    if isinstance(model, RationaleForToxicSpans):
        trainers = (MultitaskRationaleTrainer, MultitaskRationaleTrainingArguments)
    else:
        settings = {"warmup_epochs": 1, **settings}
    make_trainer, make_arguments = trainers
    args = make_arguments(
        output,
        per_device_train_batch_size=batch_size,
        num_train_epochs=3,
        learning_rate=0.1,
        lr_scheduler_type="constant",
        optim="sgd",
        max_grad_norm=0,
        logging_steps=1,
        save_strategy="no",
        use_cpu=True,
        ddp_backend="gloo" if "WORLD_SIZE" in os.environ else None,
        disable_tqdm=True,
        **settings,
    )
    trainer = make_trainer(
        model,
        args,
        train_dataset=load_from_disk(data_folder),
        data_collator=SpanCollator(tokenizer),
        processing_class=tokenizer,
    )
    trainer.train()
    trainer.save_model()
    trainer.save_state()


if __name__ == "__main__":
    torch.set_num_threads(1)
    train(sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4]))
