"""One vector of many token states."""

import torch
from torch import Tensor

EPSILON = 1e-9
"""Added to the sum of the weights, as in RATeD's code."""


def weighted_mean(states: Tensor, weights: Tensor) -> Tensor:
    """Return the mean of token states by weight: RATeD's rationale-guided pooling where the weights are toxicity.

    ``r = sum_i t_i h_i / (sum_i t_i + 1e-9)`` (RATeD-V, `model_multitask_en.py`); the gradient flows through both.

    Args:
        states: Shape (batch, tokens, hidden).
        weights: Shape (batch, tokens), >= 0; zero where a token does not count.

    Returns:
        Shape (batch, hidden), at least float32 inside; zeros for a text without weight.
    """
    wide = weights.to(torch.promote_types(weights.dtype, torch.float32))
    shares = wide / (wide.sum(dim=-1, keepdim=True) + EPSILON)
    return (shares.unsqueeze(-1).to(states.dtype) * states).sum(dim=1)
