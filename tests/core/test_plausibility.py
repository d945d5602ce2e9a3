"""Promises of the ERASER scores."""

import math
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hf_toxspan.core import tallies
from hf_toxspan.core.plausibility import agreed_spans, check_rationale, tally_plausibility
from hf_toxspan.core.spans import Span, merge
from hf_toxspan.core.tallies import Tally
from tests.conftest import GoldenCases

few = settings(max_examples=60, deadline=None)

LENGTH = 8
SPAN = st.integers(0, LENGTH - 1).flatmap(lambda start: st.tuples(st.just(start), st.integers(start + 1, LENGTH)))
SPANS = st.lists(SPAN, max_size=4)
SCORES = st.lists(st.sampled_from([0.0, 0.25, 0.5, 1.0]), min_size=LENGTH, max_size=LENGTH)
TEXT = st.tuples(SPANS, SPANS, st.none() | SCORES)
CORPUS = st.lists(TEXT, min_size=1, max_size=5)

Corpus = list[tuple[list[tuple[int, int]], list[tuple[int, int]], list[float] | None]]


def tally(corpus: Corpus) -> Tally:
    ours, gold, scores = zip(*corpus, strict=True)
    return tally_plausibility(ours, gold, [LENGTH] * len(corpus), scores=scores)


def score(
    predictions: list[list[list[int]]],
    references: list[list[list[int]]],
    *,
    length: int = 12,
    scores: list[list[float] | None] | None = None,
    iou_threshold: float = 0.5,
) -> dict[str, float]:
    lengths = [length] * len(references)
    found = tally_plausibility(predictions, references, lengths, scores=scores, iou_threshold=iou_threshold)
    return tallies.scores(found)


def test_each_score_has_the_number_computed_by_hand() -> None:
    predictions = [[[0, 2], [4, 5], [6, 9]], [[0, 1]], [], []]
    references = [[[0, 3], [6, 9]], [], [[1, 3]], []]

    scores = score(predictions, references)

    # IoU 2/3, 0 and 1 make two hits of three predicted and two gold spans in the first text
    assert scores["iou_precision"] == pytest.approx((2 / 3 + 0) / 2)
    assert scores["iou_recall"] == pytest.approx((1 + 0) / 2)
    assert scores["iou_f1"] == pytest.approx(2 * (1 / 3) * (1 / 2) / (1 / 3 + 1 / 2))
    assert scores["iou_precision_micro"] == pytest.approx(2 / 4)
    assert scores["iou_recall_micro"] == pytest.approx(2 / 3)
    assert scores["iou_f1_micro"] == pytest.approx(4 / 7)
    # one span of the first text is exact; the fourth text is in no mean
    assert scores["exact_precision"] == pytest.approx((1 / 3) / 3)
    assert scores["exact_recall"] == pytest.approx((1 / 2) / 3)
    assert scores["exact_f1"] == pytest.approx((2 / 5) / 3)
    assert scores["exact_f1_micro"] == pytest.approx(2 / 7)
    # five of six predicted and six gold tokens
    assert scores["token_precision"] == pytest.approx((5 / 6) / 3)
    assert scores["token_recall"] == pytest.approx((5 / 6) / 3)
    assert scores["token_f1"] == pytest.approx((5 / 6) / 3)
    assert scores["token_precision_micro"] == pytest.approx(5 / 7)
    assert scores["token_recall_micro"] == pytest.approx(5 / 8)
    assert scores["token_f1_micro"] == pytest.approx(10 / 15)


def test_an_iou_that_equals_the_threshold_is_a_hit() -> None:
    assert score([[[0, 2]]], [[[0, 4]]])["iou_f1"] == 1.0
    assert score([[[0, 2]]], [[[0, 5]]])["iou_f1"] == 0.0
    assert score([[[0, 2]]], [[[0, 5]]], iou_threshold=0.4)["iou_f1"] == 1.0


def test_two_hits_on_one_gold_span_push_recall_above_one() -> None:
    scores = score([[[0, 2], [2, 4]]], [[[0, 4]]])

    assert (scores["iou_precision"], scores["iou_recall"]) == (1.0, 2.0)
    assert scores["iou_f1"] == pytest.approx(4 / 3)


def test_a_span_that_occurs_twice_counts_once_and_touching_spans_are_two() -> None:
    assert score([[[0, 2], [0, 2]]], [[[0, 2]]]) == score([[[0, 2]]], [[[0, 2]]])
    assert score([[[0, 2], [2, 3]]], [[[0, 3]]])["exact_f1"] == 0.0


