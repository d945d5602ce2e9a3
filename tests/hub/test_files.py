"""Promises about which files of a folder go: known ones, looked into; what must not go stops it or stays behind."""

import json
import os
from pathlib import Path

import pytest

from hf_toxspan.hub.files import choose_files, read_json


def test_a_models_own_files_go(model_folder: Path) -> None:
    chosen = choose_files(model_folder)
    assert set(chosen.files) == {"config.json", "model.safetensors", "tokenizer.json", "tokenizer_config.json"}
    assert chosen.left_out == {}


@pytest.mark.parametrize(
    "name",
    [
        "training_args.bin",
        "optimizer.pt",
        "scheduler.pt",
        "rng_state_0.pth",
        "trainer_state.json",
        "report_zh.json",
        "run.json",
    ],
)
def test_leftovers_of_a_run_stay_behind(model_folder: Path, name: str) -> None:
    (model_folder / name).write_bytes(b"\x80\x04")
    chosen = choose_files(model_folder)
    assert name in chosen.left_out and name not in chosen.files


@pytest.mark.parametrize("name", ["checkpoints", "checkpoint-10", "runs", ".cache"])
def test_folders_of_a_run_stay_behind(model_folder: Path, name: str) -> None:
    (model_folder / name).mkdir()
    (model_folder / name / "optimizer.pt").write_bytes(b"")
    assert name in choose_files(model_folder).left_out


def test_a_link_that_leads_out_is_refused_and_one_inside_is_not(model_folder: Path, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("x")
    (model_folder / "LICENSE").symlink_to(tmp_path / "secret")
    with pytest.raises(ValueError, match=r"LICENSE \(a link that leads out of the folder"):
        choose_files(model_folder)
    (model_folder / "LICENSE").unlink()
    (model_folder / "NOTICE").symlink_to("config.json")
    assert "NOTICE" in choose_files(model_folder).files


def test_other_folders_and_pipes_are_refused(model_folder: Path) -> None:
    (model_folder / "more").mkdir()
    os.mkfifo(model_folder / "vocab.txt")
    with pytest.raises(ValueError, match=r"more \(a folder; .*vocab\.txt \(no regular file\)"):
        choose_files(model_folder)


@pytest.mark.parametrize("file", ["config.json", "tokenizer_config.json", "adapter_config.json"])
@pytest.mark.parametrize(
    "settings",
    [
        {"auto_map": {"AutoModel": "x.y"}},
        {"custom_pipelines": {}},
        {"text_config": [{"deep": {"auto_map": {}}}]},
        {"trust_remote_code": True},
    ],
)
def test_a_configuration_that_asks_for_code_is_refused(
    model_folder: Path, file: str, settings: dict[str, object]
) -> None:
    (model_folder / file).write_text(json.dumps(settings))
    with pytest.raises(ValueError, match="it asks for code of its own by"):
        choose_files(model_folder)


def test_a_word_of_the_vocabulary_is_no_setting(model_folder: Path) -> None:
    (model_folder / "vocab.json").write_text(json.dumps({"auto_map": 1, "custom_pipelines": 2}))
    assert "vocab.json" in choose_files(model_folder).files


@pytest.mark.parametrize(
    ("content", "told"), [("{", "no JSON"), ("[1]", "its JSON is a list"), ("[" * 100_000, "nested too deep")]
)
def test_json_that_is_none_is_refused(model_folder: Path, content: str, told: str) -> None:
    (model_folder / "config.json").write_text(content)
    with pytest.raises(ValueError, match=told):
        choose_files(model_folder)


def test_a_pickle_under_another_name_is_refused(model_folder: Path) -> None:
    (model_folder / "model.safetensors").write_bytes(b"\x80\x04\x95" + b"\0" * 100)
    with pytest.raises(ValueError, match="begins like a pickle or an archive"):
        choose_files(model_folder)


def test_everything_that_is_wrong_is_told_at_once(model_folder: Path) -> None:
    for name in ("a.pt", "b.py", "c.csv", "d.what"):
        (model_folder / name).write_bytes(b"")
    with pytest.raises(ValueError, match=r"a\.pt \(.*b\.py \(.*c\.csv \(.*d\.what \("):
        choose_files(model_folder)
    assert set(choose_files(model_folder, exclude=["?.*"]).left_out) == {"a.pt", "b.py", "c.csv", "d.what"}


def test_a_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="does not exist"):
        choose_files(tmp_path / "none")


def test_a_json_file_is_read_or_told(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="expected a JSON file"):
        read_json(tmp_path / "none.json")
    (tmp_path / "a.json").write_text("[" * 100_000)
    with pytest.raises(ValueError, match=r"a\.json is no JSON"):
        read_json(tmp_path / "a.json")
