"""The pipeline as the service sees it, with real models of every kind."""

from pathlib import Path

import pytest
from transformers import PreTrainedTokenizerFast, pipeline

import hf_toxspan  # noqa: F401  registers the tasks
from hf_toxspan.modeling.onnx_export import export_onnx
from hf_toxspan.modeling.rationale import RationaleForToxicSpans
from hf_toxspan.obfuscation.normaliser import build_normaliser
from hf_toxspan.pipelines.toxic_span_extraction import ToxicSpanExtractionPipeline
from hf_toxspan.serving.jobs import Job
from hf_toxspan.serving.model import PACKAGED_LANGUAGES, ServedModel

TEXTS = ["you stupid idiot", "hello friend", "你这个笨蛋", "", "đồ ngu 😡", "\ud83d fool", "a\x00b"]


def check_against(pipe: ToxicSpanExtractionPipeline) -> None:
    """A batch of mixed jobs says what the pipeline says of each text by itself."""
    model = ServedModel(pipe, batch_size=2)
    jobs = [Job(text, explain_all) for text in TEXTS for explain_all in (False, True)]
    for job, own in zip(jobs, model.read(jobs), strict=True):
        shown = model.present(own, job.text, return_saliency=job.explain_all)
        expected = pipe(job.text, explain_all=job.explain_all, return_saliency=job.explain_all)
        assert shown["spans"] == expected["spans"]
        assert shown["label"] == expected["label"]
        assert shown["score"] == pytest.approx(expected["score"], abs=1e-5)
        assert shown.get("saliency") == pytest.approx(expected.get("saliency"), abs=2e-4)
        assert shown["toxic"] is (shown["label"] == "toxic")
        assert shown["toxicity"] == pytest.approx(shown["score"] if shown["toxic"] else 1 - shown["score"], abs=1e-5)


def test_a_gradient_classifier_answers_as_its_pipeline(pipe: ToxicSpanExtractionPipeline) -> None:
    check_against(pipe)


def test_a_rationale_model_answers_as_its_pipeline(
    taught_rationale_model: RationaleForToxicSpans, tiny_tokenizer: PreTrainedTokenizerFast
) -> None:
    check_against(ToxicSpanExtractionPipeline(model=taught_rationale_model, tokenizer=tiny_tokenizer))


def test_an_onnx_folder_answers_as_its_pipeline(
    taught_rationale_model: RationaleForToxicSpans, tiny_tokenizer: PreTrainedTokenizerFast, tmp_path: Path
) -> None:
    pytest.importorskip("onnxruntime")
    export_onnx(taught_rationale_model, tiny_tokenizer, tmp_path / "graph")
    check_against(pipeline("toxic-span-extraction", model=str(tmp_path / "graph")))


def test_a_packaged_model_answers_and_says_its_languages() -> None:
    model = ServedModel(pipeline("toxic-span-extraction", device="cpu"))
    [found] = model.read([Job("What a stupid idea, you fool.")])
    assert found.toxic
    assert model.languages == PACKAGED_LANGUAGES
    assert model.name == "toxspan-small"


def test_disguised_spellings_are_told_as_read(pipe: ToxicSpanExtractionPipeline) -> None:
    twice = ToxicSpanExtractionPipeline(
        model=pipe.model, tokenizer=pipe.tokenizer, second_reading=build_normaliser(["spacing"], ["stupid"])
    )
    model = ServedModel(twice)
    text = "you s.t.u.p.i.d"
    [found] = model.read([Job(text)])
    shown = model.present(found, text)
    assert shown["read_as"] == "you stupid"
    assert shown["spans"][0]["text"] == "s.t.u.p.i.d"


def test_languages_are_the_config_s_or_unknown(pipe: ToxicSpanExtractionPipeline) -> None:
    assert ServedModel(pipe).languages == ()
    pipe.model.config.languages = ["zh"]
    assert ServedModel(pipe).languages == ("zh",)
    pipe.model.config.languages = "zh"
    assert ServedModel(pipe).languages == ()


def test_the_place_of_a_folder_is_not_told(pipe: ToxicSpanExtractionPipeline) -> None:
    pipe.model.name_or_path = "/home/me/models/mine/"
    assert ServedModel(pipe).name == "mine"


def test_a_label_stands_for_an_attribute(pipe: ToxicSpanExtractionPipeline) -> None:
    model = ServedModel(pipe)
    [found] = model.read([Job("you fool")])
    assert model.probability(found, "clean") == pytest.approx(1 - found.toxicity, abs=1e-6)
    model.check_attributes({"INSULT": "toxic"})
    with pytest.raises(ValueError, match="attribute THREAT is to be the label 'threat'"):
        model.check_attributes({"THREAT": "threat"})


def test_another_pipeline_is_refused() -> None:
    with pytest.raises(TypeError, match="expected the pipeline of toxic-span-extraction"):
        ServedModel(lambda texts: texts)
