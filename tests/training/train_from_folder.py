"""Training runs from folders, for `test_gradient_constrained.py`: alone, or as one of several processes.

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
from hf_toxspan.training.arguments import GradientConstrainedTrainingArguments
from hf_toxspan.training.gradient_constrained import GradientConstrainedTrainer

RUNS: dict[str, dict[str, Any]] = {
    "exact": {},
    "difference": {"gradient_method": "one_sided", "constraint_share": 0.5},
}
"""Folder below OUTPUT -> settings of its run."""


def train(model_folder: str, data_folder: str, output: str, batch_size: int) -> None:
    """Train once for each of `RUNS`."""
    for name, settings in RUNS.items():
        _train(model_folder, data_folder, str(Path(output, name)), batch_size, settings)


def _train(model_folder: str, data_folder: str, output: str, batch_size: int, settings: dict[str, Any]) -> None:
    """Train for three epochs, constrained after the first, and save the model."""
    # In float64, since the rounding of differences changes with the padding.
    model, tokenizer = load_classifier(model_folder, dtype=torch.float64)
    args = GradientConstrainedTrainingArguments(
        output,
        per_device_train_batch_size=batch_size,
        num_train_epochs=3,
        warmup_epochs=1,
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
    trainer = GradientConstrainedTrainer(
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
