"""`hf-toxspan export` as a user runs it."""

import json
from pathlib import Path

import pytest
from transformers import PreTrainedModel
from transformers import PreTrainedTokenizerBase as Tokenizer

from hf_toxspan.cli.main import main
from tests.modeling.lively import lively

pytest.importorskip("onnxruntime")


def test_an_exported_folder_is_a_model_for_the_other_commands(
    tiny_tokenizer: Tokenizer, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    model, exported = tmp_path / "model", tmp_path / "exported"
    lively("bert", tiny_tokenizer).save_pretrained(model)
    tiny_tokenizer.save_pretrained(model)

    assert main(["export", "--model", str(model), "--output", str(exported)]) == 0

    told = " ".join(capfd.readouterr().out.split())
    assert "MiB (the model: " in told and "Largest difference of a probability" in told
    results = []
    for folder in (model, exported):
        assert main(["extract", "--model", str(folder), "--format", "jsonl", "--explain-all", "you stupid fool"]) == 0
        results.append(json.loads(capfd.readouterr().out.splitlines()[0]))
    assert results[0]["label"] == results[1]["label"]
    for wanted, found in zip(*(result["spans"] for result in results), strict=True):
        assert found == pytest.approx(wanted, abs=1e-3)
    assert main(["export", "--model", str(model), "--output", str(exported)]) == 2
    assert "exists; force replaces it" in capfd.readouterr().err


def test_other_models_are_refused(
    tiny_model: PreTrainedModel, tiny_tokenizer: Tokenizer, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    tiny_model.save_pretrained(tmp_path)
    tiny_tokenizer.save_pretrained(tmp_path)

    assert main(["export", "--model", str(tmp_path), "--output", str(tmp_path / "exported")]) == 2
    assert "expected a RationaleForToxicSpans" in capfd.readouterr().err
