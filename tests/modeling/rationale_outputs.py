"""What the tests of the rationale model share: a batch of two texts, the second one padded, and how outputs compare."""

from typing import Any

import torch
from transformers import PreTrainedModel

from hf_toxspan.modeling.rationale import RationaleForToxicSpans, RationaleOutput

SIZES = {"vocab_size": 60, "hidden_size": 16, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 32}
IDS = torch.tensor([[2, 11, 12, 13, 14, 15, 3], [2, 21, 22, 3, 1, 1, 1]])
ATTENTION = torch.tensor([[1, 1, 1, 1, 1, 1, 1], [1, 1, 1, 1, 0, 0, 0]])
TOKENS = torch.tensor([[0, 1, 1, 1, 1, 1, 0], [0, 1, 1, 0, 0, 0, 0]])
INPUTS = {"input_ids": IDS, "attention_mask": ATTENTION, "token_mask": TOKENS, "token_type_ids": torch.zeros_like(IDS)}


def from_encoder(folder: Any, **settings: Any) -> RationaleForToxicSpans:
    """Three labels, the one in the middle clean."""
    return RationaleForToxicSpans.from_encoder(
        str(folder), **{"labels": ["hate", "normal", "rude"], "toxic_labels": ["hate", "rude"], **settings}
    )


def speak(model: PreTrainedModel, **inputs: Any) -> Any:
    """Run a model without gradients."""
    with torch.no_grad():
        return model(**inputs)


def assert_alike(found: RationaleOutput, expected: RationaleOutput, tolerance: float = 1e-5) -> None:
    """Compare everything that a rationale model says."""
    for name in ("logits", "tag_logits", "toxicity"):
        torch.testing.assert_close(found[name], expected[name], rtol=0, atol=tolerance)


def cut(output: RationaleOutput, row: int, tokens: slice) -> RationaleOutput:
    """Return what was said of some tokens of one text."""
    one = slice(row, row + 1)
    return RationaleOutput(output.logits[one], output.tag_logits[one, tokens], output.toxicity[one, tokens])
