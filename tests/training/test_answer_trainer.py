"""The loss on answers is TRL's own, though no logits of questions are reckoned."""

from pathlib import Path
from typing import Any

import pytest
import torch
from datasets import Dataset
from torch import Tensor
from transformers import AutoModelForCausalLM, AutoTokenizer
from trl import SFTConfig, SFTTrainer

from hf_toxspan.training.answer_trainer import IGNORED, AnswerTrainer

pytestmark = pytest.mark.filterwarnings("ignore:.*gradient_checkpointing.*:FutureWarning")

ROWS = [
    {"input_ids": [5, 6, 7, 8, 9, 10], "completion_mask": [0, 0, 0, 1, 1, 1]},
    {"input_ids": [11, 12, 13], "completion_mask": [0, 1, 1]},
]


@pytest.fixture
def trainer(chat_folder: Path, tmp_path: Path) -> AnswerTrainer:
    """A trainer of the tiny chat model on two short rows."""
    arguments = SFTConfig(
        output_dir=str(tmp_path),
        per_device_train_batch_size=2,
        completion_only_loss=True,
        max_length=None,
        gradient_checkpointing=False,
        bf16=False,
        use_cpu=True,
        report_to="none",
    )
    return AnswerTrainer(
        AutoModelForCausalLM.from_pretrained(chat_folder),
        arguments,
        train_dataset=Dataset.from_list(ROWS),
        processing_class=AutoTokenizer.from_pretrained(chat_folder),
    )


def loss_and_gradient(trainer: AnswerTrainer, compute: Any, items: Tensor | None) -> tuple[Tensor, Tensor]:
    batch = next(iter(trainer.get_train_dataloader()))
    trainer.model.zero_grad()
    loss = compute(trainer, trainer.model, dict(batch), num_items_in_batch=items)
    loss.backward()
    return loss.detach(), trainer.model.model.embed_tokens.weight.grad.clone()


@pytest.mark.parametrize("items", [None, torch.tensor(20)])
def test_loss_and_gradient_are_those_of_trl(trainer: AnswerTrainer, items: Tensor | None) -> None:
    own = loss_and_gradient(trainer, AnswerTrainer.compute_loss, items)
    theirs = loss_and_gradient(trainer, SFTTrainer.compute_loss, items)
    torch.testing.assert_close(own, theirs, atol=1e-5, rtol=1e-5)


def test_logits_are_reckoned_where_an_answer_is_learnt_and_nowhere_else(trainer: AnswerTrainer) -> None:
    batch = next(iter(trainer.get_train_dataloader()))
    _, outputs = trainer.compute_loss(trainer.model, dict(batch), return_outputs=True)
    assert outputs.logits.shape[:2] == (2, 5)  # the shorter row learns at 0 and 1, the longer one at 2, 3 and 4
    longer = {name: values[:1] if len(values[0]) else values for name, values in batch.items()}
    longer["labels"] = torch.full_like(longer["input_ids"], IGNORED)
    longer["labels"][:, -1] = 3
    _, outputs = trainer.compute_loss(trainer.model, longer, return_outputs=True)
    assert outputs.logits.shape[:2] == (1, 1)
