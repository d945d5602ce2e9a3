"""Promises of the losses: the gradient constraints PGR and PPT, and the contrast with reasons."""

from collections.abc import Callable
from functools import partial

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from hf_toxspan.tensor.losses import constrained_rows, info_nce_loss, pgr_loss, ppt_loss

few = settings(max_examples=40, deadline=None)

SALIENCY = [[1.0, 0.6, 0.5, 0.9], [0.8, 0.3, 0.4, 0.0]]
LABELS = [[1, 0, 0, -100], [1, 1, 0, 0]]

# PGR, margin .5. First sentence: hinges .1 and 0. Second: .1, 0, .6, .2.
PGR = [0.1 / 2, 0.9 / 4]
# PPT, alpha .6. First: P15 of {.5, .6, 1} is .53, clean .07 and 0, toxic 0. Second: P15 of {0, .3, .4, .8} is .135,
# clean .265 and 0, floor .6 * .8 = .48, toxic 0 and .18.
PPT = [0.07 / 2, 0.265 / 2 + 0.18 / 2]

Loss = Callable[..., Tensor]

losses = pytest.mark.parametrize("loss", [pgr_loss, ppt_loss])


def tensors(saliency: list[list[float]], labels: list[list[int]]) -> tuple[Tensor, Tensor]:
    return torch.tensor(saliency, dtype=torch.float64, requires_grad=True), torch.tensor(labels)


def assert_close(value: Tensor, expected: object, tolerance: float = 1e-12) -> None:
    torch.testing.assert_close(value, torch.as_tensor(expected, dtype=value.dtype), atol=tolerance, rtol=0)


def rows(shares: st.SearchStrategy[float]) -> st.SearchStrategy[list[tuple[float, int]]]:
    """Return sentences of (saliency, label)."""
    return st.lists(st.tuples(shares, st.sampled_from([1, 0, 0, -100])), min_size=1, max_size=7)


SENTENCE = rows(st.floats(0, 1))


def sentence(row: list[tuple[float, int]]) -> tuple[Tensor, Tensor]:
    return tensors([[value for value, _ in row]], [[label for _, label in row]])


@pytest.mark.parametrize(("loss", "expected"), [(pgr_loss, PGR), (ppt_loss, PPT)])
@pytest.mark.parametrize("sentences", [[0], [1], [0, 1], [1, 0]])
def test_values_are_those_computed_by_hand(loss: Loss, expected: list[float], sentences: list[int]) -> None:
    saliency, labels = tensors([SALIENCY[i] for i in sentences], [LABELS[i] for i in sentences])
    each = [expected[i] for i in sentences]

    assert_close(loss(saliency, labels, reduction="none").detach(), each)
    assert_close(loss(saliency, labels, reduction="sum").detach(), sum(each))
    assert_close(loss(saliency, labels).detach(), sum(each) / len(each))


def test_the_gradient_of_pgr_is_that_computed_by_hand() -> None:
    saliency, labels = tensors(SALIENCY, LABELS)

    pgr_loss(saliency, labels, margin=0.45, reduction="sum").backward()

    # active pairs (toxic, clean): (0, 1) of 2 in the first sentence; (0, 2), (1, 2), (1, 3) of 4 in the second
    assert_close(saliency.grad, [[-1 / 2, 1 / 2, 0, 0], [-1 / 4, -2 / 4, 2 / 4, 1 / 4]])


def test_the_thresholds_of_ppt_are_detached() -> None:
    saliency, labels = tensors(SALIENCY, LABELS)

    ppt_loss(saliency, labels, reduction="sum").backward()

    # only the active tokens move; neither the maximum (.8) nor the neighbours of P15 (0 and .3) carry a threshold
    assert_close(saliency.grad, [[0, 1 / 2, 0, 0], [0, -1 / 2, 1 / 2, 0]])


def test_mean_divides_by_the_sentences_with_a_toxic_token() -> None:
    saliency, labels = tensors([*SALIENCY, [0.2, 1.0, 0.3, 0.1], [0.2, 1.0, 0.3, 0.1]], [*LABELS, [0] * 4, [-100] * 4])

    for loss, expected in ((pgr_loss, PGR), (ppt_loss, PPT)):
        assert_close(loss(saliency, labels).detach(), sum(expected) / 2)
        assert_close(loss(saliency, labels, reduction="none").detach(), [*expected, 0, 0])


