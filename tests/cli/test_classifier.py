"""The pipeline as a function, and what tells one model from another."""

import os
from pathlib import Path

import pytest
from transformers import BertForSequenceClassification, PreTrainedTokenizerFast

from hf_toxspan.cli.classifier import fingerprint, load_classify


@pytest.fixture
def folder(tmp_path: Path, tiny_model: BertForSequenceClassification, tiny_tokenizer: PreTrainedTokenizerFast) -> Path:
    tiny_model.config.toxic_labels = None
    tiny_model.config.id2label = {0: "fine", 1: "nasty"}
    tiny_model.save_pretrained(tmp_path)
    tiny_tokenizer.save_pretrained(tmp_path)
    return tmp_path


def test_toxic_follows_the_label_the_user_named(folder: Path) -> None:
    results = load_classify(str(folder), device="cpu", toxic_labels=["nasty"])(["you idiot", "hello", ""])
    assert [result["toxic"] for result in results] == [result["label"] == "nasty" for result in results]
    assert list(results[0])[:3] == ["label", "score", "toxic"]


def test_model_that_does_not_say_what_is_toxic_is_refused(folder: Path) -> None:
    with pytest.raises(ValueError, match=r"fine.*nasty"):
        load_classify(str(folder), device="cpu")


def test_fingerprint_changes_with_the_files_of_a_folder(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text("{}")
    before = fingerprint(str(tmp_path))
    assert fingerprint(str(tmp_path)) == before
    os.utime(tmp_path / "config.json", ns=(1, 1))
    assert fingerprint(str(tmp_path)) != before


def test_fingerprint_names_hub_and_packaged_models() -> None:
    assert fingerprint("org/name")["model"] == "org/name"
    assert "inside hf_toxspan" in fingerprint(None)["model"]
