"""What our models share that put heads on an encoder of transformers."""

from typing import Any

import torch
from torch import Tensor
from transformers import PreTrainedModel


def auto_model() -> Any:
    """Return `AutoModel`. Loading it registers our models' classes, so it can't be loaded before these are there."""
    from transformers import AutoModel

    return AutoModel


def first_tokens(states: Tensor, attention_mask: Tensor | None) -> Tensor:
    """Return the state of each text's first token; padding may stand before it.

    Args:
        states: Shape (batch, tokens, hidden).
        attention_mask: Shape (batch, tokens), 1 for what is no padding; all of it when None.

    Returns:
        Shape (batch, hidden).
    """
    if attention_mask is None:
        return states[:, 0]
    return states[torch.arange(states.shape[0], device=states.device), attention_mask.int().argmax(dim=1)]


def without_pooler(encoder: PreTrainedModel) -> PreTrainedModel:
    """Take an encoder's own pooler away: not every encoder has one, so a model that reads one has its own."""
    if getattr(encoder, "pooler", None) is not None:
        encoder.pooler = None
    return encoder
