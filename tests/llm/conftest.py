"""No test of this folder may need the Hub or somebody's token."""

import huggingface_hub.constants
import pytest


@pytest.fixture(autouse=True)
def no_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody's token, and the offline mode of `.ci/run`: nothing here may need the Hub."""
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", True)
    for name in ("HF_TOKEN", "HF_TOXSPAN_LLM_TOKEN"):
        monkeypatch.delenv(name, raising=False)
