"""Promises of `hf_toxspan.modeling.onnx_export`: a graph that says what the model says."""

import shutil
from pathlib import Path

import pytest
import torch
from transformers import AutoModelForSequenceClassification, BertForSequenceClassification, pipeline
from transformers import PreTrainedTokenizerBase as Tokenizer

import hf_toxspan  # noqa: F401  (registers the task)
from hf_toxspan.modeling.checkpoint import load_classifier
from hf_toxspan.modeling.extraction import SpanExtractor
from hf_toxspan.modeling.onnx_export import export_onnx
from hf_toxspan.modeling.rationale_onnx import RationaleOnnxModel
from tests.modeling.lively import ENCODERS, lively

pytest.importorskip("onnxruntime")
TEXTS = ["you stupid fool", "hello kind world", "", "他真是个蠢货吧", "bạn rất ngu " * 60, "a 👩‍👩‍👧 ugly e\u0301"]


@pytest.mark.parametrize("encoder", ENCODERS)
def test_the_pipeline_says_the_same_of_a_graph(encoder: str, tiny_tokenizer: Tokenizer, tmp_path: Path) -> None:
    model = lively(encoder, tiny_tokenizer)

    exported = export_onnx(model, tiny_tokenizer, tmp_path / "graph")

    assert max(exported.tags, exported.labels) < 1e-4
    assert exported.size == exported.file.stat().st_size
    pipe = pipeline("toxic-span-extraction", model=str(tmp_path / "graph"))
    assert isinstance(pipe.model, RationaleOnnxModel)
    wanted = SpanExtractor(model, tiny_tokenizer)(TEXTS, explain_all=True)
    found = pipe(TEXTS, explain_all=True)
    assert sum(len(explanation.spans) for explanation in wanted) > 3
    for explanation, result in zip(wanted, found, strict=True):
        assert result["label"] == explanation.label
        assert result["score"] == pytest.approx(explanation.score, abs=1e-4)
        assert [(span["start"], span["end"]) for span in result["spans"]] == explanation.spans


def test_texts_of_any_length_in_batches_of_any_size(tiny_tokenizer: Tokenizer, graph: Path) -> None:
    model = lively("bert", tiny_tokenizer)
    loaded, _ = load_classifier(graph)
    draw = torch.Generator().manual_seed(0)

    for rows, tokens in ((1, 2), (3, 5), (7, 128)):
        ids = torch.randint(5, 400, (rows, tokens), generator=draw)
        mask = torch.ones_like(ids)
        mask[0, 2:] = 0
        inputs = {"input_ids": ids, "attention_mask": mask, "token_mask": mask}
        with torch.no_grad():
            wanted, found = model(**inputs), loaded(**inputs)
        torch.testing.assert_close(found.logits, wanted.logits, rtol=0, atol=1e-4)
        torch.testing.assert_close(found.toxicity[mask.bool()], wanted.toxicity[mask.bool()], rtol=0, atol=1e-4)


def test_a_text_without_a_token_that_could_be_evidence_has_logits(tiny_tokenizer: Tokenizer, graph: Path) -> None:
    model = lively("bert", tiny_tokenizer)
    ids = torch.tensor([[2, 3]])
    inputs = {"input_ids": ids, "attention_mask": torch.ones_like(ids), "token_mask": torch.zeros_like(ids)}

    found = load_classifier(graph)[0](**inputs).logits

    with torch.no_grad():
        torch.testing.assert_close(found, model(**inputs).logits, rtol=0, atol=1e-5)


def test_int8_is_smaller_and_close(tiny_tokenizer: Tokenizer, graph: Path, tmp_path: Path) -> None:
    small = export_onnx(lively("bert", tiny_tokenizer), tiny_tokenizer, tmp_path / "int8", int8=True)

    assert small.file.name == "model_int8.onnx"
    assert small.size < (graph / "model.onnx").stat().st_size
    assert 0 < max(small.tags, small.labels) < 0.25


def test_the_published_fusion_is_exported_with_its_padding(tiny_tokenizer: Tokenizer, tmp_path: Path) -> None:
    exported = export_onnx(lively("bert", tiny_tokenizer, "published"), tiny_tokenizer, tmp_path / "graph")

    assert exported.labels < 1e-4


def test_nothing_is_left_of_a_graph_that_differs(tiny_tokenizer: Tokenizer, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="expected at most 0: nothing was written"):
        export_onnx(lively("bert", tiny_tokenizer), tiny_tokenizer, tmp_path / "graph", int8=True, tolerance=0.0)

    assert list(tmp_path.iterdir()) == []


def test_a_model_that_answers_nan_is_refused(tiny_tokenizer: Tokenizer, tmp_path: Path) -> None:
    model = lively("bert", tiny_tokenizer)
    model.classifier.bias.data[0] = torch.nan

    with pytest.raises(ValueError, match=r"and nan in a label's; expected at most 0\.0001"):
        export_onnx(model, tiny_tokenizer, tmp_path / "graph")


def test_only_an_earlier_export_is_replaced(tiny_tokenizer: Tokenizer, graph: Path, tmp_path: Path) -> None:
    model, own = lively("bert", tiny_tokenizer), Path(shutil.copytree(graph, tmp_path / "graph"))
    with pytest.raises(FileExistsError, match="force replaces it"):
        export_onnx(model, tiny_tokenizer, own)
    export_onnx(model, tiny_tokenizer, own, int8=True, force=True)
    assert not (own / "model.onnx").exists()

    model.save_pretrained(tmp_path / "model")
    with pytest.raises(FileExistsError, match="is no earlier export"):
        export_onnx(model, tiny_tokenizer, tmp_path / "model", force=True)


def test_other_classifiers_are_refused(
    tiny_model: BertForSequenceClassification, tiny_tokenizer: Tokenizer, tmp_path: Path
) -> None:
    with pytest.raises(TypeError, match="expected a RationaleForToxicSpans"):
        export_onnx(tiny_model, tiny_tokenizer, tmp_path / "graph")  # type: ignore[arg-type]


def test_the_auto_classes_load_a_graph_and_it_saves_itself(graph: Path, tmp_path: Path) -> None:
    loaded = AutoModelForSequenceClassification.from_pretrained(graph, dtype=torch.float16)

    loaded.to("cpu").eval().save_pretrained(tmp_path / "copy")

    assert (tmp_path / "copy" / "model.onnx").read_bytes() == (graph / "model.onnx").read_bytes()
    assert isinstance(AutoModelForSequenceClassification.from_pretrained(tmp_path / "copy"), RationaleOnnxModel)
