"""Losses as pure functions of tensors; none holds a model, all accept ignored positions and empty batches.

Token labels are 1 (toxic), 0 (clean) or -100 (ignored: special tokens, padding, sentences without span labels).
"""

from typing import Literal

import torch
from torch import Tensor
from torch.nn.functional import normalize

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


def info_nce_loss(
    texts: Tensor,
    agreeing: Tensor,
    opposing: Tensor,
    *,
    same: Tensor | None = None,
    temperature: float = 0.1,
    gamma: float = 1.0,
    reduction: Reduction = "mean",
) -> Tensor:
    """Pull each text towards the reason that agrees with its label, away from all other reasons (ARCL).

    ``- (1 - p_i)^gamma log p_i``, where ``p_i`` is the softmax over all reasons of the batch, by cosine / temperature,
    at the text's own agreeing one. The agreeing and opposing reasons are ToxiTrace's (arXiv 2604.12321), which calls
    its InfoNCE adaptive and does not say how: the factor, which lets hard pairs weigh more and takes no gradient, is
    ours, after the focal loss (Lin et al., ICCV 2017). `gamma` 0 is plain InfoNCE.

    Inputs:
        | texts, agreeing, opposing | same |
        |---|---|
        | (batch, hidden), of any length but zero | (batch, 2 batch), booleans |

    Args:
        texts: Embedding of each text.
        agreeing: Embedding of the reason that agrees with its label.
        opposing: Embedding of the reason that speaks against it.
        same: Which of the reasons, agreeing ones first, say the same as a text's own agreeing one: no negatives of it.
        temperature: Divides the cosines; smaller is sharper.
        gamma: How much more a hard pair weighs.
        reduction: "mean" over the texts, their "sum", or "none" for one value a text.

    Returns:
        A scalar, or shape (batch,); zero without texts.
    """
    reasons = normalize(torch.cat([agreeing, opposing]), dim=-1)
    logits = normalize(texts, dim=-1) @ reasons.T / temperature  # (batch, 2 batch)
    own = torch.eye(len(texts), len(reasons), dtype=torch.bool, device=logits.device)
    if same is not None:
        logits = logits.masked_fill(same & ~own, -torch.inf)
    surprise = logits.logsumexp(dim=-1) - logits.diagonal()  # -log p
    weight = (-torch.expm1(-surprise.detach())).clamp(min=0) ** gamma
    per_text = weight * surprise
    return _reduce(per_text, per_text.new_ones(len(per_text)), reduction)


def _mean_where(mask: Tensor, values: Tensor) -> Tensor:
    return torch.where(mask, values, 0.0).sum(dim=-1) / mask.sum(dim=-1).clamp(min=1)


def _reduce(per_sentence: Tensor, rows: Tensor, reduction: Reduction) -> Tensor:
    if reduction == "none":
        return per_sentence
    total = per_sentence.sum()
    return total if reduction == "sum" else total / rows.sum().clamp(min=1)
