"""What the tests of ONNX share: exporting takes seconds, so it is done once."""

from pathlib import Path

import pytest
from transformers import PreTrainedTokenizerBase

from hf_toxspan.modeling.onnx_export import export_onnx
from tests.modeling.lively import lively


@pytest.fixture(scope="session")
def graph(tiny_tokenizer: PreTrainedTokenizerBase, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The exported folder of ``lively("bert")``; never changed."""
    folder = tmp_path_factory.mktemp("onnx") / "graph"
    export_onnx(lively("bert", tiny_tokenizer), tiny_tokenizer, folder)
    return folder
