"""What the tests of publishing share: a process that may reach the loopback Hub, and a trained folder."""

import time
from pathlib import Path

import pytest
from transformers import PreTrainedModel, PreTrainedTokenizerBase

from tests.hub_server import WRITER


@pytest.fixture
def online(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let this process reach servers as "me", and repeat failed requests without waiting."""
    monkeypatch.setenv("HF_TOKEN", WRITER)
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", False)
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_DISABLE_XET", True)
    monkeypatch.setattr(time, "sleep", lambda seconds: None)


@pytest.fixture
def model_folder(taught_model: PreTrainedModel, tiny_tokenizer: PreTrainedTokenizerBase, tmp_path: Path) -> Path:
    """The folder of a tiny classifier."""
    folder = tmp_path / "model"
    taught_model.save_pretrained(folder)
    tiny_tokenizer.save_pretrained(folder)
    return folder
