"""One vector of many token states."""

import torch
from torch import Tensor

EPSILON = 1e-9
"""What the sum of the weights is at least. RATeD's code adds it instead, which in float32 is the same number for any
sum above 0.02; but ONNX optimisers drop so small an addend, and 0 / 0 is left of a text without weight."""


def weighted_mean(states: Tensor, weights: Tensor) -> Tensor:
    """Return the mean of token states by weight: RATeD's rationale-guided pooling where the weights are toxicity.

    ``r = sum_i t_i h_i / max(sum_i t_i, 1e-9)`` (RATeD-V, `model_multitask_en.py`); the gradient flows through both.

    Args:
        states: Shape (batch, tokens, hidden).
        weights: Shape (batch, tokens), >= 0; zero where a token does not count.

    Returns:
        Shape (batch, hidden), at least float32 inside; zeros for a text without weight.
    """
    wide = weights.to(torch.promote_types(weights.dtype, torch.float32))
    shares = wide / wide.sum(dim=-1, keepdim=True).clamp(min=EPSILON)
    return (shares.unsqueeze(-1).to(states.dtype) * states).sum(dim=1)
