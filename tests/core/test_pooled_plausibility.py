"""Promises of the pooled rationale scores."""

import math
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hf_toxspan.core import tallies
from hf_toxspan.core.pooled_plausibility import PooledRanking, one_to_one_hits, tally_pooled_plausibility
from hf_toxspan.core.span_pairs import tabulate
from hf_toxspan.core.spans import Span, from_mask
from tests.conftest import GoldenCases

few = settings(max_examples=60, deadline=None)

TOKENS = st.tuples(st.integers(0, 1), st.integers(0, 1), st.sampled_from([0.0, 0.25, 0.5]))
CORPUS = st.lists(st.lists(TOKENS, max_size=6), max_size=5)

Corpus = list[list[tuple[int, int, float]]]
Masks = list[list[int]]


def tally(predictions: Masks, references: Masks, *, iou_threshold: float = 0.5) -> tallies.Tally:
    lengths = [len(mask) for mask in references]
    return tally_pooled_plausibility(runs(predictions), runs(references), lengths, iou_threshold=iou_threshold)


def score(predictions: Masks, references: Masks, *, iou_threshold: float = 0.5) -> dict[str, float]:
    return tallies.scores(tally(predictions, references, iou_threshold=iou_threshold))


def ranking_of(scores: list[list[float]], references: Masks) -> PooledRanking:
    return PooledRanking(scores, runs(references))


def runs(masks: Masks) -> list[list[Span]]:
    return [from_mask(np.asarray(mask) == 1) for mask in masks]


def split(corpus: Corpus) -> tuple[Masks, Masks, list[list[float]]]:
    ours, gold, scores = ([[token[place] for token in text] for text in corpus] for place in range(3))
    return ours, gold, scores  # type: ignore[return-value]


def test_each_score_has_the_number_computed_by_hand() -> None:
    scores = score([[1, 1, 0, 1, 0], [1, 0], [0, 0]], [[1, 1, 1, 0, 0], [0, 0], [0, 1]])

    # runs: one hit of three predicted and two gold; tokens: two right of four predicted and four gold, of nine
    assert scores["span_precision"] == scores["one_to_one_precision"] == pytest.approx(1 / 3)
    assert scores["span_recall"] == scores["one_to_one_recall"] == pytest.approx(1 / 2)
    assert scores["span_f1"] == scores["one_to_one_f1"] == pytest.approx(2 / 5)
    assert scores["token_accuracy"] == pytest.approx(5 / 9)
    assert scores["token_precision"] == scores["token_recall"] == scores["token_f1"] == pytest.approx(2 / 4)
    assert scores["token_macro_f1"] == pytest.approx((2 / 4 + 3 / 5) / 2)


def test_two_runs_on_one_gold_run_are_two_hits_or_one() -> None:
    scores = score([[1, 0, 1, 0]], [[1, 1, 1, 0]], iou_threshold=0.3)

    assert (scores["span_precision"], scores["span_recall"]) == (1.0, 2.0)
    assert (scores["one_to_one_precision"], scores["one_to_one_recall"]) == (0.5, 1.0)


def test_pairs_are_made_from_the_highest_iou_down() -> None:
    predicted, gold = tabulate([[], [[0, 2], [3, 6]]]), tabulate([[], [[0, 6], [3, 5]]])

    # [3, 6) goes to [3, 5), at 2/3, before it could go to [0, 6), at 1/2
    assert one_to_one_hits(predicted, gold, 2, 1 / 3).tolist() == [0, 2]
    assert one_to_one_hits(predicted, gold, 2, 0.5).tolist() == [0, 1]


def test_the_macro_mean_leaves_out_a_class_that_does_not_occur() -> None:
    assert score([[0, 0]], [[0, 0]])["token_macro_f1"] == score([[1, 1]], [[1, 1]])["token_macro_f1"] == 1.0


@pytest.mark.parametrize("texts", [[], [[]]])
def test_without_tokens_every_score_is_zero(texts: Masks) -> None:
    assert set(score(texts, texts).values()) == {0.0}
    assert tallies.scores(ranking_of(texts, texts)) == {"average_precision": 0.0}


def test_one_ranking_holds_the_tokens_of_all_texts() -> None:
    ranking = ranking_of([[0.9, 0.1], [0.5, 0.4]], [[1, 1], [0, 1]])

    assert tallies.scores(ranking)["average_precision"] == pytest.approx((1 + 2 / 3 + 3 / 4) / 3)
    assert {name: column.tolist() for name, column in ranking.columns.items()} == {
        "tokens": [2, 2],
    }
    assert len(ranking) == 2


def test_lengths_that_differ_are_an_error() -> None:
    with pytest.raises(ValueError, match="1 predictions"):
        tally_pooled_plausibility([[]], [[], []], [0, 0])
    with pytest.raises(ValueError, match="scores of 1 texts for 2 references"):
        PooledRanking([[0.1]], [[], []])
    with pytest.raises(ValueError, match="text 1 has no scores; a ranking of all tokens needs"):
        PooledRanking([[0.1], None], [[], []])  # type: ignore[list-item]


