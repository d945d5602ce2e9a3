"""Constraining a random share of a step's sentences: their loss is a mean, so its gradient stays unbiased (ours)."""

import random
from collections.abc import Collection, Mapping, Sequence
from typing import Any

import torch

from hf_toxspan.core.alignment import IGNORED
from hf_toxspan.tensor.losses import constrained_rows


def draw(sentences: int, share: float, *, seed: str) -> list[int]:
    """Draw which sentences with a toxic token enter the constraints of an optimisation step.

    Args:
        sentences: How many there are in the step: all accumulated batches of all processes.
        share: Share of them, in (0, 1]; rounded to a whole number, and at least one where there is one.
        seed: The same seed gives the same draw.

    Returns:
        Their places in the order of the step, ascending.
    """
    wanted = min(sentences, max(1, round(share * sentences)))
    return sorted(random.Random(seed).sample(range(sentences), wanted))


def thin(batches: Sequence[Mapping[str, Any]], entering: Collection[int]) -> list[dict[str, Any]]:
    """Ignore the token labels of the sentences that do not enter; they are trained on cross entropy alone.

    Args:
        batches: Batches with ``token_labels`` (batch, tokens); they stay as they are.
        entering: Places of the sentences that enter, among those with a toxic token in all the batches.

    Returns:
        The batches with thinned ``token_labels``.
    """
    thinned, place = [], 0
    for batch in batches:
        labels = batch["token_labels"]
        rows = constrained_rows(labels).nonzero()[:, 0]
        left_out = torch.tensor([place + i not in entering for i in range(len(rows))], dtype=torch.bool)
        place += len(rows)
        thinned.append({**batch, "token_labels": labels.index_fill(0, rows[left_out.to(rows.device)], IGNORED)})
    return thinned
