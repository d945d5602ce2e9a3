"""Promises of `hf_toxspan.modeling.checkpoint`."""

from pathlib import Path

import pytest
import torch
from transformers import BertForSequenceClassification, ByT5Tokenizer, PreTrainedTokenizerBase

from hf_toxspan.modeling.checkpoint import load_classifier, require_offsets, use_float32_on_cpu


@pytest.fixture
def folder(tmp_path: Path, tiny_model: BertForSequenceClassification, tiny_tokenizer: PreTrainedTokenizerBase) -> Path:
    tiny_model.save_pretrained(tmp_path)
    tiny_tokenizer.save_pretrained(tmp_path)
    return tmp_path


def test_a_saved_classifier_comes_back_ready_for_use(folder: Path, tiny_model: BertForSequenceClassification) -> None:
    model, tokenizer = load_classifier(folder)

    assert not model.training
    assert tokenizer.is_fast
    for name, weight in tiny_model.state_dict().items():
        assert torch.equal(model.state_dict()[name], weight), name


def test_a_half_precision_checkpoint_is_loaded_in_float32(folder: Path) -> None:
    load_classifier(folder)[0].half().save_pretrained(folder)

    assert load_classifier(folder)[0].dtype == torch.float32


def test_settings_of_from_pretrained_are_passed_on(folder: Path) -> None:
    model, _ = load_classifier(folder, dtype=torch.float64, attn_implementation="eager")

    assert model.dtype == torch.float64
    assert model.config._attn_implementation == "eager"


def test_a_home_folder_may_be_abbreviated(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(folder.parent))

    assert load_classifier(f"~/{folder.name}")[0].config.id2label == {0: "clean", 1: "toxic"}


@pytest.mark.parametrize("name", ["/no/such/folder", "./no/such/folder", "~/no/such/folder"])
def test_a_missing_folder_is_named(name: str) -> None:
    with pytest.raises(FileNotFoundError, match=f"model folder '{name}' does not exist; expected a folder"):
        load_classifier(name)


@pytest.mark.parametrize("missing", ["config.json", "model.safetensors", "tokenizer.json"])
def test_a_folder_with_a_file_missing_is_named(folder: Path, missing: str) -> None:
    (folder / missing).unlink()

    with pytest.raises(ValueError, match=f"(?s){folder}.*expected a folder or Hub id with config.json"):
        load_classifier(folder)


def test_a_folder_without_any_file_of_a_tokenizer_is_named(folder: Path) -> None:
    """`transformers` would make up a tokenizer that knows no word."""
    for file in folder.glob("tokenizer*"):
        file.unlink()

    with pytest.raises(ValueError, match=f"BertTokenizer of '{folder}' has no vocabulary"):
        load_classifier(folder)


@pytest.mark.parametrize("broken", ["config.json", "model.safetensors", "tokenizer.json"])
def test_a_folder_with_a_truncated_file_is_named(folder: Path, broken: str) -> None:
    content = (folder / broken).read_bytes()
    (folder / broken).write_bytes(content[: len(content) // 2])

    with pytest.raises(ValueError, match=f"can't load a sequence classifier from '{folder}'"):
        load_classifier(folder)


def test_a_hub_name_without_a_network_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)

    with pytest.raises(ValueError, match="can't load a sequence classifier from 'nobody/has-this-model'"):
        load_classifier("nobody/has-this-model")


def test_a_tokenizer_without_offsets_is_refused(tiny_tokenizer: PreTrainedTokenizerBase) -> None:
    require_offsets(tiny_tokenizer)

    with pytest.raises(ValueError, match="ByT5Tokenizer gives no character offsets; expected a fast tokenizer"):
        require_offsets(ByT5Tokenizer())


def test_only_float16_on_a_cpu_is_converted(tiny_model: BertForSequenceClassification) -> None:
    assert use_float32_on_cpu(tiny_model.half()).dtype == torch.float32
    assert use_float32_on_cpu(tiny_model.bfloat16()).dtype == torch.bfloat16
    assert use_float32_on_cpu(tiny_model.double()).dtype == torch.float64
