"""Promises of `hf_toxspan.training.quadruple_encoder`."""

import copy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from datasets import Dataset
from torch.nn.functional import binary_cross_entropy_with_logits, cross_entropy
from transformers import BertForSequenceClassification, PreTrainedTokenizerBase

from hf_toxspan.core.alignment import IGNORED
from hf_toxspan.core.quadruple_pairing import writing_order
from hf_toxspan.core.quadruples import GROUPS, Quadruple
from hf_toxspan.data.quadruple_encoding import QuadrupleCollator, encode_quadruples
from hf_toxspan.modeling.quadruple_encoder import QuadrupleEncoder, QuadrupleOutput
from hf_toxspan.modeling.quadruple_extraction import QuadrupleExtractor
from hf_toxspan.training.quadruple_encoder import (
    PARTS,
    QuadrupleTrainer,
    QuadrupleTrainingArguments,
    count_learnt,
    quadruple_sums,
)
from tests.toy_quadruples import build_encoder, quad, row, toy_rows
from tests.training.runs import PLAIN, assert_equal, losses, weights

Build = Callable[..., QuadrupleTrainer]

LONG, SAID = "they are kind and she is dumb", "what is idiot"
ROWS = [
    row(LONG, quad(LONG, "they", "kind", hateful=False), quad(LONG, "she", "dumb", ["Sexism"])),
    row("hello world"),
    row(SAID, quad(SAID, None, "idiot", ["others"])),
    row("people are ugly", quad("people are ugly", "persons", "ugly", ["Racism", "Sexism"])),
    row("xin chào", quad("xin chào", "xin", "goodbye", hateful=False)),
    *toy_rows()[:9],
]
"""14 rows of uneven length with 0 to 2 pairs; one has no quadruple, two hold a string that is not in the text."""


@pytest.fixture(scope="module")
def encoded(tiny_tokenizer: PreTrainedTokenizerBase) -> Dataset:
    return encode_quadruples(Dataset.from_list(ROWS), tiny_tokenizer, groups=GROUPS, max_length=64).rows


@pytest.fixture
def build(encoded: Dataset, tiny_tokenizer: PreTrainedTokenizerBase, tmp_path: Path) -> Build:
    """A function that makes a trainer of a fresh model in float64, without dropout."""
    model = build_encoder(tiny_tokenizer, lively=True, head_dropout=0.0).double()

    def make(**settings: Any) -> QuadrupleTrainer:
        own = {name: settings.pop(name) for name in ("eval_rows", "eval_dataset", "train_dataset") if name in settings}
        return QuadrupleTrainer(
            copy.deepcopy(model),
            QuadrupleTrainingArguments(tmp_path / "run", **{**PLAIN, **settings}),
            data_collator=QuadrupleCollator(tiny_tokenizer, len(GROUPS)),
            processing_class=tiny_tokenizer,
            **{"train_dataset": encoded, **own},
        )

    return make


def test_the_loss_of_a_step_is_the_weighted_sum_of_means(build: Build) -> None:
    trainer = build(lambda_target=0.5, lambda_argument=2.0, lambda_pair=3.0, per_device_train_batch_size=14)
    batch = next(iter(trainer.get_train_dataloader()))
    output = trainer.model(**{name: batch[name] for name in ("input_ids", "attention_mask", "pairs")})
    tags = [
        cross_entropy(output[f"{name}_logits"].flatten(0, 1), batch[f"{name}_tags"].flatten(), ignore_index=IGNORED)
        for name in ("target", "argument")
    ]
    pairs = zip(output.pair_logits.flatten(0, 1), batch["pair_labels"].flatten(0, 1).double(), strict=True)
    known = [(own, labels) for own, labels in pairs if labels[0] != IGNORED]
    each = [
        binary_cross_entropy_with_logits(own[:1], labels[:1])
        + (binary_cross_entropy_with_logits(own[1:], labels[1:], reduction="sum") if labels[1] != IGNORED else 0)
        for own, labels in known
    ]

    expected = 0.5 * tags[0] + 2.0 * tags[1] + 3.0 * torch.stack(each).mean()

    assert len(each) == 12
    assert trainer.compute_loss(trainer.model, batch).item() == pytest.approx(expected.item(), abs=1e-6)


def test_nothing_to_learn_is_no_loss(tiny_tokenizer: PreTrainedTokenizerBase) -> None:
    rows = encode_quadruples(Dataset.from_list([row("hello")]), tiny_tokenizer, groups=GROUPS, max_length=8).rows
    batch = QuadrupleCollator(tiny_tokenizer, len(GROUPS))(list(rows))
    output = build_encoder(tiny_tokenizer)(batch["input_ids"], pairs=batch["pairs"])

    assert count_learnt(batch).tolist() == [0, 0, 0]
    assert [own.item() for own in quadruple_sums(output, batch)] == [0, 0, 0]


def test_an_output_without_pairs_is_refused() -> None:
    with pytest.raises(ValueError, match="the output holds no pair_logits"):
        quadruple_sums(QuadrupleOutput(torch.zeros(1, 2, 3), torch.zeros(1, 2, 3)), {})


