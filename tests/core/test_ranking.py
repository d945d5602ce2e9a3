"""Promises of the areas under the ROC and the precision-recall curve."""

import warnings
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from hf_toxspan.core.ranking import average_precision, pr_auc, roc_auc

few = settings(max_examples=150, deadline=None)

ITEMS = st.lists(st.tuples(st.sampled_from([-2.5, 0.0, 0.1, 0.2, 0.3, 1e9]), st.booleans()), min_size=1, max_size=12)
LISTS = st.lists(st.lists(st.tuples(st.integers(0, 4), st.booleans()), max_size=6), max_size=6)
AREAS = pytest.mark.parametrize("area", [roc_auc, average_precision, pr_auc])

Items = list[tuple[float, bool]]
Area = Callable[..., NDArray[np.float64]]


def split(items: Items) -> tuple[list[float], list[bool]]:
    return [score for score, _ in items], [true for _, true in items]


def quietly(function: Callable[[], float]) -> float:
    """Call scikit-learn without its warnings about missing classes."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return float(function())


def test_areas_have_the_numbers_computed_by_hand() -> None:
    scores, truths = [0.9, 0.8, 0.7, 0.6, 0.5], [1, 0, 1, 1, 0]

    # of 3 x 2 pairs one true item each stands below 0, 1, 1 false ones
    assert roc_auc(scores, truths) == pytest.approx(4 / 6)
    assert average_precision(scores, truths) == pytest.approx((1 + 2 / 3 + 3 / 4) / 3)
    # precision from point to point: 1 -> 1, 1/2 -> 2/3, 2/3 -> 3/4
    assert pr_auc(scores, truths) == pytest.approx((1 + (1 / 2 + 2 / 3) / 2 + (2 / 3 + 3 / 4) / 2) / 3)


def test_ties_share_one_point_of_the_curve() -> None:
    scores, truths = [0.5, 0.5, 0.5, 0.1], [1, 0, 0, 1]

    assert roc_auc(scores, truths) == pytest.approx((0.5 + 0.5) / 4)
    assert average_precision(scores, truths) == pytest.approx((1 / 3 + 2 / 4) / 2)
    assert pr_auc(scores, truths) == pytest.approx(((1 + 1 / 3) / 2 + (1 / 3 + 1 / 2) / 2) / 2)


@pytest.mark.parametrize("truths", [[1, 1], [0, 0], []])
def test_roc_auc_is_undefined_where_a_class_is_missing(truths: list[int]) -> None:
    assert np.isnan(roc_auc([0.5] * len(truths), truths))


@pytest.mark.parametrize("truths", [[0, 0], []])
def test_without_a_true_item_average_precision_is_zero_and_the_trapezoid_a_half(truths: list[int]) -> None:
    scores = [0.5] * len(truths)

    assert (average_precision(scores, truths), pr_auc(scores, truths)) == (0.0, 0.5)


def test_true_items_alone_are_ranked_perfectly() -> None:
    assert (average_precision([0.1, 0.2], [1, 1]), pr_auc([0.1, 0.2], [1, 1])) == (1.0, 1.0)


@AREAS
def test_no_lists_have_no_areas(area: Area) -> None:
    assert area([], [], lengths=[]).shape == (0,)


@AREAS
@pytest.mark.parametrize("lengths", [None, [2, 1]])
def test_lengths_that_do_not_fit_together_are_an_error(area: Area, lengths: list[int] | None) -> None:
    with pytest.raises(ValueError, match=r"2 scores, 3 truths, .* expected one each an item"):
        area([0.1, 0.2], [0, 1, 1], lengths=lengths)


@AREAS
def test_lists_that_hold_more_than_the_items_are_an_error(area: Area) -> None:
    with pytest.raises(ValueError, match="2 scores, 2 truths, 2 weights and 3 items in the lists"):
        area([0.1, 0.2], [0, 1], lengths=[1, 2])


@AREAS
def test_a_score_that_is_no_number_is_an_error(area: Area) -> None:
    with pytest.raises(ValueError, match="score 1 is nan"):
        area([0.1, float("nan")], [0, 1])


@pytest.mark.parametrize("area", [roc_auc, average_precision])
def test_infinite_scores_are_ranked_and_tied(area: Area) -> None:
    infinite = float("inf")

    assert area([infinite, infinite, -infinite], [1, 0, 0]) == area([2, 2, 1], [1, 0, 0])


def test_weights_a_draw_count_items_that_often() -> None:
    scores, truths = [0.9, 0.5, 0.5, 0.1], [1, 0, 1, 0]
    weights = np.array([[1.0, 1.0, 1.0, 1.0], [2.0, 0.0, 1.0, 3.0], [0.0, 1.0, 0.0, 1.0]])

    assert roc_auc(scores, truths, weights) == pytest.approx(
        [roc_auc(scores, truths), roc_auc([0.9, 0.9, 0.5, 0.1, 0.1, 0.1], [1, 1, 1, 0, 0, 0]), np.nan], nan_ok=True
    )
    assert average_precision(scores, truths, weights) == pytest.approx([average_precision(scores, truths), 1.0, 0.0])


@few
@given(ITEMS)
def test_areas_are_those_of_scikit_learn(items: Items) -> None:
    metrics = pytest.importorskip("sklearn.metrics")
    scores, truths = split(items)

    precision, recall, _ = quietly_curve(metrics, truths, scores)
    assert pr_auc(scores, truths) == pytest.approx(metrics.auc(recall, precision), abs=1e-12)
    expected = quietly(lambda: metrics.average_precision_score(truths, scores))
    assert average_precision(scores, truths) == pytest.approx(expected, abs=1e-12)
    expected = quietly(lambda: metrics.roc_auc_score(truths, scores)) if len(set(truths)) == 2 else np.nan
    assert roc_auc(scores, truths) == pytest.approx(expected, abs=1e-12, nan_ok=True)


def quietly_curve(metrics: object, truths: list[bool], scores: list[float]) -> tuple[NDArray[np.float64], ...]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return metrics.precision_recall_curve(truths, scores)  # type: ignore[attr-defined]


@few
@given(ITEMS.filter(lambda items: len({true for _, true in items}) == 2), st.data())
def test_weighted_areas_are_those_of_scikit_learn(items: Items, data: st.DataObject) -> None:
    metrics = pytest.importorskip("sklearn.metrics")
    scores, truths = split(items)
    weight = st.sampled_from([0.5, 1.0, 2.0, 7.0])
    weights = np.array(data.draw(st.lists(st.tuples(*[weight] * len(items)), min_size=1, max_size=3)))

    expected = [metrics.roc_auc_score(truths, scores, sample_weight=draw) for draw in weights]
    assert roc_auc(scores, truths, weights) == pytest.approx(expected, abs=1e-12)
    expected = [metrics.average_precision_score(truths, scores, sample_weight=draw) for draw in weights]
    assert average_precision(scores, truths, weights) == pytest.approx(expected, abs=1e-12)


@AREAS
@few
@given(LISTS)
def test_lists_ranked_together_have_the_areas_of_each_alone(area: Area, lists: list[Items]) -> None:
    scores, truths = split([item for items in lists for item in items])

    together = area(scores, truths, lengths=[len(items) for items in lists])

    assert together.tolist() == pytest.approx([float(area(*split(items))) for items in lists], abs=1e-12, nan_ok=True)


@pytest.mark.parametrize("area", [roc_auc, average_precision])
@few
@given(LISTS, st.data())
def test_whole_weights_are_the_same_as_repeated_items(area: Area, lists: list[Items], data: st.DataObject) -> None:
    items = [item for items in lists for item in items]
    counts = np.array(data.draw(st.lists(st.integers(0, 3), min_size=len(items), max_size=len(items))), dtype=int)
    repeated = [item for item, count in zip(items, counts, strict=True) for _ in range(count)]

    weighted = area(*split(items), counts[None, :])

    assert weighted.shape == (1,)
    assert weighted[0] == pytest.approx(float(area(*split(repeated))), abs=1e-12, nan_ok=True)


@AREAS
@few
@given(ITEMS.flatmap(lambda items: st.tuples(st.just(items), st.permutations(items))))
def test_neither_the_order_nor_the_scale_of_the_scores_matters(area: Area, both: tuple[Items, Items]) -> None:
    items, shuffled = both
    scores, truths = split(shuffled)

    expected = float(area(*split(items)))
    assert float(area([score / 4 - 3 for score in scores], truths)) == pytest.approx(expected, abs=1e-12, nan_ok=True)


@few
@given(ITEMS)
def test_turning_the_scores_round_turns_the_roc_area_round(items: Items) -> None:
    scores, truths = split(items)

    turned = float(roc_auc([-score for score in scores], truths))
    assert turned == pytest.approx(1 - float(roc_auc(scores, truths)), abs=1e-12, nan_ok=True)


@AREAS
@few
@given(ITEMS)
def test_areas_are_between_zero_and_one_and_perfect_scores_reach_one(area: Area, items: Items) -> None:
    scores, truths = split(items)

    value = float(area(scores, truths))
    assert np.isnan(value) or -1e-12 <= value <= 1 + 1e-12
    if len(set(truths)) == 2:
        assert area(truths, truths) == 1.0
