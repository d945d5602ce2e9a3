"""Promises of `hf_toxspan.training.multitask_rationale`."""

import copy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from datasets import Dataset
from safetensors.torch import load_file
from torch.nn.functional import cross_entropy
from transformers import BertForSequenceClassification, PreTrainedTokenizerBase, Trainer, TrainingArguments

from hf_toxspan.data.collator import SpanCollator
from hf_toxspan.data.encoding import encode
from hf_toxspan.modeling.extraction import SpanExtractor
from hf_toxspan.modeling.rationale import RationaleForToxicSpans
from hf_toxspan.training.arguments import GradientConstrainedTrainingArguments, MultitaskRationaleTrainingArguments
from hf_toxspan.training.gradient_constrained import GradientConstrainedTrainer
from hf_toxspan.training.multitask_rationale import MultitaskRationaleTrainer
from tests.training.conftest import ROWS
from tests.training.runs import PLAIN, assert_equal, in_two_processes, losses, weights
from tests.training.train_from_folder import RATIONALE_RUNS
from tests.training.train_from_folder import train as train_from_folder

LABELS = {"clean": 0, "toxic": 1}
PARTS = MultitaskRationaleTrainer.PARTS
Build = Callable[..., MultitaskRationaleTrainer]


@pytest.fixture
def model(lively_model: BertForSequenceClassification, tmp_path: Path) -> RationaleForToxicSpans:
    """A tiny rationale model in float64, without dropout."""
    lively_model.bert.save_pretrained(tmp_path / "encoder")
    torch.manual_seed(0)
    made = RationaleForToxicSpans.from_encoder(
        str(tmp_path / "encoder"), labels=list(LABELS), toxic_labels=["toxic"], dtype=torch.float64
    )
    made.dropout.p = made.config.head_dropout = 0.0
    return made


@pytest.fixture(scope="module")
def tagged(tiny_tokenizer: PreTrainedTokenizerBase) -> Dataset:
    """The 14 rows with tags; of three nobody said where the evidence is."""
    return encode(Dataset.from_list(ROWS), tiny_tokenizer, label2id=LABELS, max_length=128, tags=True)


@pytest.fixture
def build(
    model: RationaleForToxicSpans, tagged: Dataset, tiny_tokenizer: PreTrainedTokenizerBase, tmp_path: Path
) -> Build:
    """A function that makes a trainer of a fresh copy of the model."""

    def make(**settings: Any) -> MultitaskRationaleTrainer:
        own = {name: settings.pop(name) for name in ("eval_rows", "eval_dataset", "train_dataset") if name in settings}
        args = MultitaskRationaleTrainingArguments(tmp_path / "run", **{**PLAIN, **settings})
        return MultitaskRationaleTrainer(
            copy.deepcopy(model),
            args,
            data_collator=SpanCollator(tiny_tokenizer),
            processing_class=tiny_tokenizer,
            **{"train_dataset": tagged, **own},
        )

    return make


def test_the_loss_of_a_step_is_the_weighted_sum_of_means(build: Build) -> None:
    trainer = build(lambda_cls=0.5, lambda_tag=3.0, lambda_cons=0.2, per_device_train_batch_size=14)
    batch = next(iter(trainer.get_train_dataloader()))
    output = trainer.model(**{name: batch[name] for name in ("input_ids", "attention_mask", "token_mask")})
    labelled = batch["tag_targets"].sum(-1) > 0
    mask, toxic = batch["token_mask"].bool(), batch["labels"] == 1
    clean = torch.stack([own[own_mask].mean() for own, own_mask in zip(output.toxicity, mask, strict=True)])
    strongest = torch.stack([own[own_mask].max() for own, own_mask in zip(output.toxicity, mask, strict=True)])

    expected = (
        0.5 * cross_entropy(output.logits, batch["labels"])
        + 3.0 * cross_entropy(output.tag_logits[labelled], batch["tag_targets"][labelled].double())
        + 0.2 * torch.where(toxic, 1 - strongest, clean).mean()
    )

    assert trainer.compute_loss(trainer.model, batch).item() == pytest.approx(expected.item(), abs=1e-6)


