"""``POST /v1/extract``: requests checked, offsets in UTF-16."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hf_toxspan.serving.errors import ApiError
from hf_toxspan.serving.extract_schema import ExtractRequest, in_utf16, read_request
from hf_toxspan.serving.settings import Limits

LIMITS = Limits(texts=3, characters=10)


def refused(request: Any) -> ApiError:
    with pytest.raises(ApiError) as caught:
        read_request(request, LIMITS)
    assert caught.value.code == 400
    return caught.value


def test_one_text_or_several_are_read() -> None:
    assert read_request({"text": "a"}, LIMITS).all_texts == ["a"]
    assert read_request({"texts": ["a", ""]}, LIMITS).all_texts == ["a", ""]
    assert read_request({"texts": []}, LIMITS).all_texts == []


@pytest.mark.parametrize(
    ("request_", "message"),
    [
        ([], "Expected a JSON object"),
        ("fool", "Expected a JSON object"),
        (None, "Expected a JSON object"),
        ({}, "expected either text or texts"),
        ({"text": "a", "texts": ["b"]}, "expected either text or texts"),
        ({"text": None, "texts": None}, "expected either text or texts"),
        ({"text": 5}, "text: Input should be a valid string"),
        ({"texts": "fool"}, "texts: Input should be a valid list"),
        ({"texts": ["a", 5]}, r"texts[1] is no text"),
        ({"texts": [5] * 4}, "texts has 4 entries; expected at most 3"),
        ({"text": "x" * 11}, "text has 11 characters; expected at most 10"),
        ({"texts": ["x", "x" * 11]}, "texts[1] has 11 characters"),
        ({"text": "a", "max_spans": -1}, "max_spans"),
        ({"text": "a", "max_spans": 1.5}, "max_spans"),
        ({"text": "a", "explain_all": 1}, "explain_all"),
        ({"text": "a", "offsets": "bytes"}, "offsets: Input should be 'code_points' or 'utf16'"),
        ({"text": "a", "colour": 1}, 'Unknown field "colour"'),
        ({"text": "a", "c\r\nd": 1}, r'Unknown field "c\r\nd"'),
    ],
)
def test_what_is_wrong_is_named(request_: Any, message: str) -> None:
    assert message in refused(request_).message


def test_an_error_does_not_quote_what_was_sent() -> None:
    assert "fool" not in refused({"text": ["you fool"]}).message
    assert "fool" not in refused({"text": "a", "offsets": "fool"}).message


VALUES = st.none() | st.integers() | st.booleans() | st.text() | st.lists(st.text() | st.integers())


@given(st.dictionaries(st.sampled_from(list(ExtractRequest.model_fields)), VALUES))
def test_any_object_is_read_or_refused(request_: dict[str, Any]) -> None:
    try:
        texts = read_request(request_, LIMITS).all_texts
    except ApiError as error:
        assert error.code == 400
    else:
        assert all(isinstance(text, str) for text in texts)


def test_offsets_and_saliency_are_given_in_utf16() -> None:
    result = {"spans": [{"start": 2, "end": 3, "text": "蠢"}], "saliency": [0.1, 0.0, 1.0]}
    assert in_utf16(result, "😀 蠢") == {
        "spans": [{"start": 3, "end": 4, "text": "蠢"}],
        "saliency": [0.1, 0.1, 0.0, 1.0],
    }
    assert in_utf16({"spans": [], "saliency": None}, "😀") == {"spans": [], "saliency": None}
    assert in_utf16(result, "a 蠢") is result
