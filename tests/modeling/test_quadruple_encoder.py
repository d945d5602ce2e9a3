"""Promises of `hf_toxspan.modeling.quadruple_encoder`."""

from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor
from transformers import (
    AutoConfig,
    AutoModel,
    BertForSequenceClassification,
    DistilBertConfig,
    PreTrainedConfig,
    PreTrainedTokenizerBase,
    RobertaConfig,
)

from hf_toxspan.core.quadruples import GROUPS
from hf_toxspan.modeling.quadruple_encoder import QuadrupleEncoder, range_means
from hf_toxspan.modeling.quadruple_encoder_config import QuadrupleEncoderConfig
from tests.modeling.rationale_outputs import ATTENTION, IDS, SIZES, speak
from tests.toy_quadruples import build_encoder

PAIRS = torch.tensor([[[1, 3, 4, 6], [0, 0, 2, 3]], [[1, 2, 1, 3], [0, 0, 0, 0]]])
"""Two pairs of the first text, one of them without a target; one of the second, and padding."""
INPUTS = {"input_ids": IDS, "attention_mask": ATTENTION, "pairs": PAIRS}


@pytest.fixture
def model(tiny_tokenizer: PreTrainedTokenizerBase) -> QuadrupleEncoder:
    return build_encoder(tiny_tokenizer, lively=True)


def by_hand(model: QuadrupleEncoder, first: Tensor, target: Tensor, argument: Tensor) -> Tensor:
    joined = torch.cat([first, target, argument])
    return model.pair_classifier.weight @ joined + model.pair_classifier.bias


def test_logits_are_those_computed_by_hand(model: QuadrupleEncoder) -> None:
    output = speak(model, **INPUTS)

    states = model.encoder(input_ids=IDS, attention_mask=ATTENTION).last_hidden_state
    torch.testing.assert_close(output.last_hidden_state, states)
    for name, head in (("target_logits", model.target_tagger), ("argument_logits", model.argument_tagger)):
        torch.testing.assert_close(output[name], states @ head.weight.T + head.bias, rtol=0, atol=1e-5)
    first, second = states
    named = by_hand(model, first[0], first[1:3].mean(dim=0), first[4:6].mean(dim=0))
    unnamed = by_hand(model, first[0], model.no_target, first[2])
    other = by_hand(model, second[0], second[1], second[1:3].mean(dim=0))
    torch.testing.assert_close(output.pair_logits[0, 0], named, rtol=0, atol=1e-5)
    torch.testing.assert_close(output.pair_logits[0, 1], unnamed, rtol=0, atol=1e-5)
    torch.testing.assert_close(output.pair_logits[1, 0], other, rtol=0, atol=1e-5)
    assert output.pair_logits.shape == (2, 2, 1 + len(GROUPS))


def test_padding_has_no_influence(model: QuadrupleEncoder) -> None:
    alone = speak(model, input_ids=IDS[1:, :4], attention_mask=ATTENTION[1:, :4], pairs=PAIRS[1:, :1])

    padded = speak(model, **INPUTS)

    torch.testing.assert_close(padded.target_logits[1:, :4], alone.target_logits, rtol=0, atol=1e-5)
    torch.testing.assert_close(padded.argument_logits[1:, :4], alone.argument_logits, rtol=0, atol=1e-5)
    torch.testing.assert_close(padded.pair_logits[1:, :1], alone.pair_logits, rtol=0, atol=1e-5)


def test_padding_before_a_text_changes_nothing_where_positions_follow_the_text() -> None:
    torch.manual_seed(0)
    model = QuadrupleEncoder(QuadrupleEncoderConfig(RobertaConfig(**SIZES))).eval()
    short = {"input_ids": IDS[1:, :4], "attention_mask": ATTENTION[1:, :4], "pairs": PAIRS[1:, :1]}
    left = {name: torch.cat([own[1:, 4:], own[1:, :4]], dim=1) for name, own in list(INPUTS.items())[:2]}

    alone, padded = speak(model, **short), speak(model, **left, pairs=short["pairs"] + 3)

    torch.testing.assert_close(padded.pair_logits, alone.pair_logits, rtol=0, atol=1e-6)
    torch.testing.assert_close(padded.target_logits[:, 3:], alone.target_logits, rtol=0, atol=1e-6)


def test_without_pairs_there_are_tags_alone(model: QuadrupleEncoder) -> None:
    output = speak(model, input_ids=IDS)

    assert "pair_logits" not in output and output.target_logits.shape == (2, 7, 3)
    assert speak(model, **{**INPUTS, "pairs": PAIRS[:, :0]}).pair_logits.shape == (2, 0, 6)


def test_the_mean_of_an_empty_range_is_zero() -> None:
    states = torch.arange(8.0).reshape(1, 4, 2)

    assert range_means(states, torch.tensor([[[1, 3], [2, 2]]])).tolist() == [[[3.0, 4.0], [0.0, 0.0]]]


