"""The contrast between a text and the reasons for and against it (ToxiTrace's ARCL), as a function of a batch."""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import torch
from torch import Tensor

from hf_toxspan.data.collator import REASON_KEYS, mask_name
from hf_toxspan.tensor.losses import info_nce_loss

REASON_INPUTS = REASON_KEYS | set(map(mask_name, REASON_KEYS))
"""Keys of a batch that hold reasons; none of them is an input of the encoder's own pass."""


class Contrast(NamedTuple):
    """Values of the contrast's parameters; see the trainer's arguments."""

    temperature: float
    gamma: float


def reasoned_rows(batch: Mapping[str, Tensor]) -> Tensor:
    """Return which texts of a batch have both reasons.

    Args:
        batch: A collated batch, with or without `REASON_INPUTS`.

    Returns:
        Booleans, shape (batch,).
    """
    rows = torch.ones(len(batch["input_ids"]), dtype=torch.bool, device=batch["input_ids"].device)
    for name in REASON_KEYS:
        rows &= batch[mask_name(name)].any(dim=-1) if name in batch else False
    return rows


def contrast_sum(
    model: Callable[..., Any], inputs: Mapping[str, Tensor], reasons: Mapping[str, Tensor], contrast: Contrast
) -> Tensor:
    """Sum the adaptive InfoNCE over the texts of a batch that have both reasons.

    An embedding is the mean of the encoder's last hidden states over the tokens. The negatives are those of the batch
    at hand, so batches accumulated for one step have fewer of them than one large batch.

    Args:
        model: The classifier as the trainer hands it over.
        inputs: The encoder's inputs, each (batch, tokens).
        reasons: The batch's `REASON_INPUTS`, each (batch, its own tokens).
        contrast: The parameters.

    Returns:
        A scalar; zero without such texts.
    """
    rows = reasoned_rows({**inputs, **reasons}).nonzero()[:, 0]
    if not len(rows):
        return torch.zeros((), device=rows.device)
    own = {name: tensor[rows] for name, tensor in inputs.items() if tensor.shape[:1] == inputs["input_ids"].shape[:1]}
    sides = [
        _trim({"input_ids": reasons[name][rows], "attention_mask": reasons[mask_name(name)][rows]})
        for name in sorted(REASON_KEYS)
    ]
    texts, agreeing, opposing = (_embed(model, part) for part in (_trim(own), *sides))
    return info_nce_loss(
        texts,
        agreeing,
        opposing,
        same=_same(*sides),
        temperature=contrast.temperature,
        gamma=contrast.gamma,
        reduction="sum",
    )


def _embed(model: Callable[..., Any], inputs: Mapping[str, Tensor]) -> Tensor:
    """Return the mean of the last hidden states over the tokens, shape (texts, hidden), at least float32."""
    states = model(**inputs, output_hidden_states=True).hidden_states[-1]
    states = states.to(torch.promote_types(states.dtype, torch.float32))
    mask = inputs["attention_mask"].unsqueeze(-1).to(states.dtype)
    pooled: Tensor = (states * mask).sum(dim=1) / mask.sum(dim=1)
    return pooled


def _trim(inputs: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Drop the columns that are padding in all rows."""
    columns = inputs["attention_mask"].any(dim=0).nonzero()[:, 0]
    return {name: tensor[:, columns] for name, tensor in inputs.items()}


def _same(agreeing: Mapping[str, Tensor], opposing: Mapping[str, Tensor]) -> Tensor:
    """Return which of all reasons, agreeing ones first, read like each text's agreeing one; shape (n, 2n)."""
    reasons = [
        [tuple(ids[mask.bool()].tolist()) for ids, mask in zip(side["input_ids"], side["attention_mask"], strict=True)]
        for side in (agreeing, opposing)
    ]
    return torch.tensor([[own == other for other in reasons[0] + reasons[1]] for own in reasons[0]]).to(
        agreeing["input_ids"].device
    )
