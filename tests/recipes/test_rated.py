"""RATeD-V's backbone from files to a checkpoint and a table, in seconds on a tiny model."""

import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from transformers import pipeline

import hf_toxspan  # noqa: F401  (registers the task)
from hf_toxspan.modeling.extraction import SpanExtractor
from hf_toxspan.recipes import rated
from hf_toxspan.recipes.rated_rows import RatedOptions, load_rows

REPO = Path(__file__).parents[2]


def test_a_run_leaves_a_checkpoint_that_the_pipeline_loads_and_a_table(rated_options: RatedOptions) -> None:
    report = rated.run(rated_options)

    assert list(report.systems)[-1] == "after training"
    stored = json.loads(Path(rated_options.output, "report.json").read_text(encoding="utf-8"))
    assert stored == json.loads(json.dumps(report.to_dict()))
    assert report.systems["after training"].end_to_end.char_f1 > 0.9  # type: ignore[union-attr]
    assert report.boards["labels"].systems["after training"].scores["macro_f1"] > 0.9
    pipe = pipeline("toxic-span-extraction", model=rated_options.output)
    assert pipe.model.config.span_extraction.keys() == {"saliency", "threshold"}
    found = pipe("you are a stupid friend")
    assert (found["label"], [span["text"] for span in found["spans"]]) == ("hate", ["stupid"])
    assert pipe("hello kind world")["label"] == "normal"


def test_resume_goes_on_from_the_last_checkpoint(rated_options: RatedOptions) -> None:
    rated.run(replace(rated_options, epochs=2))
    first = {path.name for path in Path(rated_options.output, "checkpoints").iterdir()}

    rated.run(replace(rated_options, epochs=3, resume=True))

    assert first == {"checkpoint-5", "checkpoint-10"}  # 36 rows by 8
    path = Path(rated_options.output, "checkpoints", "checkpoint-15", "trainer_state.json")
    state = json.loads(path.read_text(encoding="utf-8"))
    assert [entry["epoch"] for entry in state["log_history"] if "eval_loss" in entry] == [1, 2, 3]


def test_the_threshold_is_that_of_the_best_spans_on_held_out_rows(rated_options: RatedOptions) -> None:
    rows = load_rows(rated_options)
    model, tokenizer = rated.load_model(rated_options, rows)
    trainer = rated.build_trainer(rated_options, rows, model, tokenizer)
    trainer.train()
    tags = model.tagger
    tags.bias.data[1:] -= 4.0  # a model that is shy of marking

    config = rated.tune_threshold(rows, SpanExtractor(model, tokenizer))

    assert config.threshold < 0.5
    assert model.config.span_extraction == {"saliency": "tags", "threshold": config.threshold}


def test_the_example_runs_as_a_user_would(rated_options: RatedOptions) -> None:
    command = [
        sys.executable, "examples/train_rated.py", "--model", str(rated_options.model), "--train", *rated_options.train,
        "--dev", *rated_options.dev, "--output", rated_options.output, "--epochs", "1", "--soft", "--balanced",
    ]  # fmt: skip

    done = subprocess.run(command, cwd=REPO, env={**os.environ, "COLUMNS": "120"}, capture_output=True, text=True)

    assert done.returncode == 0, done.stderr
    assert "after training" in done.stdout
    assert Path(rated_options.output, "model.safetensors").is_file()


@pytest.mark.parametrize("settings", [{"lambda_grad": 0.5}, {"fusion": "rationale", "consistency": "one_sided"}])
def test_variants_train(rated_options: RatedOptions, settings: dict[str, object]) -> None:
    rows = load_rows(rated_options)
    options = replace(rated_options, epochs=1, **settings)  # type: ignore[arg-type]
    model, tokenizer = rated.load_model(options, rows)
    trainer = rated.build_trainer(options, rows, model, tokenizer)

    assert trainer.train().training_loss > 0
