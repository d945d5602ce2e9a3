"""Promises of `GradientConstrainedTrainer` where rows have reasons."""

import copy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from datasets import Dataset
from torch import Tensor
from torch.nn.functional import cross_entropy
from transformers import BertForSequenceClassification, PreTrainedTokenizerBase

from hf_toxspan.data.collator import SpanCollator
from hf_toxspan.data.encoding import encode
from hf_toxspan.training.arguments import GradientConstrainedTrainingArguments
from hf_toxspan.training.contrast import REASON_INPUTS, Contrast, contrast_sum
from hf_toxspan.training.gradient_constrained import GradientConstrainedTrainer, count_texts

Build = Callable[..., GradientConstrainedTrainer]


@pytest.fixture
def reasoned(rows: list[dict[str, Any]], tiny_tokenizer: PreTrainedTokenizerBase) -> Dataset:
    """The rows of the trainers' tests, every second of them with both reasons."""
    spoken = [("stupid trash", "nice people"), ("dumb idiot", "good friend"), ("蠢货", "朋友"), ("ngu", "xin chào")]
    sides = [spoken[place // 2 % 4] if place % 2 == 0 else (None, None) for place in range(len(rows))]
    data = [{**row, "reason_toxic": for_, "reason_clean": to} for row, (for_, to) in zip(rows, sides, strict=True)]
    return encode(Dataset.from_list(data), tiny_tokenizer, label2id={"clean": 0, "toxic": 1}, max_length=128)


@pytest.fixture
def build(
    lively_model: BertForSequenceClassification,
    reasoned: Dataset,
    tiny_tokenizer: PreTrainedTokenizerBase,
    tmp_path: Path,
) -> Build:
    def make(*, reasons: bool = True, **settings: Any) -> GradientConstrainedTrainer:
        columns = ["agreeing_input_ids", "opposing_input_ids"]
        defaults = {"warmup_epochs": 0, "num_train_epochs": 1, "learning_rate": 0.05, "lambda_sem": 0.5}
        options = {**defaults, "per_device_train_batch_size": 8, **settings}
        args = GradientConstrainedTrainingArguments(
            str(tmp_path / "run"),
            **options,
            optim="sgd",
            lr_scheduler_type="constant",
            max_grad_norm=0,
            logging_steps=1,
            save_strategy="no",
            use_cpu=True,
            disable_tqdm=True,
        )
        return GradientConstrainedTrainer(
            copy.deepcopy(lively_model),
            args,
            train_dataset=reasoned if reasons else reasoned.remove_columns(columns),
            data_collator=SpanCollator(tiny_tokenizer),
            processing_class=tiny_tokenizer,
        )

    return make


def losses(trainer: GradientConstrainedTrainer) -> list[dict[str, float]]:
    return [entry for entry in trainer.state.log_history if "loss" in entry]


def weights(trainer: GradientConstrainedTrainer) -> Tensor:
    return torch.cat([parameter.detach().flatten() for parameter in trainer.model.parameters()])


def test_logged_parts_add_up_to_the_loss_with_the_contrast(build: Build) -> None:
    trainer = build(lambda_grad=0.3)

    trainer.train()

    for logged in losses(trainer):
        entropy, pgr, ppt, contrast = (logged[name] for name in GradientConstrainedTrainer.PARTS)
        assert entropy + 0.3 * (pgr + ppt) + 0.5 * contrast == pytest.approx(logged["loss"], abs=1e-5)
        assert contrast > 0.1


def test_the_contrast_begins_when_warm_up_ends(build: Build) -> None:
    trainer = build(warmup_epochs=1, num_train_epochs=2)

    trainer.train()

    assert [entry["loss_con"] > 0 for entry in losses(trainer)] == [False, False, True, True]


def test_without_its_weight_reasons_change_nothing(build: Build) -> None:
    ignored, absent = build(lambda_sem=0), build(reasons=False)

    ignored.train()
    absent.train()

    torch.testing.assert_close(weights(ignored), weights(absent), rtol=0, atol=0)


def test_training_draws_texts_to_the_reasons_that_agree(build: Build) -> None:
    trainer = build(lambda_grad=0, num_train_epochs=12)

    trainer.train()

    logged = [entry["loss_con"] for entry in losses(trainer)]
    assert sum(logged[-4:]) < 0.6 * sum(logged[:4])


def test_texts_are_counted_by_what_they_enter(reasoned: Dataset, tiny_tokenizer: PreTrainedTokenizerBase) -> None:
    batch = SpanCollator(tiny_tokenizer)([reasoned[place] for place in range(7)])

    assert count_texts(batch).tolist() == [7, 4, 4]
    assert count_texts({name: batch[name] for name in batch.keys() - REASON_INPUTS}).tolist() == [7, 4, 0]


def test_accumulated_batches_share_one_divisor(
    build: Build, reasoned: Dataset, tiny_tokenizer: PreTrainedTokenizerBase
) -> None:
    """The contrast of an optimisation step is the mean over all its texts, each with its own batch's negatives."""
    trainer = build(lambda_grad=0, lambda_sem=1)
    collate = SpanCollator(tiny_tokenizer)
    parts = [collate([reasoned[place] for place in places]) for places in ((0, 1, 2), (3, 4, 5, 6))]

    batches, counts = trainer.get_batch_samples(iter(parts), 2, torch.device("cpu"))
    total = sum(trainer.compute_loss(trainer.model.train(), batch, num_items_in_batch=counts) for batch in batches)

    contrast = Contrast(temperature=0.1, gamma=1.0)
    sums = [
        contrast_sum(trainer.model, {"input_ids": b["input_ids"], "attention_mask": b["attention_mask"]}, b, contrast)
        for b in parts
    ]
    entropy = sum(
        cross_entropy(trainer.model(b["input_ids"], b["attention_mask"]).logits, b["labels"], reduction="sum")
        for b in parts
    )
    assert counts.tolist()[2] == 4
    torch.testing.assert_close(total, entropy / 7 + sum(sums) / 4, rtol=0, atol=1e-5)
