"""A specialist judge from files to a merged model, in seconds on a tiny chat model."""

import json
import runpy
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from transformers import AutoTokenizer

from hf_toxspan.data.files import write_rows
from hf_toxspan.llm.calls import Answer, Request
from hf_toxspan.llm.local import LocalLLM
from hf_toxspan.recipes import specialist
from hf_toxspan.recipes.specialist import SpecialistOptions

REPO = Path(__file__).parents[2]
pytestmark = pytest.mark.filterwarnings("ignore:.*gradient_checkpointing.*:FutureWarning")  # TRL asks by the old name


def rows(count: int, word: str = "fool") -> list[dict[str, Any]]:
    """Texts that differ, every second one toxic."""
    texts = [f"you are {'so ' * (number % 5)}{word if number % 2 else 'kind'} {number}" for number in range(count)]
    return [
        {
            "id": str(number),
            "text": text,
            "label": "rude" if number % 2 else "nice",
            "toxic": bool(number % 2),
            "spans": [[text.index(word), text.index(word) + len(word)]] if number % 2 else [],
        }
        for number, text in enumerate(texts)
    ]


@pytest.fixture
def options(tmp_path: Path, chat_folder: Path) -> SpecialistOptions:
    """The tiny chat model and 24 short texts."""
    write_rows(rows(24), tmp_path / "train.jsonl")
    return SpecialistOptions(
        model=str(chat_folder),
        train=[str(tmp_path / "train.jsonl")],
        output=str(tmp_path / "out"),
        batch_size=4,
        rank=4,
        learning_rate=1e-2,
    )


def state(options: SpecialistOptions, step: int) -> dict[str, Any]:
    path = Path(options.output, "checkpoints", f"checkpoint-{step}", "trainer_state.json")
    content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return content


def test_a_run_learns_and_leaves_a_merged_model_that_is_asked_as_it_was_taught(options: SpecialistOptions) -> None:
    learnt = specialist.run(replace(options, epochs=5))
    losses = [entry["loss"] for entry in state(options, 30)["log_history"] if "loss" in entry]
    assert len(losses) == 3 and losses == sorted(losses, reverse=True)
    assert json.loads(Path(options.output, "judge.json").read_text(encoding="utf-8")) == {
        "prompt": specialist.prepare(replace(options, epochs=5)).judge.prompt.provenance,
        "labels": {"nice": False, "rude": True},
        "rows": 24,
        "left_out": learnt.left_out,
    }
    llm = LocalLLM.load(Path(options.output, "merged"))
    teaching = specialist.prepare(replace(options, epochs=5))
    requests = teaching.judge.requests("you are so kind")
    (answer,) = llm.complete([Request(requests[0].messages, replace(requests[0].parameters, max_tokens=4))])
    assert isinstance(answer, Answer)


def test_questions_are_the_tokens_of_use_and_only_answers_are_learnt(options: SpecialistOptions) -> None:
    teaching = specialist.prepare(options)
    llm = LocalLLM.load(options.model)
    encoded = specialist.encode(teaching, llm.tokenizer, max_length=512)
    trainer = specialist.build_trainer(options, encoded, llm.tokenizer)
    for example, learnt in zip(teaching.examples, trainer.train_dataset, strict=True):
        (request,) = teaching.judge.requests(json.loads(example["prompt"][-1]["content"])["text"])
        asked = llm._prompt(request)
        assert isinstance(asked, list)
        assert learnt["input_ids"][: len(asked)] == asked
        assert set(learnt["labels"][: len(asked)]) == {-100}
        answer = learnt["labels"][len(asked) :]
        assert answer == learnt["input_ids"][len(asked) :]
        said = llm.tokenizer.decode(answer, skip_special_tokens=True)
        assert said.replace(" ", "").strip() == example["completion"][0]["content"].replace(" ", "")


def test_every_label_counts_alike_whatever_is_quoted_after_it(options: SpecialistOptions) -> None:
    teaching = specialist.prepare(options)
    tokenizer = AutoTokenizer.from_pretrained(options.model)
    encoded = specialist.encode(teaching, tokenizer, max_length=512)
    trainer = specialist.build_trainer(options, encoded, tokenizer)
    for example, learnt in zip(teaching.examples, trainer.train_dataset, strict=True):
        answer = [token for token in learnt["labels"] if token != -100]
        opening = tokenizer.decode(answer[: trainer.opening]).replace(" ", "")
        label = json.loads(example["completion"][0]["content"])["label"]
        assert opening.startswith(f'{{"label":"{label}"')