def test_constrained_rows_are_those_with_a_toxic_token() -> None:
    labels = torch.tensor([[0, 1, -100], [0, 0, 0], [-100, -100, -100], [1, 1, 1]])

    assert constrained_rows(labels).tolist() == [True, False, False, True]
    assert constrained_rows(torch.zeros(2, 0)).tolist() == [False, False]


@losses
@given(SENTENCE, st.lists(st.sampled_from([0.0, 0.3, 1.0, 1e9, -5.0, float("nan"), float("inf")]), max_size=4))
@few
def test_ignored_positions_change_neither_value_nor_gradient(
    loss: Loss, row: list[tuple[float, int]], ignored: list[float]
) -> None:
    saliency, labels = sentence(row)
    longer, longer_labels = sentence([*row, *((value, -100) for value in ignored)])

    value, longer_value = loss(saliency, labels), loss(longer, longer_labels)
    value.backward()
    longer_value.backward()

    assert_close(longer_value.detach(), value.detach())
    assert_close(longer.grad, torch.cat([saliency.grad, torch.zeros(1, len(ignored))], dim=1))


@losses
@given(SENTENCE)
@few
def test_ignored_positions_inside_a_sentence_have_no_gradient(loss: Loss, row: list[tuple[float, int]]) -> None:
    saliency, labels = sentence(row)

    loss(saliency, labels).backward()

    assert saliency.grad.isfinite().all()
    assert not saliency.grad[labels == -100].any()


@losses
@given(st.lists(SENTENCE, min_size=1, max_size=4))
@few
def test_a_sentence_does_not_depend_on_its_batch(loss: Loss, batch: list[list[tuple[float, int]]]) -> None:
    longest = max(map(len, batch))
    padded = [[*row, *[(0.0, -100)] * (longest - len(row))] for row in batch]
    saliency, labels = tensors([[s for s, _ in row] for row in padded], [[label for _, label in row] for row in padded])

    alone = torch.stack([loss(*sentence(row)) for row in batch])

    assert_close(loss(saliency, labels, reduction="none").detach(), alone.detach())


@losses
@given(SENTENCE)
@few
def test_a_loss_is_never_negative(loss: Loss, row: list[tuple[float, int]]) -> None:
    assert loss(*sentence(row)).item() >= 0


@losses
@pytest.mark.parametrize("reduction", ["mean", "sum"])
@pytest.mark.parametrize("labels", [[[0, 0, 0]] * 2, [[-100] * 3] * 2, [[0, -100, 0], [-100] * 3]])
def test_a_batch_without_a_toxic_token_costs_exactly_nothing(
    loss: Loss, reduction: str, labels: list[list[int]]
) -> None:
    saliency, token_labels = tensors([[0.9, 0.1, 1.0], [0.0, 0.5, 0.2]], labels)

    value = loss(saliency, token_labels, reduction=reduction)
    value.backward()

    assert value.item() == 0
    assert torch.equal(saliency.grad, torch.zeros_like(saliency))


@losses
@pytest.mark.parametrize("shape", [(0, 5), (3, 0), (0, 0)])
def test_an_empty_batch_costs_nothing_and_can_be_differentiated(loss: Loss, shape: tuple[int, int]) -> None:
    saliency, labels = torch.zeros(shape, requires_grad=True), torch.zeros(shape, dtype=torch.long)

    assert loss(saliency, labels, reduction="none").tolist() == [0.0] * shape[0]
    for reduction in ("mean", "sum"):
        value = loss(saliency, labels, reduction=reduction)
        value.backward()
        assert value.item() == 0
    assert saliency.grad.shape == shape


def test_a_sentence_that_is_all_toxic_has_no_pair_to_rank() -> None:
    saliency, labels = tensors([[1.0, 0.1, 0.4], [1.0, 0.5, 0.8]], [[1, 1, 1], [1, 0, -100]])

    assert_close(pgr_loss(saliency, labels, margin=0.7, reduction="none").detach(), [0, 0.2])
    assert_close(pgr_loss(saliency, labels, margin=0.7).detach(), 0.1)  # it stays one of the two sentences


def test_a_sentence_that_is_all_toxic_has_only_the_floor_of_ppt() -> None:
    saliency, labels = tensors([[1.0, 0.1, 0.4]], [[1, 1, 1]])

    assert_close(ppt_loss(saliency, labels, alpha=0.6).detach(), (0.5 + 0.2) / 3)


