"""Promises of `hf_toxspan.training.gradient_constrained`."""

import copy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from datasets import Dataset
from safetensors.torch import load_file
from torch import Tensor
from transformers import (
    BertForSequenceClassification,
    PreTrainedTokenizerBase,
    Trainer,
    TrainingArguments,
    pipeline,
)

from hf_toxspan.data.collator import SpanCollator
from hf_toxspan.data.encoding import encode
from hf_toxspan.modeling.extraction import SpanExtractor
from hf_toxspan.modeling.labels import UnknownToxicLabelsError
from hf_toxspan.training.arguments import GradientConstrainedTrainingArguments
from hf_toxspan.training.gradient_constrained import GradientConstrainedTrainer
from hf_toxspan.training.metrics import span_metrics
from tests.training.runs import PLAIN, assert_equal, in_two_processes, losses, weights
from tests.training.train_from_folder import RUNS
from tests.training.train_from_folder import train as train_from_folder

# Renamed in the course of transformers 5.
NAMES = ("activation_checkpointing", "gradient_checkpointing")
CHECKPOINTING = next(name for name in NAMES if name in TrainingArguments.__dataclass_fields__)
Build = Callable[..., GradientConstrainedTrainer]


@pytest.fixture
def build(
    lively_model: BertForSequenceClassification,
    encoded: Dataset,
    tiny_tokenizer: PreTrainedTokenizerBase,
    tmp_path: Path,
) -> Build:
    """A function that makes a trainer of a fresh copy of the lively model, constrained from the first step on."""

    def make(model: BertForSequenceClassification | None = None, **settings: Any) -> GradientConstrainedTrainer:
        own = {name: settings.pop(name) for name in ("eval_rows", "eval_dataset") if name in settings}
        args = GradientConstrainedTrainingArguments(tmp_path / "run", **{**PLAIN, "warmup_epochs": 0, **settings})
        return GradientConstrainedTrainer(
            copy.deepcopy(lively_model) if model is None else model,
            args,
            train_dataset=encoded,
            data_collator=SpanCollator(tiny_tokenizer),
            processing_class=tiny_tokenizer,
            **own,
        )

    return make


def with_dropout(model: BertForSequenceClassification, probability: float) -> None:
    for module in model.modules():
        if isinstance(module, torch.nn.Dropout):
            module.p = probability
    model.config.hidden_dropout_prob = model.config.attention_probs_dropout_prob = probability


@pytest.mark.parametrize(("batch_size", "accumulated"), [(4, 2), (2, 4), (1, 8)])
@pytest.mark.parametrize(
    "settings",
    [{}, {"constraint_share": 0.5}, {"gradient_method": "central"}, {"gradient_method": "one_sided"}],
    ids=["exact", "half", "central", "one_sided"],
)
def test_accumulation_changes_neither_parameters_nor_logged_losses(
    build: Build,
    lively_model: BertForSequenceClassification,
    batch_size: int,
    accumulated: int,
    settings: dict[str, Any],
) -> None:
    """14 rows in steps of 8: two steps, the last one ragged, with unevenly many annotated rows a micro-batch."""
    lively_model.double()  # the rounding of differences changes with the padding
    whole = build(**settings)
    start = weights(whole)
    whole.train()
    parts = build(**settings, per_device_train_batch_size=batch_size, gradient_accumulation_steps=accumulated)

    parts.train()

    assert parts.state.global_step == whole.state.global_step == 2
    assert_equal(weights(parts), weights(whole), 1e-6)
    assert max((weights(whole)[name] - start[name]).abs().max() for name in start) > 1e-2
    for found, expected in zip(losses(parts), losses(whole), strict=True):
        for name in ("loss", "loss_ce", "loss_pgr", "loss_ppt"):
            assert found[name] == pytest.approx(expected[name], abs=1e-5), name


@pytest.mark.parametrize("logging_steps", [1, 2, 3])
def test_logged_parts_add_up_to_the_loss(build: Build, logging_steps: int) -> None:
    settings = {"per_device_train_batch_size": 2, "gradient_accumulation_steps": 3, "num_train_epochs": 2}
    trainer = build(**settings, lambda_grad=0.5, logging_steps=logging_steps)

    trainer.train()

    assert len(losses(trainer)) == 6 // logging_steps
    for logged in losses(trainer):
        total = logged["loss_ce"] + 0.5 * (logged["loss_pgr"] + logged["loss_ppt"])
        assert total == pytest.approx(logged["loss"], abs=1e-5)
        assert logged["loss_pgr"] > 0
        assert logged["loss_ppt"] > 0