def test_resume_goes_on_from_the_last_checkpoint(options: SpecialistOptions) -> None:
    specialist.run(replace(options, steps=2, merge=False, save_steps=2))
    specialist.run(replace(options, steps=4, merge=False, save_steps=2, resume=True))
    assert state(options, 4)["global_step"] == 4
    assert not Path(options.output, "merged").exists()
    with pytest.raises(ValueError, match="other values of rank"):
        specialist.run(replace(options, rank=2, resume=True))


def test_rows_of_another_split_are_refused(options: SpecialistOptions, tmp_path: Path) -> None:
    mixed = [{**row, "split": "train" if place else "dev"} for place, row in enumerate(rows(4))]
    write_rows(mixed, tmp_path / "mixed.jsonl")
    with pytest.raises(ValueError, match="holds 1 rows of 'dev'; a judge learns from the training split alone"):
        specialist.load_rows(replace(options, train=[str(tmp_path / "mixed.jsonl")]))


def test_what_the_development_rows_know_is_not_learnt_however_it_is_written(
    options: SpecialistOptions, tmp_path: Path
) -> None:
    dev = [{**rows(1)[0], "text": "You ARE kind -- 0!!"}, {**rows(1)[0], "text": "🙂"}]
    write_rows(dev, tmp_path / "dev.jsonl")
    clean = {"label": "nice", "toxic": False, "spans": []}
    more = [{**clean, "id": text, "text": text} for text in ("🙂", "🙃", "You are so so kind (2)", "?!")]
    write_rows([*rows(24), *more], tmp_path / "train.jsonl")
    kept, left_out = specialist.load_rows(replace(options, dev=[str(tmp_path / "dev.jsonl")]))
    texts = {row["text"] for row in kept}
    assert left_out == {"in the development data": 2, "repeated": 1}
    assert len(texts) == len(kept) == 25
    assert {"🙃", "?!"} <= texts and not {"🙂", "you are kind 0"} & texts


def test_a_part_holds_the_labels_in_equal_shares(options: SpecialistOptions, tmp_path: Path) -> None:
    write_rows([row for row in rows(60) if row["toxic"] or int(row["id"]) < 12], tmp_path / "train.jsonl")
    kept, _ = specialist.load_rows(replace(options, rows=10))
    assert sorted(row["label"] for row in kept) == ["nice"] * 5 + ["rude"] * 5
    again, _ = specialist.load_rows(replace(options, rows=10))
    assert again == kept
    every, _ = specialist.load_rows(replace(options, rows=20))
    assert sum(row["toxic"] for row in every) == 14  # there are 6 of the other label


def test_what_is_too_long_is_left_out_whole_and_counted(options: SpecialistOptions) -> None:
    teaching = specialist.prepare(options)
    tokenizer = AutoTokenizer.from_pretrained(options.model)
    lengths = sorted(map(len, specialist.encode(teaching, tokenizer, max_length=512).rows["input_ids"]))
    found = specialist.encode(teaching, tokenizer, max_length=lengths[-1] - 1)
    assert found.left_out["too long"] == lengths.count(lengths[-1]) == 24 - len(found.rows)
    with pytest.raises(ValueError, match="at most max_length 3 tokens; raise it"):
        specialist.encode(teaching, tokenizer, max_length=3)


def test_a_template_that_rewrites_the_question_is_refused(options: SpecialistOptions) -> None:
    tokenizer = AutoTokenizer.from_pretrained(options.model)
    tokenizer.chat_template = "{{ messages | length }}{% for m in messages %}{{ m.content }}{% endfor %}"
    with pytest.raises(ValueError, match="otherwise once it is answered; expected one that only adds the answer"):
        specialist.encode(specialist.prepare(options), tokenizer, max_length=512)


def test_without_trl_the_error_says_what_to_install(
    options: SpecialistOptions, monkeypatch: pytest.MonkeyPatch
) -> None:
    tokenizer = AutoTokenizer.from_pretrained(options.model)
    encoded = specialist.encode(specialist.prepare(options), tokenizer, max_length=512)
    monkeypatch.setitem(sys.modules, "trl", None)
    with pytest.raises(ImportError, match=r'pip install "hf_toxspan\[sft\]"'):
        specialist.build_trainer(options, encoded, tokenizer)


def test_the_example_runs(
    options: SpecialistOptions, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["--model", options.model, "--train", *options.train, "--output", options.output, "--steps", "1"]
    monkeypatch.setattr(sys, "argv", ["train_judge.py", *words, "--rank", "2"])
    runpy.run_path(str(REPO / "examples" / "train_judge.py"), run_name="__main__")
    assert "learnt from 24 rows" in capsys.readouterr().out
    assert Path(options.output, "merged", "model.safetensors").exists()
