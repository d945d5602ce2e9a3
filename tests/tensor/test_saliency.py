"""Promises of the saliency methods and of their scaling."""

from collections.abc import Callable

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn

from hf_toxspan.tensor.losses import pgr_loss, ppt_loss
from hf_toxspan.tensor.saliency import (
    METHODS,
    ScoreFn,
    gradient_norm,
    gradient_x_input,
    input_gradient,
    integrated_gradients,
    scale,
)

Method = Callable[[ScoreFn, Tensor], Tensor]

few = settings(max_examples=40, deadline=None)

# Two texts of two tokens; their scores are e_0 . e_1 = 8 and -3.
EMBEDDINGS = [[[3.0, 4.0], [0.0, 2.0]], [[1.0, 0.0], [-3.0, 1.0]]]


def embeddings() -> Tensor:
    return torch.tensor(EMBEDDINGS, dtype=torch.float64)


def product(embedded: Tensor) -> Tensor:
    """Score a text by the dot product of its two tokens: each one's gradient is the other one."""
    return (embedded[:, 0] * embedded[:, 1]).sum(-1)


class SmoothModel(nn.Module):
    """A smooth float64 scorer in which every token sees the mean of its text."""

    def __init__(self) -> None:
        super().__init__()
        weights = torch.Generator().manual_seed(0)
        self.inner = nn.Parameter(torch.randn(3, 4, generator=weights, dtype=torch.float64))
        self.outer = nn.Parameter(torch.randn(4, generator=weights, dtype=torch.float64))

    def forward(self, embedded: Tensor) -> Tensor:
        hidden = torch.tanh(embedded @ self.inner)  # (batch, tokens, inner)
        return (hidden * (1 + hidden.mean(dim=1, keepdim=True))).sum(dim=1) @ self.outer


def random_texts(*shape: int) -> Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(1), dtype=torch.float64)


def assert_close(values: Tensor, expected: Tensor | list[list[float]], tolerance: float = 1e-12) -> None:
    torch.testing.assert_close(values, torch.as_tensor(expected, dtype=values.dtype), atol=tolerance, rtol=0)


def test_gradient_norm_is_the_length_of_each_tokens_gradient() -> None:
    assert_close(gradient_norm(product, embeddings()), [[2.0, 5.0], [10**0.5, 1.0]])


def test_gradient_x_input_is_the_signed_product_with_the_embedding() -> None:
    assert_close(gradient_x_input(product, embeddings()), [[8.0, 8.0], [-3.0, -3.0]])


def test_integrated_gradients_share_a_product_in_halves() -> None:
    assert_close(integrated_gradients(product, embeddings(), steps=1), [[4.0, 4.0], [-1.5, -1.5]])


def test_input_gradient_is_that_of_each_texts_own_score() -> None:
    assert_close(input_gradient(product, embeddings()), embeddings().flip(1))


@few
@given(st.integers(1, 7), st.lists(st.floats(-3, 3), min_size=8, max_size=8), st.lists(st.floats(-3, 3), min_size=2))
def test_integrated_gradients_of_a_quadratic_are_complete_for_any_number_of_steps(
    steps: int, ends: list[float], starts: list[float]
) -> None:
    end = torch.tensor(ends, dtype=torch.float64).view(2, 2, 2)
    baseline = torch.tensor(starts[:2], dtype=torch.float64)  # broadcasts over texts and tokens

    values = integrated_gradients(product, end, baseline=baseline, steps=steps)

    assert_close(values.sum(-1), product(end) - product(baseline.expand(2, 2, 2)), 1e-10)


def test_integrated_gradients_approach_completeness_with_more_steps() -> None:
    model, texts = SmoothModel(), random_texts(3, 5, 3)
    wanted = (model(texts) - model(torch.zeros_like(texts))).detach()

    errors = [
        (integrated_gradients(model, texts, steps=steps).sum(-1) - wanted).abs().max().item() for steps in (4, 16, 64)
    ]

    # the midpoint rule's error falls with the square of the steps
    assert errors[1] < errors[0] / 4
    assert errors[2] < errors[1] / 8
    assert errors[2] < 1e-3


def test_integrated_gradients_from_the_text_itself_are_zero() -> None:
    assert_close(integrated_gradients(product, embeddings(), baseline=embeddings()), [[0.0, 0.0], [0.0, 0.0]])


