"""The objective of the multitask rationale trainer: functions of a batch and of what the model says of it."""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import torch
from torch import Tensor
from torch.nn.functional import cross_entropy

from hf_toxspan.core.alignment import IGNORED
from hf_toxspan.core.tags import OUTSIDE
from hf_toxspan.modeling.rationale import RationaleOutput
from hf_toxspan.tensor.gradient_loss import GradientLoss
from hf_toxspan.tensor.losses import constrained_rows
from hf_toxspan.tensor.rationale_losses import Sides, consistency_loss, consistent_rows, tagging_loss
from hf_toxspan.training.objective import Constraints, at_least_float32, constrain, select_rows


class Task(NamedTuple):
    """What the labels of a batch mean.

    Attributes:
        toxic_classes: Numbers of the toxic labels.
        class_weights: Weight of each label, shape (labels,), or None for equal ones.
        sides: Which texts the consistency loss looks at.
    """

    toxic_classes: tuple[int, ...]
    class_weights: Tensor | None
    sides: Sides

    def toxic(self, labels: Tensor) -> Tensor:
        """Return which texts are toxic, booleans of shape (batch,)."""
        return torch.isin(labels, torch.tensor(self.toxic_classes, device=labels.device))


def count_targets(batch: Mapping[str, Tensor], task: Task) -> Tensor:
    """Count what the parts of the loss are divided by.

    Args:
        batch: A collated batch with ``labels``, ``tag_targets`` and ``token_mask``.
        task: What the labels mean.

    Returns:
        [texts, each weighted by its class; tokens with a target; texts whose consistency counts; texts with a toxic
        token], shape (4,), on the CPU.
    """
    labels = batch["labels"]
    weights = torch.ones(len(labels)) if task.class_weights is None else task.class_weights[labels.cpu()]
    judged = consistent_rows(batch["token_mask"], task.toxic(labels), sides=task.sides)
    constrained = constrained_rows(token_labels(batch["tag_targets"]))
    counted = (weights, batch["tag_targets"], judged, constrained)
    return torch.stack([part.float().sum().cpu() for part in counted])


def task_sums(
    output: RationaleOutput, batch: Mapping[str, Tensor], task: Task, *, label_smoothing: float
) -> list[Tensor]:
    """Sum the three losses of RATeD-V over a batch.

    Args:
        output: What the model says of the batch.
        batch: As for `count_targets`.
        task: What the labels mean.
        label_smoothing: As in `torch.nn.CrossEntropyLoss`.

    Returns:
        Scalars: cross entropy of the labels and of the tags, inconsistency.
    """
    logits = at_least_float32(output.logits)
    weights = None if task.class_weights is None else task.class_weights.to(logits)
    return [
        cross_entropy(logits, batch["labels"], weights, reduction="sum", label_smoothing=label_smoothing),
        tagging_loss(at_least_float32(output.tag_logits), batch["tag_targets"], reduction="sum"),
        consistency_loss(
            output.toxicity, batch["token_mask"], task.toxic(batch["labels"]), sides=task.sides, reduction="sum"
        ),
    ]


def constraint_sums(
    model: Callable[..., Any],
    embed: Callable[[Tensor], Tensor],
    margin: Callable[[Tensor], Tensor],
    inputs: Mapping[str, Tensor],
    tag_targets: Tensor,
    constraints: Constraints,
) -> GradientLoss:
    """Sum ToxiTrace's gradient constraints over the texts of a batch that have a toxic token; they are run once more.

    Args:
        model: The model as the trainer hands it over.
        embed: Token ids -> input embeddings.
        margin: Logits -> toxic margin.
        inputs: The model's inputs.
        tag_targets: Shape (batch, tokens, 3).
        constraints: Parameters of the constraints.

    Returns:
        PGR + PPT and both parts; zeros without such texts.
    """
    labels = token_labels(tag_targets)
    rows = constrained_rows(labels).nonzero()[:, 0]
    if not len(rows):
        return GradientLoss(torch.zeros((), device=labels.device), torch.zeros(2, device=labels.device))
    own = select_rows({**inputs, "token_labels": labels}, rows)
    own_labels = own.pop("token_labels")
    return constrain(model, embed, margin, own, own_labels, constraints)[1]


def token_labels(tag_targets: Tensor) -> Tensor:
    """Return which tokens most annotators call toxic.

    Args:
        tag_targets: Shape (batch, tokens, 3).

    Returns:
        1 toxic, 0 clean, `IGNORED` without a target; shape (batch, tokens).
    """
    toxic = (tag_targets[..., OUTSIDE] < 0.5).long()
    return torch.where(tag_targets.sum(dim=-1) > 0, toxic, IGNORED)
