"""Promises of `hf_toxspan.modeling.quadruple_encoder_config`."""

import json
from pathlib import Path
from typing import Any

import pytest
from transformers import BertConfig, RobertaConfig

from hf_toxspan.core.quadruples import GROUPS
from hf_toxspan.modeling.quadruple_encoder_config import Decoding, QuadrupleEncoderConfig


def test_everything_comes_back_from_a_folder(tmp_path: Path) -> None:
    encoder = RobertaConfig(hidden_size=12, num_hidden_layers=1, num_attention_heads=2)
    config = QuadrupleEncoderConfig(encoder, ["Sexism", "Racism"], 0.3, {"bonus": -1.5})

    config.save_pretrained(tmp_path)
    loaded = QuadrupleEncoderConfig.from_pretrained(tmp_path)

    assert isinstance(loaded.text_config, RobertaConfig) and loaded.text_config.hidden_size == 12
    assert loaded.get_text_config() is loaded.text_config
    assert (loaded.groups, loaded.head_dropout) == (["Sexism", "Racism"], 0.3)
    assert Decoding.from_dict(loaded.decoding) == Decoding(bonus=-1.5)


def test_without_a_word_it_is_a_bert_that_knows_all_groups() -> None:
    config = QuadrupleEncoderConfig()

    assert (config.text_config.model_type, config.groups) == ("bert", list(GROUPS))
    assert Decoding.from_dict(config.decoding) == Decoding()
    assert QuadrupleEncoderConfig({"model_type": "roberta"}).text_config.model_type == "roberta"


def test_the_encoders_kind_of_attention_is_kept_unless_another_is_asked_for() -> None:
    kept = QuadrupleEncoderConfig(BertConfig(attn_implementation="eager"))
    asked = QuadrupleEncoderConfig(BertConfig(attn_implementation="eager"), attn_implementation="sdpa")

    assert kept._attn_implementation == kept.text_config._attn_implementation == "eager"
    assert asked._attn_implementation == asked.text_config._attn_implementation == "sdpa"


@pytest.mark.parametrize("groups", [[], ["Sexism", "Sexism"], ["Sexism", "Weather"], ["non-hate"]])
def test_groups_that_no_quadruple_can_hold_are_refused(groups: list[str]) -> None:
    with pytest.raises(ValueError, match=r"groups is \[.*\]; expected some of Racism, Region, .*, each once"):
        QuadrupleEncoderConfig(groups=groups)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"bonus": "much"}, "decoding: bonus is 'much'; expected a finite number"),
        ({"target_floor": float("-inf")}, "decoding: target_floor is -inf; expected a finite number"),
        ({"floor": 1.0}, "decoding has 'floor'; expected bonus, target_floor"),
    ],
)
def test_a_decoding_that_makes_no_sense_is_refused(settings: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        QuadrupleEncoderConfig(decoding=settings)


def test_the_configuration_of_another_model_is_refused(tmp_path: Path) -> None:
    BertConfig().save_pretrained(tmp_path)

    with pytest.raises(ValueError, match=r"holds a 'bert'; expected a 'toxspan-quadruples': .*from_encoder"):
        QuadrupleEncoderConfig.from_pretrained(tmp_path)
    (tmp_path / "config.json").write_text(json.dumps({"groups": ["Sexism"]}), encoding="utf-8")
    assert QuadrupleEncoderConfig.from_pretrained(tmp_path).groups == ["Sexism"]
