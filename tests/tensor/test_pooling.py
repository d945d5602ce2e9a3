"""Promises of `hf_toxspan.tensor.pooling`."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from hf_toxspan.tensor.pooling import weighted_mean

STATES = torch.tensor([[[1.0, 2.0], [3.0, 0.0], [9.0, 9.0]]], dtype=torch.float64)


def test_the_mean_is_that_computed_by_hand() -> None:
    weights = torch.tensor([[0.25, 0.75, 0.0]], dtype=torch.float64)

    assert weighted_mean(STATES, weights)[0].tolist() == pytest.approx([0.25 + 2.25, 0.5], abs=1e-8)
    assert weighted_mean(STATES, 0.1 * weights)[0].tolist() == pytest.approx([2.5, 0.5], abs=1e-7)


def test_a_text_without_weight_has_no_rationale() -> None:
    assert weighted_mean(STATES, torch.zeros(1, 3)).tolist() == [[0, 0]]
    assert weighted_mean(STATES[:, :0], torch.zeros(1, 0)).tolist() == [[0, 0]]
    assert weighted_mean(STATES[:0], torch.zeros(0, 3)).shape == (0, 2)


def test_the_gradient_flows_through_states_and_weights() -> None:
    """By hand: dr / dt_i = (h_i - r) / sum t."""
    states = STATES.clone().requires_grad_()
    weights = torch.tensor([[0.5, 0.5, 0.0]], dtype=torch.float64, requires_grad=True)

    weighted_mean(states, weights)[0, 0].backward()

    assert states.grad is not None and weights.grad is not None
    assert states.grad[0, :, 0].tolist() == pytest.approx([0.5, 0.5, 0], abs=1e-8)
    assert weights.grad[0].tolist() == pytest.approx([-1, 1, 7], abs=1e-7)  # r is 2


@settings(max_examples=30, deadline=None)
@given(st.lists(st.integers(0, 9), min_size=1, max_size=5), st.integers(0, 3), st.integers(0, 3), st.data())
def test_tokens_without_weight_change_nothing(whole: list[int], before: int, after: int, data: st.DataObject) -> None:
    states = torch.tensor([[[data.draw(st.floats(-9, 9))] for _ in whole]], dtype=torch.float64)
    weights = torch.tensor([whole], dtype=torch.float64) / 10
    others = [torch.full((1, count, 1), 5.0, dtype=torch.float64) for count in (before, after)]
    nothing = [torch.zeros(1, count, dtype=torch.float64) for count in (before, after)]

    padded = weighted_mean(
        torch.cat([others[0], states, others[1]], dim=1), torch.cat([nothing[0], weights, nothing[1]], dim=1)
    )

    torch.testing.assert_close(padded, weighted_mean(states, weights), rtol=0, atol=1e-12)


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_small_weights_survive_half_precision(dtype: torch.dtype) -> None:
    """In float16 itself the least sum would be 0, and 0 / 0 no number."""
    states = STATES.to(dtype)

    mean = weighted_mean(states, torch.tensor([[1e-6, 1e-6, 0.0]], dtype=dtype))

    assert mean.dtype == dtype
    assert mean[0].tolist() == pytest.approx([2, 1], rel=0.02)
    assert weighted_mean(states, torch.zeros(1, 3, dtype=dtype)).tolist() == [[0, 0]]
