"""A loss of the input gradient, and three ways to differentiate it by the model's parameters.

A loss ``L(g)`` of the gradient ``g = d score / d embeddings`` has the parameter gradient ``d (v . g) / d parameters``
with ``v = dL/dg`` held fixed: a Hessian-vector product. Double backward is exact, but needs kernels with a second
derivative and keeps every activation of the first backward pass. Differences (Pearlmutter, 1994, section 2, names them
as what exact products replace; the per-text step is ours) move the embeddings of each text by a small step along ``v``
and differentiate scores alone, so that any kernel and checkpointed activations will do.
"""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Literal, NamedTuple, get_args

import torch
from torch import Tensor
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.utils.checkpoint import get_device_states, set_device_states

from hf_toxspan.tensor.saliency import ScoreFn, input_gradient

Method = Literal["double_backward", "central", "one_sided"]
METHODS: tuple[Method, ...] = get_args(Method)


class GradientLoss(NamedTuple):
    """A loss of the input gradient.

    Attributes:
        total: Sum of the parts, a scalar that can be differentiated.
        parts: Their values, detached.
    """

    total: Tensor
    parts: Tensor


def gradient_loss(
    score_fn: ScoreFn,
    embeddings: Tensor,
    loss_fn: Callable[[Tensor], Tensor],
    *,
    method: Method = "double_backward",
) -> GradientLoss:
    """Take a loss of each text's input gradient, itself differentiable by everything behind the scores.

    The value is the same for every method. ``double_backward`` is exact; ``central`` and ``one_sided`` return a total
    whose gradient is a difference of scores, for one ordinary backward pass. Their error is that of the arithmetic:
    float32 or better is needed. Dropout masks are those of the unmoved pass in all passes.

    Args:
        score_fn: Maps embeddings to one score a text; its first call gets `embeddings` as they are.
        embeddings: Shape (batch, tokens, hidden), a leaf or part of a graph.
        loss_fn: Maps the gradient, shaped as `embeddings`, to the parts of the loss, sums over texts.
        method: How the total is differentiated; where gradients are off there is no total to differentiate.

    Returns:
        The total and the parts.

    Raises:
        ValueError: If `method` is unknown.
    """
    if method not in METHODS:
        raise ValueError(f"method is {method!r}; expected one of {METHODS}")
    if not torch.is_grad_enabled():
        parts = loss_fn(input_gradient(score_fn, embeddings))
        return GradientLoss(parts.sum(), parts)
    if method == "double_backward":
        with sdpa_kernel(SDPBackend.MATH):  # fused kernels have no second derivative
            parts = loss_fn(input_gradient(score_fn, embeddings, create_graph=True))
        return GradientLoss(parts.sum(), parts.detach())
    return _by_difference(score_fn, embeddings, loss_fn, central=method == "central")


def _by_difference(
    score_fn: ScoreFn, embeddings: Tensor, loss_fn: Callable[[Tensor], Tensor], *, central: bool
) -> GradientLoss:
    inputs = embeddings if embeddings.requires_grad else embeddings.detach().requires_grad_()
    same_masks = _same_masks(inputs)
    scores = score_fn(inputs)  # (batch,)
    (gradient,) = torch.autograd.grad(scores.sum(), inputs, retain_graph=True)
    parts, slope = _value_and_slope(loss_fn, gradient)
    step, weight = _step(slope, inputs.detach(), relative_step(inputs.dtype, central=central))
    with same_masks():
        ahead = score_fn(inputs + step)
    if central:
        with same_masks():
            difference = (ahead - score_fn(inputs - step)) / 2
    else:
        difference = ahead - scores
    surrogate = (weight * difference).sum()
    return GradientLoss(parts.sum() + (surrogate - surrogate.detach()), parts)


def relative_step(dtype: torch.dtype, *, central: bool) -> float:
    """Return the length of a step as a share of the embeddings' norm: where truncation and rounding meet.

    The powers of the machine epsilon are those of textbooks (Press et al., Numerical Recipes, 5.7). The factors are
    ours, measured on a 12-layer encoder, whose curvature is high: 1e-4 and 3e-4 in float32.

    Args:
        dtype: Of the embeddings.
        central: Whether scores on both sides are compared.

    Returns:
        The share.
    """
    epsilon = torch.finfo(dtype).eps
    return float(0.06 * epsilon ** (1 / 3) if central else 0.3 * epsilon**0.5)


def _value_and_slope(loss_fn: Callable[[Tensor], Tensor], gradient: Tensor) -> tuple[Tensor, Tensor]:
    """Return the parts of the loss and the derivative of their sum by the gradient, all detached."""
    leaf = gradient.detach().requires_grad_()
    parts = loss_fn(leaf)
    (slope,) = torch.autograd.grad(parts.sum(), leaf)
    return parts.detach(), slope


def _step(slope: Tensor, embeddings: Tensor, share: float) -> tuple[Tensor, Tensor]:
    """Return each text's step along the slope (batch, tokens, hidden) and the weight (batch,) of its difference."""
    steepness, size = (torch.linalg.vector_norm(tensor.flatten(1), dim=1) for tensor in (slope, embeddings))
    length = share * _one_where_zero(size)
    direction = slope / _one_where_zero(steepness)[:, None, None]
    return length[:, None, None] * direction, steepness / length


def _one_where_zero(values: Tensor) -> Tensor:
    return torch.where(values > 0, values, 1.0)


def _same_masks(inputs: Tensor) -> Callable[[], AbstractContextManager[None]]:
    """Remember where the generators stand, to draw the same dropout masks again.

    Args:
        inputs: Tells the device beside the CPU.

    Returns:
        Contexts in which the generators go on from here; after each they stand where they stood before it.
    """
    on_cpu, (devices, states) = torch.get_rng_state(), get_device_states(inputs)

    @contextmanager
    def replay() -> Iterator[None]:
        with torch.random.fork_rng(devices, device_type=inputs.device.type):
            torch.set_rng_state(on_cpu)
            set_device_states(devices, states, device_type=inputs.device.type)
            yield

    return replay
