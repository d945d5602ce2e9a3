"""Promises of the span scores."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hf_toxspan.core.span_scores import SpanScores, score_spans, tally_spans
from hf_toxspan.core.spans import Span, merge
from hf_toxspan.core.tallies import ratio
from tests.conftest import GoldenCases

few = settings(max_examples=60, deadline=None)

LENGTH = 12
ENDS = st.integers(0, LENGTH)
SPANS = st.lists(st.tuples(ENDS, ENDS).map(lambda pair: Span(min(pair), max(pair))), max_size=4)
CORPUS = st.lists(st.tuples(SPANS, SPANS), max_size=5)

Corpus = list[tuple[list[Span], list[Span]]]


def score(corpus: Corpus) -> SpanScores:
    return score_spans([predicted for predicted, _ in corpus], [gold for _, gold in corpus])


def test_each_field_has_the_number_computed_by_hand() -> None:
    predictions = [[[0, 4], [6, 8]], [[0, 2]], []]
    references = [[[2, 5], [9, 10], [11, 12]], [], [[3, 4]]]

    scores = score_spans(predictions, references)

    # spans: 1 of 3 predicted touches gold, 1 of 4 gold is touched
    assert scores.overlap_precision == pytest.approx(1 / 3)
    assert scores.overlap_recall == pytest.approx(1 / 4)
    assert scores.overlap_f1 == pytest.approx(2 / 7)
    # characters: 2 shared, 8 predicted, 6 gold
    assert scores.char_precision == pytest.approx(2 / 8)
    assert scores.char_recall == pytest.approx(2 / 6)
    assert scores.char_f1 == pytest.approx(4 / 14)
    assert scores.char_iou == pytest.approx(2 / 12)
    # texts: 2 shared of 6 and 5; predicted alone; gold alone
    assert scores.text_char_f1 == pytest.approx((4 / 11 + 0 + 0) / 3)
    assert scores.text_char_iou == pytest.approx((2 / 9 + 0 + 0) / 3)


def test_one_shared_character_makes_both_spans_right() -> None:
    scores = score_spans([[[0, 5]]], [[[4, 9]]])

    assert scores[:3] == (1.0, 1.0, 1.0)
    assert scores.char_iou == pytest.approx(1 / 9)


def test_spans_that_only_touch_are_wrong() -> None:
    assert score_spans([[[0, 5]]], [[[5, 9]]]) == (0.0,) * 9


def test_a_span_between_gold_spans_of_one_text_does_not_touch_them() -> None:
    scores = score_spans([[[3, 4], [5, 6], [0, 1]]], [[[0, 2], [6, 8]]])

    assert scores.overlap_precision == pytest.approx(1 / 3)
    assert scores.overlap_recall == pytest.approx(1 / 2)


def test_spans_of_another_text_do_not_count() -> None:
    assert score_spans([[[0, 2]], []], [[], [[0, 2]]]) == (0.0,) * 9


def test_a_duplicate_counts_twice_for_overlap_and_once_for_characters() -> None:
    scores = score_spans([[[0, 2], [0, 2], [5, 6]]], [[[0, 2]]])

    assert scores.overlap_precision == pytest.approx(2 / 3)
    assert scores.char_precision == pytest.approx(2 / 3)
    assert score_spans([[[0, 2], [0, 2]]], [[[0, 2]]]).char_precision == 1.0


def test_empty_spans_are_ignored() -> None:
    assert score_spans([[[0, 2], [4, 4]]], [[[0, 2], [7, 7]]]) == (1.0,) * 9


def test_the_order_of_spans_inside_a_text_does_not_matter() -> None:
    assert score_spans([[[6, 8], [0, 4]]], [[[9, 10], [2, 5]]]) == score_spans([[[0, 4], [6, 8]]], [[[2, 5], [9, 10]]])


def test_a_text_empty_on_both_sides_counts_one_in_the_means_and_nothing_in_the_pool() -> None:
    assert score_spans([[]], [[]]) == (0.0,) * 7 + (1.0, 1.0)

    with_empty = score_spans([[[0, 4]], []], [[[2, 4]], []])
    alone = score_spans([[[0, 4]]], [[[2, 4]]])
    assert with_empty[:7] == alone[:7]
    assert with_empty.text_char_f1 == pytest.approx((2 / 3 + 1) / 2)
    assert with_empty.text_char_iou == pytest.approx((1 / 2 + 1) / 2)


def test_no_texts_score_zero_everywhere() -> None:
    assert score_spans([], []) == (0.0,) * 9


def test_marking_nothing_scores_zero_where_every_text_has_gold() -> None:
    assert score_spans([[], []], [[[0, 2]], [[1, 3]]]) == (0.0,) * 9


def test_another_number_of_predictions_than_references_is_an_error() -> None:
    with pytest.raises(ValueError, match="1 predictions for 2 references; expected one list of spans a text"):
        score_spans([[]], [[], []])


def test_lists_tuples_and_generators_of_spans_score_alike() -> None:
    pairs = [[0, 4], [6, 8]]

    assert score_spans([(tuple(pair) for pair in pairs)], [iter(pairs)]) == (1.0,) * 9


@few
@given(CORPUS)
def test_every_score_is_between_zero_and_one(corpus: Corpus) -> None:
    assert all(0.0 <= value <= 1.0 for value in score(corpus))


@few
@given(st.lists(SPANS, min_size=1, max_size=5).filter(lambda texts: any(merge(spans) for spans in texts)))
def test_perfect_predictions_score_one_everywhere(texts: list[list[Span]]) -> None:
    assert score_spans(texts, texts) == (1.0,) * 9


@few
@given(CORPUS.flatmap(lambda corpus: st.tuples(st.just(corpus), st.permutations(corpus))))
def test_the_order_of_the_texts_does_not_matter(both: tuple[Corpus, Corpus]) -> None:
    assert score(both[0]) == pytest.approx(score(both[1]), abs=1e-12)


@few
@given(CORPUS)
def test_merging_spans_changes_no_character_score(corpus: Corpus) -> None:
    merged = [(list(merge(predicted)), list(merge(gold))) for predicted, gold in corpus]

    assert score(merged)[3:] == score(corpus)[3:]


@few
@given(CORPUS)
def test_pooled_iou_follows_from_pooled_f1(corpus: Corpus) -> None:
    scores = score(corpus)

    assert scores.char_iou == pytest.approx(scores.char_f1 / (2 - scores.char_f1), abs=1e-12)
    assert scores.text_char_iou <= scores.text_char_f1


@few
@given(CORPUS)
def test_swapping_the_sides_swaps_precision_and_recall(corpus: Corpus) -> None:
    ours, theirs = score(corpus), score([(gold, predicted) for predicted, gold in corpus])

    assert (ours.overlap_precision, ours.overlap_recall) == (theirs.overlap_recall, theirs.overlap_precision)
    assert (ours.char_precision, ours.char_recall) == (theirs.char_recall, theirs.char_precision)
    assert ours.char_iou == theirs.char_iou
    assert ours.text_char_f1 == theirs.text_char_f1


@few
@given(st.lists(SPANS.filter(merge), min_size=1, max_size=5))
def test_marking_everything_reaches_overlap_f1_one_where_every_text_has_gold(golds: list[list[Span]]) -> None:
    scores = score_spans([[[0, LENGTH]] for _ in golds], golds)

    assert scores[:3] == (1.0, 1.0, 1.0)
    assert scores.char_recall == 1.0
    assert scores.char_precision == pytest.approx(
        sum(end - start for gold in golds for start, end in merge(gold)) / (LENGTH * len(golds))
    )


def test_the_tally_counts_what_each_text_adds() -> None:
    columns = tally_spans([[[0, 4], [0, 4], [6, 8]], []], [[[2, 5]], [[0, 1]]]).columns

    assert {name: columns[name].tolist() for name in ("right_spans", "predicted_spans", "found_spans")} == {
        "right_spans": [2, 0],
        "predicted_spans": [3, 0],
        "found_spans": [1, 0],
    }
    assert (columns["shared_chars"].tolist(), columns["char_f1"].tolist()) == ([2, 0], [4 / 9, 0])


def test_a_span_that_is_no_pair_is_an_error() -> None:
    with pytest.raises(ValueError, match=r"a span is \[0, 4, 99\]; expected a pair \[start, end\)"):
        score_spans([[[0, 4, 99], [6, 8]]], [[[0, 4], [6, 8]]])


def test_offsets_that_no_text_has_are_an_error() -> None:
    with pytest.raises(ValueError, match="span offsets reach from 0 to 4611686018427387904"):
        score_spans([[[0, 2**62]]], [[]])


def test_every_golden_case_is_met_to_1e_9(golden_cases: GoldenCases) -> None:
    cases = golden_cases("span_overlap")

    assert len(cases) >= 100
    unequal = [case["name"] for case in cases if not _meets(case["inputs"]["rows"], case["expected"])]
    assert unequal == []


def _meets(rows: list[dict[str, list[list[int]]]], golden: dict[str, dict[str, float]]) -> bool:
    """Compare every number of a case: the three readings of overlap, pooled characters, means over texts."""
    predicted, gold = ([row[side] for row in rows] for side in ("pred", "gold"))
    ours = score_spans(predicted, gold)._asdict()
    unique = score_spans([set(map(tuple, spans)) for spans in predicted], [set(map(tuple, spans)) for spans in gold])
    merged = score_spans(list(map(merge, predicted)), list(map(merge, gold)))
    columns = tally_spans(predicted, gold).columns
    shared, marked, wanted = (columns[name] for name in ("shared_chars", "predicted_chars", "gold_chars"))
    agreed = (marked == 0) & (wanted == 0)
    means = [np.where(agreed, 1.0, ratio(shared, whole)).mean() if rows else 0.0 for whole in (marked, wanted)]
    pairs = [
        ((ours["overlap_precision"], ours["overlap_recall"], ours["overlap_f1"]), _prf(golden["overlap"])),
        (unique[:3], _prf(golden["overlap_unique"])),
        (merged[:3], _prf(golden["overlap_merged"])),
        ((ours["char_precision"], ours["char_recall"], ours["char_f1"]), _prf(golden["char_micro"])),
        ((ours["char_iou"],), [golden["iou_micro"]]),
        ((*means, ours["text_char_f1"]), _prf(golden["macro"])),
        ((ours["text_char_iou"],), [golden["macro"]["iou"]]),
    ]
    return all(list(mine) == pytest.approx(theirs, abs=1e-9, rel=0) for mine, theirs in pairs)


def _prf(golden: dict[str, float]) -> list[float]:
    return [golden[name] for name in ("precision", "recall", "f1")]
