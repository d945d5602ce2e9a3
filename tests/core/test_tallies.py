"""Promises of tallies: a score is a function of how often each text counts."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hf_toxspan.core.tallies import Sums, Tally, Values, f1, ratio, scores

WEIGHT = st.floats(0, 10, allow_nan=False)


def accuracy(right: list[int]) -> Tally:
    def combine(sums: Sums) -> dict[str, Values]:
        return {"accuracy": ratio(sums["right"], sums["texts"])}

    return Tally({"right": np.array(right), "texts": np.ones(len(right))}, combine)


def test_a_score_counts_each_text_once() -> None:
    assert scores(accuracy([1, 0, 1, 1])) == {"accuracy": 0.75}


def test_a_text_of_weight_two_counts_as_two_texts() -> None:
    weighted = accuracy([1, 0]).weighted(np.array([[2.0, 1.0], [0.0, 1.0]]))["accuracy"]

    assert weighted.tolist() == [scores(accuracy([1, 1, 0]))["accuracy"], 0.0]


def test_no_texts_score_the_empty_value() -> None:
    assert scores(accuracy([])) == {"accuracy": 0.0}
    assert len(accuracy([])) == 0


@pytest.mark.parametrize(("empty", "expected"), [(0.0, 0.0), (1.0, 1.0)])
def test_a_ratio_of_nothing_to_nothing_is_the_empty_value(empty: float, expected: float) -> None:
    assert ratio(np.zeros(1), np.zeros(1), empty=empty).tolist() == [expected]


@given(WEIGHT, WEIGHT)
def test_f1_lies_between_precision_and_recall(precision: float, recall: float) -> None:
    value = f1(np.array([precision]), np.array([recall]))[0]

    assert min(precision, recall) - 1e-9 <= value <= max(precision, recall) + 1e-9