@pytest.mark.parametrize("steps", [0, -3])
def test_integrated_gradients_need_a_step(steps: int) -> None:
    with pytest.raises(ValueError, match=f"steps is {steps}; expected at least 1"):
        integrated_gradients(product, embeddings(), steps=steps)


methods = pytest.mark.parametrize("method", METHODS.values(), ids=METHODS)


@methods
def test_one_value_a_token(method: Method) -> None:
    values = method(SmoothModel(), random_texts(2, 4, 3))

    assert values.shape == (2, 4)
    assert values.dtype == torch.float64


@methods
def test_no_parameter_receives_a_gradient(method: Method) -> None:
    model = SmoothModel()

    values = method(model, random_texts(2, 4, 3))

    assert all(parameter.grad is None for parameter in model.parameters())
    assert not values.requires_grad


@methods
@pytest.mark.parametrize("tracked", [False, True])
def test_the_given_embeddings_stay_as_they_were(method: Method, tracked: bool) -> None:
    texts = random_texts(2, 4, 3).requires_grad_(tracked)
    before = texts.detach().clone()

    method(SmoothModel(), texts)

    assert texts.requires_grad is tracked
    assert texts.grad is None
    assert torch.equal(texts.detach(), before)


@methods
def test_texts_of_a_batch_do_not_influence_each_other(method: Method) -> None:
    model, texts = SmoothModel(), random_texts(4, 3, 3)

    together = method(model, texts)

    assert_close(together, torch.cat([method(model, text[None]) for text in texts]))
    assert_close(together.flip(0), method(model, texts.flip(0)))


@methods
def test_it_works_where_gradients_are_switched_off(method: Method) -> None:
    expected = method(product, embeddings())

    with torch.no_grad():
        assert_close(method(product, embeddings()), expected)
        assert not torch.is_grad_enabled()


@methods
def test_frozen_parameters_are_no_hindrance(method: Method) -> None:
    model, texts = SmoothModel(), random_texts(2, 4, 3)
    expected = method(model, texts)

    assert_close(method(model.requires_grad_(False), texts), expected)


@methods
def test_no_texts_have_no_values(method: Method) -> None:
    assert method(SmoothModel(), random_texts(0, 4, 3)).shape == (0, 4)


def test_without_a_graph_the_gradient_is_a_constant() -> None:
    assert not input_gradient(product, embeddings().requires_grad_()).requires_grad


def test_a_kept_graph_reaches_parameters_and_embeddings() -> None:
    weight = torch.tensor([2.0, 3.0], dtype=torch.float64, requires_grad=True)
    texts = torch.tensor([[[1.0, 4.0]]], dtype=torch.float64, requires_grad=True)

    gradient = input_gradient(lambda embedded: (embedded**2 @ weight).sum(-1), texts, create_graph=True)
    gradient.sum().backward()

    assert_close(gradient.detach()[0], [[4.0, 24.0]])  # 2 w e
    assert_close(weight.grad[None], [[2.0, 8.0]])  # 2 e
    assert_close(texts.grad[0], [[4.0, 6.0]])  # 2 w


def test_gradient_through_part_of_a_graph_reaches_the_table_behind_it() -> None:
    table = nn.Embedding(3, 2, dtype=torch.float64)

    gradient = input_gradient(product, table(torch.tensor([[0, 2]])), create_graph=True)
    gradient.sum().backward()

    assert_close(table.weight.grad, [[1.0, 1.0], [0.0, 0.0], [1.0, 1.0]])


# The scorer does not see the last token: its saliency is 0, whatever the weights.
LABELS = torch.tensor([[1, 0, 0, 1, -100, 0], [0, 1, 0, -100, -100, 0], [0, 0, 0, 0, -100, -100]])


def constrained(loss: str, inner: Tensor, outer: Tensor) -> Tensor:
    """Return PGR or PPT of the saliency of the smooth model with the given weights."""
    model = SmoothModel()

    def score(embedded: Tensor) -> Tensor:
        return torch.func.functional_call(model, {"inner": inner, "outer": outer}, embedded[:, :-1])

    gradient = input_gradient(score, random_texts(3, 6, 3), create_graph=True)
    saliency = scale(torch.linalg.vector_norm(gradient, dim=-1), LABELS != -100)
    if loss == "pgr":
        return pgr_loss(saliency, LABELS, margin=0.9)
    # The percentile 0 is the unseen token and the maximum 1: both detached thresholds are constants here.
    return ppt_loss(saliency, LABELS, alpha=0.9, percentile=0.0)


