"""Promises of character offsets and of the SemEval-2021 scores on them."""

import math
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hf_toxspan.core.offsets import agreement, from_offsets, standard_error, to_offsets
from hf_toxspan.core.span_scores import score_spans, tally_spans
from hf_toxspan.core.spans import Span, merge
from tests.conftest import GoldenCases

few = settings(max_examples=60, deadline=None)

OFFSETS = st.lists(st.integers(-5, 30), max_size=20)
SPANS = st.lists(st.tuples(st.integers(-5, 30), st.integers(-5, 30)).map(lambda pair: Span(min(pair), max(pair))))


def test_runs_of_offsets_become_spans() -> None:
    assert from_offsets([5, 6, 9, 6, 4]) == [Span(4, 7), Span(9, 10)]
    assert from_offsets([]) == []
    assert from_offsets([-1, 0, 10**12]) == [Span(-1, 1), Span(10**12, 10**12 + 1)]


def test_spans_become_sorted_offsets_without_repetition() -> None:
    assert to_offsets([[4, 6], [0, 1], [5, 7], [9, 9]]) == [0, 4, 5, 6]
    assert to_offsets([]) == []


@few
@given(OFFSETS)
def test_offsets_survive_the_way_to_spans_and_back(offsets: list[int]) -> None:
    assert to_offsets(from_offsets(offsets)) == sorted(set(offsets))


@few
@given(SPANS)
def test_spans_survive_the_way_to_offsets_and_back(spans: list[Span]) -> None:
    assert from_offsets(to_offsets(spans)) == merge(spans)


@few
@given(OFFSETS, OFFSETS)
def test_the_score_of_a_text_is_the_dice_coefficient_of_its_offsets(predicted: list[int], gold: list[int]) -> None:
    ours, theirs = set(predicted), set(gold)
    dice = 2 * len(ours & theirs) / (len(ours) + len(theirs)) if ours or theirs else 1.0

    assert score_spans([from_offsets(predicted)], [from_offsets(gold)]).text_char_f1 == pytest.approx(dice, abs=1e-12)


def test_agreement_is_the_mean_over_pairs_of_annotators() -> None:
    # 2/3 for the first two, 0 for each of them with the third, who marks nothing
    assert agreement([[[0, 4]], [[2, 4]], []]) == pytest.approx((2 / 3 + 0 + 0) / 3)
    assert agreement([[], []]) == 1.0


def test_one_annotator_or_none_has_no_agreement() -> None:
    assert math.isnan(agreement([[[0, 2]]]))
    assert math.isnan(agreement([]))


@few
@given(st.lists(SPANS, min_size=2, max_size=4).flatmap(lambda all_: st.tuples(st.just(all_), st.permutations(all_))))
def test_the_order_of_the_annotators_does_not_matter(both: tuple[list[list[Span]], list[list[Span]]]) -> None:
    assert agreement(both[0]) == pytest.approx(agreement(both[1]), abs=1e-12)
    assert 0.0 <= agreement(both[0]) <= 1.0


@few
@given(SPANS, st.integers(2, 4))
def test_annotators_who_mark_the_same_agree_fully(spans: list[Span], annotators: int) -> None:
    assert agreement([spans] * annotators) == 1.0


def test_the_standard_error_has_the_number_computed_by_hand() -> None:
    assert standard_error([1.0, 0.0]) == pytest.approx(math.sqrt(0.5) / math.sqrt(2))
    assert math.isnan(standard_error([1.0]))
    assert math.isnan(standard_error([]))


def assert_official_numbers(case: dict[str, Any], predictions: list[list[int]], references: list[list[int]]) -> None:
    tally = tally_spans([from_offsets(offsets) for offsets in predictions], [from_offsets(gold) for gold in references])
    expected, per_text = case["expected"], tally.columns["char_f1"]
    assert per_text.tolist() == pytest.approx(expected["per_row_f1"], abs=1e-9), case["name"]
    mean = float(tally.weighted([[1.0] * len(per_text)])["text_char_f1"][0])
    assert mean == pytest.approx(expected["mean_f1"], abs=1e-9), case["name"]
    assert mean == pytest.approx(float(expected["scores_txt"].removeprefix("spans_F1:")), abs=1e-9), case["name"]
    assert standard_error(per_text) == pytest.approx(float(expected["sem"]), abs=1e-9, nan_ok=True), case["name"]


def test_every_golden_corpus_of_semeval_is_met_to_1e_9(golden_cases: GoldenCases) -> None:
    found = golden_cases("semeval_char_f1", "rows")

    assert len(found) == 78
    for case in found:
        rows = case["inputs"]["rows"]
        assert_official_numbers(case, [row["pred"] for row in rows], [row["gold"] for row in rows])


def test_the_golden_agreement_of_annotators_is_met_to_1e_9(golden_cases: GoldenCases) -> None:
    (case,) = golden_cases("semeval_char_f1", "pairwise")
    ours = [agreement([from_offsets(offsets) for offsets in coders]) for coders in case["inputs"]["coders"]]

    assert ours == pytest.approx(case["expected"]["pairwise_f1"], abs=1e-9)


def test_the_golden_corpus_of_vihos_under_the_semeval_rule_is_met_to_1e_9(golden_cases: GoldenCases) -> None:
    (case,) = golden_cases("vihos_char", "semeval")
    rows = case["inputs"]["rows"]

    assert_official_numbers(case, [row["pred"] for row in rows], [row["gold"] for row in rows])
