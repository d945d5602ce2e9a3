"""Promises of `hf_toxspan.core.quadruple_pairing`."""

import math
import time
from collections.abc import Iterator, Sequence
from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from hf_toxspan.core.quadruple_pairing import (
    Choice,
    Run,
    best_runs,
    choose_groups,
    pair_spans,
    unwritable,
    writing_order,
)
from hf_toxspan.core.quadruples import GROUPS, Quadruple, format_quadruples, is_restorable
from hf_toxspan.core.spans import Span
from hf_toxspan.core.tags import BEGIN, INSIDE, OUTSIDE


def logs(*rows: Sequence[float]) -> NDArray[np.float64]:
    """Probabilities of O, B and I, a row a token."""
    with np.errstate(divide="ignore"):
        return np.log(np.array(rows, dtype=float).reshape(-1, 3))


def ends(runs: list[Run]) -> list[tuple[int, int]]:
    return [(run.start, run.end) for run in runs]


NO = [0.9, 0.05, 0.05]
FIRST = [0.2, 0.7, 0.1]
NEXT = [0.3, 0.1, 0.6]


def test_runs_begin_with_b_and_go_on_with_i() -> None:
    found = best_runs(logs(NO, FIRST, NEXT, NO, FIRST))

    assert ends(found) == [(1, 3), (4, 5)]
    assert [run.score for run in found] == pytest.approx([math.sqrt(0.7 * 0.6), 0.7])


def test_an_i_that_follows_nothing_is_no_run_by_itself() -> None:
    """The I of 0.8 would be marked by a threshold; as a run it would have to begin with a B of 0.05."""
    lonely = [0.15, 0.05, 0.8]

    assert ends(best_runs(logs(NO, lonely), floor=0.0)) == []
    assert ends(best_runs(logs([0.6, 0.35, 0.05], lonely))) == [(0, 2)]  # 0.35 * 0.8 against 0.6 * 0.15


def test_two_runs_may_touch() -> None:
    assert ends(best_runs(logs(FIRST, FIRST, NEXT))) == [(0, 1), (1, 3)]


def test_where_nothing_is_likelier_than_no_run_the_best_one_stands_alone() -> None:
    tags = logs(NO, [0.6, 0.3, 0.1], [0.7, 0.2, 0.1])

    assert ends(best_runs(tags)) == [(1, 2)]
    assert ends(best_runs(tags, floor=math.log(0.3 / 0.6) - 1e-6)) == [(1, 2)]
    assert best_runs(tags, floor=math.log(0.3 / 0.6) + 1e-6) == []
    assert best_runs(tags, floor=math.inf) == []


def test_a_bonus_makes_runs_many_or_few() -> None:
    tags = logs([0.45, 0.5, 0.05], NO, [0.3, 0.65, 0.05], NO, [0.55, 0.4, 0.05])

    assert ends(best_runs(tags)) == [(0, 1), (2, 3)]
    assert ends(best_runs(tags, bonus=0.4)) == [(0, 1), (2, 3), (4, 5)]
    assert ends(best_runs(tags, bonus=-0.2)) == [(2, 3)]
    assert ends(best_runs(tags, bonus=-9.0)) == [(2, 3)]  # the best alone: the bonus is for several


def test_forbidden_tags_are_never_used() -> None:
    barred = logs(FIRST, [1.0, 0.0, 0.0], FIRST)
    no_inside = logs(FIRST, [0.99, 0.01, 0.0], [0.1, 0.05, 0.8])

    assert ends(best_runs(barred)) == [(0, 1), (2, 3)]
    assert ends(best_runs(no_inside)) == [(0, 1)]
    assert best_runs(logs([1.0, 0.0, 0.0])) == []


def test_no_tokens_have_no_runs() -> None:
    assert best_runs(logs()) == []


def sequences(tokens: int) -> Iterator[tuple[int, ...]]:
    for tags in product((OUTSIDE, BEGIN, INSIDE), repeat=tokens):
        if all(tag != INSIDE or before != OUTSIDE for before, tag in zip((OUTSIDE, *tags), tags, strict=False)):
            yield tags


@given(st.lists(st.lists(st.floats(0.01, 1.0), min_size=3, max_size=3), min_size=1, max_size=5), st.floats(-2.0, 2.0))
def test_no_valid_sequence_of_tags_is_likelier(odds: list[list[float]], bonus: float) -> None:
    tags = np.log(np.array(odds) / np.sum(odds, axis=1, keepdims=True))

    def worth(sequence: Sequence[int]) -> float:
        return sum(tags[token, tag] for token, tag in enumerate(sequence)) + bonus * list(sequence).count(BEGIN)

    runs = best_runs(tags, bonus=bonus, floor=math.inf)
    chosen = [OUTSIDE] * len(tags)
    for start, end, _ in runs:
        chosen[start:end] = [BEGIN] + [INSIDE] * (end - start - 1)

    assert worth(chosen) == pytest.approx(max(map(worth, sequences(len(tags)))), abs=1e-9)


