"""Promises of `hf_toxspan.tensor.rationale_losses`."""

from math import log

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from hf_toxspan.tensor.rationale_losses import Sides, consistency_loss, consistent_rows, tagging_loss

few = settings(max_examples=30, deadline=None)

# One text of two tokens and padding, one of a single token.
LOGITS = torch.tensor(
    [[[0.5, 0.25, 0.25], [0.8, 0.1, 0.1], [0.1, 0.1, 0.8]], [[0.2, 0.6, 0.2], [0.1, 0.1, 0.8], [0.1, 0.1, 0.8]]],
    dtype=torch.float64,
).log()
TARGETS = torch.tensor([[[0, 1, 0], [0.5, 0, 0.5], [0, 0, 0]], [[0, 1, 0], [0, 0, 0], [0, 0, 0]]], dtype=torch.float64)
TAGGING = [log(4), -(log(0.8) + log(0.1)) / 2, -log(0.6)]

TOXICITY = torch.tensor([[0.2, 0.4, 0.9], [0.1, 0.6, 0.3], [0.7, 0.7, 0.7]], dtype=torch.float64)
MASK = torch.tensor([[1, 1, 0], [1, 1, 1], [0, 0, 0]])
TOXIC = torch.tensor([False, True, True])
UNNEEDED, MISSING = 0.3, 0.4  # mean of .2 and .4; 1 - .6; the third text has no token


def value(loss: Tensor) -> float:
    return round(loss.item(), 12)


def test_the_tagging_loss_is_that_computed_by_hand() -> None:
    assert tagging_loss(LOGITS, TARGETS, reduction="sum").item() == pytest.approx(sum(TAGGING))
    assert tagging_loss(LOGITS, TARGETS).item() == pytest.approx(sum(TAGGING) / 3)


def test_hard_targets_are_torchs_cross_entropy() -> None:
    tags = torch.tensor([[2, -100, 1], [0, 0, -100]])
    targets = torch.nn.functional.one_hot(tags.clamp(min=0), 3) * (tags != -100)[..., None]

    expected = torch.nn.functional.cross_entropy(LOGITS.flatten(0, 1), tags.flatten(), ignore_index=-100)
    assert tagging_loss(LOGITS, targets.float()).item() == pytest.approx(expected.item())


@few
@given(st.lists(st.lists(st.sampled_from([0, 1, 2]), min_size=3, max_size=3), min_size=1, max_size=5))
def test_a_soft_target_costs_the_mean_of_what_its_annotators_would(annotators: list[list[int]]) -> None:
    hard = [torch.eye(3, dtype=torch.float64)[tags] for tags in annotators]

    soft = tagging_loss(LOGITS[0], torch.stack(hard).mean(dim=0))

    assert soft.item() == pytest.approx(sum(tagging_loss(LOGITS[0], each).item() for each in hard) / len(hard))


def test_the_gradient_of_the_tagging_loss_is_that_computed_by_hand() -> None:
    logits = LOGITS.clone().requires_grad_()

    tagging_loss(logits, TARGETS).backward()

    judged = (TARGETS.sum(dim=-1) > 0)[..., None]
    torch.testing.assert_close(logits.grad, (LOGITS.exp() - TARGETS) * judged / 3)


@pytest.mark.parametrize("strange", [float("nan"), float("inf"), -float("inf")])
def test_what_stands_at_an_ignored_token_reaches_neither_value_nor_gradient(strange: float) -> None:
    logits = LOGITS.clone()
    logits[TARGETS.sum(dim=-1) == 0] = strange
    logits.requires_grad_()

    loss = tagging_loss(logits, TARGETS)
    loss.backward()

    assert loss.item() == pytest.approx(sum(TAGGING) / 3)
    assert logits.grad is not None and torch.isfinite(logits.grad).all()


