"""Promises of the span algebra."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hf_toxspan.core.spans import Span, check, find_all, from_mask, intersect, merge, size, to_mask, trim

LENGTH = 24
POSITIONS = st.integers(0, LENGTH)
SPANS = st.lists(st.tuples(POSITIONS, POSITIONS).map(lambda pair: Span(min(pair), max(pair))), max_size=8)
BLANK_RICH = st.text(alphabet="ab傻é\u0301 \t\n\u3000\u00a0\u200b😀", max_size=LENGTH)

few = settings(max_examples=60, deadline=None)


def test_merge_joins_touching_and_overlapping_spans() -> None:
    assert merge([(5, 7), (0, 2), (2, 4), (6, 9)]) == [Span(0, 4), Span(5, 9)]


def test_merge_swallows_a_span_inside_another() -> None:
    assert merge([(0, 9), (2, 3), (8, 9)]) == [Span(0, 9)]


def test_merge_drops_empty_and_reversed_spans() -> None:
    assert merge([(3, 3), (5, 2)]) == []
    assert merge([]) == []


@pytest.mark.parametrize(("gap", "count"), [(0, 3), (1, 2), (2, 1)])
def test_merge_bridges_at_most_the_gap(gap: int, count: int) -> None:
    assert len(merge([(0, 2), (3, 5), (7, 8)], gap=gap)) == count


@few
@given(SPANS, st.integers(0, 3))
def test_merging_twice_is_merging_once(spans: list[Span], gap: int) -> None:
    once = merge(spans, gap=gap)

    assert merge(once, gap=gap) == once


@few
@given(SPANS.flatmap(lambda spans: st.tuples(st.just(spans), st.permutations(spans))))
def test_merge_does_not_depend_on_the_order(both: tuple[list[Span], list[Span]]) -> None:
    assert merge(both[0]) == merge(both[1])


@few
@given(SPANS, st.integers(0, 3))
def test_merged_spans_are_sorted_and_further_apart_than_the_gap(spans: list[Span], gap: int) -> None:
    merged = merge(spans, gap=gap)

    assert all(left.end + gap < right.start for left, right in itertools.pairwise(merged))
    assert all(span.start < span.end for span in merged)


@few
@given(SPANS)
def test_mask_and_back_is_merge(spans: list[Span]) -> None:
    assert from_mask(to_mask(spans, LENGTH)) == merge(spans)


@few
@given(st.lists(st.booleans(), max_size=LENGTH))
def test_spans_and_back_is_the_same_mask(mask: list[bool]) -> None:
    assert to_mask(from_mask(mask), len(mask)).tolist() == mask


@few
@given(SPANS)
def test_size_counts_each_marked_character_once(spans: list[Span]) -> None:
    assert size(spans) == to_mask(spans, LENGTH).sum()


@few
@given(SPANS, SPANS)
def test_intersection_is_the_and_of_the_masks(first: list[Span], second: list[Span]) -> None:
    assert intersect(first, second) == from_mask(to_mask(first, LENGTH) & to_mask(second, LENGTH))
    assert intersect(first, second) == intersect(second, first)


@few
@given(SPANS, SPANS)
def test_sizes_add_up_to_union_and_intersection(first: list[Span], second: list[Span]) -> None:
    assert size([*first, *second]) + size(intersect(first, second)) == size(first) + size(second)


@few
@given(SPANS)
def test_intersection_with_itself_is_merge_and_with_nothing_is_nothing(spans: list[Span]) -> None:
    assert intersect(spans, spans) == merge(spans)
    assert intersect(spans, []) == []


def test_to_mask_cuts_off_what_lies_outside_the_text() -> None:
    assert to_mask([(-3, 1), (2, 9), (-5, -2), (3, 1)], 4).tolist() == [True, False, True, True]
    assert to_mask([(0, 3)], 0).tolist() == []


def test_from_mask_reads_a_generator_an_array_and_nothing() -> None:
    assert from_mask(flag > 0 for flag in (0, 1, 1)) == [Span(1, 3)]
    assert from_mask(np.array([1, 0, 1])) == [Span(0, 1), Span(2, 3)]
    assert from_mask([]) == []


def test_from_mask_gives_plain_integers() -> None:
    assert all(type(end) is int for span in from_mask(np.array([True, False, True])) for end in span)


@few
@given(BLANK_RICH, SPANS)
def test_trimmed_spans_never_begin_or_end_with_a_blank(text: str, spans: list[Span]) -> None:
    inside = [span for span in spans if span.end <= len(text)]

    trimmed = trim(inside, text)

    assert [text[start:end] for start, end in trimmed] == [
        text[start:end].strip() for start, end in inside if text[start:end].strip()
    ]
    assert trim(trimmed, text) == trimmed


def test_trim_never_leaves_the_text() -> None:
    assert trim([(0, 10)], " ab ") == [Span(1, 3)]


def test_trim_drops_a_span_of_blanks_and_keeps_the_order() -> None:
    assert trim([(4, 7), (2, 4), (0, 2)], "ab   cd") == [Span(5, 7), Span(0, 2)]


@few
@given(st.text(alphabet="ab😀", max_size=12), st.text(alphabet="ab😀", min_size=1, max_size=2))
def test_find_all_quotes_exactly_the_occurrences(text: str, quote: str) -> None:
    starts = [position for position in range(len(text)) if text.startswith(quote, position)]

    assert find_all(quote, text) == [Span(start, start + len(quote)) for start in starts]


def test_find_all_finds_occurrences_that_overlap() -> None:
    assert find_all("aba", "ababa aba") == [Span(0, 3), Span(2, 5), Span(6, 9)]


def test_find_all_counts_code_points_not_bytes_or_utf16_units() -> None:
    assert find_all("傻", "😀傻e\u0301傻") == [Span(1, 2), Span(4, 5)]


def test_find_all_finds_an_empty_or_absent_quote_nowhere() -> None:
    assert find_all("", "abc") == []
    assert find_all("x", "abc") == []
    assert find_all("abc", "") == []


def test_check_keeps_order_and_duplicates_and_gives_plain_integers() -> None:
    checked = check([[4, 5], (0, 2), [np.int64(4), np.int32(5)]], length=5)

    assert checked == [Span(4, 5), Span(0, 2), Span(4, 5)]
    assert all(type(end) is int for span in checked for end in span)
    assert check([]) == []


@pytest.mark.parametrize(
    ("wrong", "quoted"),
    [
        ([True, 2], r"span 1 is \[True, 2\]; expected two whole numbers"),
        ([0, 1.0], r"span 1 is \[0, 1.0\]; expected two whole numbers"),
        ([0, float("nan")], r"span 1 is \[0, nan\]; expected two whole numbers"),
        ([0, None], r"span 1 is \[0, None\]; expected two whole numbers"),
        (["0", "2"], r"span 1 is \['0', '2'\]; expected two whole numbers"),
        ("02", "span 1 is '02'; expected a pair"),
        ([3], r"span 1 is \[3\]; expected a pair"),
        ([0, 1, 2], r"span 1 is \[0, 1, 2\]; expected a pair"),
        (7, "span 1 is 7; expected a pair"),
        (None, "span 1 is None; expected a pair"),
        ({"start": 0, "end": 1}, "span 1 is {'start': 0, 'end': 1}; expected a pair"),
        ([3, 2], r"span 1 is \[3, 2\); expected 0 <= start < end <= 4"),
        ([2, 2], r"span 1 is \[2, 2\); expected 0 <= start < end <= 4"),
        ([-1, 2], r"span 1 is \[-1, 2\); expected 0 <= start < end <= 4"),
        ([0, 5], r"span 1 is \[0, 5\); expected 0 <= start < end <= 4, the length of the text"),
    ],
)
def test_check_names_the_span_that_is_wrong(wrong: object, quoted: str) -> None:
    with pytest.raises(ValueError, match=quoted):
        check([[0, 1], wrong], length=4)  # type: ignore[list-item]


def test_check_without_a_length_has_no_upper_bound() -> None:
    assert check([[0, 10**9]]) == [Span(0, 10**9)]
    with pytest.raises(ValueError, match=r"expected 0 <= start < end$"):
        check([[1, 0]])


def test_check_lets_an_empty_span_pass_where_it_is_told_to() -> None:
    assert check([[3, 3]], allow_empty=True) == [(3, 3)]
    with pytest.raises(ValueError, match=r"span 0 is \[3, 3\); expected 0 <= start < end"):
        check([[3, 3]])
    with pytest.raises(ValueError, match=r"span 0 is \[3, 2\); expected 0 <= start <= end"):
        check([[3, 2]], allow_empty=True)