@pytest.mark.parametrize("loss", ["pgr", "ppt"])
def test_a_loss_on_the_saliency_has_the_right_derivative_by_every_parameter(loss: str) -> None:
    weights = [parameter.detach().clone().requires_grad_() for parameter in SmoothModel().parameters()]

    assert constrained(loss, *weights).item() > 0.01
    assert torch.autograd.gradcheck(lambda inner, outer: constrained(loss, inner, outer), weights)
    assert torch.autograd.gradgradcheck(lambda inner, outer: constrained(loss, inner, outer), weights)


def test_scale_divides_by_the_maximum_of_the_valid_positions() -> None:
    values = torch.tensor([[9.0, 1.0, 4.0, 2.0, 9.0], [5.0, 3.0, 0.0, 0.0, 9.0]])
    valid = torch.tensor([[0, 1, 1, 1, 0], [0, 1, 0, 0, 0]]).bool()

    assert_close(scale(values, valid), [[0.0, 0.25, 1.0, 0.5, 0.0], [0.0, 1.0, 0.0, 0.0, 0.0]])


def test_scale_sets_what_speaks_against_toxicity_to_zero() -> None:
    valid = torch.ones(2, 3).bool()

    assert_close(scale(torch.tensor([[-4.0, 2.0, 1.0], [-1.0, -2.0, -3.0]]), valid), [[0.0, 1.0, 0.5], [0.0, 0.0, 0.0]])


def test_scale_leaves_a_text_without_saliency_or_valid_positions_at_zero() -> None:
    values, valid = torch.tensor([[0.0, 0.0], [1.0, 2.0]]), torch.tensor([[True, True], [False, False]])

    assert_close(scale(values, valid), [[0.0, 0.0], [0.0, 0.0]])


@pytest.mark.parametrize("shape", [(2, 0), (0, 3), (0, 0)])
def test_scale_of_nothing_is_nothing(shape: tuple[int, int]) -> None:
    assert scale(torch.zeros(shape), torch.zeros(shape).bool()).shape == shape


@pytest.mark.parametrize("junk", [float("nan"), float("inf"), -float("inf")])
def test_junk_in_padding_reaches_neither_value_nor_gradient(junk: float) -> None:
    values = torch.tensor([[1.0, 2.0, junk], [junk, junk, junk]], requires_grad=True)
    valid = torch.tensor([[True, True, False], [False, False, False]])

    scaled = scale(values, valid)
    scaled[:, 0].sum().backward()

    assert_close(scaled.detach(), [[0.5, 1.0, 0.0], [0.0, 0.0, 0.0]])
    assert_close(values.grad, [[0.5, -0.25, 0.0], [0.0, 0.0, 0.0]])  # of s_0 / s_1


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float32, torch.float64])
def test_scale_keeps_the_precision_of_its_input(dtype: torch.dtype) -> None:
    scaled = scale(torch.tensor([[1.0, 2.0]], dtype=dtype), torch.ones(1, 2).bool())

    assert scaled.dtype == dtype
    assert scaled.tolist() == [[0.5, 1.0]]


@few
@given(
    st.lists(st.tuples(st.floats(-10, 10, width=32), st.booleans()), min_size=1, max_size=6),
    st.integers(-20, 20),
)
def test_scaled_saliency_lies_in_zero_to_one_and_knows_no_unit(row: list[tuple[float, bool]], power: int) -> None:
    values = torch.tensor([[value for value, _ in row]], dtype=torch.float64)
    valid = torch.tensor([[flag for _, flag in row]])

    scaled = scale(values, valid)

    assert ((scaled >= 0) & (scaled <= 1)).all()
    assert not scaled[~valid].any()
    assert scaled.max() == (1 if (values[valid] > 0).any() else 0)
    assert_close(scale(values * 2.0**power, valid), scaled)
    assert_close(scale(scaled, valid), scaled)