@pytest.mark.parametrize("shape", [(0, 4, 3), (2, 0, 3), (2, 4, 3)], ids=["no texts", "no tokens", "no targets"])
@pytest.mark.parametrize("reduction", ["mean", "sum"])
def test_nothing_to_tag_costs_nothing(shape: tuple[int, ...], reduction: str) -> None:
    logits = torch.randn(shape, requires_grad=True)

    loss = tagging_loss(logits, torch.zeros(shape), reduction=reduction)  # type: ignore[arg-type]
    loss.backward()

    assert loss.item() == 0
    assert logits.grad is not None and not logits.grad.any()


@pytest.mark.parametrize(
    ("sides", "total", "texts"), [("two_sided", UNNEEDED + MISSING, 2), ("one_sided", UNNEEDED, 1)]
)
def test_the_consistency_loss_is_that_computed_by_hand(sides: Sides, total: float, texts: int) -> None:
    assert consistency_loss(TOXICITY, MASK, TOXIC, sides=sides, reduction="sum").item() == pytest.approx(total)
    assert consistency_loss(TOXICITY, MASK, TOXIC, sides=sides).item() == pytest.approx(total / texts)
    assert int(consistent_rows(MASK, TOXIC, sides=sides).sum()) == texts


def test_a_perfect_text_is_consistent_and_the_opposite_costs_one() -> None:
    perfect = torch.tensor([[0.0, 0.0], [1.0, 0.0]])
    mask, toxic = torch.ones(2, 2), torch.tensor([False, True])

    assert consistency_loss(perfect, mask, toxic).item() == 0
    assert consistency_loss(perfect, mask, ~toxic).item() == pytest.approx((0.5 + 1) / 2)
    assert consistency_loss(torch.ones(2, 2), mask, toxic).item() == pytest.approx(0.5)


@pytest.mark.parametrize(("sides", "toxic_row"), [("two_sided", [0, -1, 0]), ("one_sided", [0, 0, 0])])
def test_the_gradient_of_the_consistency_loss_reaches_the_tokens_that_it_is_about(
    sides: Sides, toxic_row: list[int]
) -> None:
    toxicity = TOXICITY.clone().requires_grad_()

    consistency_loss(toxicity, MASK, TOXIC, sides=sides, reduction="sum").backward()

    assert toxicity.grad is not None
    assert toxicity.grad.tolist() == [[0.5, 0.5, 0], toxic_row, [0, 0, 0]]


@few
@given(st.integers(0, 3), st.integers(0, 3), st.sampled_from(["two_sided", "one_sided"]))
def test_padding_on_either_side_changes_no_loss(before: int, after: int, sides: Sides) -> None:
    def pad(tensor: Tensor, filler: float) -> Tensor:
        ends = [tensor.new_full((len(tensor), count, *tensor.shape[2:]), filler) for count in (before, after)]
        return torch.cat([ends[0], tensor, ends[1]], dim=1)

    assert value(tagging_loss(pad(LOGITS, 7.0), pad(TARGETS, 0))) == value(tagging_loss(LOGITS, TARGETS))
    padded = consistency_loss(pad(TOXICITY, 0.99), pad(MASK, 0), TOXIC, sides=sides)
    assert value(padded) == value(consistency_loss(TOXICITY, MASK, TOXIC, sides=sides))


@pytest.mark.parametrize("shape", [(0, 4), (0, 0), (2, 0)])
@pytest.mark.parametrize("sides", ["two_sided", "one_sided"])
def test_no_texts_and_texts_without_tokens_are_consistent(shape: tuple[int, int], sides: Sides) -> None:
    toxicity = torch.zeros(shape, requires_grad=True)

    loss = consistency_loss(toxicity, torch.ones(shape), torch.zeros(shape[0], dtype=torch.bool), sides=sides)
    loss.backward()

    assert loss.item() == 0


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_half_precision_is_close(dtype: torch.dtype) -> None:
    assert tagging_loss(LOGITS.to(dtype), TARGETS).item() == pytest.approx(sum(TAGGING) / 3, rel=0.02)
    found = consistency_loss(TOXICITY.to(dtype), MASK, TOXIC).item()
    assert found == pytest.approx((UNNEEDED + MISSING) / 2, rel=0.02)
