"""Promises of `hf_toxspan.tensor.gradient_loss`."""

from collections.abc import Callable

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor, nn

from hf_toxspan.tensor.gradient_loss import METHODS, GradientLoss, Method, gradient_loss, relative_step

DIFFERENCES: tuple[Method, ...] = ("central", "one_sided")


def network(dropout: float = 0.0) -> nn.Sequential:
    """A curved score of embeddings of width 6, in float64."""
    with torch.random.fork_rng():
        torch.manual_seed(0)
        layers = nn.Sequential(nn.Linear(6, 8), nn.GELU(), nn.Dropout(dropout), nn.LayerNorm(8), nn.Linear(8, 1))
    return layers.double().train()


def embeddings() -> Tensor:
    """Three texts of five tokens."""
    return torch.randn(3, 5, 6, generator=torch.Generator().manual_seed(1)).double()


def losses(gradient: Tensor) -> Tensor:
    """Two parts that weigh tokens differently."""
    norm = gradient.norm(dim=-1)  # (batch, tokens)
    return torch.stack([norm[:, 0].sum(), (norm[:, 1:] ** 2).sum()])


def run(
    layers: nn.Sequential,
    method: Method,
    inputs: Tensor | None = None,
    loss_fn: Callable[[Tensor], Tensor] = losses,
) -> tuple[GradientLoss, Tensor]:
    """Return the loss and its gradient by all parameters but the last bias, which no input gradient knows."""
    inputs = embeddings() if inputs is None else inputs
    parameters = list(layers.parameters())[:-1]
    inputs = inputs.to(parameters[0].dtype).requires_grad_()
    found = gradient_loss(lambda e: layers(e).sum(dim=(1, 2)).tanh(), inputs, loss_fn, method=method)
    gradients = torch.autograd.grad(found.total, parameters)
    return found, torch.cat([gradient.flatten() for gradient in gradients])


def relative_error(found: Tensor, expected: Tensor) -> float:
    return float((found - expected).norm() / expected.norm())


@pytest.mark.parametrize("method", METHODS)
def test_numbers_by_hand(method: Method) -> None:
    """Of the score a (1 + 8) with a = 2 the gradient is 3 a e^2 = (6, 24), its sum 30, the sum's derivative by a 15."""
    weight = torch.tensor(2.0, dtype=torch.float64, requires_grad=True)
    inputs = torch.tensor([[[1.0, 2.0]]], dtype=torch.float64)

    found = gradient_loss(lambda e: weight * (e**3).sum(dim=(1, 2)), inputs, lambda g: g.sum(dim=(0, 1)), method=method)
    found.total.backward()

    assert found.parts.tolist() == [6, 24]
    assert found.total.item() == 30
    assert weight.grad is not None
    assert weight.grad.item() == pytest.approx(15, rel=1e-6)


@pytest.mark.parametrize(
    ("method", "dtype", "tolerance"),
    [
        ("central", torch.float64, 1e-7),
        ("one_sided", torch.float64, 1e-6),
        ("central", torch.float32, 2e-3),
        ("one_sided", torch.float32, 1e-2),
    ],
)
@pytest.mark.parametrize("dropout", [0.0, 0.4])
def test_differences_differ_from_double_backward_by_rounding_alone(
    method: Method, dtype: torch.dtype, tolerance: float, dropout: float
) -> None:
    torch.manual_seed(3)
    exact, expected = run(network(dropout), "double_backward")
    torch.manual_seed(3)

    found, gradient = run(network(dropout).to(dtype), method)

    torch.testing.assert_close(found.parts.double(), exact.parts, rtol=1e-6, atol=0)
    assert found.total.item() == pytest.approx(exact.total.item(), rel=1e-6)
    assert relative_error(gradient.double(), expected) < tolerance


@pytest.mark.parametrize("method", DIFFERENCES)
def test_the_generator_advances_as_in_one_pass(method: Method) -> None:
    after = []
    for chosen in ("double_backward", method):
        torch.manual_seed(5)
        run(network(0.4), chosen)
        after.append(torch.rand(1).item())

    assert after[0] == after[1]


@pytest.mark.parametrize("method", DIFFERENCES)
def test_a_text_without_slope_adds_zero(method: Method) -> None:
    """The last text is not in the loss, which only the other two change."""
    _, expected = run(network(), method, embeddings()[:2])

    _, found = run(network(), method, loss_fn=lambda gradient: losses(gradient[:2]))

    torch.testing.assert_close(found, expected, rtol=0, atol=1e-7)


@pytest.mark.parametrize("method", METHODS)
def test_a_loss_of_zero_has_the_gradient_zero(method: Method) -> None:
    found, gradient = run(network(), method, loss_fn=lambda g: (g.norm(dim=-1) - 1e6).clamp(min=0).sum()[None])

    assert found.total.item() == 0
    assert not gradient.any()


@pytest.mark.parametrize("method", DIFFERENCES)
def test_embeddings_of_zero_have_a_step_too(method: Method) -> None:
    zero = torch.zeros(3, 5, 6, dtype=torch.float64)
    _, expected = run(network(), "double_backward", zero)

    _, found = run(network(), method, zero.clone())

    assert relative_error(found, expected) < 1e-5


@given(scale=st.floats(1e-6, 1e6))
def test_the_gradient_grows_with_the_loss(scale: float) -> None:
    """The step is as long for a steep loss as for a flat one, so no scale of the loss is more exact than another."""
    layers = network()

    _, found = run(layers, "one_sided", loss_fn=lambda gradient: scale * losses(gradient))

    _, expected = run(layers, "one_sided")
    torch.testing.assert_close(found / scale, expected, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize(("method", "calls"), [("double_backward", 1), ("one_sided", 2), ("central", 3)])
def test_the_first_call_gets_the_embeddings_as_they_are(method: Method, calls: int) -> None:
    seen: list[Tensor] = []
    inputs = embeddings()

    def score(moved: Tensor) -> Tensor:
        seen.append(moved.detach().clone())
        return (moved**3).sum(dim=(1, 2))

    gradient_loss(score, inputs, losses, method=method)

    assert len(seen) == calls
    assert torch.equal(seen[0], inputs)
    lengths = [(moved - inputs).flatten(1).norm(dim=1) / inputs.flatten(1).norm(dim=1) for moved in seen[1:]]
    for length in lengths:
        step = relative_step(torch.float64, central=method == "central")
        torch.testing.assert_close(length, torch.full_like(length, step), rtol=1e-4, atol=0)


@pytest.mark.parametrize("method", METHODS)
def test_where_gradients_are_off_only_the_value_is_left(method: Method) -> None:
    expected, _ = run(network(), method)
    layers = network()

    with torch.no_grad():
        found = gradient_loss(lambda e: layers(e).sum(dim=(1, 2)).tanh(), embeddings(), losses, method=method)

    assert not found.total.requires_grad
    torch.testing.assert_close(found.parts, expected.parts)
    assert found.total.item() == pytest.approx(expected.total.item())


def test_steps_in_float32_are_those_that_were_measured() -> None:
    assert relative_step(torch.float32, central=False) == pytest.approx(1e-4, rel=0.05)
    assert relative_step(torch.float32, central=True) == pytest.approx(3e-4, rel=0.05)


def test_an_unknown_method_is_named() -> None:
    with pytest.raises(ValueError, match=r"method is 'forward'; expected one of \('double_backward', 'central'"):
        gradient_loss(lambda e: e.sum(dim=(1, 2)), embeddings(), losses, method="forward")  # type: ignore[arg-type]