@given(st.lists(st.lists(st.floats(0.01, 1.0), min_size=3, max_size=3), min_size=1, max_size=5))
def test_no_single_run_is_likelier_than_the_one_that_stands_alone(odds: list[list[float]]) -> None:
    tags = np.log(np.array(odds) / np.sum(odds, axis=1, keepdims=True))

    def gain(start: int, end: int) -> float:
        marked = tags[start, BEGIN] + tags[start + 1 : end, INSIDE].sum()
        return float(marked - tags[start:end, OUTSIDE].sum())

    ((start, end, _),) = best_runs(tags, bonus=-99.0)

    pairs = [(first, behind) for first in range(len(tags)) for behind in range(first + 1, len(tags) + 1)]
    assert gain(start, end) == pytest.approx(max(gain(*pair) for pair in pairs), abs=1e-9)


def test_without_targets_each_argument_is_about_nobody() -> None:
    assert pair_spans([(0, 2), (4, 5)], []) == [None, None]
    assert pair_spans([], [(0, 2)]) == []


def test_as_many_targets_as_arguments_are_paired_in_the_order_of_the_text() -> None:
    # the second target is nearest to both arguments
    assert pair_spans([(20, 22), (10, 12)], [(0, 2), (15, 16)]) == [1, 0]


def test_else_the_nearest_find_each_other_and_who_is_left_over_shares() -> None:
    arguments = [(3, 5), (9, 11), (30, 31)]

    # gaps: 1 and 2 to the first target, 5 and 1 to the second; the third argument is left with the second
    assert pair_spans(arguments, [(0, 2), (6, 8)]) == [0, 1, 1]
    assert pair_spans(arguments[:1], [(0, 2), (4, 5)]) == [1]  # inside the argument
    assert pair_spans(arguments[:1], [(0, 2), (6, 8)]) == [0]  # as far away, but before


def test_many_spans_are_paired_in_no_time() -> None:
    spans = [(place * 6, place * 6 + 2) for place in range(5000)]
    begun = time.perf_counter()

    paired = pair_spans(spans, spans[:-1])

    assert paired == [*range(4999), 4998]
    assert time.perf_counter() - begun < 3


NAMES = ["LGBTQ", "Sexism", "Racism"]


def test_groups_from_one_half_on_are_named_in_the_given_order() -> None:
    # P(this set) = 0.9 * 0.5 * 0.8 of P(any) = 1 - 0.1 * 0.5 * 0.8
    assert choose_groups(0.7, [0.9, 0.5, 0.2], NAMES) == Choice("LGBTQ, Sexism", True, pytest.approx(0.7 * 0.36 / 0.96))


def test_hate_always_names_a_group() -> None:
    assert choose_groups(0.5, [0.1, 0.3, 0.2], NAMES)[:2] == ("Sexism", True)
    assert choose_groups(0.5, [0.0, 0.0, 0.0], NAMES) == ("LGBTQ", True, 0.0)


def test_what_is_not_hate_names_none() -> None:
    assert choose_groups(0.49, [0.9, 0.9, 0.9], NAMES) == Choice("non-hate", False, 0.51)


@given(st.floats(0, 1), st.lists(st.floats(0, 1), min_size=3, max_size=3))
def test_a_choice_can_be_written_and_is_a_probability(hate: float, groups: list[float]) -> None:
    group, hateful, score = choose_groups(hate, groups, NAMES)

    quadruple = Quadruple("you", "are silly", group, hateful)
    assert is_restorable(quadruple) and format_quadruples([quadruple])
    assert 0 <= score <= 1


def test_the_order_of_groups_is_that_of_most_quadruples() -> None:
    written = [["Sexism", "Racism"]] * 3 + [["Racism", "Sexism"]] + [["LGBTQ", "Sexism"], ["Region"], []]

    order = writing_order(written)

    assert sorted(order) == sorted(GROUPS)
    assert order.index("LGBTQ") < order.index("Sexism") < order.index("Racism")
    assert writing_order([]) == GROUPS


@pytest.mark.parametrize("text", ["a|b", "a [SEP] b", "[END]", "a\nb", "a\u2028b", "a\x85b"])
def test_what_is_unwritable_cannot_be_formatted(text: str) -> None:
    assert unwritable(text)
    with pytest.raises(ValueError, match="would not be read back"):
        format_quadruples([Quadruple("you", text, "others", True)])


@given(st.text(alphabet="ab|[]SEPND\n\r\x1c 好", max_size=12))
def test_a_field_without_it_and_without_outer_blanks_can_be_formatted(text: str) -> None:
    field = text.strip()
    if field and not unwritable(field):
        assert format_quadruples([Quadruple(field, field, "others", True)])
    for start, end in unwritable(text):
        assert Span(0, end - start) in unwritable(text[start:end])