def test_constraints_begin_when_warm_up_ends(build: Build) -> None:
    trainer = build(warmup_epochs=1.5, num_train_epochs=3)  # two steps an epoch

    trainer.train()

    assert [logged["loss_pgr"] > 0 for logged in losses(trainer)] == [False, False, False, True, True, True]
    assert [logged["loss_ppt"] > 0 for logged in losses(trainer)] == [False, False, False, True, True, True]


@pytest.mark.parametrize("settings", [{"lambda_grad": 0}, {"warmup_epochs": 1}])
def test_without_constraints_a_run_is_that_of_the_stock_trainer(
    build: Build,
    lively_model: BertForSequenceClassification,
    encoded: Dataset,
    tiny_tokenizer: PreTrainedTokenizerBase,
    tmp_path: Path,
    settings: dict[str, float],
) -> None:
    stock = Trainer(
        copy.deepcopy(lively_model),
        TrainingArguments(tmp_path / "stock", **PLAIN),
        train_dataset=encoded.remove_columns("token_labels"),
        data_collator=SpanCollator(tiny_tokenizer),
    )
    stock.train()
    ours = build(**settings)

    ours.train()

    assert_equal(weights(ours), weights(stock), 1e-6)
    assert [logged["loss"] for logged in losses(ours)] == pytest.approx([logged["loss"] for logged in losses(stock)])


@pytest.mark.parametrize("attention", ["eager", "sdpa"])
def test_attention_without_dropout_has_a_second_derivative(build: Build, attention: str) -> None:
    reference = build()
    reference.train()
    trainer = build()
    trainer.model.set_attn_implementation(attention)

    trainer.train()

    assert_equal(weights(trainer), weights(reference), 1e-5)


def test_the_loss_can_be_taken_in_evaluation_mode(build: Build) -> None:
    trainer = build()
    batch = next(iter(trainer.get_train_dataloader()))
    model = trainer.model.eval()

    with_graph = trainer.compute_loss(model, batch)
    with_graph.backward()
    with torch.no_grad():
        without, outputs = trainer.compute_loss(model, batch, return_outputs=True)

    assert not without.requires_grad
    assert without.item() == pytest.approx(with_graph.item(), abs=1e-6)
    torch.testing.assert_close(outputs["logits"], model(**_encoder(batch)).logits, rtol=0, atol=1e-5)


def _encoder(batch: dict[str, Tensor]) -> dict[str, Tensor]:
    return {name: tensor for name, tensor in batch.items() if name not in ("labels", "token_labels")}


@pytest.mark.parametrize(
    ("method", "attention"), [("double_backward", "eager"), ("central", "sdpa"), ("one_sided", "sdpa")]
)
def test_checkpointed_activations_change_nothing(
    build: Build, lively_model: BertForSequenceClassification, method: str, attention: str
) -> None:
    lively_model.set_attn_implementation(attention)
    with_dropout(lively_model, 0.1)
    reference = build(gradient_method=method)
    reference.train()
    settings = {CHECKPOINTING: True, f"{CHECKPOINTING}_kwargs": {"use_reentrant": False}}
    trainer = build(gradient_method=method, **settings)

    trainer.train()

    assert_equal(weights(trainer), weights(reference), 1e-6)


@pytest.mark.parametrize("method", ["central", "one_sided"])
def test_differences_train_as_double_backward_does(
    build: Build, lively_model: BertForSequenceClassification, method: str
) -> None:
    with_dropout(lively_model.double(), 0.1)
    exact = build(gradient_method="double_backward")
    start = weights(exact)
    exact.train()
    trainer = build(gradient_method=method)

    trainer.train()

    assert_equal(weights(trainer), weights(exact), 1e-5)
    assert max((weights(exact)[name] - start[name]).abs().max() for name in start) > 1e-2


def test_a_share_constrains_other_sentences_at_each_step_and_never_thins_evaluation(build: Build) -> None:
    """The model stands still; three of the six sentences with toxic tokens enter each of four steps."""
    settings = {"learning_rate": 0.0, "num_train_epochs": 4, "per_device_train_batch_size": 14}
    whole = build(**settings)
    whole.train()
    trainer = build(**settings, constraint_share=0.5)

    trainer.train()

    assert [logged["loss_ce"] for logged in losses(trainer)] == pytest.approx([losses(whole)[0]["loss_ce"]] * 4)
    assert len({round(logged["loss_pgr"], 6) for logged in losses(trainer)}) > 2
    batch = next(iter(trainer.get_train_dataloader()))
    model = trainer.model.eval()
    assert trainer.compute_loss(model, batch).item() == pytest.approx(whole.compute_loss(model, batch).item())


