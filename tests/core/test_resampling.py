"""Promises of the bootstrap: intervals that cover, p-values that are fair, the same numbers for the same seed."""

import math

import numpy as np
import pytest

from hf_toxspan.core import resampling
from hf_toxspan.core.resampling import Difference, compare, intervals
from hf_toxspan.core.tallies import Sums, Tally, Values, ratio


def mean_of(values: np.ndarray) -> Tally:
    return Tally(
        {"value": np.asarray(values, dtype=float), "texts": np.ones(len(values))},
        lambda sums: {"mean": ratio(sums["value"], sums["texts"])},
    )


TEXTS = np.random.default_rng(5).random(60)


@pytest.fixture
def draw() -> np.random.Generator:
    """A generator of its own for each test, so that none depends on the order of the others."""
    return np.random.default_rng(7)


def test_the_interval_of_a_mean_is_the_textbook_one(draw: np.random.Generator) -> None:
    values = draw.normal(size=400)
    low, high, _ = intervals(mean_of(values), n_resamples=4000)["mean"]

    half = 1.96 * values.std() / math.sqrt(len(values))
    assert low == pytest.approx(values.mean() - half, abs=0.1 * half)
    assert high == pytest.approx(values.mean() + half, abs=0.1 * half)


def test_95_percent_intervals_cover_the_truth_about_95_times_in_100(draw: np.random.Generator) -> None:
    samples = [draw.random(100) < 0.3 for _ in range(400)]
    found = [intervals(mean_of(sample), n_resamples=400, seed=seed)["mean"] for seed, sample in enumerate(samples)]

    covered = np.mean([low <= 0.3 <= high for low, high, _ in found])
    assert 0.91 <= covered <= 0.98


def test_a_higher_level_gives_a_wider_interval() -> None:
    narrow, wide = (intervals(mean_of(TEXTS), confidence_level=level)["mean"] for level in (0.5, 0.99))

    assert wide.low < narrow.low < TEXTS.mean() < narrow.high < wide.high


def test_systems_without_difference_are_called_different_in_about_5_of_100_cases(draw: np.random.Generator) -> None:
    p_values = []
    for seed in range(400):
        ours, theirs = draw.random((2, 40)) < 0.5
        p_values.append(compare(mean_of(ours), mean_of(theirs), n_resamples=400, seed=seed)["mean"].p_value)

    assert 0.02 <= np.mean(np.array(p_values) < 0.05) <= 0.09


def test_a_clear_difference_has_the_smallest_p_value_there_is() -> None:
    found = compare(mean_of(TEXTS + 1), mean_of(TEXTS), n_resamples=99)["mean"]

    assert found.difference == pytest.approx(1)
    assert (found.low, found.high) == pytest.approx((1, 1))
    assert found.p_value == 0.01


@pytest.mark.parametrize(("texts", "p_value"), [(1, 1.0), (2, 1 / 2), (3, 1 / 4), (6, 1 / 32)])
def test_a_handful_of_texts_is_no_proof(texts: int, p_value: float) -> None:
    """One system is better on each text: of all ways to swap answers two leave a difference as large."""
    found = compare(mean_of(np.ones(texts)), mean_of(np.zeros(texts)), n_resamples=4000)["mean"]

    assert found.difference == 1
    assert found.p_value == pytest.approx(p_value, rel=0.25)


def test_a_system_does_not_differ_from_itself() -> None:
    assert compare(mean_of(TEXTS), mean_of(TEXTS))["mean"] == Difference(0, 0, 0, 1)


def test_exchanging_the_systems_turns_the_sign_and_keeps_the_p_value(draw: np.random.Generator) -> None:
    ours, theirs = mean_of(TEXTS), mean_of(draw.random(60))
    forth, back = compare(ours, theirs)["mean"], compare(theirs, ours)["mean"]

    assert (back.difference, back.low, back.high) == pytest.approx((-forth.difference, -forth.high, -forth.low))
    assert back.p_value == forth.p_value


def test_the_test_is_paired(draw: np.random.Generator) -> None:
    """A small gain on every text is sure, though the texts themselves differ a lot."""
    texts = 10 * draw.random(200)

    assert compare(mean_of(texts + 0.01), mean_of(texts))["mean"].p_value < 0.01


def test_the_same_seed_gives_the_same_numbers() -> None:
    assert intervals(mean_of(TEXTS), seed=3) == intervals(mean_of(TEXTS), seed=3)
    assert intervals(mean_of(TEXTS), seed=3) != intervals(mean_of(TEXTS), seed=4)


def test_drawing_in_many_chunks_covers_all_resamples(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = intervals(mean_of(TEXTS), n_resamples=101)
    monkeypatch.setattr(resampling, "CHUNK", 7 * len(TEXTS))

    assert intervals(mean_of(TEXTS), n_resamples=101)["mean"] == pytest.approx(whole["mean"])


def test_every_sample_has_as_many_texts_as_the_corpus() -> None:
    weights = np.concatenate(list(resampling._weights(60, 50, seed=0)))

    assert weights.shape == (50, 60)
    assert (weights.sum(axis=1) == 60).all()


def test_draws_without_a_defined_score_are_left_out() -> None:
    rare = Tally({"right": np.array([1, 0, 0]), "counted": np.array([1, 0, 0])}, share_of_counted)
    never = Tally({"right": np.zeros(3), "counted": np.zeros(3)}, share_of_counted)
    low, high, draws = intervals(rare, n_resamples=1000)["share"]

    assert (low, high) == (1, 1)
    assert 600 < draws < 800  # 1 - (2/3)^3 of them
    assert math.isnan(intervals(never)["share"].low) and intervals(never)["share"].draws == 0
    assert math.isnan(compare(never, never)["share"].p_value)


def test_a_swap_that_leaves_no_score_speaks_against_a_difference() -> None:
    """Of these texts only the first is counted for one system and only the second for the other."""

    def share(right: list[int], counted: list[int]) -> Tally:
        return Tally({"right": np.array(right), "counted": np.array(counted)}, share_of_counted)

    found = compare(share([1, 0], [1, 0]), share([0, 0], [0, 1]), n_resamples=500)["share"]

    assert found.difference == 1
    assert found.p_value == 1


def share_of_counted(sums: Sums) -> dict[str, Values]:
    return {"share": ratio(sums["right"], sums["counted"], empty=np.nan)}


def test_options_that_make_no_sense_are_told() -> None:
    for level in (95, 1.0, math.nan, "0.9", True):
        with pytest.raises(ValueError, match=f"confidence_level is {level!r}; expected a number between 0 and 1"):
            intervals(mean_of(TEXTS), confidence_level=level)  # type: ignore[arg-type]
    for seed in (-1, "a", 0.5):
        with pytest.raises(ValueError, match=f"seed is {seed!r}; expected a whole number of at least 0"):
            intervals(mean_of(TEXTS), seed=seed)  # type: ignore[arg-type]
    for n_resamples in (0, 2.5, True):
        with pytest.raises(ValueError, match=f"n_resamples is {n_resamples!r}; expected a whole number"):
            intervals(mean_of(TEXTS), n_resamples=n_resamples)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="no texts to resample"):
        intervals(mean_of(np.zeros(0)))
    with pytest.raises(ValueError, match="60 texts against 59"):
        compare(mean_of(TEXTS), mean_of(TEXTS[1:]))