@pytest.mark.parametrize(("batch_size", "accumulated"), [(4, 2), (1, 8)])
def test_accumulation_changes_neither_parameters_nor_logged_losses(
    build: Build, batch_size: int, accumulated: int
) -> None:
    """14 rows in steps of 8: two steps, the last one ragged, with unevenly many pairs a micro-batch."""
    whole = build()
    start = weights(whole)
    whole.train()
    parts = build(per_device_train_batch_size=batch_size, gradient_accumulation_steps=accumulated)

    parts.train()

    assert parts.state.global_step == whole.state.global_step == 2
    assert_equal(weights(parts), weights(whole), 1e-6)
    assert max((weights(whole)[name] - start[name]).abs().max() for name in start) > 1e-2
    for found, expected in zip(losses(parts), losses(whole), strict=True):
        for name in ("loss", *PARTS):
            assert found[name] == pytest.approx(expected[name], abs=1e-5), name


def test_logged_parts_add_up_to_the_loss(build: Build) -> None:
    trainer = build(lambda_argument=2.0, lambda_pair=0.5, per_device_train_batch_size=2, logging_steps=2)

    trainer.train()

    for logged in losses(trainer):
        total = logged["loss_target"] + 2.0 * logged["loss_argument"] + 0.5 * logged["loss_pair"]
        assert total == pytest.approx(logged["loss"], abs=1e-5)


def test_a_resumed_run_ends_where_an_uninterrupted_one_does(build: Build) -> None:
    settings = {"num_train_epochs": 3, "optim": "adamw_torch", "learning_rate": 1e-3}
    whole = build(**settings, save_strategy="steps", save_steps=3)
    whole.train()
    resumed = build(**settings)

    resumed.train(resume_from_checkpoint=str(Path(whole.args.output_dir) / "checkpoint-3"))

    assert_equal(weights(resumed), weights(whole), 1e-6)


def test_a_rule_is_learnt_in_seconds(tiny_tokenizer: PreTrainedTokenizerBase, tmp_path: Path) -> None:
    rows = toy_rows()
    held = rows[::5]
    train = [own for own in rows if own not in held]
    groups = writing_order(said["group"] for own in train for said in own["quads"])
    encoded = [
        encode_quadruples(Dataset.from_list(part), tiny_tokenizer, groups=groups, max_length=32).rows
        for part in (train, held)
    ]
    settings = {**PLAIN, "optim": "adamw_torch", "learning_rate": 5e-3, "num_train_epochs": 25, "logging_steps": 50}
    trainer = QuadrupleTrainer(
        build_encoder(tiny_tokenizer, groups=groups),
        QuadrupleTrainingArguments(tmp_path, **settings),
        train_dataset=encoded[0],
        eval_dataset=encoded[1],
        eval_rows=held,
        data_collator=QuadrupleCollator(tiny_tokenizer, len(GROUPS)),
        processing_class=tiny_tokenizer,
    )
    before = trainer.evaluate()

    trainer.train()

    after = trainer.evaluate()
    assert before["eval_average_f1"] < 0.2 and after["eval_average_f1"] > 0.9
    assert after["eval_loss"] < 0.2 < before["eval_loss"]
    assert after["eval_average_f1"] == (after["eval_hard_f1"] + after["eval_soft_f1"]) / 2
    (found,) = QuadrupleExtractor(trainer.model, tiny_tokenizer)(["they are dumb friend"])
    assert [own.quadruple for own in found] == [Quadruple("they", "dumb", "Region", True)]


def test_a_stream_may_end_before_the_steps_do(build: Build, encoded: Dataset) -> None:
    trainer = build(train_dataset=encoded.to_iterable_dataset(), max_steps=5, gradient_accumulation_steps=2)

    trainer.train()

    assert trainer.state.global_step == 5


def test_predictions_are_about_other_rows(build: Build, encoded: Dataset) -> None:
    metrics = build(eval_rows=ROWS[2:3]).predict(encoded).metrics

    assert metrics["test_loss"] > 0 and "test_average_f1" not in metrics


def test_rows_that_are_encoded_otherwise_are_told_how_to_do_it(build: Build, encoded: Dataset) -> None:
    trainer = build()
    batch = next(iter(trainer.get_train_dataloader()))
    del batch["pairs"]

    with pytest.raises(ValueError, match=r"the batch has no pairs, only input_ids.*encode_quadruples"):
        trainer.compute_loss(trainer.model, batch)


def test_another_model_is_refused(tiny_model: BertForSequenceClassification, tmp_path: Path) -> None:
    args = QuadrupleTrainingArguments(tmp_path, use_cpu=True)

    with pytest.raises(TypeError, match="model is a BertForSequenceClassification; expected a QuadrupleEncoder"):
        QuadrupleTrainer(tiny_model, args)  # type: ignore[arg-type]


@pytest.mark.parametrize("name", ["lambda_target", "lambda_argument", "lambda_pair"])
def test_a_weight_below_zero_is_refused(name: str, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=rf"{name} is -1.0; expected a number in \[0, inf\]"):
        QuadrupleTrainingArguments(tmp_path, use_cpu=True, **{name: -1.0})


def test_a_slow_tokenizer_is_refused_where_quadruples_are_to_be_found(
    tiny_tokenizer: PreTrainedTokenizerBase, tmp_path: Path
) -> None:
    model: QuadrupleEncoder = build_encoder(tiny_tokenizer)
    args = QuadrupleTrainingArguments(tmp_path, use_cpu=True)

    with pytest.raises(ValueError, match="gives no character offsets"):
        QuadrupleTrainer(model, args, eval_rows=ROWS)
