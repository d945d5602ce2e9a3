"""Promises of the inputs: what is no value of its kind is named, whatever it is."""

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hf_toxspan.scoring import inputs
from hf_toxspan.scoring.inputs import Kind, read

KINDS = [value for value in vars(inputs).values() if isinstance(value, Kind)]
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=2),
    max_leaves=8,
)


def place(number: int) -> str:
    return f"predictions[{number}]"


@pytest.mark.parametrize(
    ("kind", "value", "expected"),
    [
        (inputs.SPANS, [[0, 2], (4, 6)], [(0, 2), (4, 6)]),
        (inputs.SPANS, [{"start": 3, "end": 5, "text": "..", "score": 0.9}], [(3, 5)]),
        (inputs.SPANS, np.array([[0, 2]]), [(0, 2)]),
        (inputs.SPANS, [], []),
        (inputs.TEXT, "", ""),
        (inputs.COUNT, np.int64(3), 3),
        (inputs.NUMBER, -2, -2.0),
        (inputs.NUMBERS, np.array([0.5, 1]), [0.5, 1.0]),
        (inputs.NUMBERS, None, None),
        (inputs.NUMBER_OR_BINS, 0.5, 0.5),
        (inputs.NUMBER_OR_BINS, [0.5, 1], [0.5, 1.0]),
        (inputs.TOKEN_SPANS, [[2, 2]], [(2, 2)]),
        (inputs.TRUTH, True, 1),
        (inputs.TRUTH, 0, 0),
        (inputs.NAMES, ["Women"], ["Women"]),
    ],
)
def test_a_good_value_is_read(kind: Kind, value: Any, expected: Any) -> None:
    assert read([value], kind, place) == [expected]


@pytest.mark.parametrize(
    ("kind", "value", "message"),
    [
        (inputs.SPANS, [[3, 1]], r"predictions\[0\]: span 0 is \[3, 1\); expected 0 <= start < end"),
        (inputs.SPANS, [[-1, 2]], r"span 0 is \[-1, 2\)"),
        (inputs.SPANS, [[2, 2]], r"span 0 is \[2, 2\); expected 0 <= start < end"),
        (inputs.SPANS, [[0, 1.5]], "expected two whole numbers"),
        (inputs.SPANS, [[0, 2**80]], "a span ends at"),
        (inputs.SPANS, "[[0, 2]]", r"'\[\[0, 2\]\]' is not a list of spans"),
        (inputs.SPANS, None, "None is not a list of spans"),
        (inputs.SPANS, [{"start": 1}], "is not a list of spans"),
        (inputs.TEXT, 7, "7 is not a string"),
        (inputs.COUNT, -1, "-1 is not a whole number of at least 0"),
        (inputs.COUNT, True, "True is not a whole number"),
        (inputs.NUMBER, math.nan, "nan is not a finite number"),
        (inputs.NUMBER, "0.5", "'0.5' is not a finite number"),
        (inputs.NUMBERS, [0.1, math.inf], "is not a list of finite numbers"),
        (inputs.NUMBER_OR_BINS, [0.5, math.nan], "is not a finite number, or a list of such"),
        (inputs.TOKEN_SPANS, [[3, 2]], r"span 0 is \[3, 2\); expected 0 <= start <= end"),
        (inputs.TRUTH, 2, "2 is not 0 or 1"),
        (inputs.TRUTH, "hate", "'hate' is not 0 or 1"),
        (inputs.NAMES, "Women", "'Women' is not a list of names"),
        (inputs.NAMES, [None], "is not a list of names"),
    ],
)
def test_a_bad_value_is_named_with_what_was_expected(kind: Kind, value: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        read([value], kind, place)


def test_the_place_of_a_bad_value_is_named() -> None:
    with pytest.raises(ValueError, match=r"predictions\[2\]: None is not a string"):
        read(["a", "b", None], inputs.TEXT, place)


@given(st.sampled_from(KINDS), ANYTHING)
def test_anything_is_read_or_refused_by_name(kind: Kind, value: Any) -> None:
    try:
        read([value], kind, place)
    except ValueError as error:
        assert str(error).startswith("predictions[0]: ")
