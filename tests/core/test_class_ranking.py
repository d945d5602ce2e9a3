"""Promises of the areas under the curves of several classes."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hf_toxspan.core.class_ranking import ClassRanking
from hf_toxspan.core.resampling import compare, intervals
from hf_toxspan.core.tallies import scores

SCORES = np.array([[0.8, 0.1, 0.1], [0.2, 0.7, 0.1], [0.5, 0.2, 0.3], [0.3, 0.4, 0.3]])


def area(ranking: ClassRanking) -> float:
    return scores(ranking)["roc_auc"]


def test_each_pair_of_classes_is_ranked_by_the_scores_of_both() -> None:
    """Classes 0 and 1: areas 1 and 1; 0 and 2: 1/2 and, with a tie, 3/4; 1 and 2: 1 and 1."""
    assert area(ClassRanking(SCORES, np.array([0, 1, 2, 0]))) == pytest.approx((1 + 1 + 1 / 2 + 3 / 4 + 1 + 1) / 6)


def test_one_score_for_the_true_class_has_the_usual_area() -> None:
    assert area(ClassRanking.of_two([0.1, 0.4, 0.35, 0.8], [False, False, True, True])) == 0.75
    assert area(ClassRanking.of_two([0.5, 0.5, 0.5], [0, 1, 1])) == 0.5


def test_scores_that_differ_in_their_last_bits_are_no_tie() -> None:
    assert area(ClassRanking.of_two([1e-30, 2e-30], [0, 1])) == 1


def test_a_class_without_texts_has_no_area() -> None:
    assert np.isnan(area(ClassRanking(SCORES, np.array([0, 1, 1, 0]))))
    assert np.isnan(area(ClassRanking.of_two([0.1, 0.2], [1, 1])))


def test_a_draw_that_loses_a_class_is_left_out_of_the_interval() -> None:
    low, high, draws = intervals(ClassRanking.of_two([0.1, 0.9], [0, 1]), n_resamples=200)["roc_auc"]
    assert (low, high) == (1, 1)
    assert 60 < draws < 140  # half of the draws of two texts hold both


def test_what_does_not_fit_is_named() -> None:
    with pytest.raises(ValueError, match="scores of 4 texts for 3 references"):
        ClassRanking(SCORES, np.array([0, 1, 2]))
    with pytest.raises(ValueError, match="class 3 in the references; expected a number from 0 to 2"):
        ClassRanking(SCORES, np.array([0, 1, 2, 3]))


def test_a_monotone_change_of_scale_makes_no_difference() -> None:
    ranking = ClassRanking(SCORES, np.array([0, 1, 2, 0]))
    compared = compare(ranking, ClassRanking(SCORES**3, ranking.references), n_resamples=50)["roc_auc"]
    assert (compared.difference, compared.p_value) == (0, 1)


TEXTS = st.lists(st.tuples(st.integers(0, 2), st.tuples(*[st.integers(0, 4)] * 3)), min_size=3, max_size=25).filter(
    lambda texts: {gold for gold, _ in texts} == {0, 1, 2}
)


@settings(max_examples=60, deadline=None)
@given(TEXTS)
def test_the_area_is_that_of_scikit_learn(texts: list[tuple[int, tuple[int, ...]]]) -> None:
    metrics = pytest.importorskip("sklearn.metrics")
    gold = np.array([number for number, _ in texts])
    logits = np.array([values for _, values in texts], dtype=float)
    probabilities = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)

    expected = metrics.roc_auc_score(gold, probabilities, multi_class="ovo", average="macro")
    assert area(ClassRanking(probabilities, gold)) == pytest.approx(expected, abs=1e-12)
    two = metrics.roc_auc_score(gold > 0, 1 - probabilities[:, 0])
    assert area(ClassRanking.of_two(1 - probabilities[:, 0], gold > 0)) == pytest.approx(two, abs=1e-12)