@pytest.mark.parametrize(("stopped_at", "share"), [(1, 1.0), (3, 1.0), (4, 1.0), (4, 0.5)])
def test_a_resumed_run_ends_where_an_uninterrupted_one_does(
    build: Build, tiny_model: BertForSequenceClassification, stopped_at: int, share: float
) -> None:
    """With dropout and AdamW, two steps an epoch; the constraints begin with step 4, after the first two stops."""
    with_dropout(tiny_model, 0.1)
    settings = {
        "constraint_share": share,
        "num_train_epochs": 3,
        "warmup_epochs": 1.5,
        "optim": "adamw_torch",
        "learning_rate": 1e-3,
    }
    whole = build(copy.deepcopy(tiny_model), **settings, save_strategy="steps", save_steps=stopped_at)
    whole.train()
    resumed = build(copy.deepcopy(tiny_model), **settings)

    resumed.train(resume_from_checkpoint=str(Path(whole.args.output_dir) / f"checkpoint-{stopped_at}"))

    assert_equal(weights(resumed), weights(whole), 1e-6)
    for found, expected in zip(losses(resumed), losses(whole), strict=True):
        assert found["loss"] == pytest.approx(expected["loss"], abs=1e-5)
        assert found["loss_pgr"] == pytest.approx(expected["loss_pgr"], abs=1e-5)


def test_two_processes_end_where_one_does(
    lively_model: BertForSequenceClassification,
    tiny_tokenizer: PreTrainedTokenizerBase,
    encoded: Dataset,
    tmp_path: Path,
) -> None:
    model, data, alone, together = (str(tmp_path / name) for name in ("model", "data", "alone", "together"))
    lively_model.save_pretrained(model)
    tiny_tokenizer.save_pretrained(model)
    # Three rows of sixteen have toxic tokens: now one process makes a second pass alone, now both do.
    encoded.select([0, 2, 5, *([1, 3, 6, 7, 8, 9, 10, 12] * 2)[:13]]).save_to_disk(data)
    train_from_folder(model, data, alone, 8)

    in_two_processes(model, data, together, 4)
    ends = []
    for run in RUNS:
        found, expected = (load_file(Path(folder, run, "model.safetensors")) for folder in (together, alone))
        assert_equal(found, expected, 1e-5)
        ends.append(expected["classifier.weight"])
    assert (ends[0] - ends[1]).abs().max() > 1e-2
    assert (ends[0] - load_file(Path(model, "model.safetensors"))["classifier.weight"]).abs().max() > 1e-2


def test_evaluation_scores_classes_and_spans(build: Build, encoded: Dataset, rows: list[dict[str, Any]]) -> None:
    trainer = build(eval_dataset=encoded, eval_rows=rows)

    metrics = trainer.evaluate()

    assert metrics.keys() >= {
        "eval_loss", "eval_accuracy", "eval_macro_f1", "eval_char_f1", "eval_char_iou", "eval_overlap_f1",
        "eval_char_f1_end_to_end",
    }  # fmt: skip
    for name, value in span_metrics(SpanExtractor(trainer.model, trainer.processing_class), rows).items():
        assert metrics[f"eval_{name}"] == value
    assert trainer.evaluate(metric_key_prefix="test").keys() >= {"test_loss", "test_macro_f1", "test_char_f1"}
    assert trainer.predict(encoded).predictions.shape == (14, 2)


def test_evaluation_without_rows_scores_classes_alone(build: Build, encoded: Dataset) -> None:
    metrics = build(eval_dataset=encoded).evaluate()

    assert "eval_macro_f1" in metrics
    assert not any("char" in name for name in metrics)


def test_evaluation_between_steps_leaves_training_as_it_was(
    build: Build, encoded: Dataset, rows: list[dict[str, Any]]
) -> None:
    reference = build(num_train_epochs=2)
    reference.train()
    trainer = build(num_train_epochs=2, eval_dataset=encoded, eval_rows=rows, eval_strategy="steps", eval_steps=1)

    trainer.train()

    assert_equal(weights(trainer), weights(reference), 1e-7)
    assert [logged["loss_pgr"] for logged in losses(trainer)] == [logged["loss_pgr"] for logged in losses(reference)]


