"""Small rationale models over encoders of several kinds, whose answers differ from text to text."""

import torch
from transformers import AutoConfig, PreTrainedTokenizerBase

from hf_toxspan.modeling.rationale import RationaleForToxicSpans
from hf_toxspan.modeling.rationale_config import RationaleConfig

SMALL = {
    "vocab_size": 400,
    "hidden_size": 16,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "intermediate_size": 32,
    "max_position_embeddings": 140,
}
ENCODERS = {
    "bert": {},
    "roberta": {"pad_token_id": 0},
    "xlm-roberta": {"pad_token_id": 0},
    "electra": {"embedding_size": 8},
    "deberta-v2": {},
    "modernbert": {"pad_token_id": 0, "bos_token_id": 2, "eos_token_id": 3, "cls_token_id": 2, "sep_token_id": 3},
}


def lively(
    encoder: str, tokenizer: PreTrainedTokenizerBase, fusion: str = "pooler_rationale"
) -> RationaleForToxicSpans:
    """A model with random weights, large enough that spans and labels differ from text to text."""
    own = {**SMALL, "vocab_size": max(len(tokenizer), 400), **ENCODERS[encoder]}
    torch.manual_seed(1)
    config = RationaleConfig(AutoConfig.for_model(encoder, **own), fusion, id2label={0: "clean", 1: "toxic"})
    model = RationaleForToxicSpans(config)
    for name, parameter in model.named_parameters():
        if parameter.dim() == 2 and "tagger" in name:
            parameter.data.normal_(std=1.0)
    return model.eval()