@pytest.mark.parametrize(("batch_size", "accumulated"), [(4, 2), (1, 8)])
@pytest.mark.parametrize(
    "settings",
    [{}, {"class_weights": [0.5, 2.0], "consistency": "one_sided"}, {"lambda_grad": 0.5}],
    ids=["plain", "weighted", "constrained"],
)
def test_accumulation_changes_neither_parameters_nor_logged_losses(
    build: Build, batch_size: int, accumulated: int, settings: dict[str, Any]
) -> None:
    """14 rows in steps of 8: two steps, the last one ragged, with unevenly many annotated rows a micro-batch."""
    whole = build(**settings)
    start = weights(whole)
    whole.train()
    parts = build(**settings, per_device_train_batch_size=batch_size, gradient_accumulation_steps=accumulated)

    parts.train()

    assert parts.state.global_step == whole.state.global_step == 2
    assert_equal(weights(parts), weights(whole), 1e-6)
    assert max((weights(whole)[name] - start[name]).abs().max() for name in start) > 1e-2
    for found, expected in zip(losses(parts), losses(whole), strict=True):
        for name in ("loss", *PARTS):
            assert found[name] == pytest.approx(expected[name], abs=1e-5), name


def test_logged_parts_add_up_to_the_loss(build: Build) -> None:
    trainer = build(lambda_tag=3.0, lambda_cons=0.3, lambda_grad=0.5, per_device_train_batch_size=2, logging_steps=2)

    trainer.train()

    for logged in losses(trainer):
        total = logged["loss_cls"] + 3.0 * logged["loss_tag"] + 0.3 * logged["loss_cons"]
        assert total + 0.5 * (logged["loss_pgr"] + logged["loss_ppt"]) == pytest.approx(logged["loss"], abs=1e-5)
        assert min(logged[name] for name in PARTS[:3]) > 0


def test_two_processes_end_where_one_does(
    model: RationaleForToxicSpans, tiny_tokenizer: PreTrainedTokenizerBase, tagged: Dataset, tmp_path: Path
) -> None:
    folder, data, alone, together = (str(tmp_path / name) for name in ("model", "data", "alone", "together"))
    model.save_pretrained(folder)
    tiny_tokenizer.save_pretrained(folder)
    tagged.select([0, 2, 5, *([1, 3, 6, 7, 8, 9, 10, 12] * 2)[:13]]).save_to_disk(data)
    train_from_folder(folder, data, alone, 8)

    in_two_processes(folder, data, together, 4)

    for run in RATIONALE_RUNS:
        found, expected = (load_file(Path(place, run, "model.safetensors")) for place in (together, alone))
        assert_equal(found, expected, 1e-5)
        assert (expected["tagger.weight"] - model.state_dict()["tagger.weight"]).abs().max() > 1e-3


def test_a_resumed_run_ends_where_an_uninterrupted_one_does(build: Build) -> None:
    settings = {"num_train_epochs": 3, "optim": "adamw_torch", "learning_rate": 1e-3}
    whole = build(**settings, save_strategy="steps", save_steps=3)
    whole.train()
    resumed = build(**settings)

    resumed.train(resume_from_checkpoint=str(Path(whole.args.output_dir) / "checkpoint-3"))

    assert_equal(weights(resumed), weights(whole), 1e-6)
    for found, expected in zip(losses(resumed), losses(whole), strict=True):
        assert found["loss"] == pytest.approx(expected["loss"], abs=1e-5)


def test_without_tags_a_run_is_that_of_the_stock_trainer_on_labels(
    build: Build,
    model: RationaleForToxicSpans,
    tagged: Dataset,
    tiny_tokenizer: PreTrainedTokenizerBase,
    tmp_path: Path,
) -> None:
    class Stock(Trainer):
        """Cross entropy of the labels alone; the model computes no loss itself."""

        def compute_loss(self, model: Any, inputs: Any, return_outputs: bool = False, **_: Any) -> Any:
            own = {name: inputs[name] for name in ("input_ids", "attention_mask", "token_mask", "token_type_ids")}
            return cross_entropy(model(**own).logits, inputs["labels"])

    arguments = TrainingArguments(tmp_path / "stock", **PLAIN, remove_unused_columns=False)
    stock = Stock(copy.deepcopy(model), arguments, train_dataset=tagged, data_collator=SpanCollator(tiny_tokenizer))
    stock.train()
    ours = build(lambda_tag=0.0, lambda_cons=0.0)

    ours.train()

    assert_equal(weights(ours), weights(stock), 1e-6)