def test_training_teaches_saliency_to_point_at_the_toxic_words(
    build: Build, tiny_model: BertForSequenceClassification
) -> None:
    settings = {"num_train_epochs": 40, "optim": "adamw_torch", "learning_rate": 5e-3}
    trainer = build(tiny_model, **settings)

    trainer.train()

    first, last = losses(trainer)[0], losses(trainer)[-1]
    assert last["loss_ce"] < 0.1 < first["loss_ce"]
    assert last["loss_pgr"] < first["loss_pgr"] / 3


def test_a_saved_checkpoint_says_what_is_toxic_and_loads_as_a_pipeline(build: Build, tmp_path: Path) -> None:
    trainer = build(num_train_epochs=1)
    trainer.train()
    trainer.save_model(tmp_path / "saved")

    pipe = pipeline("toxic-span-extraction", model=str(tmp_path / "saved"))

    assert pipe.model.config.toxic_labels == ["toxic"]
    assert pipe("you are a stupid idiot")["label"] in ("clean", "toxic")


def test_toxic_labels_are_read_off_the_names_and_written_down(
    build: Build, lively_model: BertForSequenceClassification
) -> None:
    del lively_model.config.toxic_labels

    assert build(lively_model).model.config.toxic_labels == ["toxic"]


def test_half_precision_takes_a_step(build: Build) -> None:
    trainer = build(bf16=True, max_steps=1)
    start = weights(trainer)

    trainer.train()

    (logged,) = losses(trainer)
    assert logged["loss_pgr"] > 0
    assert all(torch.isfinite(tensor).all() for tensor in weights(trainer).values())
    assert not torch.equal(weights(trainer)["classifier.weight"], start["classifier.weight"])


def test_what_the_constraints_can_not_work_with_is_refused_unless_there_are_none(
    build: Build, lively_model: BertForSequenceClassification
) -> None:
    lively_model.config._attn_implementation = "flex_attention"

    with pytest.raises(ValueError, match=r"attn_implementation is 'flex_attention'.*load the model with attn"):
        build(lively_model)
    assert build(lively_model, lambda_grad=0).constraints is None


def test_predictions_on_other_rows_carry_no_scores_of_the_evaluation_rows(
    build: Build, encoded: Dataset, rows: list[dict[str, Any]]
) -> None:
    metrics = build(eval_dataset=encoded, eval_rows=rows).predict(encoded).metrics

    assert "test_macro_f1" in metrics
    assert not [name for name in metrics if "char" in name]


@pytest.mark.parametrize("lambda_grad", [0, 1])
def test_a_multi_label_model_is_refused(
    build: Build, lively_model: BertForSequenceClassification, lambda_grad: float
) -> None:
    lively_model.config.problem_type = "multi_label_classification"

    with pytest.raises(ValueError, match="problem_type is 'multi_label_classification'; expected a single-label"):
        build(lively_model, lambda_grad=lambda_grad)


def test_labels_that_do_not_tell_are_refused_before_training(
    build: Build, lively_model: BertForSequenceClassification
) -> None:
    del lively_model.config.toxic_labels
    lively_model.config.id2label = {0: "LABEL_0", 1: "LABEL_1"}

    with pytest.raises(UnknownToxicLabelsError, match="LABEL_0"):
        build(lively_model)


def test_span_scores_without_a_tokenizer_are_refused_before_training(
    lively_model: BertForSequenceClassification, rows: list[dict[str, Any]], tmp_path: Path
) -> None:
    args = GradientConstrainedTrainingArguments(tmp_path, **PLAIN)

    with pytest.raises(ValueError, match="NoneType gives no character offsets; expected a fast tokenizer"):
        GradientConstrainedTrainer(lively_model, args, eval_rows=rows)


def test_rows_encoded_with_tags_train_a_plain_classifier_alike(
    build: Build, rows: list[dict[str, Any]], tiny_tokenizer: PreTrainedTokenizerBase
) -> None:
    plain = build()
    plain.train()
    tagged = build()
    settings = {"label2id": {"clean": 0, "toxic": 1}, "max_length": 128, "tags": True}
    tagged.train_dataset = encode(Dataset.from_list(rows), tiny_tokenizer, **settings)

    tagged.train()

    assert_equal(weights(tagged), weights(plain), 1e-6)