@losses
@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16, torch.float32])
def test_low_precision_gives_the_same_value_within_its_precision(loss: Loss, dtype: torch.dtype) -> None:
    exact, labels = tensors(SALIENCY, LABELS)
    saliency = exact.detach().to(dtype).requires_grad_()

    value = loss(saliency, labels)
    value.backward()

    assert value.item() == pytest.approx(loss(exact, labels).item(), abs=4 * torch.finfo(dtype).eps)
    assert saliency.grad.dtype == dtype
    assert saliency.grad.isfinite().all()


def test_a_ranking_by_the_margin_costs_nothing() -> None:
    saliency, labels = tensors([[1.0, 0.75, 0.25, 0.0, 0.9]], [[1, 1, 0, 0, -100]])

    assert pgr_loss(saliency, labels, margin=0.5).item() == 0
    assert pgr_loss(saliency, labels, margin=0.625).item() > 0


def test_a_sentence_inside_both_thresholds_costs_nothing() -> None:
    saliency, labels = tensors([[1.0, 0.6, 0.0, 0.0, 0.3]], [[1, 1, 0, 0, -100]])

    assert ppt_loss(saliency, labels, alpha=0.6).item() == 0


@given(SENTENCE, st.floats(0, 1), st.floats(0, 1))
@few
def test_a_wider_margin_never_costs_less_and_at_most_its_difference(
    row: list[tuple[float, int]], first: float, second: float
) -> None:
    narrow, wide = sorted((first, second))

    low, high = (pgr_loss(*sentence(row), margin=margin).item() for margin in (narrow, wide))

    assert low - 1e-12 <= high <= low + wide - narrow + 1e-12


@given(SENTENCE, st.floats(-1, 1))
@few
def test_only_distances_count_for_pgr(row: list[tuple[float, int]], shift: float) -> None:
    saliency, labels = sentence(row)

    assert_close(pgr_loss(saliency + shift, labels).detach(), pgr_loss(saliency, labels).detach())
    pgr_loss(saliency, labels).backward()
    assert abs(saliency.grad.sum().item()) < 1e-12


@given(SENTENCE)
@few
def test_pgr_is_zero_exactly_where_every_pair_keeps_the_margin(row: list[tuple[float, int]]) -> None:
    toxic, clean = ([value for value, label in row if label == wanted] for wanted in (1, 0))

    kept = all(0.25 - (high - low) <= 0 for high in toxic for low in clean)

    assert (pgr_loss(*sentence(row), margin=0.25).item() == 0) == kept


@losses
@given(SENTENCE.flatmap(lambda row: st.tuples(st.just(row), st.permutations(row))))
@few
def test_the_order_of_tokens_does_not_matter(loss: Loss, both: tuple[list[tuple[float, int]], ...]) -> None:
    assert_close(loss(*sentence(both[0])).detach(), loss(*sentence(both[1])).detach())


@given(rows(st.integers(0, 8).map(lambda eighths: eighths / 8)), st.integers(-8, 8))
@few
def test_ppt_grows_in_proportion_to_the_saliency(row: list[tuple[float, int]], power: int) -> None:
    saliency, labels = sentence(row)
    factor = 2.0**power

    assert_close(ppt_loss(saliency * factor, labels).detach(), ppt_loss(saliency, labels).detach() * factor, 1e-9)


@pytest.mark.parametrize(("alpha", "expected"), [(0.0, 0.0), (0.5, 0.1875), (1.0, 0.375)])
def test_alpha_is_the_share_of_the_maximum_that_toxic_tokens_should_reach(alpha: float, expected: float) -> None:
    saliency, labels = tensors([[0.0, 0.75]], [[1, 1]])

    assert_close(ppt_loss(saliency, labels, alpha=alpha).detach(), expected)


@pytest.mark.parametrize(("percentile", "cap"), [(0.0, 0.2), (0.25, 0.3), (0.5, 0.4), (1.0, 1.0)])
def test_the_percentile_is_taken_over_all_labelled_tokens(percentile: float, cap: float) -> None:
    saliency, labels = tensors([[0.2, 0.3, 0.4, 0.5, 1.0, 0.0]], [[0, 0, 0, 0, 1, -100]])

    each = [max(0.0, value - cap) for value in (0.2, 0.3, 0.4, 0.5)]

    assert_close(ppt_loss(saliency, labels, percentile=percentile).detach(), sum(each) / 4)


