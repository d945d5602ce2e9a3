"""JSON as Google's services read it."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hf_toxspan.serving import proto_json as proto
from hf_toxspan.serving.perspective_errors import PerspectiveError

KINDS = {"spanAnnotations": proto.is_bool, "clientToken": proto.is_string, "languages": proto.is_strings}


def test_names_are_read_in_both_spellings_and_null_is_unset() -> None:
    asked = {"span_annotations": True, "clientToken": "x", "languages": None}
    assert proto.read_object(asked, "", KINDS) == {"spanAnnotations": True, "clientToken": "x"}


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ({"colour": 1}, """Unknown name "colour" at 'comment': Cannot find field."""),
        ({"a\r\nb": 1}, r'Unknown name "a\\r\\nb"'),
        ({"languages": "en"}, "Invalid value at 'comment.languages': expected a list of at most 1000 strings."),
        ({"languages": [1]}, "expected a list of at most 1000 strings"),
        ({"languages": ["en"] * 1001}, "at most 1000"),
        ({"spanAnnotations": 1}, "expected true or false"),
        ({"clientToken": 5}, "expected a string"),
        ([], "Invalid value at 'comment': expected an object"),
        ("text", "expected an object"),
        ({str(number): 1 for number in range(1001)}, "at most 1000 entries"),
    ],
)
def test_anything_else_is_refused_by_its_path(value: Any, message: str) -> None:
    with pytest.raises(PerspectiveError, match=message):
        proto.read_object(value, "comment", KINDS)


@pytest.mark.parametrize(
    ("kind", "good", "bad"),
    [
        (proto.is_int, [0, -1, 2**31 - 1], [True, 1.0, 2**31, "1", None]),
        (proto.is_number, [0, 0.5, -3, 10**30], [True, float("inf"), float("nan"), 10**400, 1e300, "0.5", None]),
        (proto.is_bool, [True, False], [0, "true"]),
        (proto.is_string, ["", "a"], [b"a", 1]),
        (proto.is_object, [{}], [[], "a"]),
        (proto.is_list, [[]], [{}, "a"]),
    ],
)
def test_kinds_are_told_apart(kind: Any, good: list[Any], bad: list[Any]) -> None:
    assert all(map(kind, good))
    assert not any(map(kind, bad))


@given(
    st.recursive(st.none() | st.booleans() | st.floats() | st.text(), st.lists) | st.dictionaries(st.text(), st.text())
)
def test_any_value_is_read_or_refused(value: Any) -> None:
    try:
        found = proto.read_object(value, "", KINDS)
    except PerspectiveError as error:
        assert error.code == 400
    else:
        assert found.keys() <= KINDS.keys()
