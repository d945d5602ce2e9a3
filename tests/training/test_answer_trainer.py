"""The loss on answers: TRL's own though no logits of questions are reckoned, or with openings that count alike."""

import math
from pathlib import Path

import pytest
import torch
from datasets import Dataset
from transformers import AutoModelForCausalLM, AutoTokenizer
from trl import SFTConfig, SFTTrainer

from hf_toxspan.training.answer_trainer import IGNORED, AnswerTrainer, answer_loss

pytestmark = pytest.mark.filterwarnings("ignore:.*gradient_checkpointing.*:FutureWarning")  # TRL asks by the old name

ROWS = [
    {"input_ids": [5, 6, 7, 8, 9, 10], "completion_mask": [0, 0, 0, 1, 1, 1]},
    {"input_ids": [11, 12, 13], "completion_mask": [0, 1, 1]},
    {"input_ids": [14, 15, 16, 17], "completion_mask": [0, 0, 1, 1]},
]


def trainer(chat_folder: Path, output: Path, *, accumulate: int = 1, opening: int = 0) -> AnswerTrainer:
    arguments = SFTConfig(
        output_dir=str(output),
        per_device_train_batch_size=2,
        gradient_accumulation_steps=accumulate,
        learning_rate=1e-2,
        max_steps=1,
        optim="sgd",
        max_grad_norm=0.0,
        completion_only_loss=True,
        max_length=None,
        gradient_checkpointing=False,
        bf16=False,
        use_cpu=True,
        report_to="none",
        save_strategy="no",
    )
    return AnswerTrainer(
        AutoModelForCausalLM.from_pretrained(chat_folder),
        arguments,
        opening=opening,
        train_dataset=Dataset.from_list(ROWS[:2] * accumulate),
        processing_class=AutoTokenizer.from_pretrained(chat_folder),
    )


def test_without_openings_loss_and_gradient_are_those_of_trl(chat_folder: Path, tmp_path: Path) -> None:
    own = trainer(chat_folder, tmp_path)
    batch = next(iter(own.get_train_dataloader()))
    found = []
    for kind in (AnswerTrainer, SFTTrainer):
        own.model.zero_grad()
        loss = kind.compute_loss(own, own.model, dict(batch))
        loss.backward()
        found.append((loss.detach(), own.model.model.embed_tokens.weight.grad.clone()))
    torch.testing.assert_close(found[0], found[1], atol=1e-5, rtol=1e-5)


def test_logits_are_reckoned_where_some_row_learns_and_nowhere_else(chat_folder: Path, tmp_path: Path) -> None:
    own = trainer(chat_folder, tmp_path)
    batch = dict(next(iter(own.get_train_dataloader())))
    _, outputs = own.compute_loss(own.model, batch, return_outputs=True)
    assert outputs.logits.shape[:2] == (2, 5)  # the shorter row learns at 0 and 1, the longer one at 2, 3 and 4
    batch["labels"] = torch.full_like(batch["input_ids"], IGNORED)
    batch["labels"][:, -1] = 3
    _, outputs = own.compute_loss(own.model, batch, return_outputs=True)
    assert outputs.logits.shape[:2] == (2, 1)


def test_two_accumulated_batches_that_are_equal_move_the_weights_as_one(chat_folder: Path, tmp_path: Path) -> None:
    moved = []
    for accumulate in (1, 2):
        own = trainer(chat_folder, tmp_path, accumulate=accumulate, opening=1)
        own.train_dataset = Dataset.from_list([own.train_dataset[0]] * 2 * accumulate)
        own.train()
        moved.append(own.model.lm_head.weight.detach().clone())
    torch.testing.assert_close(moved[0], moved[1])
    assert not torch.equal(moved[0], AutoModelForCausalLM.from_pretrained(chat_folder).lm_head.weight)


# Two answers over two words: the first one's tokens have probability 1/2 each, the second's only one 3/4.
HALF, SURE = [0.0, 0.0], [math.log(3), 0.0]
LOGITS = torch.tensor([[HALF, HALF, HALF], [SURE, HALF, HALF]])
LABELS = torch.tensor([[0, 1, 0], [0, IGNORED, IGNORED]])


def test_the_loss_by_hand() -> None:
    half, sure = math.log(2), -math.log(3 / 4)
    assert float(answer_loss(LOGITS, LABELS)) == pytest.approx((3 * half + sure) / 4)
    assert float(answer_loss(LOGITS, LABELS, opening=1)) == pytest.approx((half + sure) / 2 + half)
    assert float(answer_loss(LOGITS, LABELS, opening=2)) == pytest.approx((2 * half + sure) / 2 + half)
    assert float(answer_loss(LOGITS, LABELS, opening=9)) == pytest.approx((3 * half + sure) / 2)


def test_an_opening_counts_alike_whatever_follows_it() -> None:
    def weights(labels: torch.Tensor) -> list[float]:
        logits = torch.zeros(2, 3, 2, requires_grad=True)
        answer_loss(logits, labels, opening=1).backward()
        assert logits.grad is not None
        return [round(float(value), 6) for value in logits.grad[:, 0].abs().sum(dim=-1)]

    assert weights(LABELS) == weights(torch.tensor([[0, 1, 0], [0, 1, 0]])) == [0.5, 0.5]


def test_a_batch_that_teaches_nothing_has_loss_zero() -> None:
    assert float(answer_loss(LOGITS, torch.full_like(LABELS, IGNORED), opening=1)) == 0.0
