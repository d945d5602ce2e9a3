"""Promises of tallies: a score is a function of how often each text counts."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hf_toxspan.core.bias import BiasCorpus, tally_bias
from hf_toxspan.core.pooled_plausibility import PooledRanking
from hf_toxspan.core.tallies import Sums, Tally, Together, Values, f1, means, ratio, scores

WEIGHT = st.floats(0, 10, allow_nan=False)
SCORE = st.sampled_from([0.0, 1.0, 2.0, 3.0])
# the scores of two systems, whether the text is toxic, and whom it speaks of
TEXTS = st.lists(st.tuples(st.tuples(SCORE, SCORE), st.integers(0, 1), st.sampled_from(["a", "b", "ab"])), max_size=8)

Texts = list[tuple[tuple[float, float], int, str]]
Kind = Callable[[Texts, int], Any]


def accuracy(right: list[int]) -> Tally:
    def combine(sums: Sums) -> dict[str, Values]:
        return {"accuracy": ratio(sums["right"], sums["texts"])}

    return Tally({"right": np.array(right), "texts": np.ones(len(right))}, combine)


def answers(texts: Texts, system: int) -> Tally:
    return accuracy([int((given[system] > 1) == toxic) for given, toxic, _ in texts])


def ranking(texts: Texts, system: int) -> PooledRanking:
    """Rank two tokens a text, of which the second is gold where the text is toxic."""
    tokens = [[given[system] / 2, given[system]] for given, _, _ in texts]
    return PooledRanking(tokens, [[(1, 2)] if toxic else [] for _, toxic, _ in texts])


def bias(texts: Texts, system: int) -> BiasCorpus:
    toxic, groups = [toxic for _, toxic, _ in texts], [groups for _, _, groups in texts]
    return tally_bias([given[system] for given, _, _ in texts], toxic, groups)


def together(texts: Texts, system: int) -> Together:
    return Together((answers(texts, system), bias(texts, system)))


KINDS = pytest.mark.parametrize("kind", [answers, ranking, bias, together])


def test_a_score_counts_each_text_once() -> None:
    assert scores(accuracy([1, 0, 1, 1])) == {"accuracy": 0.75}


def test_a_text_of_weight_two_counts_as_two_texts() -> None:
    weighted = accuracy([1, 0]).weighted(np.array([[2.0, 1.0], [0.0, 1.0]]))["accuracy"]

    assert weighted.tolist() == [scores(accuracy([1, 1, 0]))["accuracy"], 0.0]


def test_no_texts_score_the_empty_value() -> None:
    assert scores(accuracy([])) == {"accuracy": 0.0}
    assert len(accuracy([])) == 0


@KINDS
@given(texts=TEXTS)
def test_joined_corpora_have_the_scores_of_each_where_the_other_has_no_weight(kind: Kind, texts: Texts) -> None:
    ours, theirs = kind(texts, 0), kind(texts, 1)

    joined = ours.joined(theirs)

    assert len(joined) == 2 * len(texts) and joined.columns.keys() == ours.columns.keys()
    found = joined.weighted(np.repeat(np.eye(2), len(texts), axis=1))
    for place, one in enumerate((ours, theirs)):
        assert {name: values[place] for name, values in found.items()} == pytest.approx(
            scores(one), abs=1e-12, nan_ok=True
        )


@KINDS
@given(texts=TEXTS, data=st.data())
def test_a_mixture_of_a_system_with_itself_is_that_system(kind: Kind, texts: Texts, data: st.DataObject) -> None:
    ours = np.array([data.draw(st.tuples(*[st.integers(0, 1)] * len(texts)))], dtype=float).reshape(1, len(texts))

    mixed = kind(texts, 0).joined(kind(texts, 0)).weighted(np.concatenate([ours, 1 - ours], axis=1))

    found = {name: float(values[0]) for name, values in mixed.items()}
    assert found == pytest.approx(scores(kind(texts, 0)), abs=1e-12, nan_ok=True)


@pytest.mark.parametrize("kind", [ranking, bias])
@given(texts=TEXTS, data=st.data())
def test_the_scale_of_a_system_does_not_matter_in_a_mixture(kind: Kind, texts: Texts, data: st.DataObject) -> None:
    ours = np.array([data.draw(st.tuples(*[st.integers(0, 1)] * len(texts)))], dtype=float).reshape(1, len(texts))
    weights = np.concatenate([ours, 1 - ours], axis=1)
    rescaled = [((first, second / 100), toxic, groups) for (first, second), toxic, groups in texts]

    expected, found = (kind(texts, 0).joined(kind(one, 1)).weighted(weights) for one in (texts, rescaled))

    for name, values in found.items():
        assert values == pytest.approx(expected[name], abs=1e-12, nan_ok=True)


def test_tallies_with_other_columns_cannot_be_joined() -> None:
    with pytest.raises(ValueError, match="columns right, texts against tokens; expected the same ones"):
        accuracy([1]).joined(Tally({"tokens": np.ones(1)}, dict))
    with pytest.raises(ValueError, match="shorter"):
        together([], 0).joined(Together((accuracy([]),)))


@pytest.mark.parametrize(("empty", "expected"), [(0.0, 0.0), (1.0, 1.0)])
def test_a_ratio_of_nothing_to_nothing_is_the_empty_value(empty: float, expected: float) -> None:
    assert ratio(np.zeros(1), np.zeros(1), empty=empty).tolist() == [expected]


@given(WEIGHT, WEIGHT)
def test_f1_lies_between_precision_and_recall(precision: float, recall: float) -> None:
    value = f1(np.array([precision]), np.array([recall]))[0]

    assert min(precision, recall) - 1e-9 <= value <= max(precision, recall) + 1e-9


def test_means_count_each_text_as_often_as_its_weight() -> None:
    tally = means({"length": [1, 4], "right": [True, False]})

    assert {name: values.tolist() for name, values in tally.weighted(np.array([[1.0, 2.0]])).items()} == {
        "length": [3.0],
        "right": pytest.approx([1 / 3]),
    }
    assert np.isnan(list(scores(means({"length": [], "right": []})).values())).all()
