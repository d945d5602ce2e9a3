"""Promises of `hf_toxspan.modeling.rationale_onnx`: what is wrong with a folder is told."""

import json
import shutil
import sys
from pathlib import Path

import pytest
from transformers import PreTrainedTokenizerBase as Tokenizer

from hf_toxspan.modeling.extraction import SpanExtractor
from hf_toxspan.modeling.extraction_config import ExtractionConfig
from hf_toxspan.modeling.rationale_config import RationaleOnnxConfig
from hf_toxspan.modeling.rationale_onnx import RationaleOnnxModel, require_packages

pytest.importorskip("onnxruntime")


@pytest.fixture
def own_graph(graph: Path, tmp_path: Path) -> Path:
    """An exported folder that a test may change."""
    return Path(shutil.copytree(graph, tmp_path / "graph"))


@pytest.mark.parametrize("name", ["../model.onnx", "/etc/model.onnx", "c:model.onnx", "sub/model.onnx", "model.bin", 3])
def test_a_config_cannot_point_out_of_its_folder(name: object) -> None:
    with pytest.raises(ValueError, match=r"onnx_file is .* expected the plain name of a file"):
        RationaleOnnxConfig(onnx_file=name)  # type: ignore[arg-type]


def test_a_graph_has_no_gradients_to_read(graph: Path, tiny_tokenizer: Tokenizer) -> None:
    extractor = SpanExtractor(
        RationaleOnnxModel.from_pretrained(graph), tiny_tokenizer, config=ExtractionConfig("gradient_norm")
    )

    with pytest.raises(ValueError, match="an ONNX model has no gradients to read spans off"):
        extractor(["you fool"], explain_all=True)


def test_a_broken_graph_is_told(own_graph: Path) -> None:
    file = own_graph / "model.onnx"
    file.write_bytes(file.read_bytes()[:1000])

    with pytest.raises(ValueError, match=r"can't read .*model\.onnx"):
        RationaleOnnxModel.from_pretrained(own_graph)


def test_a_graph_of_other_labels_is_told(own_graph: Path) -> None:
    config = json.loads((own_graph / "config.json").read_text(encoding="utf-8"))
    config |= {"id2label": {"0": "a", "1": "b", "2": "c"}, "label2id": {"a": 0, "b": 1, "c": 2}}
    (own_graph / "config.json").write_text(json.dumps(config), encoding="utf-8")

    with pytest.raises(ValueError, match="has 2 labels; its config says 3"):
        RationaleOnnxModel.from_pretrained(own_graph)


def test_a_missing_graph_is_told(own_graph: Path) -> None:
    (own_graph / "model.onnx").unlink()

    with pytest.raises(OSError, match=r"model\.onnx"):
        RationaleOnnxModel.from_pretrained(own_graph)


def test_a_missing_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    require_packages("json")

    with pytest.raises(ImportError, match=r'pip install "hf_toxspan\[onnx\]"'):
        require_packages("no_such_package")
