"""Saliency of a callable: how strongly each input embedding moves a score.

A method takes a *score function*, not a model: embeddings of shape (batch, tokens, hidden) in, one score a text of
shape (batch,) out. Texts must not influence each other's score, which holds for every encoder in evaluation mode.
"""

from collections.abc import Callable

import torch
from torch import Tensor

ScoreFn = Callable[[Tensor], Tensor]


def input_gradient(score_fn: ScoreFn, embeddings: Tensor, *, create_graph: bool = False) -> Tensor:
    """Differentiate each text's score by its own embeddings; no gradient reaches any parameter.

    Args:
        score_fn: Maps embeddings to one score a text.
        embeddings: Shape (batch, tokens, hidden), a leaf or part of a graph.
        create_graph: Keep the graph so that a loss on the gradient can be differentiated again.

    Returns:
        Gradient of the same shape as `embeddings`.
    """
    with torch.enable_grad():
        inputs = embeddings if embeddings.requires_grad else embeddings.detach().requires_grad_()
        (gradient,) = torch.autograd.grad(score_fn(inputs).sum(), inputs, create_graph=create_graph)
    return gradient


def gradient_norm(score_fn: ScoreFn, embeddings: Tensor) -> Tensor:
    """Return the L2 norm of the gradient at each position, ToxiTrace's saliency as we define it (ours).

    Args:
        score_fn: Maps embeddings to one score a text.
        embeddings: Shape (batch, tokens, hidden).

    Returns:
        Values >= 0, shape (batch, tokens).
    """
    norm: Tensor = torch.linalg.vector_norm(input_gradient(score_fn, embeddings), dim=-1)
    return norm


def gradient_x_input(score_fn: ScoreFn, embeddings: Tensor) -> Tensor:
    """Return the dot product of gradient and embedding: a first-order share of the score, with sign.

    Source: Shrikumar et al., 2017, arXiv 1605.01713.

    Args:
        score_fn: Maps embeddings to one score a text.
        embeddings: Shape (batch, tokens, hidden).

    Returns:
        Signed values, shape (batch, tokens).
    """
    return (input_gradient(score_fn, embeddings) * embeddings.detach()).sum(-1)


def integrated_gradients(
    score_fn: ScoreFn, embeddings: Tensor, *, baseline: Tensor | None = None, steps: int = 20
) -> Tensor:
    """Integrate the gradient on the straight line from a baseline to the embeddings (midpoint rule).

    The values of a text sum to score(embeddings) - score(baseline) as `steps` grows.
    Source: Sundararajan et al., ICML 2017.

    Args:
        score_fn: Maps embeddings to one score a text.
        embeddings: Shape (batch, tokens, hidden).
        baseline: Same shape, or one that broadcasts to it; zeros when None.
        steps: Number of gradients; the cost is proportional to it.

    Returns:
        Signed values, shape (batch, tokens).

    Raises:
        ValueError: If `steps` is below 1.
    """
    if steps < 1:
        raise ValueError(f"steps is {steps}; expected at least 1 gradient to average")
    end = embeddings.detach()
    start = torch.zeros_like(end) if baseline is None else baseline.detach().expand_as(end)
    total = torch.zeros_like(end)
    for step in range(steps):
        total += input_gradient(score_fn, start + (step + 0.5) / steps * (end - start))
    return ((end - start) * total / steps).sum(-1)


METHODS: dict[str, Callable[[ScoreFn, Tensor], Tensor]] = {
    "gradient_norm": gradient_norm,
    "gradient_x_input": gradient_x_input,
    "integrated_gradients": integrated_gradients,
}
"""Saliency methods by the name that a checkpoint's config carries."""


def scale(values: Tensor, valid: Tensor) -> Tensor:
    """Divide each text's saliency by its maximum over the valid positions; anything against toxicity becomes zero.

    Args:
        values: Shape (batch, tokens), signed or not.
        valid: Booleans of the same shape: true for tokens of the text, false for special tokens and padding.

    Returns:
        Values in [0, 1], shape (batch, tokens); zero where not valid, and everywhere in a text without saliency.
    """
    kept = torch.where(valid, values, 0.0).clamp(min=0)
    top = kept.amax(dim=-1, keepdim=True) if kept.shape[-1] else kept.new_ones(len(kept), 1)
    return kept / torch.where(top > 0, top, 1.0)
