"""The gradient-constrained objective of one batch, as a function of a model and tensors.

Sentences without toxic tokens take an ordinary forward pass. The others take a forward pass on their embeddings, whose
scores `hf_toxspan.tensor.gradient_loss` differentiates twice, exactly or by differences.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import torch
from torch import Tensor
from torch.nn.functional import cross_entropy

from hf_toxspan.core.alignment import IGNORED
from hf_toxspan.modeling.evidence import score_function
from hf_toxspan.tensor.gradient_loss import GradientLoss, Method, gradient_loss
from hf_toxspan.tensor.losses import constrained_rows, pgr_loss, ppt_loss
from hf_toxspan.tensor.saliency import scale

Model = Callable[..., Any]


class Constraints(NamedTuple):
    """Values of the gradient constraints' parameters; see the trainer's arguments."""

    pgr_margin: float
    ppt_alpha: float
    ppt_percentile: float
    method: Method = "double_backward"


class LossSums(NamedTuple):
    """Sums over a batch, to be divided by how many sentences there are in the whole optimisation step.

    Attributes:
        cross_entropy: Over all sentences.
        constraints: PGR + PPT, over the sentences with a toxic token.
        pgr: Its first part, detached.
        ppt: Its second part, detached.
        logits: Shape (batch, labels), rows in the order of the input.
    """

    cross_entropy: Tensor
    constraints: Tensor
    pgr: Tensor
    ppt: Tensor
    logits: Tensor


def count_sentences(token_labels: Tensor) -> Tensor:
    """Return [sentences, sentences with a toxic token], the two divisors of `LossSums`.

    Args:
        token_labels: Shape (batch, tokens).

    Returns:
        Whole numbers, shape (2,).
    """
    return torch.stack([torch.tensor(len(token_labels)), constrained_rows(token_labels).sum().cpu()])


def loss_sums(
    model: Model,
    embed: Callable[[Tensor], Tensor],
    margin: Callable[[Tensor], Tensor],
    inputs: dict[str, Tensor],
    labels: Tensor,
    token_labels: Tensor,
    *,
    constraints: Constraints | None,
    label_smoothing: float = 0.0,
) -> LossSums:
    """Compute cross entropy and, where asked, the gradient constraints of one batch.

    Inputs:
        | inputs | labels | token_labels |
        |---|---|---|
        | ``input_ids``, ``attention_mask``, ...: (batch, tokens) | (batch,) | (batch, tokens), 1 / 0 / -100 |

    Args:
        model: The classifier as the trainer hands it over, perhaps wrapped for several processes.
        embed: Token ids -> input embeddings.
        margin: Logits -> toxic margin.
        inputs: The encoder's inputs.
        labels: Class of each sentence.
        token_labels: Labels of the tokens.
        constraints: Parameters of the constraints; None for cross entropy alone.
        label_smoothing: As in `torch.nn.CrossEntropyLoss`.

    Returns:
        Sums and logits; the gradients' graph is kept only where gradients are enabled.
    """
    chosen = constrained_rows(token_labels) if constraints else torch.zeros(len(labels), dtype=torch.bool)
    chosen, rest = chosen.nonzero()[:, 0].to(labels.device), (~chosen).nonzero()[:, 0].to(labels.device)
    logits, order = [], []
    if len(rest):
        logits.append(model(**select_rows(inputs, rest)).logits)
        order.append(rest)
    gradient = GradientLoss(torch.zeros((), device=labels.device), torch.zeros(2, device=labels.device))
    if len(chosen) and constraints:
        own = select_rows({**inputs, "token_labels": token_labels}, chosen)
        own_labels = own.pop("token_labels")
        own_logits, gradient = constrain(model, embed, margin, own, own_labels, constraints)
        logits.append(own_logits)
        order.append(chosen)
    joined = torch.cat(logits)[torch.cat(order).argsort()]
    entropy = cross_entropy(at_least_float32(joined), labels, reduction="sum", label_smoothing=label_smoothing)
    pgr, ppt = gradient.parts
    return LossSums(entropy, gradient.total, pgr, ppt, joined)


def constrain(
    model: Model,
    embed: Callable[[Tensor], Tensor],
    margin: Callable[[Tensor], Tensor],
    inputs: dict[str, Tensor],
    token_labels: Tensor,
    constraints: Constraints,
) -> tuple[Tensor, GradientLoss]:
    """Run the sentences with a toxic token and take the gradient constraints of their saliency.

    Args:
        model: The classifier.
        embed: Token ids -> input embeddings.
        margin: Logits -> toxic margin.
        inputs: The encoder's inputs, each (batch, tokens).
        token_labels: Labels of the tokens.
        constraints: Parameters of the constraints.

    Returns:
        Logits (batch, labels) and the constraints, with the parts PGR and PPT, summed over the sentences.
    """
    kept: list[Tensor] = []

    def remember(logits: Tensor) -> Tensor:
        kept.append(logits)
        return margin(logits)

    def losses(gradient: Tensor) -> Tensor:
        saliency = gradient_saliency(gradient, token_labels != IGNORED)
        pgr = pgr_loss(saliency, token_labels, margin=constraints.pgr_margin, reduction="sum")
        ppt = ppt_loss(
            saliency,
            token_labels,
            alpha=constraints.ppt_alpha,
            percentile=constraints.ppt_percentile,
            reduction="sum",
        )
        return torch.stack([pgr, ppt])

    score = score_function(model, inputs, remember)
    result = gradient_loss(score, embed(inputs["input_ids"]), losses, method=constraints.method)
    logits = kept[0]  # the first pass is that of the embeddings as they are
    return (logits if torch.is_grad_enabled() else logits.detach()), result


def gradient_saliency(gradient: Tensor, valid: Tensor) -> Tensor:
    """Return the saliency of input gradients: their scaled L2 norms, in float32 or better.

    Args:
        gradient: Shape (batch, tokens, hidden).
        valid: Booleans (batch, tokens): tokens of the text.

    Returns:
        Values in [0, 1], shape (batch, tokens).
    """
    return scale(torch.linalg.vector_norm(at_least_float32(gradient), dim=-1), valid)


def at_least_float32(values: Tensor) -> Tensor:
    """Return half-precision values in float32 and others as they are."""
    return values.to(torch.promote_types(values.dtype, torch.float32))


def select_rows(tensors: dict[str, Tensor], rows: Tensor) -> dict[str, Tensor]:
    """Take rows of a batch and drop the columns that are padding in all of them.

    Args:
        tensors: The batch, with ``attention_mask``.
        rows: Places of the rows, shape (n,).

    Returns:
        The same keys; what has no value a token keeps its columns.
    """
    mask = tensors["attention_mask"][rows]
    columns = mask.any(dim=0).nonzero()[:, 0]
    return {
        name: tensor[rows][:, columns] if tensor.shape[1:2] == mask.shape[1:] else tensor[rows]
        for name, tensor in tensors.items()
    }
