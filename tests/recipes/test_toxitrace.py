"""ToxiTrace from files to a checkpoint and a table, in seconds on a tiny model."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from transformers import PreTrainedModel, PreTrainedTokenizerBase, pipeline

import hf_toxspan  # noqa: F401  (registers the task)
from hf_toxspan.data.files import write_rows
from hf_toxspan.recipes import toxitrace

REPO = Path(__file__).parents[2]


@pytest.fixture
def options(
    tmp_path: Path, tiny_model: PreTrainedModel, tiny_tokenizer: PreTrainedTokenizerBase
) -> toxitrace.ToxiTraceOptions:
    """A run of seconds: a tiny model and a few rows of the packaged sample."""
    tiny_model.save_pretrained(tmp_path / "model")
    tiny_tokenizer.save_pretrained(tmp_path / "model")
    for split, count in (("train", 48), ("dev", 16)):
        rows = [row for row in toxitrace.load_data(f"sample:{split}") if row["spans"] or not row["toxic"]]
        columns = ("id", "text", "label", "toxic", "spans")
        write_rows([{name: row[name] for name in columns} for row in rows[:count]], tmp_path / f"{split}.jsonl")
    return toxitrace.ToxiTraceOptions(
        model=str(tmp_path / "model"),
        train=[str(tmp_path / "train.jsonl")],
        dev=[str(tmp_path / "dev.jsonl")],
        output=str(tmp_path / "out"),
        epochs=2,
        warmup_epochs=1,
    )


def test_rows_held_out_for_tuning_are_annotated_and_never_trained_on() -> None:
    rows = toxitrace.load_rows(toxitrace.ToxiTraceOptions(tune_share=0.2))
    assert all(rows.tuning["spans"])
    assert not set(rows.tuning["id"]) & set(rows.train["id"])
    everything = toxitrace.load_rows(toxitrace.ToxiTraceOptions(tune_share=0.0)).train
    assert sorted([*rows.train["id"], *rows.tuning["id"]]) == sorted(everything["id"])
    assert set(rows.train["label"]) == {"clean", "toxic"}


def test_reasons_of_one_source_reach_the_trainer_beside_rows_without(options: toxitrace.ToxiTraceOptions) -> None:
    rows = [row for row in toxitrace.load_data("sample:train") if row["spans"]][:8]
    path = Path(options.output + "-reasons.jsonl")
    columns = ("id", "text", "label", "toxic", "spans")
    reasons = {"reason_toxic": "it insults", "reason_clean": "it is a joke"}
    write_rows([{**{name: row[name] for name in columns}, **reasons} for row in rows], path)
    options.train = [*options.train, str(path)]
    options.epochs, options.warmup_epochs, options.tune_share = 1, 0, 0.0

    parts = toxitrace.load_rows(options)
    trainer = toxitrace.build_trainer(options, parts, *toxitrace.load_model(options))
    assert sum(map(bool, trainer.train_dataset["agreeing_input_ids"])) == 8
    trainer.train()
    assert trainer._parts[-1] > 0  # the contrast's part of the loss, not logged in so few steps


def test_obfuscated_copies_are_learnt_from_and_neither_tuned_on_nor_reported() -> None:
    plain, more = (toxitrace.load_rows(toxitrace.ToxiTraceOptions(obfuscate=share)) for share in (0.0, 0.5))
    added = more.train["id"][len(plain.train) :]
    assert len(added) > 100 and all("#" in identity for identity in added)
    assert (more.tuning["text"], more.dev["text"]) == (plain.tuning["text"], plain.dev["text"])
    with pytest.raises(ValueError, match=r"obfuscate is -1"):
        toxitrace.ToxiTraceOptions(obfuscate=-1)


def test_tune_share_out_of_range_is_named() -> None:
    with pytest.raises(ValueError, match=r"tune_share is 1\.5"):
        toxitrace.ToxiTraceOptions(tune_share=1.5)


def test_a_run_leaves_a_checkpoint_that_the_pipeline_loads_and_a_table(options: toxitrace.ToxiTraceOptions) -> None:
    report = toxitrace.run(options)
    assert list(report.systems)[-2:] == ["before training", "after training"]
    stored = json.loads(Path(options.output, "report.json").read_text(encoding="utf-8"))
    assert stored == json.loads(json.dumps(report.to_dict()))
    pipe = pipeline("toxic-span-extraction", model=options.output)
    assert pipe.model.config.toxic_labels == ["toxic"]
    assert set(pipe.model.config.span_extraction) == {"saliency", "bicse"}
    assert pipe("你好", explain_all=True).keys() == {"label", "score", "spans"}


def test_resume_goes_on_from_the_last_checkpoint(options: toxitrace.ToxiTraceOptions) -> None:
    toxitrace.run(options)
    options.resume = True
    options.epochs = 3
    rows = toxitrace.load_rows(options)
    model, tokenizer = toxitrace.load_model(options)
    trainer = toxitrace.build_trainer(options, rows, model, tokenizer)
    trainer.train(resume_from_checkpoint=True)
    losses = [entry["epoch"] for entry in trainer.state.log_history if "eval_loss" in entry]
    assert losses == [1.0, 2.0, 3.0]


def test_the_example_runs_under_accelerate_and_prints_the_table(options: toxitrace.ToxiTraceOptions) -> None:
    arguments = ["--model", options.model, "--train", *options.train, "--dev", *options.dev, "--output", options.output]
    command = [sys.executable, "-m", "accelerate.commands.launch", "examples/train_toxitrace.py", *arguments]
    command += ["--epochs", "1", "--warmup_epochs", "0"]
    environment = os.environ | {"HF_HUB_OFFLINE": "1", "COLUMNS": "200"}
    done = subprocess.run(command, cwd=REPO, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    for word in ("mark everything", "lexicon", "before training", "after training", "IoU"):
        assert word in done.stdout
