"""Promises about the version of gradio that a Space names."""

from importlib.metadata import PackageNotFoundError

import pytest

from hf_toxspan.hub import gradio_version as module
from hf_toxspan.hub.gradio_version import gradio_version


def test_it_is_the_installed_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "version", lambda name: {"gradio": "6.1.0"}[name])
    assert gradio_version("space") == "6.1.0"


def test_without_gradio_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> str:
        raise PackageNotFoundError(name)

    monkeypatch.setattr(module, "version", missing)
    with pytest.raises(ImportError, match=r'pip install "hf_toxspan\[demo\]"'):
        gradio_version("demo")