def test_the_tags_learn_what_is_annotated(build: Build, rows: list[dict[str, Any]], tagged: Dataset) -> None:
    settings = {"optim": "adamw_torch", "learning_rate": 5e-3, "num_train_epochs": 25, "eval_rows": rows}
    trainer = build(**settings, eval_dataset=tagged)
    before = trainer.evaluate()

    trainer.train()

    after = trainer.evaluate()
    assert before["eval_char_f1_end_to_end"] < 0.7
    assert after["eval_char_f1_end_to_end"] > 0.95
    assert after["eval_both_f1"] == (after["eval_macro_f1"] + after["eval_char_f1_end_to_end"]) / 2
    (found,) = SpanExtractor(trainer.model, trainer.processing_class)(["you are a stupid idiot"])
    assert (found.label, found.spans) == ("toxic", [(10, 22)])


def test_soft_rationales_of_several_annotators_are_learnt(
    build: Build, rows: list[dict[str, Any]], tiny_tokenizer: PreTrainedTokenizerBase
) -> None:
    text = "you stupid idiot"
    row = {"text": text, "label": "toxic", "toxic": True, "spans": [[4, 16]]}
    several = [{**row, "annotator_spans": [[[4, 10]], [[4, 16]]]}] * 8
    encoded = encode(Dataset.from_list(several), tiny_tokenizer, label2id=LABELS, max_length=32, tags=True)
    trainer = build(
        train_dataset=encoded, optim="adamw_torch", learning_rate=1e-2, num_train_epochs=150, lambda_cons=0.0
    )

    trainer.train()

    extractor = SpanExtractor(trainer.model.eval(), tiny_tokenizer)
    (window,) = extractor.windows([text])
    reading = extractor.read([window])
    assert reading.tags is not None
    shares = [1, 0, 0, 0, 1, 0, 0.5, 0, 0.5]  # O, B and I of three tokens
    assert reading.tags[0][1:4].ravel().tolist() == pytest.approx(shares, abs=0.1)


def test_predictions_hold_labels_and_tags(build: Build, tagged: Dataset) -> None:
    prediction = build().predict(tagged)

    logits, tags = prediction.predictions
    assert (logits.shape, tags.shape[0], tags.shape[2]) == ((14, 2), 14, 3)
    assert 0 <= prediction.metrics["test_macro_f1"] <= 1


def test_gradient_constraints_alone_train_a_rationale_model_too(
    model: RationaleForToxicSpans, encoded: Dataset, tiny_tokenizer: PreTrainedTokenizerBase, tmp_path: Path
) -> None:
    args = GradientConstrainedTrainingArguments(
        tmp_path / "run", **{**PLAIN, "warmup_epochs": 0, "num_train_epochs": 8}
    )
    trainer = GradientConstrainedTrainer(
        model, args, train_dataset=encoded, data_collator=SpanCollator(tiny_tokenizer), processing_class=tiny_tokenizer
    )

    trainer.train()

    logged = losses(trainer)
    assert logged[-1]["loss_pgr"] + logged[-1]["loss_ppt"] < logged[0]["loss_pgr"] + logged[0]["loss_ppt"]


def test_rows_without_tags_are_told_how_to_get_them(build: Build, encoded: Dataset) -> None:
    with pytest.raises(ValueError, match=r"the batch has no tag_targets, token_mask.*encode\(\.\.\., tags=True\)"):
        build(train_dataset=encoded).train()


def test_a_model_that_does_not_tag_is_refused(tiny_model: BertForSequenceClassification, tmp_path: Path) -> None:
    args = MultitaskRationaleTrainingArguments(tmp_path, use_cpu=True)

    with pytest.raises(TypeError, match=r"model is a BertForSequenceClassification; expected a RationaleForToxicSpans"):
        MultitaskRationaleTrainer(tiny_model, args)  # type: ignore[arg-type]


def test_there_is_a_class_weight_for_each_label(build: Build) -> None:
    with pytest.raises(ValueError, match=r"class_weights has 3 numbers; expected one for each label of"):
        build(class_weights=[1.0, 1.0, 1.0])


def test_a_stream_may_end_before_the_steps_do(build: Build, tagged: Dataset) -> None:
    trainer = build(train_dataset=tagged.to_iterable_dataset(), max_steps=5, gradient_accumulation_steps=2)

    trainer.train()

    assert trainer.state.global_step == 5
    assert all(logged["loss"] > 0 for logged in losses(trainer))