@pytest.mark.parametrize("loss", [partial(pgr_loss, margin=0.9), ppt_loss])
def test_the_callers_saliency_stays_unchanged(loss: Loss) -> None:
    saliency, labels = tensors(SALIENCY, LABELS)

    loss(saliency, labels)

    assert saliency.tolist() == SALIENCY
    assert labels.tolist() == LABELS


def unit(*angles: float) -> Tensor:
    """Return vectors of various lengths in the plane, at angles in quarter turns."""
    turned = torch.tensor(angles, dtype=torch.float64) * torch.pi / 2
    return torch.stack([turned.cos(), turned.sin()], dim=1) * torch.arange(1, len(angles) + 1)[:, None]


def test_the_contrast_is_that_computed_by_hand() -> None:
    # cosines of text 0 with the reasons [agree, agree, oppose, oppose]: 1, 0, -1, 0; of text 1: 1, 0, -1, 0
    texts, agreeing, opposing = unit(0, 0), unit(0, 1), unit(2, 3)
    others = torch.tensor([1.0, 0.0, -1.0, 0.0], dtype=torch.float64).div(0.5).exp()
    p = torch.stack([others[0], others[1]]) / others.sum()

    found = info_nce_loss(texts, agreeing, opposing, temperature=0.5, gamma=2.0, reduction="none")

    assert_close(found, -((1 - p) ** 2) * p.log())
    assert_close(info_nce_loss(texts, agreeing, opposing, temperature=0.5, gamma=0.0), (-p.log()).mean())


def test_a_hard_pair_weighs_more_than_an_easy_one() -> None:
    easy, hard = info_nce_loss(unit(0, 0), unit(0, 0.9), unit(2, 0.1), gamma=0.0, reduction="none")
    own_easy, own_hard = info_nce_loss(unit(0, 0), unit(0, 0.9), unit(2, 0.1), gamma=2.0, reduction="none")

    assert hard > easy
    assert own_hard / hard > own_easy / easy


def test_the_weight_of_a_pair_takes_no_gradient() -> None:
    texts = unit(0.3, 0.8).requires_grad_()
    info_nce_loss(texts, unit(0, 1), unit(2, 3), gamma=1.0, reduction="sum").backward()
    weighted = texts.grad
    p = torch.exp(-info_nce_loss(texts, unit(0, 1), unit(2, 3), gamma=0.0, reduction="none")).detach()

    (plain,) = torch.autograd.grad(
        (info_nce_loss(texts, unit(0, 1), unit(2, 3), gamma=0.0, reduction="none") * (1 - p)).sum(), texts
    )

    assert_close(weighted, plain)


def test_a_reason_that_says_the_same_as_the_agreeing_one_is_no_negative() -> None:
    same = torch.tensor([[True, True, False, False], [True, True, False, False]])
    texts, opposing = unit(0, 0), unit(2, 2)

    found = info_nce_loss(texts, unit(0, 0), opposing, same=same, gamma=0.0, reduction="none")

    alone = torch.log1p(2 * torch.exp(torch.tensor(-20.0, dtype=torch.float64)))  # two opposing at cosine -1, over 0.1
    assert_close(found, [alone.item()] * 2)


@pytest.mark.parametrize("reduction", ["mean", "sum"])
def test_without_texts_the_contrast_is_zero(reduction: str) -> None:
    empty = torch.zeros(0, 4, requires_grad=True)
    loss = info_nce_loss(empty, empty, empty, reduction=reduction)
    loss.backward()
    assert loss.item() == 0


@given(st.lists(st.floats(0, 4), min_size=2, max_size=5), st.floats(0.05, 1), st.floats(0, 3))
@few
def test_the_order_of_texts_and_their_length_change_nothing(angles: list[float], temperature: float, g: float) -> None:
    texts, agreeing, opposing = unit(*angles), unit(*angles[::-1]), unit(*(angle + 1 for angle in angles))
    settings_ = {"temperature": temperature, "gamma": g, "reduction": "none"}

    found = info_nce_loss(texts, agreeing, opposing, **settings_)

    assert_close(info_nce_loss(3 * texts.flip(0), agreeing.flip(0), opposing.flip(0), **settings_).flip(0), found, 1e-9)
    assert (found >= 0).all()
