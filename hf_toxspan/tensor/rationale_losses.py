"""Losses of a model that classifies and tags (RATeD-V), as pure functions of tensors; none holds a model."""

from typing import Literal

import torch
from torch import Tensor

Sides = Literal["one_sided", "two_sided"]
Reduction = Literal["mean", "sum"]


def tagging_loss(tag_logits: Tensor, tag_targets: Tensor, *, reduction: Reduction = "mean") -> Tensor:
    """Compute the cross entropy of BIO tags over all tokens that have a target (RATeD-V's token loss).

    Soft targets, the share of annotators for each tag, are taken as they are (ours); RATeD-V's are one-hot.

    Inputs:
        | tag_logits | tag_targets |
        |---|---|
        | (batch, tokens, 3) | (batch, tokens, 3), sums to 1; zeros: ignored (special tokens, padding, not annotated) |

    Args:
        tag_logits: Logits of O, B and I.
        tag_targets: Target distribution of each token.
        reduction: "mean" over the tokens with a target, or their "sum".

    Returns:
        A scalar; zero without targets.
    """
    judged = tag_targets.any(dim=-1)
    targets = tag_targets[judged].to(tag_logits)  # (tokens with a target, 3)
    total = -(targets * tag_logits[judged].log_softmax(dim=-1)).sum()
    return total if reduction == "sum" else total / max(len(targets), 1)


def consistent_rows(token_mask: Tensor, toxic: Tensor, *, sides: Sides) -> Tensor:
    """Return which texts enter the consistency loss: those with a token, and of one side only where asked.

    Args:
        token_mask: Shape (batch, tokens), 1 for tokens of the text.
        toxic: Whether the gold label is a toxic one, shape (batch,).
        sides: As for `consistency_loss`.

    Returns:
        Booleans, shape (batch,).
    """
    entering = token_mask.bool().any(dim=-1)
    return entering & ~toxic if sides == "one_sided" else entering


def consistency_loss(
    toxicity: Tensor,
    token_mask: Tensor,
    toxic: Tensor,
    *,
    sides: Sides = "two_sided",
    reduction: Reduction = "mean",
) -> Tensor:
    """Compute how far the tags of each text contradict its gold label.

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
        reduction: "mean" over the texts that enter (`consistent_rows`), or their "sum".

    Returns:
        A scalar; zero where no text enters.
    """
    mask = token_mask.bool()
    kept = torch.where(mask, toxicity, 0.0)
    unneeded = kept.sum(dim=-1) / mask.sum(dim=-1).clamp(min=1)
    missing = 1 - kept.amax(dim=-1) if kept.shape[-1] else torch.zeros_like(unneeded)
    entering = consistent_rows(token_mask, toxic, sides=sides)
    total = torch.where(entering, torch.where(toxic, missing, unneeded), 0.0).sum()
    return total if reduction == "sum" else total / entering.sum().clamp(min=1)