def test_a_text_of_a_billion_tokens_costs_no_memory() -> None:
    tokens = tally_pooled_plausibility([[[0, 10**9]]], [[[0, 2]]], [10**9]).columns["predicted_tokens"]

    assert tokens.tolist() == [10**9]


@few
@given(CORPUS)
def test_scores_are_those_of_scikit_learn(corpus: Corpus) -> None:
    metrics = pytest.importorskip("sklearn.metrics")
    ours, gold, _ = split(corpus)
    flat, truth = [value for text in ours for value in text], [value for text in gold for value in text]
    if not flat:
        return

    scores = score(ours, gold)

    assert scores["token_accuracy"] == pytest.approx(metrics.accuracy_score(truth, flat))
    for average, prefix in (("binary", "token"), ("macro", "token_macro")):
        expected = metrics.precision_recall_fscore_support(truth, flat, average=average, zero_division=0)[:3]
        names = [f"{prefix}_{name}" for name in ("precision", "recall", "f1")]
        assert [scores[name] for name in names] == pytest.approx(list(expected), abs=1e-12)


@few
@given(CORPUS)
def test_scores_are_between_zero_and_one_but_for_span_recall(corpus: Corpus) -> None:
    ours, gold, ranked = split(corpus)

    for name, value in (score(ours, gold) | tallies.scores(ranking_of(ranked, gold))).items():
        assert 0 <= value <= (math.inf if name in {"span_recall", "span_f1"} else 1 + 1e-12)


@few
@given(CORPUS.flatmap(lambda corpus: st.tuples(st.just(corpus), st.permutations(corpus))))
def test_the_order_of_the_texts_does_not_matter(both: tuple[Corpus, Corpus]) -> None:
    (ours, gold, ranked), (other_ours, other_gold, other_ranked) = map(split, both)

    assert score(ours, gold) == pytest.approx(score(other_ours, other_gold))
    first, second = ranking_of(ranked, gold), ranking_of(other_ranked, other_gold)
    assert tallies.scores(first) == pytest.approx(tallies.scores(second))


@few
@given(CORPUS.filter(bool), st.data())
def test_weights_are_the_same_as_repeated_texts(corpus: Corpus, data: st.DataObject) -> None:
    counts = data.draw(st.lists(st.integers(0, 2), min_size=len(corpus), max_size=len(corpus)))
    ours, gold, ranked = split(corpus)
    repeated = split([text for text, count in zip(corpus, counts, strict=True) for _ in range(count)])
    weights = np.array([counts, [1] * len(corpus)], dtype=float)

    drawn = tally(ours, gold).weighted(weights)
    drawn |= ranking_of(ranked, gold).weighted(weights)

    expected = score(*repeated[:2]) | tallies.scores(ranking_of(repeated[2], repeated[1]))
    assert {name: float(values[0]) for name, values in drawn.items()} == pytest.approx(expected, abs=1e-12)


@few
@given(st.lists(st.lists(st.integers(0, 1), max_size=6), max_size=5).filter(lambda texts: any(map(any, texts))))
def test_perfect_predictions_score_one(texts: Masks) -> None:
    assert set(score(texts, texts).values()) == {1.0}
    assert tallies.scores(ranking_of(texts, texts)) == {"average_precision": 1.0}


def test_every_golden_case_is_met_to_1e_9(golden_cases: GoldenCases) -> None:
    cases = golden_cases("rated_en", "tokens")

    assert len(cases) >= 70
    assert [(case["name"], *difference) for case in cases for difference in _differences(**case)] == []


def _differences(inputs: dict[str, Any], expected: dict[str, Any], **_: Any) -> Iterator[tuple[str, float, float]]:
    """Yield where our numbers differ from the official ones: the name, ours, theirs."""
    ours, gold = _kept(inputs, "preds"), _kept(inputs, "labels")
    scores = score(ours, gold, iou_threshold=inputs["iou_threshold"])
    official = {"span_f1": expected["span_f1_eraser"], "one_to_one_f1": expected["span_f1_greedy_one_to_one"]}
    tokens = expected["token_metrics"]
    if "error" not in tokens:  # the official script refuses values other than 0 and 1; here they are unmarked tokens
        official["token_accuracy"] = tokens["acc"]
        for name in ("precision", "recall", "f1"):
            official |= {f"token_{name}": tokens[f"{name}_pos"], f"token_macro_{name}": tokens[name]}
        if tokens["auprc"] is not None:
            scores |= tallies.scores(ranking_of(_kept(inputs, "probs"), gold))
            official["average_precision"] = tokens["auprc"]
    for name, value in official.items():
        if abs(scores[name] - value) > 1e-9:
            yield name, scores[name], value


def _kept(inputs: dict[str, Any], key: str) -> list[list[Any]]:
    """Leave out padding and special tokens."""
    special = inputs["special_tokens_mask"] or [[0] * len(text) for text in inputs["attention_mask"]]
    return [
        [value for value, seen, other in zip(*text, strict=True) if seen == 1 and other == 0]
        for text in zip(inputs[key], inputs["attention_mask"], special, strict=True)
    ]
