"""SRAG-MAV's language model from files to a checkpoint, in seconds on a tiny chat model."""

import json
import runpy
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from hf_toxspan.data.files import read_rows, write_rows
from hf_toxspan.llm.calls import Parameters, Request
from hf_toxspan.llm.local import LocalLLM
from hf_toxspan.recipes import srag
from hf_toxspan.recipes.srag_rows import SragOptions
from hf_toxspan.retrieval.demonstrations import DemonstrationStore
from tests.toy_quadruples import toy_rows

REPO = Path(__file__).parents[2]
pytestmark = pytest.mark.filterwarnings("ignore:.*gradient_checkpointing.*:FutureWarning")  # TRL asks by the old name


@pytest.fixture
def options(tmp_path: Path, chat_folder: Path, encoder_folder: str) -> SragOptions:
    write_rows(toy_rows(), tmp_path / "train.jsonl")
    return SragOptions(
        preset="small",
        model=str(chat_folder),
        train=[str(tmp_path / "train.jsonl")],
        embedder=encoder_folder,
        output=str(tmp_path / "out"),
        hold_back=4,
        accumulate=1,
        learning_rate=1e-2,
        eval_rows=2,
        max_length=400,
    )


def last_state(options: SragOptions) -> dict[str, Any]:
    found = sorted(Path(options.output, "checkpoints").glob("checkpoint-*"), key=lambda own: int(own.name[11:]))
    content: dict[str, Any] = json.loads((found[-1] / "trainer_state.json").read_text(encoding="utf-8"))
    return content


def test_a_run_learns_is_scored_by_what_it_writes_and_leaves_all_that_use_needs(options: SragOptions) -> None:
    taught = srag.run(replace(options, steps=12, save_steps=12))
    entries = last_state(options)["log_history"]
    losses = [entry["eval_loss"] for entry in entries if "eval_loss" in entry]
    assert len(losses) == 4 and losses[-1] < losses[0]
    scored = [entry for entry in entries if "eval_average_f1" in entry]
    assert len(scored) == 4 and {"eval_hard_f1", "eval_soft_f1", "eval_legible"} < scored[0].keys()
    output = Path(options.output)
    record = json.loads((output / "srag.json").read_text(encoding="utf-8"))
    assert json.loads((output / "merged" / "generation_config.json").read_text())["do_sample"] is True
    assert record["form"] == "triples" and record["shots"] and record["rows"] == taught.rows
    assert len(read_rows(output / "held_back.jsonl")) == 4
    store = DemonstrationStore.load(output / "demonstrations")
    assert len(store.examples) == taught.rows
    (answer,) = LocalLLM.load(output / "merged").complete(
        [Request(srag.prepare(replace(options, steps=12, save_steps=12))[1].questions[0], Parameters(max_tokens=3))]
    )
    assert not isinstance(answer, Exception)


def test_the_tokens_of_training_are_those_of_use(options: SragOptions) -> None:
    rows, lessons = srag.prepare(options)
    llm = LocalLLM.load(options.model)
    encoded = srag.encode(options, rows, lessons, llm.tokenizer)
    for example, row in zip(lessons.examples, encoded.train, strict=True):
        asked = llm._prompt(Request(tuple(example["prompt"]), Parameters(max_tokens=1)))
        assert isinstance(asked, list) and row["input_ids"][: len(asked)] == asked


def test_resume_goes_on_and_other_options_are_refused(options: SragOptions) -> None:
    options = replace(options, eval_rows=0)  # which may change: what is written at an evaluation takes seconds
    srag.run(replace(options, steps=2, save_steps=2))
    srag.run(replace(options, steps=4, save_steps=2, resume=True))
    assert last_state(options)["global_step"] == 4
    with pytest.raises(ValueError, match="other values of form"):
        srag.run(replace(options, form="quadruples", resume=True))


def test_what_is_too_long_is_left_out_and_counted(options: SragOptions) -> None:
    rows, lessons = srag.prepare(options)
    tokenizer = LocalLLM.load(options.model).tokenizer
    lengths = sorted(map(len, srag.encode(options, rows, lessons, tokenizer).train["input_ids"]))
    shorter = replace(options, max_length=lengths[-1] - 1)
    encoded = srag.encode(shorter, rows, lessons, tokenizer)
    assert len(encoded.train) + len(encoded.too_long) == len(lengths) and encoded.too_long
    assert srag.summary(lessons, encoded).left_out["too long"] == len(encoded.too_long)


def test_training_rows_that_the_evaluation_rows_know_are_counted(options: SragOptions, tmp_path: Path) -> None:
    write_rows([{**row, "text": row["text"].upper() + "!"} for row in toy_rows()[:3]], tmp_path / "dev.jsonl")
    options = replace(options, hold_back=0, dev=[str(tmp_path / "dev.jsonl")])
    rows, lessons = srag.prepare(options)
    encoded = srag.encode(options, rows, lessons, LocalLLM.load(options.model).tokenizer)
    assert srag.summary(lessons, encoded).left_out == {"in the evaluation rows": 3, "too long": 0}


def test_a_slip_in_a_files_name_leaves_the_folder_to_the_next_run(options: SragOptions) -> None:
    with pytest.raises(FileNotFoundError):
        srag.prepare(replace(options, train=[options.train[0] + "x.jsonl"]))
    srag.prepare(options)


def test_raw_answers_are_scored_as_quadruples() -> None:
    gold = ["you | fool | others | hate [END]", "NULL | hello | non-hate | non-hate [END]"]
    scorer = srag.Scorer(gold, "triples")
    assert scorer(["you | fool | others [END]", "no idea"]) == {
        "hard_f1": pytest.approx(2 / 3),
        "soft_f1": pytest.approx(2 / 3),
        "average_f1": pytest.approx(2 / 3),
        "legible": 0.5,
    }
    assert srag.Scorer(gold, "quadruples")(gold)["hard_f1"] == 1.0


def test_the_summary_says_what_was_learnt_and_lost(options: SragOptions) -> None:
    rows, lessons = srag.prepare(options)
    encoded = srag.encode(options, rows, lessons, LocalLLM.load(options.model).tokenizer)
    assert srag.summary(lessons, encoded).to_tables() == (
        "learnt from 92 rows with 92 quadruples (0 of which a triple does not give back); left out: nothing"
    )


def test_the_example_runs_from_the_command_line(
    options: SragOptions, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    given = ["--preset", "small", "--model", options.model, "--train", *options.train, "--embedder", options.embedder]
    more = ["--output", options.output, "--steps", "1", "--eval_rows", "0", "--max_length", "400", "--no_shots"]
    monkeypatch.setattr(sys, "argv", ["train_srag.py", *given, *more])
    runpy.run_path(str(REPO / "examples" / "train_srag.py"), run_name="__main__")
    assert "learnt from" in capsys.readouterr().out
    assert Path(options.output, "merged", "model.safetensors").exists()
