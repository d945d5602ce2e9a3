"""Promises of `hf_toxspan.recipes.run_folder`."""

import json
from dataclasses import dataclass
from pathlib import Path

import pytest
from datasets import Dataset

from hf_toxspan.recipes.run_folder import check_folder, write_json, write_run


@dataclass
class Options:
    """Of a run."""

    rate: float = 0.1
    output: str = "here"


def test_a_folder_takes_runs_of_equal_options_alone(tmp_path: Path) -> None:
    folder = tmp_path / "new" / "run"
    check_folder(Options(), folder, free={"output"})
    check_folder(Options(output="there"), folder, free={"output"})

    with pytest.raises(ValueError, match=r"run holds results with other values of rate; pass those of .*options\.json"):
        check_folder(Options(rate=0.2), folder, free={"output"})


def test_a_file_that_cannot_be_written_leaves_the_old_one(tmp_path: Path) -> None:
    path = tmp_path / "result.json"
    write_json(path, {"score": 1})

    with pytest.raises(TypeError):
        write_json(path, {"score": object()})

    assert json.loads(path.read_text(encoding="utf-8")) == {"score": 1}


def test_what_a_model_learnt_from_is_kept_without_its_texts(tmp_path: Path) -> None:
    train = Dataset.from_list(
        [
            {"text": "you fool", "toxic": True, "spans": [[4, 8]]},
            {"text": "hello", "toxic": False, "spans": []},
            {"text": "trash", "toxic": True, "spans": None},
        ]
    )
    quads = Dataset.from_list([{"id": "1", "text": "a", "quads": [{"target": "b"}, {"target": "c"}]}])

    write_run(tmp_path / "new", "toxitrace", sources=["cold:train.csv"], parts={"train": train, "dev": quads})

    stored = (tmp_path / "new" / "run.json").read_text(encoding="utf-8")
    assert json.loads(stored) == {
        "recipe": "toxitrace",
        "sources": ["cold:train.csv"],
        "counts": {"train": {"texts": 3, "toxic": 2, "annotated": 2}, "dev": {"texts": 1, "quadruples": 2}},
    }
    assert "fool" not in stored
