"""Promises of a model's folder made ready: its card tells what lies in it; what nobody could load is refused."""

import json
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file
from transformers import PreTrainedTokenizerBase

from hf_toxspan.cards.data_sources import Source
from hf_toxspan.cards.model_card import Statement
from hf_toxspan.hub.model_folder import open_model, pack_model
from hf_toxspan.modeling.quadruple_encoder import QuadrupleEncoder
from tests.conftest import BuildRationale


def card(folder: Path, statement: Statement | None = None) -> str:
    content = pack_model(open_model(folder), statement or Statement("mine")).files["README.md"]
    assert isinstance(content, bytes)
    return content.decode()


def test_the_card_tells_what_the_folder_knows(model_folder: Path) -> None:
    run = {"recipe": "toxitrace", "sources": ["cold:/home/me/t.csv"], "counts": {"train": {"texts": 480}}}
    (model_folder / "run.json").write_text(json.dumps(run))
    (model_folder / "training.json").write_text(
        json.dumps({"training": 1, "trainer": "GradientConstrainedTrainer", "made_by": "x"})
    )

    told = card(model_folder)

    assert "| COLD (cold:t.csv) | Apache-2.0 |" in told and "| train | 480 |" in told
    assert "trained with gradient constraints" in told
    assert "| toxic | toxic |" in told and "| clean | clean |" in told
    parameters = sum(own.numel() for own in torch.nn.ModuleList([]).parameters())
    assert parameters == 0 and "| parameters | " in told


def test_what_is_stated_beats_what_lies_there(model_folder: Path) -> None:
    (model_folder / "options.json").write_text(json.dumps({"train": ["vihos:a.csv"]}))
    assert "ViHOS" in card(model_folder)
    told = card(model_folder, Statement("mine", sources=[Source("mine.jsonl")]))
    assert "ViHOS" not in told and "mine.jsonl" in told


def test_labels_that_nobody_called_toxic_stop_it(model_folder: Path) -> None:
    config = json.loads((model_folder / "config.json").read_text())
    (model_folder / "config.json").write_text(
        json.dumps({**config, "toxic_labels": None, "id2label": {"0": "a", "1": "b"}})
    )
    with pytest.raises(ValueError, match="pass toxic_labels"):
        open_model(model_folder)


def test_the_other_kinds_are_known(
    build_rationale: BuildRationale, tiny_tokenizer: PreTrainedTokenizerBase, model_folder: Path, tmp_path: Path
) -> None:
    build_rationale().save_pretrained(tmp_path / "rationale")
    tiny_tokenizer.save_pretrained(tmp_path / "rationale")
    assert "tags the words that its label rests on" in card(tmp_path / "rationale")

    QuadrupleEncoder.from_encoder(str(model_folder), groups=["Racism"]).save_pretrained(tmp_path / "quads")
    assert "finds quadruples of hate" in card(tmp_path / "quads")


@pytest.fixture
def adapter(tmp_path: Path) -> Path:
    folder = tmp_path / "run" / "adapter"
    folder.mkdir(parents=True)
    config = {"peft_type": "LORA", "r": 8, "base_model_name_or_path": "/home/me/model"}
    (folder / "adapter_config.json").write_text(json.dumps(config))
    save_file({"a": torch.zeros(2)}, folder / "adapter_model.safetensors")
    return folder


def test_an_adapter_names_a_model_that_others_can_load(adapter: Path) -> None:
    with pytest.raises(ValueError, match=r"names '/home/me/model' .* pass --base-model"):
        pack_model(open_model(adapter), Statement("mine"))

    parcel = pack_model(open_model(adapter), Statement("mine", base_model="Qwen/Qwen3-8B"))

    stored = parcel.files["adapter_config.json"]
    assert isinstance(stored, bytes) and json.loads(stored)["base_model_name_or_path"] == "Qwen/Qwen3-8B"
    assert b"/home/me" not in stored and b"/home/me" not in parcel.files["README.md"]
    assert "/home/me/model" in (adapter / "adapter_config.json").read_text()


def test_what_a_chat_model_was_taught_is_found_beside_its_folder(adapter: Path) -> None:
    (adapter.parent / "judge.json").write_text(
        json.dumps({"prompt": {"name": "judge"}, "labels": {"toxic": True}, "rows": 9})
    )
    (adapter.parent / "options.json").write_text(json.dumps({"train": ["cold:train.csv"]}))

    told = card(adapter, Statement("mine", base_model="Qwen/Qwen3-8B"))

    assert "taught to judge whether a text is toxic" in told
    assert "| prompt: name | judge |" in told and "| rows | 9 |" in told and "COLD" in told


def test_a_folder_without_a_model_is_told(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"has no config\.json and no adapter_config\.json"):
        open_model(tmp_path)
    (tmp_path / "config.json").write_text('{"architectures": ["LlamaForCausalLM"]}')
    with pytest.raises(FileNotFoundError, match="has no weights"):
        open_model(tmp_path)


def test_a_record_that_is_none_is_told(model_folder: Path) -> None:
    (model_folder / "training.json").write_text("{}")
    with pytest.raises(ValueError, match=r"training\.json is no record"):
        open_model(model_folder)
