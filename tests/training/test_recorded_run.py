"""Promises of our trainers when they save and publish: a record in JSON, our card, no pickle."""

import json
import logging
from pathlib import Path
from typing import Any

import pytest
import yaml
from datasets import Dataset
from transformers import PreTrainedModel, PreTrainedTokenizerBase, TrainingArguments

from hf_toxspan.cards.training_facts import FILE, TrainingFacts
from hf_toxspan.data.collator import SpanCollator
from hf_toxspan.training.arguments import GradientConstrainedTrainingArguments
from hf_toxspan.training.gradient_constrained import GradientConstrainedTrainer
from hf_toxspan.training.recorded_run import hub_id, hyperparameters
from tests.hub_server import WRITER, HubServer
from tests.training.runs import PLAIN


@pytest.fixture
def trainer(
    lively_model: PreTrainedModel, tiny_tokenizer: PreTrainedTokenizerBase, encoded: Dataset, tmp_path: Path
) -> GradientConstrainedTrainer:
    lively_model.set_attn_implementation("eager")
    settings: dict[str, Any] = {**PLAIN, "eval_strategy": "epoch", "report_to": "none"}
    args = GradientConstrainedTrainingArguments(str(tmp_path / "mine"), warmup_epochs=0, lambda_grad=0.5, **settings)
    return GradientConstrainedTrainer(
        lively_model,
        args,
        train_dataset=encoded,
        eval_dataset=encoded.select(range(4)),
        data_collator=SpanCollator(tiny_tokenizer),
        processing_class=tiny_tokenizer,
    )


def test_a_saved_model_brings_a_record_and_no_pickle(trainer: GradientConstrainedTrainer, tmp_path: Path) -> None:
    trainer.train()
    trainer.save_model(str(tmp_path / "saved"))

    names = {own.name for own in (tmp_path / "saved").iterdir()}
    assert FILE in names and not {name for name in names if name.endswith((".bin", ".partial"))}
    stored = json.loads((tmp_path / "saved" / FILE).read_text(encoding="utf-8"))
    record = TrainingFacts.from_dict(stored, where="x")
    assert (record.trainer, record.steps, record.epochs) == ("GradientConstrainedTrainer", 2, 1.0)
    assert record.texts == {"train": 14, "eval": 4}
    assert record.arguments["lambda_grad"] == 0.5 and record.arguments["learning_rate"] == 0.1
    assert record.seconds is not None and record.seconds > 0 and not record.resumed
    assert "eval_macro_f1" in record.evaluations[-1]
    assert record.versions.keys() >= {"torch", "transformers", "Python"}
    assert str(tmp_path) not in json.dumps(stored)


def test_a_run_before_training_is_recorded_too(trainer: GradientConstrainedTrainer, tmp_path: Path) -> None:
    trainer.save_model(str(tmp_path / "saved"))

    stored = json.loads((tmp_path / "saved" / FILE).read_text(encoding="utf-8"))
    assert (stored["steps"], stored["seconds"], stored["evaluations"]) == (0, None, [])


def test_a_checkpoint_can_be_gone_on_from_and_the_record_says_so(
    trainer: GradientConstrainedTrainer, tmp_path: Path
) -> None:
    trainer.args.save_strategy, trainer.args.save_steps = "steps", 1
    trainer.train()
    assert not (tmp_path / "mine" / "checkpoint-1" / "training_args.bin").exists()

    trainer.train(resume_from_checkpoint=str(tmp_path / "mine" / "checkpoint-1"))

    assert trainer.record().resumed
    assert "what came before is not in it" in trainer.record().time()


def test_push_to_hub_publishes_weights_record_and_our_card(
    trainer: GradientConstrainedTrainer, hub_server: HubServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_TOKEN", WRITER)
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", False)
    monkeypatch.setattr("huggingface_hub.constants.ENDPOINT", hub_server.url)
    monkeypatch.setattr("transformers.utils.hub._hf_api", None, raising=False)  # it keeps the endpoint of its first use
    trainer.args.hub_model_id = "me/mine"
    trainer.train()

    trainer.push_to_hub(license="mit", language=["en", "zh"], dataset="sample:train", private=True)

    repo = hub_server.repos["models/me/mine"]
    assert repo.private
    assert repo.files.keys() == {
        "README.md", "config.json", "model.safetensors", "tokenizer.json", "tokenizer_config.json", FILE,
    }  # fmt: skip
    card = repo.files["README.md"].decode()
    header = yaml.safe_load(card.split("---\n")[1])
    assert header["library_name"] == "hf_toxspan" and header["license"] == "mit"
    assert header["tags"][0] == "toxic-span-extraction" and "model-index" not in header
    assert 'model="me/mine"' in card
    assert "trained with gradient constraints (ToxiTrace)" in card
    assert "GradientConstrainedTrainer, 2 steps in 1.0 epochs" in card
    assert "the packaged sample of COLD (sample:train) | Apache-2.0" in card
    assert "Not measured" in card


def test_a_report_goes_into_the_card(trainer: GradientConstrainedTrainer, tmp_path: Path) -> None:
    report = tmp_path / "report.json"
    system = {"macro_f1": 0.5, "confidence_intervals": {"macro_f1": [0.4, 0.6]}}
    board = {"protocol": "P", "columns": {"macro-F1": "macro_f1"}, "systems": {"mine": system}}
    stored = {"data": "d", "rows": 3, "systems": {"mine": {}}, "protocols": {"toxic_or_not": board}}
    report.write_text(json.dumps(stored))

    trainer.create_model_card(model_name="a|b", reports=[report])

    card = (tmp_path / "mine" / "README.md").read_text(encoding="utf-8")
    assert "# a\\|b" in card and "| 50.0 [40.0, 60.0] |" in card


def test_a_card_that_somebody_wrote_stays(
    trainer: GradientConstrainedTrainer, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    readme = tmp_path / "mine" / "README.md"
    readme.parent.mkdir(exist_ok=True)
    readme.write_text("# By hand\n")

    with caplog.at_level(logging.WARNING, logger="hf_toxspan"):
        trainer.create_model_card()

    assert readme.read_text() == "# By hand\n"
    assert "stays as it is" in caplog.text


def test_arguments_of_this_machine_and_its_user_are_not_told(tmp_path: Path) -> None:
    arguments = TrainingArguments(
        str(tmp_path), hub_token="hf_secret", run_name="mine", logging_steps=3, seed=7, report_to="none", use_cpu=True
    )

    told = hyperparameters(arguments)

    assert told["seed"] == 7 and told["optim"].startswith("adamw")
    assert not {"hub_token", "run_name", "output_dir", "logging_steps"} & told.keys()
    assert json.loads(json.dumps(told)) == told


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("me/mine", "me/mine"),
        ("bert-base", "bert-base"),
        ("", None),
        ("/nowhere/model", None),
        ("../x", None),
        ("tests", None),
    ],
)
def test_only_a_hub_id_is_told_of_the_model_before(tiny_model: PreTrainedModel, name: str, told: str | None) -> None:
    tiny_model.config.name_or_path = name

    assert hub_id(tiny_model) == told
