"""Promises of the calibration: the likeliest temperature, the same labels, bins of as many texts each."""

import math
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst

from hf_toxspan.core import calibration
from hf_toxspan.core.calibration import Bin, calibrate, expected_error, fit_temperature, reliability, temper
from hf_toxspan.core.routing import Region


def softmax(logits: np.ndarray) -> np.ndarray:
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)


LOGITS = npst.arrays(np.float64, st.tuples(st.integers(1, 20), st.integers(2, 4)), elements=st.floats(-8, 8))
SEEDS = st.integers(0, 2**16)


def drawn(logits: np.ndarray, seed: int) -> list[int]:
    """Draw gold labels as often as the logits say."""
    generator = np.random.default_rng(seed)
    return [int(generator.choice(len(own), p=own)) for own in softmax(logits)]


@pytest.mark.parametrize("temperature", [0.5, 1.0, 3.0])
def test_a_model_too_sure_by_a_factor_gets_that_factor_as_its_temperature(temperature: float) -> None:
    logits = np.random.default_rng(0).normal(scale=2, size=(4000, 3))
    assert fit_temperature(softmax(logits * temperature), drawn(logits, 1)) == pytest.approx(temperature, rel=0.06)


@given(LOGITS, SEEDS)
def test_no_temperature_is_likelier_than_the_fitted_one(logits: np.ndarray, seed: int) -> None:
    table, gold = softmax(logits), drawn(logits / 2, seed)

    def likelihood(temperature: float) -> float:
        return float(np.log(temper(table, temperature)[np.arange(len(table)), gold]).mean())

    best = likelihood(fit_temperature(table, gold))
    assert all(best >= likelihood(other) - 1e-9 for other in np.geomspace(0.05, 20, 25))


@given(LOGITS, st.floats(0.1, 10))
def test_temperature_keeps_the_most_probable_label(logits: np.ndarray, temperature: float) -> None:
    table = softmax(logits)
    tempered = temper(table, temperature)
    assert tempered.sum(axis=1) == pytest.approx(1)
    assert (tempered[np.arange(len(table)), table.argmax(axis=1)] == tempered.max(axis=1)).all()


@given(LOGITS, st.floats(0.1, 10))
def test_routing_calibrates_one_text_as_this_calibrates_all(logits: np.ndarray, temperature: float) -> None:
    table = softmax(logits)
    region = Region(temperature=temperature)
    one_by_one = [region.value(dict(zip("abcd", map(float, own), strict=False)), 0.5) for own in table]
    assert one_by_one == pytest.approx(temper(table, temperature).max(axis=1).tolist())


def test_a_model_that_is_always_right_gets_the_coldest_temperature_and_one_always_wrong_the_hottest() -> None:
    sure = [[0.9, 0.1], [0.2, 0.8]]
    assert fit_temperature(sure, [0, 1]) == pytest.approx(calibration.COLDEST)
    assert fit_temperature(sure, [1, 0]) == pytest.approx(calibration.HOTTEST)


def test_probabilities_that_say_nothing_keep_temperature_1() -> None:
    assert fit_temperature([[0.5, 0.5]] * 3, [0, 1, 1]) == 1


def test_a_label_called_impossible_that_was_right_leaves_every_number_finite() -> None:
    fit = calibrate([[1.0, 0.0], [0.6, 0.4], [0.3, 0.7]], [1, 0, 1])
    assert 1 < fit.temperature < math.inf
    assert fit.nll_after < fit.nll_before < 10
    assert 0 <= fit.ece_after <= 1


def test_ninety_percent_sure_and_two_thirds_right_is_an_error_of_23_percent() -> None:
    fit = calibrate([[0.9, 0.1]] * 3, [0, 0, 1])
    assert fit.ece_before == pytest.approx(0.9 - 2 / 3)
    assert fit.ece_after == pytest.approx(0, abs=1e-9)
    assert fit.nll_before == pytest.approx(-(2 * math.log(0.9) + math.log(0.1)) / 3)
    assert fit.nll_after == pytest.approx(-(2 * math.log(2 / 3) + math.log(1 / 3)) / 3)


def test_bins_hold_as_many_texts_each_however_sure_the_model_is() -> None:
    confidences = 1 - np.geomspace(1e-6, 0.5, 100)
    assert [row.texts for row in reliability(confidences, np.ones(100), bins=4)] == [25, 25, 25, 25]


def test_texts_of_one_confidence_share_a_bin() -> None:
    rows = reliability([0.7, 0.7, 0.7, 0.9], [True, False, True, True], bins=4)
    assert rows == [Bin(0.7, 0.7, 3, pytest.approx(0.7), pytest.approx(2 / 3)), Bin(0.9, 0.9, 1, 0.9, 1.0)]


@given(
    st.lists(st.tuples(st.sampled_from([0.5, 0.6, 0.75, 1.0]), st.booleans()), min_size=1), st.integers(1, 20), SEEDS
)
def test_every_text_is_in_one_bin_whatever_the_order(texts: list[tuple[float, bool]], bins: int, seed: int) -> None:
    rows = reliability(*zip(*texts, strict=True), bins=bins)
    assert sum(row.texts for row in rows) == len(texts)
    assert all(before.high < after.low for before, after in pairwise(rows))
    assert 0 <= expected_error(rows) <= 1
    shuffled = [texts[place] for place in np.random.default_rng(seed).permutation(len(texts))]
    assert [row.texts for row in reliability(*zip(*shuffled, strict=True), bins=bins)] == [row.texts for row in rows]
    assert expected_error(reliability(*zip(*shuffled, strict=True), bins=bins)) == pytest.approx(expected_error(rows))


@pytest.mark.parametrize(
    ("probabilities", "gold", "message"),
    [
        ([], [], "a text at least"),
        ([[0.5, 0.5]], [0, 1], "2 gold labels"),
        ([[0.5, 0.5]], [2], r"places in 0\.\.1"),
        ([[0.5, 0.5]], [-1], r"places in 0\.\.1"),
        ([[0.5, 0.5]], [0.0], r"places in 0\.\.1"),
        ([[0.9, 0.9]], [0], r"probabilities of text 0 are \[0.9, 0.9\]"),
        ([[0.5, 0.5], [math.nan, 1.0]], [0, 0], "probabilities of text 1"),
        ([[-0.5, 1.5]], [0], "probabilities of text 0"),
    ],
)
def test_what_is_no_distribution_or_no_label_is_quoted(probabilities: list, gold: list, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        fit_temperature(probabilities, gold)


@pytest.mark.parametrize(
    ("confidences", "right", "bins", "message"),
    [
        ([], [], 15, "one text at least"),
        ([0.5], [True, False], 15, "expected one each"),
        ([math.nan], [True], 15, "nan"),
        ([1.5], [True], 15, r"1\.5"),
        ([0.5], [True], 0, "bins is 0"),
    ],
)
def test_what_can_not_be_sorted_into_bins_is_quoted(
    confidences: list[float], right: list[bool], bins: int, message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        reliability(confidences, right, bins=bins)
