"""Losses of a model that classifies and tags (RATeD-V), as pure functions of tensors; none holds a model.

Each returns a sum and what it is to be divided by, so that a trainer can add both up over an optimisation step.
"""

from typing import Literal, NamedTuple

import torch
from torch import Tensor
from torch.nn.functional import cross_entropy

Sides = Literal["one_sided", "two_sided"]


class Sum(NamedTuple):
    """A sum of losses and its divisor, both scalars.

    Attributes:
        total: With a gradient.
        divisor: What `total` is divided by; a mean of several batches is the sum of totals by the sum of divisors.
    """

    total: Tensor
    divisor: Tensor


def classification_loss(
    logits: Tensor, labels: Tensor, *, class_weights: Tensor | None = None, label_smoothing: float = 0.0
) -> Sum:
    """Sum the cross entropy of the labels, each text weighted by its class.

    Args:
        logits: Shape (batch, labels).
        labels: Class of each text, shape (batch,).
        class_weights: Shape (labels,); all 1 when None.
        label_smoothing: As in `torch.nn.CrossEntropyLoss`.

    Returns:
        The sum and the texts' weights: `torch.nn.CrossEntropyLoss` is their ratio.
    """
    weights = logits.new_ones(logits.shape[-1]) if class_weights is None else class_weights.to(logits)
    total = cross_entropy(logits, labels, weights, reduction="sum", label_smoothing=label_smoothing)
    return Sum(total, weights[labels].sum())


def tagging_loss(tag_logits: Tensor, tag_targets: Tensor) -> Sum:
    """Sum the cross entropy of the BIO tags over all tokens that have a target (RATeD-V's token loss).

    Soft targets, the share of annotators for each tag, are taken as they are (ours); RATeD-V's are one-hot.

    Inputs:
        | tag_logits | tag_targets |
        |---|---|
        | (batch, tokens, 3) | (batch, tokens, 3), sums to 1; zeros: ignored (special tokens, padding, not annotated) |

    Args:
        tag_logits: Logits of O, B and I.
        tag_targets: Target distribution of each token.

    Returns:
        The sum and the number of tokens with a target.
    """
    targets = tag_targets.to(tag_logits)
    return Sum(-(targets * tag_logits.log_softmax(dim=-1)).sum(), targets.sum())


def consistency_loss(toxicity: Tensor, token_mask: Tensor, toxic: Tensor, *, sides: Sides = "two_sided") -> Sum:
    """Sum how far the tags of each text contradict its gold label.

    A clean text needs no evidence: the mean toxicity of its tokens (RATeD-V; its code takes padding into the mean).
    A toxic text needs some: 1 - the largest toxicity of a token. RATeD-V has only the first, "one_sided"; the second
    is ours.

    Inputs:
        | toxicity | token_mask | toxic |
        |---|---|---|
        | (batch, tokens), in [0, 1] | (batch, tokens), 1 for tokens of the text | (batch,), booleans |

    Args:
        toxicity: P(B) + P(I) of each token.
        token_mask: Which positions are tokens of the text.
        toxic: Whether the gold label is a toxic one.
        sides: "two_sided", or "one_sided" to leave toxic texts out.

    Returns:
        The sum and the number of texts that enter; a text without tokens does not.
    """
    mask = token_mask.bool()
    kept = torch.where(mask, toxicity, 0.0)
    unneeded = kept.sum(dim=-1) / mask.sum(dim=-1).clamp(min=1)
    missing = 1 - kept.amax(dim=-1) if kept.shape[-1] else torch.zeros_like(unneeded)
    entering = mask.any(dim=-1) & (~toxic if sides == "one_sided" else True)
    values = torch.where(toxic, missing, unneeded)
    return Sum(torch.where(entering, values, 0.0).sum(), entering.sum())
