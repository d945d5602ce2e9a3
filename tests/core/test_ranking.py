"""Promises of the areas under the ROC and the precision-recall curve."""

import warnings
from collections.abc import Callable
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from hf_toxspan.core.ranking import Ranking, mid_ranks

few = settings(max_examples=150, deadline=None)

ITEMS = st.lists(st.tuples(st.sampled_from([-2.5, 0.0, 0.1, 0.2, 0.3, 1e9]), st.booleans()), min_size=1, max_size=12)
LISTS = st.lists(st.lists(st.tuples(st.integers(0, 4), st.booleans()), max_size=6), max_size=6)
AREA_NAMES = ("roc_auc", "average_precision", "pr_auc")

Items = list[tuple[float, bool]]
Area = Callable[..., NDArray[np.float64]]


def area_of(name: str) -> Area:
    def area(scores: object, truths: object, weights: object = None, *, lengths: object = None) -> NDArray[np.float64]:
        return getattr(Ranking.of(scores, truths, lengths=lengths), name)(weights)

    return area


roc_auc, average_precision, pr_auc = map(area_of, AREA_NAMES)
AREAS = pytest.mark.parametrize("area", [roc_auc, average_precision, pr_auc])


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
    with pytest.raises(ValueError, match=r"2 scores, 3 truths and .* expected one each an item"):
        area([0.1, 0.2], [0, 1, 1], lengths=lengths)


@AREAS
def test_lists_that_hold_more_than_the_items_are_an_error(area: Area) -> None:
    with pytest.raises(ValueError, match="2 scores, 2 truths and 3 items in the lists"):
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


@few
@given(LISTS, st.data())
def test_whole_weights_are_the_same_as_repeated_items(lists: list[Items], data: st.DataObject) -> None:
    count = st.integers(0, 3)
    copies = [data.draw(st.lists(count, min_size=len(items), max_size=len(items))) for items in lists]
    weights = np.array([[number for numbers in copies for number in numbers]], dtype=float).reshape(1, -1)
    repeated = [
        [item for item, number in zip(items, numbers, strict=True) for _ in range(number)]
        for items, numbers in zip(lists, copies, strict=True)
    ]

    for name, together in product(AREA_NAMES, (True, False)):
        found, expected = getattr(rank(lists, together), name)(weights), getattr(rank(repeated, together), name)()
        assert found[0] == pytest.approx(expected, abs=1e-12, nan_ok=True)


def rank(lists: list[Items], together: bool) -> Ranking:
    lengths = None if together else [len(items) for items in lists]
    return Ranking.of(*split([item for items in lists for item in items]), lengths=lengths)


@few
@given(LISTS, st.data())
def test_items_count_as_often_as_their_texts(texts: list[Items], data: st.DataObject) -> None:
    counts = st.lists(st.sampled_from([0.0, 0.5, 1.0, 3.0]), min_size=len(texts), max_size=len(texts))
    weights = np.array([data.draw(counts) for _ in range(3)]).reshape(3, len(texts))
    scores, truths = split([item for text in texts for item in text])
    owners = np.repeat(np.arange(len(texts)), [len(text) for text in texts])

    by_text, by_item = Ranking.of(scores, truths, texts=owners), Ranking.of(scores, truths)

    for name in AREA_NAMES:
        found, expected = getattr(by_text, name)(weights), getattr(by_item, name)(weights[:, owners])
        assert found.tolist() == pytest.approx(expected.tolist(), nan_ok=True)
        assert getattr(by_text, name)(weights[0]) == pytest.approx(expected[0], nan_ok=True)


def test_draws_taken_in_blocks_change_no_number(monkeypatch: pytest.MonkeyPatch) -> None:
    generator = np.random.default_rng(0)
    ranking = Ranking.of(generator.random(9), generator.integers(0, 2, 9), lengths=[4, 5])
    weights = generator.random((7, 9))
    whole = [getattr(ranking, name)(weights).tolist() for name in AREA_NAMES]

    monkeypatch.setattr("hf_toxspan.core.ranking.BLOCK", 20)

    assert [getattr(ranking, name)(weights).tolist() for name in AREA_NAMES] == whole
    assert ranking.roc_auc(weights[:0]).shape == (0, 2)


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
def test_mid_ranks_change_no_area(area: Area, items: Items) -> None:
    scores, truths = split(items)
    ranks = mid_ranks(scores)

    assert area(ranks, truths) == pytest.approx(area(scores, truths), abs=1e-12, nan_ok=True)
    assert ((ranks > 0) & (ranks < 1)).all() and ranks.mean() == pytest.approx(1 / 2)


def test_a_score_that_is_no_number_has_no_mid_rank_and_no_scores_have_none() -> None:
    assert mid_ranks([]).shape == (0,)
    with pytest.raises(ValueError, match="score 1 is nan"):
        mid_ranks([0.1, float("nan")])


@AREAS
@few
@given(ITEMS)
def test_areas_are_between_zero_and_one_and_perfect_scores_reach_one(area: Area, items: Items) -> None:
    scores, truths = split(items)

    value = float(area(scores, truths))
    assert np.isnan(value) or -1e-12 <= value <= 1 + 1e-12
    if len(set(truths)) == 2:
        assert area(truths, truths) == 1.0
