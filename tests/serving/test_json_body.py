"""Strict JSON from strangers."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hf_toxspan.serving.errors import ApiError
from hf_toxspan.serving.json_body import read_json, shown, write_json

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**60), 2**60) | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
)  # fmt: skip


@given(VALUES, st.booleans())
def test_what_is_written_is_read_again_escaped_or_not(value: Any, escaped: bool) -> None:
    assert read_json(json.dumps(value, ensure_ascii=escaped).encode()) == value
    assert read_json(write_json(value)) == value


@given(st.binary(max_size=60))
def test_any_bytes_are_json_or_a_clear_error(body: bytes) -> None:
    try:
        write_json(read_json(body))
    except ApiError as error:
        assert error.code == 400
        assert error.message.startswith("Invalid JSON payload received.")


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "Expecting value"),
        (b"{", "Expecting property name"),
        (b'{"a": 1} {"a": 2}', "Extra data"),
        (b'{"text": "a", "text": "b"}', 'The name "text" stands twice'),
        (b'[{"b": {"a": 1, "a": 1}}]', 'The name "a" stands twice'),
        (b'{"a": NaN}', "NaN is not JSON"),
        (b"[-Infinity]", "-Infinity is not JSON"),
        (b"[1e999]", "out of range"),
        (b"[" + b"9" * 5000 + b"]", "too long"),
        (b'"\xff"', "Byte 1 is not UTF-8"),
        (b'"\xed\xa0\x80"', "not UTF-8"),
        ('"a"'.encode("utf-16"), "not UTF-8"),
        (b"[" * 100_000, "nested too deeply"),
        (b'{"a":' * 100_000, "nested too deeply"),
        (b'"a\nb"', "Invalid control character"),
    ],
)
def test_what_is_not_strict_json_is_refused(body: bytes, reason: str) -> None:
    with pytest.raises(ApiError, match=reason) as refused:
        read_json(body)
    assert refused.value.code == 400


def test_the_error_does_not_hold_the_text() -> None:
    with pytest.raises(ApiError) as refused:
        read_json(b'{"text": "you fool}')
    assert "fool" not in refused.value.message
    assert refused.value.__cause__ is None


def test_a_lone_surrogate_is_read_as_one_replacement_character() -> None:
    assert read_json(rb'{"\ud800": ["a\ud83d", {"b": "\udc00c"}]}') == {"�": ["a�", {"b": "�c"}]}


def test_a_pair_of_surrogates_is_a_character() -> None:
    assert read_json(rb'"\ud83d\ude00"') == "😀"


def test_a_byte_order_mark_is_passed_over() -> None:
    assert read_json(b"\xef\xbb\xbf[1]") == [1]


def test_a_shown_name_is_short_and_printable() -> None:
    assert shown("a\r\nb\u202e") == '"a\\r\\nb\\u202e"'
    assert len(shown("x" * 1000)) < 50