def test_embeddings_may_be_given_in_the_place_of_ids(model: QuadrupleEncoder) -> None:
    embeddings = model.get_input_embeddings()(IDS)

    found = speak(model, inputs_embeds=embeddings, attention_mask=ATTENTION, pairs=PAIRS)

    torch.testing.assert_close(found.pair_logits, speak(model, **INPUTS).pair_logits, rtol=0, atol=1e-5)


def test_every_part_learns(model: QuadrupleEncoder) -> None:
    output = model.train()(**INPUTS)

    (output.target_logits.sum() + output.argument_logits.sum() + output.pair_logits[:, :, 0].sum()).backward()

    silent = [name for name, own in model.named_parameters() if own.grad is None]
    assert not silent and model.no_target.grad.any()


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16, torch.float64])
def test_other_precisions_say_about_the_same(tiny_tokenizer: PreTrainedTokenizerBase, dtype: torch.dtype) -> None:
    model = build_encoder(tiny_tokenizer)
    expected = speak(model, **INPUTS)

    found = speak(model.to(dtype), **INPUTS)

    for name in ("target_logits", "argument_logits", "pair_logits"):
        assert found[name].dtype == dtype
        torch.testing.assert_close(found[name].float(), expected[name], rtol=0, atol=0.02)


def test_a_saved_model_comes_back_by_its_own_and_by_the_auto_class(model: QuadrupleEncoder, tmp_path: Path) -> None:
    model.config.decoding = {"bonus": -1.0, "target_floor": 0.5}
    model.save_pretrained(tmp_path)
    expected = speak(model, **INPUTS)

    for loaded in (QuadrupleEncoder.from_pretrained(tmp_path), AutoModel.from_pretrained(tmp_path)):
        assert type(loaded) is QuadrupleEncoder and not loaded.training
        assert loaded.config.decoding == {"bonus": -1.0, "target_floor": 0.5}
        assert torch.equal(speak(loaded, **INPUTS).pair_logits, expected.pair_logits)
    assert type(AutoConfig.from_pretrained(tmp_path)) is QuadrupleEncoderConfig


def from_encoder(folder: Path, **settings: Any) -> QuadrupleEncoder:
    return QuadrupleEncoder.from_encoder(str(folder), **settings)


def test_new_heads_are_put_on_a_classifiers_encoder(tmp_path: Path, tiny_model: BertForSequenceClassification) -> None:
    tiny_model.save_pretrained(tmp_path)

    model = from_encoder(tmp_path, groups=["Sexism", "Racism"])

    name = "encoder.layer.1.output.dense.weight"
    assert torch.equal(model.encoder.state_dict()[name], tiny_model.bert.state_dict()[name])
    assert model.training and model.pair_classifier.out_features == 3
    assert {own.dtype for own in from_encoder(tmp_path, dtype=torch.bfloat16).parameters()} == {torch.bfloat16}
    assert {own.dtype for own in model.parameters()} == {torch.float32}


def test_new_heads_are_put_on_the_encoder_of_our_own_models(
    tmp_path: Path, model: QuadrupleEncoder, build_rationale: Any
) -> None:
    for number, taught in enumerate((model, build_rationale(lively=True))):
        taught.save_pretrained(tmp_path / str(number))

        made = from_encoder(tmp_path / str(number))

        assert made.config.text_config.model_type == "bert"
        expected = taught.encoder.state_dict()
        assert all(torch.equal(own, expected[name]) for name, own in made.encoder.state_dict().items())


@pytest.mark.parametrize(
    "config",
    [RobertaConfig(**SIZES), DistilBertConfig(vocab_size=60, dim=16, hidden_dim=32, n_layers=2, n_heads=2)],
    ids=lambda config: config.model_type,
)
def test_other_encoders_carry_it_too(config: PreTrainedConfig, tmp_path: Path) -> None:
    AutoModel.from_config(config).save_pretrained(tmp_path / "encoder")
    model = from_encoder(tmp_path / "encoder").eval()
    model.save_pretrained(tmp_path / "model")

    loaded = AutoModel.from_pretrained(tmp_path / "model")

    given = {**INPUTS, "token_type_ids": torch.zeros_like(IDS)}  # left out where the encoder knows none
    assert torch.equal(speak(loaded, **given).pair_logits, speak(model, **given).pair_logits)


def test_a_plain_checkpoint_is_refused_instead_of_losing_its_encoder(
    tmp_path: Path, tiny_model: BertForSequenceClassification
) -> None:
    tiny_model.save_pretrained(tmp_path)

    with pytest.raises(ValueError, match=r"holds a 'bert'; expected a 'toxspan-quadruples'.*from_encoder"):
        QuadrupleEncoder.from_pretrained(tmp_path)
