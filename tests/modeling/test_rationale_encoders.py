"""The rationale model on each kind of encoder that people fine-tune."""

import copy
import json
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
import torch
from transformers import (
    AlbertConfig,
    AutoModel,
    AutoModelForSequenceClassification,
    BertConfig,
    DebertaConfig,
    DebertaV2Config,
    DistilBertConfig,
    ElectraConfig,
    ModernBertConfig,
    MPNetConfig,
    PreTrainedConfig,
    PreTrainedModel,
    RobertaConfig,
    XLMRobertaConfig,
)

from hf_toxspan.core.tags import OUTSIDE
from hf_toxspan.modeling.rationale import RationaleForToxicSpans
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

RELATIVE = {"relative_attention": True, "pos_att_type": ["c2p", "p2c"]}
ENCODERS: dict[str, PreTrainedConfig] = {
    "bert": BertConfig(**SIZES),
    "roberta": RobertaConfig(**SIZES),
    "xlm-roberta": XLMRobertaConfig(**SIZES),
    "deberta": DebertaConfig(**SIZES, **RELATIVE),
    "deberta-v2": DebertaV2Config(**SIZES, **RELATIVE, type_vocab_size=0),
    "electra": ElectraConfig(**SIZES, embedding_size=8),
    "modernbert": ModernBertConfig(**SIZES, pad_token_id=1, bos_token_id=2, eos_token_id=3),
    "distilbert": DistilBertConfig(vocab_size=60, dim=16, hidden_dim=32, n_layers=2, n_heads=2),
    "mpnet": MPNetConfig(**SIZES),
    "albert": AlbertConfig(**SIZES, embedding_size=8),
}
POOLERS = {"bert": "pooler.dense", "roberta": "pooler.dense", "xlm-roberta": "pooler.dense", "mpnet": "pooler.dense"}
POOLERS["albert"] = "pooler"


class Case(NamedTuple):
    """An encoder, the folder where it is stored, and a rationale model made of it."""

    name: str
    folder: Path
    encoder: PreTrainedModel
    model: RationaleForToxicSpans


@pytest.fixture(scope="module", params=ENCODERS)
def case(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Case]:
    folder = tmp_path_factory.mktemp(request.param)
    with torch.random.fork_rng():
        torch.manual_seed(0)
        encoder = AutoModel.from_config(copy.deepcopy(ENCODERS[request.param]))
        for parameter in encoder.parameters():
            parameter.data.mul_(8)  # lively
        encoder.save_pretrained(folder / "encoder")
        model = from_encoder(folder / "encoder")
    yield Case(request.param, folder, encoder.eval(), model.eval())


def test_outputs_have_the_shapes_that_they_promise(case: Case) -> None:
    output = speak(case.model, **INPUTS, output_hidden_states=True)

    assert (output.logits.shape, output.tag_logits.shape, output.toxicity.shape) == ((2, 3), (2, 7, 3), (2, 7))
    torch.testing.assert_close(output.toxicity, 1 - output.tag_logits.softmax(dim=-1)[..., OUTSIDE])
    assert output.hidden_states is not None and output.hidden_states[-1].shape == (2, 7, 16)
    assert speak(case.model, **INPUTS).hidden_states is None


def test_weights_are_the_encoders_and_so_is_the_pooler_where_there_is_one(case: Case) -> None:
    own = case.model.encoder.state_dict()
    given = case.encoder.state_dict()

    assert all(torch.equal(tensor, given[name]) for name, tensor in own.items())
    assert {name for name in given.keys() - own.keys() if not name.startswith("pooler.")} == set()
    if case.name in POOLERS:
        assert torch.equal(case.model.pooler.weight, given[f"{POOLERS[case.name]}.weight"])
        assert torch.equal(case.model.pooler.bias, given[f"{POOLERS[case.name]}.bias"])
    states = speak(case.encoder, input_ids=IDS, attention_mask=ATTENTION).last_hidden_state
    hidden = speak(case.model, **INPUTS, output_hidden_states=True).hidden_states
    assert hidden is not None
    torch.testing.assert_close(hidden[-1], states, rtol=0, atol=1e-5)


def test_a_saved_model_comes_back_alike_through_the_auto_classes_without_remote_code(case: Case) -> None:
    saved = case.folder / "saved"
    case.model.save_pretrained(saved)
    expected = speak(case.model, **INPUTS)

    for auto in (AutoModelForSequenceClassification, AutoModel, RationaleForToxicSpans):
        loaded = auto.from_pretrained(saved)
        assert isinstance(loaded, RationaleForToxicSpans) and not loaded.training
        assert_alike(speak(loaded, **INPUTS), expected, 0)
    stored = json.loads((saved / "config.json").read_text(encoding="utf-8"))
    assert "auto_map" not in stored
    assert not list(saved.glob("*.py"))
    assert loaded.config.id2label == {0: "hate", 1: "normal", 2: "rude"}
    assert loaded.config.toxic_labels == ["hate", "rude"]
    assert loaded.config.text_config.model_type == case.name


def test_padding_behind_a_text_changes_nothing(case: Case) -> None:
    alone = speak(case.model, **{name: tensor[1:, :4] for name, tensor in INPUTS.items()})

    assert_alike(cut(speak(case.model, **INPUTS), 1, slice(4)), alone)


def test_embeddings_do_as_well_as_ids(case: Case) -> None:
    embeddings = case.model.get_input_embeddings()(IDS)

    found = speak(case.model, inputs_embeds=embeddings, attention_mask=ATTENTION, token_mask=TOKENS)

    short = slice(4)  # where RoBERTa numbers the positions of padding otherwise
    for row, tokens in ((0, slice(7)), (1, short)):
        assert_alike(cut(found, row, tokens), cut(speak(case.model, **INPUTS), row, tokens))


def test_the_kind_of_attention_is_the_encoders_and_what_the_model_says_of_itself(case: Case) -> None:
    eager = from_encoder(case.folder / "encoder", attn_implementation="eager")

    assert eager.config._attn_implementation == eager.encoder.config._attn_implementation == "eager"
    own = case.encoder.config._attn_implementation  # sdpa, but for an encoder that has none
    assert case.model.config._attn_implementation == case.model.encoder.config._attn_implementation == own
    eager.eval().load_state_dict(case.model.state_dict())
    assert_alike(speak(eager, **INPUTS), speak(case.model, **INPUTS))
    if own == "sdpa":
        eager.set_attn_implementation("sdpa")
        assert eager.config._attn_implementation == eager.encoder.config._attn_implementation == "sdpa"
