"""Promises of `hf_toxspan.modeling.rationale` that do not depend on the encoder."""

import copy
import pickle
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from torch import Tensor
from transformers import BertConfig, BertForSequenceClassification, RobertaConfig

from hf_toxspan.core.tags import OUTSIDE
from hf_toxspan.modeling.rationale import RationaleForToxicSpans
from hf_toxspan.modeling.rationale_config import FUSIONS, RationaleConfig
from tests.modeling.rationale_outputs import (
    ATTENTION,
    IDS,
    INPUTS,
    SIZES,
    TOKENS,
    assert_alike,
    cut,
    from_encoder,
    speak,
)

Build = Callable[..., RationaleForToxicSpans]


def fused(model: RationaleForToxicSpans, weights: Tensor) -> Tensor:
    """Logits as the paper has them, from the encoder's states."""
    states = model.encoder(input_ids=IDS, attention_mask=ATTENTION).last_hidden_state
    rationale = (weights[..., None] * states).sum(dim=1) / (weights.sum(dim=1)[:, None] + 1e-9)
    parts = {"rationale": [rationale]}.get(model.config.fusion)
    if parts is None:
        pooled = torch.tanh(states[:, 0] @ model.pooler.weight.T + model.pooler.bias)
        parts = [pooled] if model.config.fusion == "pooler" else [pooled, rationale]
    return torch.cat(parts, dim=1) @ model.classifier.weight.T + model.classifier.bias


@pytest.mark.parametrize("fusion", FUSIONS)
@pytest.mark.parametrize("masked", [True, False], ids=["tokens known", "tokens unknown"])
def test_logits_are_those_computed_by_hand(build_rationale: Build, fusion: str, masked: bool) -> None:
    model = build_rationale(lively=True, fusion=fusion)
    output = speak(model, input_ids=IDS, attention_mask=ATTENTION, token_mask=TOKENS if masked else None)

    mask = torch.ones_like(IDS) if fusion == "published" else TOKENS if masked else ATTENTION
    states = model.encoder(input_ids=IDS, attention_mask=ATTENTION).last_hidden_state
    tags = (states @ model.tagger.weight.T + model.tagger.bias).softmax(dim=-1)
    torch.testing.assert_close(output.toxicity, tags[..., 1:].sum(dim=-1), rtol=0, atol=1e-5)
    torch.testing.assert_close(output.logits, fused(model, output.toxicity * mask), rtol=0, atol=1e-5)


@pytest.mark.parametrize("fusion", FUSIONS)
def test_padding_matters_only_as_published(build_rationale: Build, fusion: str) -> None:
    model = build_rationale(lively=True, fusion=fusion)
    alone = speak(model, **{name: tensor[1:, :4] for name, tensor in INPUTS.items()})

    padded = cut(speak(model, **INPUTS), 1, slice(4))

    torch.testing.assert_close(padded.tag_logits, alone.tag_logits, rtol=0, atol=1e-5)
    assert torch.allclose(padded.logits, alone.logits, rtol=0, atol=1e-5) == (fusion != "published")


@pytest.mark.parametrize("fusion", FUSIONS)
def test_padding_before_a_text_changes_nothing_where_positions_follow_the_text(fusion: str) -> None:
    torch.manual_seed(0)
    model = RationaleForToxicSpans(RationaleConfig(RobertaConfig(**SIZES), fusion)).eval()
    short = {name: tensor[1:, :4] for name, tensor in INPUTS.items()}
    left = {name: torch.cat([tensor[1:, 4:], tensor[1:, :4]], dim=1) for name, tensor in INPUTS.items()}

    alone, padded = speak(model, **short), cut(speak(model, **left), 0, slice(3, 7))

    torch.testing.assert_close(padded.tag_logits, alone.tag_logits, rtol=0, atol=1e-6)
    assert torch.allclose(padded.logits, alone.logits, rtol=0, atol=1e-6) == (fusion != "published")


def without_layers(fusion: str) -> RationaleForToxicSpans:
    """A model whose states are the embeddings: no token knows of another."""
    torch.manual_seed(0)
    config = BertConfig(**{**SIZES, "num_hidden_layers": 0})
    return RationaleForToxicSpans(RationaleConfig(config, fusion)).eval()


