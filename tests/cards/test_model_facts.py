"""Promises of a model told from its configuration."""

from typing import Any

import pytest
from transformers import BertConfig, PreTrainedModel

from hf_toxspan.cards.model_facts import describe, kind_of
from hf_toxspan.modeling.extraction_config import ExtractionConfig
from hf_toxspan.modeling.quadruple_encoder_config import QuadrupleEncoderConfig
from hf_toxspan.modeling.rationale_config import RationaleConfig
from tests.conftest import BuildRationale


@pytest.mark.parametrize(
    ("config", "kind"),
    [
        ({"architectures": ["BertForSequenceClassification"]}, "span_classifier"),
        ({"model_type": RationaleConfig.model_type}, "rationale_model"),
        ({"model_type": "toxspan-rationale-onnx"}, "rationale_model"),
        ({"model_type": QuadrupleEncoderConfig.model_type}, "quadruple_encoder"),
        ({"architectures": ["LlamaForCausalLM"]}, "chat_model"),
        ({"peft_type": "LORA", "r": 8}, "adapter"),
    ],
)
def test_every_kind_is_known_by_its_configuration(config: dict[str, Any], kind: str) -> None:
    assert kind_of(config) == kind


@pytest.mark.parametrize(
    "config", [{}, {"architectures": ["BertModel"]}, {"model_type": "bert"}, {"architectures": None}]
)
def test_another_model_is_told(config: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="expected a sequence classifier"):
        kind_of(config)


def test_a_classifier_tells_labels_thresholds_and_size(tiny_model: PreTrainedModel) -> None:
    tiny_model.config.span_extraction = ExtractionConfig().to_dict()
    config = {**tiny_model.config.to_dict(), "architectures": ["BertForSequenceClassification"]}

    facts = describe(config, parameters=1234, size=5_000_000, dtype="float32")

    assert facts.labels == {"clean": False, "toxic": True}
    assert facts.settings["parameters"] == "1,234"
    assert facts.settings["weights"] == "5.0 MB in float32"
    assert facts.settings["spans are read off"] == "gradient norm"
    assert facts.settings["BiCSE: peak"] == ExtractionConfig().bicse.peak
    assert facts.settings["layers"] == "2"


def test_labels_that_nobody_called_toxic_are_not_guessed() -> None:
    config = BertConfig(id2label={0: "a|b", 1: "c"}).to_dict()
    facts = describe({**config, "architectures": ["BertForSequenceClassification"]})
    assert facts.labels == {"a|b": None, "c": None}


def test_a_rationale_model_tells_its_encoder_and_threshold(build_rationale: BuildRationale) -> None:
    facts = describe(build_rationale(span_extraction={"saliency": "tags", "threshold": 0.4}).config.to_dict())
    assert facts.kind == "rationale_model"
    assert facts.settings["encoder"] == "bert"
    assert facts.settings["spans: threshold"] == 0.4
    assert facts.settings["spans are read off"] == "tags"


def test_an_encoder_of_quadruples_tells_its_groups() -> None:
    facts = describe(QuadrupleEncoderConfig(BertConfig(), groups=["Racism", "Sexism"]).to_dict())
    assert facts.settings["groups"] == "Racism, Sexism"
    assert facts.labels == {}


def test_an_adapter_tells_what_is_below_it() -> None:
    facts = describe({"peft_type": "LORA", "r": 8, "lora_alpha": 16, "base_model_name_or_path": "Qwen/Qwen3-8B"})
    assert (facts.architecture, facts.base_model) == ("LORA adapter", "Qwen/Qwen3-8B")
    assert facts.settings["rank"] == 8
