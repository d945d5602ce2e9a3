"""Losses as pure functions of tensors; none holds a model, all accept ignored positions and empty batches.

Token labels are 1 (toxic), 0 (clean) or -100 (ignored: special tokens, padding, sentences without span labels).
"""

from typing import Literal

import torch
from torch import Tensor

Reduction = Literal["mean", "sum", "none"]


def constrained_rows(token_labels: Tensor) -> Tensor:
    """Return which sentences enter a gradient constraint: those with at least one toxic token.

    Args:
        token_labels: Shape (batch, tokens).

    Returns:
        Booleans, shape (batch,).
    """
    return (token_labels == 1).any(dim=-1)


def pgr_loss(saliency: Tensor, token_labels: Tensor, *, margin: float = 0.5, reduction: Reduction = "mean") -> Tensor:
    """Rank every toxic token's saliency above every clean token's of the same sentence by a margin (PGR).

    ``mean over (toxic i, clean j) of max(0, margin - (s_i - s_j))`` in each sentence. The paper (ToxiTrace, arXiv
    2604.12321) names a margin between the two groups; the pairwise hinge and the margin's value are ours.

    Inputs:
        | saliency | token_labels |
        |---|---|
        | (batch, tokens), scaled to [0, 1] | (batch, tokens), 1 / 0 / -100 |

    Args:
        saliency: Scaled saliency of each token.
        token_labels: Labels of the tokens.
        margin: Wanted distance in [0, 1].
        reduction: "mean" over the sentences with a toxic token, their "sum", or "none" for one value a sentence.

    Returns:
        A scalar, or shape (batch,); zero where a sentence has no pair.
    """
    toxic, clean = token_labels == 1, token_labels == 0
    pairs = toxic[:, :, None] & clean[:, None, :]  # (batch, toxic tokens, clean tokens)
    hinge = (margin - (saliency[:, :, None] - saliency[:, None, :])).clamp(min=0)
    per_sentence = torch.where(pairs, hinge, 0.0).sum(dim=(1, 2)) / pairs.sum(dim=(1, 2)).clamp(min=1)
    return _reduce(per_sentence, constrained_rows(token_labels), reduction)


def ppt_loss(
    saliency: Tensor,
    token_labels: Tensor,
    *,
    alpha: float = 0.6,
    percentile: float = 0.15,
    reduction: Reduction = "mean",
) -> Tensor:
    """Push clean tokens below a low percentile of their sentence and toxic ones above a share of its maximum (PPT).

    ``mean over clean of max(0, s_j - P15) + mean over toxic of max(0, alpha * max - s_i)`` in each sentence. The
    thresholds are detached; P15 is taken over all labelled tokens of the sentence (both ours; the 15th percentile and
    alpha * max are ToxiTrace's, arXiv 2604.12321; alpha's value is ours).

    Inputs:
        | saliency | token_labels |
        |---|---|
        | (batch, tokens), scaled to [0, 1] | (batch, tokens), 1 / 0 / -100 |

    Args:
        saliency: Scaled saliency of each token.
        token_labels: Labels of the tokens.
        alpha: Share of the maximum that toxic tokens should reach.
        percentile: Share of the tokens that lie below the cap for clean ones.
        reduction: "mean" over the sentences with a toxic token, their "sum", or "none" for one value a sentence.

    Returns:
        A scalar, or shape (batch,); zero for sentences without a toxic token.
    """
    rows = constrained_rows(token_labels)
    if not saliency.numel():
        return _reduce(saliency.sum(dim=-1), rows, reduction)
    toxic, clean = token_labels == 1, token_labels == 0
    labelled = torch.where(toxic | clean, saliency, torch.nan).detach()
    labelled = labelled.to(torch.promote_types(labelled.dtype, torch.float32))  # quantiles know no half precision
    cap = torch.nanquantile(labelled, percentile, dim=-1, keepdim=True).nan_to_num()  # (batch, 1)
    top = labelled.nan_to_num(nan=0.0).amax(dim=-1, keepdim=True)  # (batch, 1)
    above = _mean_where(clean, (saliency - cap).clamp(min=0))
    below = _mean_where(toxic, (alpha * top - saliency).clamp(min=0))
    return _reduce(torch.where(rows, above + below, 0.0), rows, reduction)


def _mean_where(mask: Tensor, values: Tensor) -> Tensor:
    return torch.where(mask, values, 0.0).sum(dim=-1) / mask.sum(dim=-1).clamp(min=1)


def _reduce(per_sentence: Tensor, rows: Tensor, reduction: Reduction) -> Tensor:
    if reduction == "none":
        return per_sentence
    total = per_sentence.sum()
    return total if reduction == "sum" else total / rows.sum().clamp(min=1)
