"""Promises of `hf_toxspan.modeling.rationale_config`."""

import json
from pathlib import Path
from typing import Any

import pytest
from transformers import BertConfig, PreTrainedConfig, RobertaConfig

from hf_toxspan.modeling.extraction_config import ExtractionConfig
from hf_toxspan.modeling.rationale_config import FUSIONS, RationaleConfig


def test_everything_comes_back_from_a_folder(tmp_path: Path) -> None:
    config = RationaleConfig(
        RobertaConfig(hidden_size=12, num_hidden_layers=1, num_attention_heads=2),
        "published",
        0.3,
        {"saliency": "tags", "threshold": 0.25},
        id2label={0: "clean", 1: "hate", 2: "rude"},
    )
    config.toxic_labels = ["hate", "rude"]

    config.save_pretrained(tmp_path)
    loaded = RationaleConfig.from_pretrained(tmp_path)

    assert isinstance(loaded.text_config, RobertaConfig) and loaded.text_config.hidden_size == 12
    assert (loaded.fusion, loaded.head_dropout) == ("published", 0.3)
    assert loaded.id2label == {0: "clean", 1: "hate", 2: "rude"} and loaded.num_labels == 3
    assert loaded.toxic_labels == ["hate", "rude"]
    assert ExtractionConfig.from_config(loaded) == ExtractionConfig("tags", threshold=0.25)


@pytest.mark.parametrize(
    ("given", "kind"),
    [(None, "bert"), ({"hidden_size": 12}, "bert"), ({"model_type": "roberta"}, "roberta"), (BertConfig(), "bert")],
)
def test_the_encoders_configuration_may_be_given_in_any_form(given: Any, kind: str) -> None:
    before = dict(given) if isinstance(given, dict) else None

    config = RationaleConfig(given)

    assert isinstance(config.text_config, PreTrainedConfig) and config.text_config.model_type == kind
    assert config.get_text_config() is config.text_config
    assert before is None or given == before  # stays as it is


@pytest.mark.parametrize(
    ("given", "read"),
    [
        (None, ExtractionConfig("tags")),
        ({}, ExtractionConfig("tags")),
        ({"threshold": 0.3}, ExtractionConfig("tags", threshold=0.3)),
        ({"saliency": "gradient_norm"}, ExtractionConfig("gradient_norm")),
    ],
)
def test_spans_are_read_off_the_tags_unless_it_says_otherwise(
    given: dict[str, Any] | None, read: ExtractionConfig
) -> None:
    assert ExtractionConfig.from_config(RationaleConfig(span_extraction=given)) == read


def test_the_encoders_kind_of_attention_is_kept_unless_another_is_asked_for() -> None:
    kept = RationaleConfig(BertConfig(attn_implementation="eager"))
    asked = RationaleConfig(BertConfig(attn_implementation="eager"), attn_implementation="sdpa")

    assert kept._attn_implementation == kept.text_config._attn_implementation == "eager"
    assert asked._attn_implementation == asked.text_config._attn_implementation == "sdpa"


def test_an_unknown_fusion_is_told_with_those_known() -> None:
    with pytest.raises(ValueError, match=f"fusion is 'sum'; expected one of {', '.join(FUSIONS)}"):
        RationaleConfig(fusion="sum")


def test_the_configuration_of_another_model_is_refused(tmp_path: Path) -> None:
    BertConfig().save_pretrained(tmp_path)

    with pytest.raises(ValueError, match=r"holds a 'bert'; expected a 'toxspan-rationale': .*from_encoder"):
        RationaleConfig.from_pretrained(tmp_path)
    (tmp_path / "config.json").write_text(json.dumps({"fusion": "pooler"}), encoding="utf-8")
    assert RationaleConfig.from_pretrained(tmp_path).fusion == "pooler"


def test_a_saved_configuration_does_not_tell_where_the_encoder_lay(tmp_path: Path) -> None:
    encoder = BertConfig(hidden_size=12, num_attention_heads=2)
    encoder.name_or_path = "/home/somebody/secret"  # as a model that is loaded from there leaves it
    assert "secret" in str(encoder.to_dict())
    RationaleConfig(encoder).save_pretrained(tmp_path / "model")
    assert "secret" not in (tmp_path / "model" / "config.json").read_text(encoding="utf-8")
