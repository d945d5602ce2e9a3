"""Promises of `hf_toxspan.core.tags`."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hf_toxspan.core.spans import Span, intersect, merge
from hf_toxspan.core.tags import BEGIN, INSIDE, OUTSIDE, TAGS, decode_tags, tag_targets, tag_tokens, tagged_spans

O, B, I = OUTSIDE, BEGIN, INSIDE  # noqa: E741  the names that everybody gives them
LENGTH = 20

Offsets = list[tuple[int, int]]
few = settings(max_examples=50, deadline=None)


@st.composite
def offsets(draw: st.DrawFn) -> Offsets:
    """Tokens in text order: with gaps, without characters, and some that share characters."""
    cuts = sorted(draw(st.lists(st.integers(0, LENGTH), max_size=14)))
    pieces = [piece for piece in itertools.pairwise(cuts) if draw(st.booleans()) or piece[0] == piece[1]]
    return [(0, 0), *(piece for piece in pieces for _ in range(draw(st.integers(1, 2)))), (0, 0)]


ENDS = st.integers(0, LENGTH)
SPANS = st.lists(st.tuples(ENDS, ENDS).map(lambda pair: Span(min(pair), max(pair))), max_size=4)
TENTHS = st.integers(0, 10).flatmap(lambda toxic: st.integers(0, toxic).map(lambda b: [10 - toxic, b, toxic - b]))
PROBABILITIES = st.lists(TENTHS, max_size=8).map(lambda rows: np.array(rows, dtype=float).reshape(-1, 3) / 10)
THRESHOLDS = st.floats(0.01, 0.99)


@pytest.mark.parametrize(
    ("tokens", "spans", "tags"),
    [
        ([(0, 3), (4, 6), (6, 8)], [[4, 8]], [O, B, I]),
        ([(0, 3), (4, 6), (6, 8)], [], [O, O, O]),
        ([(0, 3), (4, 6), (6, 8)], [[5, 7]], [O, B, I]),  # begins and ends inside tokens
        ([(0, 3), (4, 6), (6, 8)], [[3, 4]], [O, O, O]),  # the blank between two tokens
        ([(0, 2), (2, 4)], [[0, 2], [2, 4]], [B, I]),  # spans that touch are one
        ([(0, 2), (3, 5)], [[0, 2], [3, 5]], [B, B]),
        ([(0, 2), (3, 5)], [[3, 5], [1, 1], [0, 2], [0, 1]], [B, B]),  # any order, empty and nested ones
        ([(0, 4), (5, 6)], [[0, 2], [3, 6]], [B, I]),  # the second span begins in the first token
        ([(0, 9)], [[0, 2], [4, 6]], [B]),
        ([(0, 0), (0, 2), (2, 2), (3, 5), (0, 0)], [[0, 5]], [O, B, O, I, O]),  # nothing without characters
        ([(0, 1), (1, 2), (1, 2), (1, 2)], [[1, 2]], [O, B, I, I]),  # bytes of one emoji
        ([(0, 1), (0, 3)], [[1, 3]], [O, B]),  # the word mark before a word
        ([], [[0, 5]], []),
    ],
)
def test_tags_by_hand(tokens: Offsets, spans: list[list[int]], tags: list[int]) -> None:
    assert tag_tokens(tokens, spans) == tags


@few
@given(offsets(), SPANS)
def test_spans_come_back_as_the_tokens_that_they_touch_and_no_others(tokens: Offsets, spans: list[Span]) -> None:
    touched = [token for token in tokens if intersect([token], spans)]

    back = tagged_spans(tag_tokens(tokens, spans), tokens)

    assert [token for token in tokens if intersect([token], back)] == touched
    assert merge([*touched, *back]) == back  # each whole
    assert all({start, end} <= {end for token in touched for end in token} for start, end in back)


@few
@given(offsets(), SPANS)
def test_spans_on_token_borders_come_back_as_they_were(tokens: Offsets, spans: list[Span]) -> None:
    aligned = merge(token for token in tokens if intersect([token], spans))

    assert tagged_spans(tag_tokens(tokens, aligned), tokens) == aligned


@pytest.mark.parametrize(
    ("annotators", "targets"),
    [
        ([], [[0, 0, 0], [0, 0, 0], [0, 0, 0]]),  # nobody annotated
        ([[]], [[0, 0, 0], [1, 0, 0], [1, 0, 0]]),  # somebody found nothing
        ([[[0, 6]]], [[0, 0, 0], [0, 1, 0], [0, 0, 1]]),
        ([[[0, 6]], [[4, 6]], [], []], [[0, 0, 0], [0.75, 0.25, 0], [0.5, 0.25, 0.25]]),
    ],
)
def test_targets_are_the_shares_of_the_annotators(
    annotators: list[list[list[int]]], targets: list[list[float]]
) -> None:
    found = tag_targets([(0, 0), (0, 3), (4, 6)], annotators)

    assert found.tolist() == targets
    assert found.dtype == np.float32


def test_no_tokens_have_targets_of_no_rows() -> None:
    assert tag_targets([], [[[0, 5]]]).shape == (0, 3)


@few
@given(offsets(), st.lists(SPANS, max_size=7))
def test_targets_sum_to_one_where_somebody_annotated_a_token_with_characters(
    tokens: Offsets, annotators: list[list[Span]]
) -> None:
    targets = tag_targets(tokens, annotators)

    expected = [float(end > start and bool(annotators)) for start, end in tokens]
    assert targets.sum(axis=1).tolist() == pytest.approx(expected, abs=1e-6)
    assert targets.min(initial=0) >= 0


@pytest.mark.parametrize(
    ("probabilities", "tags"),
    [
        ([[0.5, 0.3, 0.2], [0.6, 0.2, 0.2]], [B, O]),  # the threshold itself marks
        ([[0.1, 0.0, 0.9], [0.1, 0.0, 0.9]], [B, I]),  # no I without a B
        ([[0.1, 0.8, 0.1], [0.1, 0.8, 0.1]], [B, B]),
        ([[0.1, 0.45, 0.45], [0.1, 0.45, 0.45]], [B, I]),  # equal: goes on
        ([[0.4, 0.3, 0.3], [0.1, 0.0, 0.9]], [B, I]),  # neither B nor I is likelier than O, together they are
        ([], []),
    ],
)
def test_decoding_by_hand(probabilities: list[list[float]], tags: list[int]) -> None:
    assert decode_tags(np.array(probabilities, dtype=np.float64).reshape(-1, 3)) == tags


@few
@given(PROBABILITIES, THRESHOLDS)
def test_a_decoded_sequence_is_valid_and_marks_what_reaches_the_threshold(
    probabilities: np.ndarray, threshold: float
) -> None:
    tags = decode_tags(probabilities, threshold=threshold)

    assert len(tags) == len(probabilities)
    assert all(before != O for before, tag in itertools.pairwise([O, *tags]) if tag == I)
    assert [tag != O for tag in tags] == (probabilities[:, 1:].sum(axis=1) >= threshold).tolist()


@few
@given(PROBABILITIES, THRESHOLDS, THRESHOLDS)
def test_a_lower_threshold_takes_no_character_away(probabilities: np.ndarray, one: float, other: float) -> None:
    tokens = [(3 * place, 3 * place + 2) for place in range(len(probabilities))]

    low, high = (tagged_spans(decode_tags(probabilities, threshold=t), tokens) for t in sorted((one, other)))

    assert intersect(low, high) == high


@few
@given(st.lists(st.sampled_from([O, B, I]), max_size=8))
def test_certain_probabilities_decode_to_themselves(tags: list[int]) -> None:
    valid = [B if tag == I and before == O else tag for before, tag in itertools.pairwise([O, *tags])]

    assert decode_tags(np.eye(len(TAGS))[valid].reshape(-1, 3)) == valid


@pytest.mark.parametrize(
    ("tags", "tokens", "spans"),
    [
        ([B, I], [(0, 4), (5, 7)], [(0, 7)]),
        ([B, B], [(0, 4), (5, 7)], [(0, 4), (5, 7)]),
        ([B, B], [(0, 4), (4, 7)], [(0, 7)]),  # normalised: what touches is one
        ([O, B, O, I, O], [(0, 0), (0, 2), (2, 2), (3, 5), (0, 0)], [(0, 5)]),
        ([B, I], [(0, 5), (2, 3)], [(0, 5)]),  # a token inside the one before it
        ([O, O], [(0, 4), (5, 7)], []),
        ([], [], []),
    ],
)
def test_spans_of_tags_by_hand(tags: list[int], tokens: Offsets, spans: list[tuple[int, int]]) -> None:
    assert tagged_spans(tags, tokens) == spans


def test_numpy_offsets_give_plain_integers() -> None:
    (span,) = tagged_spans([B], np.array([(0, 4)]))

    assert type(span.start) is type(span.end) is int