def test_a_span_without_tokens_is_a_prediction_that_hits_nothing() -> None:
    for empty in ([5, 5], [2, 2], [6, 4]):
        scores = score([[[1, 3], empty]], [[[1, 3]]])

        assert (scores["iou_precision"], scores["exact_precision"], scores["token_precision"]) == (0.5, 0.5, 1.0)


def test_rankings_are_means_over_texts_with_the_stated_exceptions() -> None:
    references: list[list[list[int]]] = [[[0, 1]], [], [[0, 3]], [[0, 2]]]
    scores: list[list[float] | None] = [[0.1, 0.2, 0.3], [0.1, 0.2, 0.3], [0.1, 0.2, 0.3], None]

    found = score([[]] * 4, references, length=3, scores=scores)

    # the gold token stands last of three; no gold token; gold tokens only; no scores
    assert found["auprc"] == pytest.approx(((0 + 1 / 3) / 2 + 0.5 + 1) / 3)
    assert found["average_precision"] == pytest.approx(1 / 3)
    assert found["roc_auc"] == 0.0


def test_nothing_is_ranked_without_scores() -> None:
    assert "auprc" not in score([[]], [[]])


def test_rankings_are_undefined_where_no_text_enters_their_mean() -> None:
    found = score([[]], [[]], scores=[None])

    assert all(math.isnan(found[name]) for name in ("auprc", "average_precision", "roc_auc"))


def test_no_texts_score_zero() -> None:
    assert set(score([], []).values()) == {0.0}
    assert math.isnan(score([], [], scores=[])["auprc"])


def test_texts_empty_on_both_sides_score_zero() -> None:
    assert set(score([[]], [[]]).values()) == {0.0}


def test_arguments_of_other_lengths_are_an_error() -> None:
    with pytest.raises(ValueError, match="1 predictions, 2 references, 2 lengths and scores for 2 texts"):
        tally_plausibility([[]], [[], []], [3, 3])
    with pytest.raises(ValueError, match="2 predictions, 2 references, 2 lengths and scores for 1 texts"):
        tally_plausibility([[], []], [[], []], [3, 3], scores=[None])
    with pytest.raises(ValueError, match="text 1: 2 scores for 3 tokens; expected one a token"):
        tally_plausibility([[], []], [[], []], [3, 3], scores=[None, [0.1, 0.2]])


def test_the_check_says_what_is_wrong() -> None:
    with pytest.raises(ValueError, match=r"the predicted spans \[0, 3\) and \[2, 4\) overlap"):
        check_rationale([[5, 6], [2, 4], [0, 3]], [], 9)
    for spans in ([[[1, 4]], []], [[], [[1, 4]]]):
        with pytest.raises(ValueError, match=r"span \[1, 4\) ends beyond the 3 tokens of the text"):
            check_rationale(*spans, 3)
    with pytest.raises(ValueError, match="1 scores for 3 tokens"):
        check_rationale([], [], 3, [0.5])


def test_the_check_passes_duplicates_touching_and_empty_spans_and_overlapping_gold() -> None:
    check_rationale([[0, 2], [0, 2], [2, 3], [1, 1], [3, 1]], [[0, 2], [1, 3]], 3)


def test_annotators_agree_by_votes() -> None:
    masks = [[1, 1, 0, 0, 0], [0, 1, 1, 0, 1], [0, 1, 0, 0, 1]]

    assert agreed_spans(masks) == [Span(0, 3), Span(4, 5)]
    assert agreed_spans(masks, votes=2) == [Span(1, 2), Span(4, 5)]
    assert agreed_spans([]) == []


@few
@given(CORPUS)
def test_every_score_but_iou_recall_and_f1_is_between_zero_and_one(corpus: Corpus) -> None:
    for name, value in tallies.scores(tally(corpus)).items():
        assert math.isnan(value) or 0 <= value <= (math.inf if name.startswith(("iou_recall", "iou_f1")) else 1 + 1e-12)


@few
@given(st.lists(SPANS.filter(bool), min_size=1, max_size=5))
def test_perfect_predictions_score_one(texts: list[list[tuple[int, int]]]) -> None:
    lengths = [LENGTH] * len(texts)

    assert set(tallies.scores(tally_plausibility(texts, texts, lengths)).values()) == {1.0}


