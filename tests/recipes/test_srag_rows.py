"""What SRAG-MAV's training takes: presets, rows kept apart, demonstrations that are never the text itself."""

from dataclasses import replace
from pathlib import Path

import pytest
from datasets import Dataset

from hf_toxspan.data.files import write_rows
from hf_toxspan.recipes.srag_rows import PRESETS, SragOptions, load_rows, write_lessons
from tests.toy_quadruples import toy_rows


@pytest.fixture
def options(tmp_path: Path, chat_folder: Path, encoder_folder: str) -> SragOptions:
    write_rows(toy_rows(), tmp_path / "train.jsonl")
    return SragOptions(
        model=str(chat_folder),
        train=[str(tmp_path / "train.jsonl")],
        embedder=encoder_folder,
        output=str(tmp_path / "out"),
        hold_back=4,
    )


def test_what_is_left_open_is_the_presets() -> None:
    paper = SragOptions(train=["x"])
    found = (paper.model, paper.epochs, paper.learning_rate, paper.batch_size, paper.accumulate, paper.rank)
    assert (*found, paper.max_length) == PRESETS["paper"] == ("Qwen/Qwen2.5-7B-Instruct", 2.0, 1e-5, 4, 4, 0, 1024)
    own = SragOptions(train=["x"], preset="lora", epochs=1.0, rank=0)
    assert (own.epochs, own.rank, own.learning_rate) == (1.0, 0, PRESETS["lora"].learning_rate)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"preset": "huge"}, "preset is 'huge'; expected one of paper, lora, small"),
        ({"form": "pairs"}, "form is 'pairs'"),
        ({"dev": ["y"], "hold_back": 3}, "hold_back is 3 beside dev"),
    ],
)
def test_a_value_that_makes_no_sense_is_quoted(given: dict[str, object], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        SragOptions(train=["x"], **given)  # type: ignore[arg-type]


def test_rows_held_back_are_not_learnt_however_they_are_written(options: SragOptions, tmp_path: Path) -> None:
    rows = load_rows(options)
    held, learnt = set(rows.dev["text"]), set(rows.train["text"])
    assert len(held) == 4 and not held & learnt
    again = [{**row, "text": row["text"].upper() + " !!"} for row in rows.dev.to_list()]
    write_rows(again, tmp_path / "dev.jsonl")
    other = load_rows(replace(options, hold_back=0, dev=[str(tmp_path / "dev.jsonl")]))
    assert not held & set(other.train["text"]) and other.repeated >= 4


def test_no_row_is_shown_itself(options: SragOptions) -> None:
    rows = load_rows(options)
    lessons = write_lessons(options, rows)
    texts = {row["id"]: row["text"] for row in rows.train.to_list()}
    for example in lessons.examples:
        lines = example["prompt"][0]["content"].split("\n")
        assert lines[7] == texts[example["id"]] and lines[3] != lines[7] and lines[3] in texts.values()
    assert len(lessons.questions) == 4 and lessons.store is not None


def test_without_shots_and_with_a_single_row_the_prompt_is_plain(options: SragOptions) -> None:
    rows = load_rows(options)
    plain = write_lessons(replace(options, shots=False), rows)
    assert plain.store is None and "示例" not in plain.examples[0]["prompt"][0]["content"]
    alone = write_lessons(options, rows._replace(train=rows.train.select([0])))
    assert "示例" not in alone.examples[0]["prompt"][0]["content"]
    assert "示例" in alone.questions[0][0]["content"]


def test_the_form_is_that_of_prompt_and_answer(options: SragOptions) -> None:
    rows = load_rows(options)
    for form, name, bars in (("triples", "三元组", 2), ("quadruples", "四元组", 3)):
        example = write_lessons(replace(options, form=form), rows).examples[0]
        answer = example["completion"][0]["content"]
        assert name in example["prompt"][0]["content"] and answer.split(" [SEP] ")[0].count("|") == bars


def test_rows_that_teach_nothing_at_all_are_refused(options: SragOptions) -> None:
    rows = load_rows(options)
    bare = Dataset.from_list([{**row, "quads": []} for row in rows.train.to_list()[:3]])
    with pytest.raises(
        ValueError, match=r"none of 3 training rows .* \(3 without quadruples\); expected a column `quads`"
    ):
        write_lessons(options, rows._replace(train=bare))


def test_a_row_that_teaches_nothing_is_shown_to_none(options: SragOptions) -> None:
    rows = load_rows(options)
    first, *others = rows.train.to_list()
    quads = [{**first["quads"][0], "argument": "a | b"}]
    lessons = write_lessons(options, rows._replace(train=Dataset.from_list([{**first, "quads": quads}, *others])))
    assert lessons.store is not None
    assert [example.id for example in lessons.store.examples] == [row["id"] for row in others]
    assert lessons.reformulation.flawed == {"unwritable": [first["id"]]}


def test_only_the_first_rows_are_learnt_where_so_asked(options: SragOptions) -> None:
    assert len(load_rows(replace(options, rows=3)).train) == 3