def test_special_tokens_never_enter_the_rationale_where_the_tokens_of_the_text_are_known() -> None:
    model = without_layers("rationale")
    others = IDS.masked_fill(TOKENS == 0, 42)

    def logits(ids: Tensor, token_mask: Tensor | None) -> Tensor:
        return speak(model, input_ids=ids, attention_mask=ATTENTION, token_mask=token_mask).logits

    assert torch.equal(logits(IDS, TOKENS), logits(others, TOKENS))
    assert not torch.allclose(logits(IDS, None), logits(others, None), atol=1e-4)


def test_what_is_not_tagged_can_not_decide() -> None:
    """Fusion "rationale"; the first word alone is tagged."""
    model = without_layers("rationale")
    states = speak(model.encoder, input_ids=IDS).last_hidden_state
    model.tagger.weight.data.zero_()
    model.tagger.weight.data[OUTSIDE] = -500 * states[0, 1] / states[0, 1].norm()
    model.tagger.bias.data[OUTSIDE] = 450 * states[0, 1].norm()
    toxicity = speak(model, **INPUTS).toxicity[0]
    assert toxicity[1] > 0.99 and toxicity[2:].max() < 1e-6

    changed = IDS.clone()
    changed[0, 2:6] = torch.tensor([31, 32, 33, 34])
    other_word = IDS.clone()
    other_word[0, 1] = 31

    before, after, otherwise = (
        speak(model, **{**INPUTS, "input_ids": ids}).logits[0] for ids in (IDS, changed, other_word)
    )
    torch.testing.assert_close(before, after, rtol=0, atol=1e-5)
    assert not torch.allclose(before, otherwise, atol=1e-4)


@pytest.mark.parametrize("fusion", FUSIONS)
def test_the_loss_of_the_label_reaches_the_tags_through_the_fusion_alone(build_rationale: Build, fusion: str) -> None:
    model = build_rationale(lively=True, fusion=fusion)

    model(**INPUTS).logits[:, 1].sum().backward()

    reached = model.tagger.weight.grad is not None and bool(model.tagger.weight.grad.any())
    assert reached == (fusion != "pooler")
    assert (model.pooler is None) == (fusion == "rationale")


@pytest.mark.parametrize("fusion", FUSIONS)
def test_a_text_of_padding_alone_has_finite_numbers(build_rationale: Build, fusion: str) -> None:
    nothing = {name: torch.zeros_like(tensor) for name, tensor in INPUTS.items()}

    output = speak(build_rationale(lively=True, fusion=fusion), **nothing)

    assert all(torch.isfinite(tensor).all() for tensor in (output.logits, output.tag_logits, output.toxicity))


def test_a_copy_and_a_pickle_speak_alike(build_rationale: Build) -> None:
    model = build_rationale(lively=True)
    copied, pickled = copy.deepcopy(model), pickle.loads(pickle.dumps(model))

    expected = speak(model, **INPUTS)

    assert_alike(speak(copied, **INPUTS), expected, 0)
    assert_alike(speak(pickled, **INPUTS), expected, 0)
    assert_alike(pickle.loads(pickle.dumps(expected)), expected, 0)


@pytest.mark.parametrize(
    ("dtype", "toxicity"),
    [(torch.bfloat16, torch.float32), (torch.float16, torch.float32), (torch.float64, torch.float64)],
)
def test_other_precisions_say_about_the_same(build_rationale: Build, dtype: torch.dtype, toxicity: torch.dtype) -> None:
    model = build_rationale()
    expected = speak(model, **INPUTS)

    found = speak(model.to(dtype), **INPUTS)

    assert (found.logits.dtype, found.tag_logits.dtype, found.toxicity.dtype) == (dtype, dtype, toxicity)
    for name in ("logits", "tag_logits", "toxicity"):
        torch.testing.assert_close(found[name].float(), expected[name], rtol=0, atol=0.02)