@few
@given(CORPUS.flatmap(lambda corpus: st.tuples(st.just(corpus), st.permutations(corpus))))
def test_the_order_of_the_texts_does_not_matter(both: tuple[Corpus, Corpus]) -> None:
    first, second = (tallies.scores(tally(corpus)) for corpus in both)

    assert first == pytest.approx(second, abs=1e-12, nan_ok=True)


@few
@given(CORPUS, st.data())
def test_weights_are_the_same_as_repeated_texts(corpus: Corpus, data: st.DataObject) -> None:
    counts = data.draw(st.lists(st.integers(0, 2), min_size=len(corpus), max_size=len(corpus)).filter(any))
    repeated = [text for text, count in zip(corpus, counts, strict=True) for _ in range(count)]

    weighted = {name: float(value[0]) for name, value in tally(corpus).weighted(np.array([counts])).items()}

    assert weighted == pytest.approx(tallies.scores(tally(repeated)), abs=1e-12, nan_ok=True)


@few
@given(CORPUS)
def test_merging_spans_changes_no_token_score(corpus: Corpus) -> None:
    merged = [([*merge(ours)], [*merge(gold)], ranked) for ours, gold, ranked in corpus]

    first, second = tallies.scores(tally(corpus)), tallies.scores(tally(merged))  # type: ignore[arg-type]
    names = [name for name in first if not name.startswith(("iou", "exact"))]
    assert [first[name] for name in names] == pytest.approx([second[name] for name in names], nan_ok=True)


def test_every_golden_case_is_met_to_1e_9(golden_cases: GoldenCases) -> None:
    cases = golden_cases("eraser_hatexplain", "cli")

    assert len(cases) >= 200
    unmet = [(case["name"], *difference) for case in cases for difference in _differences(case)]
    assert unmet == []


def _differences(case: dict[str, Any]) -> Iterator[tuple[str, Any, Any]]:
    """Yield where our numbers differ from the official ones: the name, ours, theirs."""
    posts, expected = case["inputs"]["posts"], case["expected"]
    texts: dict[str, Any] = {
        "predictions": [post["pred_spans"] or [] for post in posts],
        "references": [post["gold_spans"] or [] for post in posts],
        "lengths": [len(post["tokens"]) for post in posts],
    }
    soft = [None if post["pred_spans"] is None else post["soft"] for post in posts]
    # the official script refuses a file as a whole; `check_rationale` must refuse the same ones
    invalid = "invalid" in expected["score_file"].get("message", "")
    if _refused(texts, soft) != invalid:
        yield "refused", not invalid, invalid
    for part in (expected["score_file"], expected.get("functions", {})):
        for scores in part.get("iou_scores", []):
            ours = tallies.scores(tally_plausibility(**texts, iou_threshold=scores["threshold"]))
            yield from _unequal(ours, "iou", scores["macro"], scores["micro"])
        ours = tallies.scores(tally_plausibility(**texts, scores=None if invalid else soft))
        for reading, key in (("exact", "rationale_prf"), ("token", "token_prf")):
            if "error" in part.get(key, {}):
                # the official function divides by zero where nothing is predicted or nothing is gold; ours is 0
                yield from _unequal(ours, reading, {"f1": 0.0}, {"f1": 0.0})
            elif key in part:
                yield from _unequal(ours, reading, part[key]["instance_macro"], part[key]["instance_micro"])
        for name, value in part.get("token_soft_metrics", {}).items():
            yield from _unequal_number(ours, name.removesuffix("_score"), value)


def _refused(texts: dict[str, Any], soft: list[list[float] | None]) -> bool:
    try:
        for text in zip(*texts.values(), soft, strict=True):
            check_rationale(*text)
    except ValueError:
        return True
    return False


def _unequal(
    ours: dict[str, float], reading: str, macro: dict[str, float], micro: dict[str, float]
) -> Iterator[tuple[str, Any, Any]]:
    names = {"p": "precision", "r": "recall", "f1": "f1"}
    for key in macro:
        yield from _unequal_number(ours, f"{reading}_{names[key]}", macro[key])
        yield from _unequal_number(ours, f"{reading}_{names[key]}_micro", micro[key])


def _unequal_number(ours: dict[str, float], name: str, official: float | str) -> Iterator[tuple[str, Any, Any]]:
    if ours[name] != pytest.approx(float(official), abs=1e-9, rel=0, nan_ok=True):
        yield name, ours[name], official
