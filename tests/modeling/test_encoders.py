"""What our models share that put heads on an encoder."""

import torch
from transformers import BertConfig, BertModel

from hf_toxspan.modeling.encoders import auto_model, first_tokens, without_pooler


def test_the_first_token_is_the_first_that_is_no_padding() -> None:
    states = torch.arange(12.0).reshape(2, 3, 2)
    mask = torch.tensor([[1, 1, 0], [0, 0, 1]])
    assert first_tokens(states, mask).tolist() == [[0, 1], [10, 11]]
    assert first_tokens(states, None).tolist() == [[0, 1], [6, 7]]


def test_an_encoders_own_pooler_goes_and_one_without_stays_as_it_is() -> None:
    sizes = {"hidden_size": 8, "num_hidden_layers": 1, "num_attention_heads": 1, "intermediate_size": 8}
    for pooled in (True, False):
        encoder = without_pooler(BertModel(BertConfig(vocab_size=9, **sizes), add_pooling_layer=pooled))
        assert encoder.pooler is None


def test_the_auto_class_is_that_of_transformers() -> None:
    assert auto_model().__name__ == "AutoModel"