def test_autocast_says_about_the_same(build_rationale: Build) -> None:
    model = build_rationale()

    with torch.autocast("cpu", torch.bfloat16):
        found = speak(model, **INPUTS)

    torch.testing.assert_close(found.logits.float(), speak(model, **INPUTS).logits, rtol=0, atol=0.02)


def test_checkpointed_activations_change_no_gradient(build_rationale: Build) -> None:
    def gradients(model: RationaleForToxicSpans) -> dict[str, Tensor]:
        output = model.train()(**INPUTS)
        (output.logits[:, 1].sum() + output.toxicity.sum()).backward()
        return {name: own.grad for name, own in model.named_parameters() if own.grad is not None}

    plain, checkpointed = build_rationale(lively=True), build_rationale(lively=True)
    # Renamed in the course of transformers 5.
    turn_on = "activation_checkpointing_enable", "gradient_checkpointing_enable"
    next(getattr(checkpointed, name) for name in turn_on if hasattr(checkpointed, name))()

    expected, found = gradients(plain), gradients(checkpointed)

    assert expected.keys() == found.keys()
    for name, tensor in expected.items():
        torch.testing.assert_close(found[name], tensor, rtol=0, atol=1e-5)
    layers = [module for module in checkpointed.modules() if getattr(module, "gradient_checkpointing", False)]
    assert layers


@pytest.fixture
def folder(tmp_path: Path, tiny_model: BertForSequenceClassification) -> Path:
    tiny_model.save_pretrained(tmp_path / "classifier")
    return tmp_path / "classifier"


def test_new_heads_are_put_on_a_classifiers_encoder(folder: Path, tiny_model: BertForSequenceClassification) -> None:
    model = from_encoder(folder, fusion="rationale")

    assert model.training and model.config.num_labels == 3 and model.config.fusion == "rationale"
    assert model.config.label2id == {"hate": 0, "normal": 1, "rude": 2}
    name = "encoder.layer.1.output.dense.weight"
    assert torch.equal(model.encoder.state_dict()[name], tiny_model.bert.state_dict()[name])


def test_new_heads_are_put_on_a_rationale_models_encoder(tmp_path: Path, build_rationale: Build) -> None:
    taught = build_rationale(lively=True)
    taught.save_pretrained(tmp_path)

    model = from_encoder(tmp_path)

    assert model.config.text_config.model_type == "bert"
    expected = taught.encoder.state_dict()
    assert all(torch.equal(tensor, expected[name]) for name, tensor in model.encoder.state_dict().items())
    assert model.classifier.out_features == 3


def test_a_model_has_the_precision_that_was_asked_for_everywhere(folder: Path) -> None:
    model = from_encoder(folder, dtype=torch.bfloat16)

    assert {parameter.dtype for parameter in model.parameters()} == {torch.bfloat16}
    assert {parameter.dtype for parameter in from_encoder(folder).parameters()} == {torch.float32}


@pytest.mark.parametrize("toxic", [[], ["offensive"], ["hate", "offensive"], ["hate", "normal", "rude"]])
def test_toxic_labels_that_leave_nothing_to_tell_are_refused(folder: Path, toxic: list[str]) -> None:
    with pytest.raises(ValueError, match=r"toxic_labels is \[.*expected some, not all, of \['hate', 'normal', 'rude'"):
        from_encoder(folder, toxic_labels=toxic)


def test_a_plain_checkpoint_is_refused_instead_of_losing_its_encoder(folder: Path) -> None:
    with pytest.raises(ValueError, match=r"holds a 'bert'; expected a 'toxspan-rationale'.*from_encoder"):
        RationaleForToxicSpans.from_pretrained(folder)
    with pytest.raises(ValueError, match="fusion is 'both'; expected one of pooler_rationale"):
        from_encoder(folder, fusion="both")


def test_the_vocabulary_can_grow(build_rationale: Build) -> None:
    model = build_rationale()
    size = model.get_input_embeddings().num_embeddings

    model.resize_token_embeddings(size + 2)

    assert model.config.text_config.vocab_size == size + 2
    assert speak(model, input_ids=torch.full((1, 3), size + 1)).logits.shape == (1, 2)
