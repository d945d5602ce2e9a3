"""Promises of the package as a whole."""

import importlib
import logging
import os
import subprocess
import sys
from pathlib import Path

import pytest
from transformers.pipelines import PIPELINE_REGISTRY

import hf_toxspan
from hf_toxspan._version import __version__


def test_import_loads_neither_torch_nor_transformers() -> None:
    code = (
        "import sys, hf_toxspan; print(*(sys.modules.keys() & {'torch', 'transformers', 'datasets', 'numpy'}));"
        "hf_toxspan.Span(0, 1); print(*(sys.modules.keys() & {'torch', 'transformers', 'datasets'}))"
    )

    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code],
        cwd=Path(__file__).parents[1],
        env={**os.environ, "HF_HUB_OFFLINE": "1"},
        capture_output=True,
        text=True,
        check=False,
    )

    assert (done.returncode, done.stdout) == (0, "\n\n"), done.stderr


@pytest.mark.parametrize("name", hf_toxspan.__all__)
def test_every_public_name_is_there(name: str) -> None:
    assert getattr(hf_toxspan, name) is not None
    assert name in dir(hf_toxspan)


def test_a_public_name_is_the_object_of_its_module() -> None:
    from hf_toxspan.modeling.extraction import SpanExtractor

    assert hf_toxspan.SpanExtractor is SpanExtractor
    assert hf_toxspan.__version__ == __version__


def test_an_unknown_name_is_told() -> None:
    with pytest.raises(AttributeError, match="module 'hf_toxspan' has no attribute 'SpanFinder'; expected one of"):
        _ = hf_toxspan.SpanFinder


def test_importing_again_registers_nothing_twice_and_says_nothing(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(logging.getLogger("transformers"), "propagate", True)
    before = PIPELINE_REGISTRY.supported_tasks["toxic-span-extraction"]

    importlib.reload(hf_toxspan)

    assert PIPELINE_REGISTRY.supported_tasks["toxic-span-extraction"] is before
    assert not caplog.records
