"""Perspective's errors, word for word: clients match on them."""

import pytest

from hf_toxspan.serving import perspective_errors as errors
from hf_toxspan.serving.errors import ApiError, bad_request


@pytest.mark.parametrize(
    ("error", "message", "kind"),
    [
        (errors.comment_empty(), "Comment must be non-empty.", "COMMENT_EMPTY"),
        (errors.comment_too_long(), "Comment text too long.", "COMMENT_TOO_LONG"),
        (errors.no_attributes(), "Missing requested_attributes", "NO_REQUESTED_ATTRIBUTES"),
        (errors.unknown_attribute("FUN"), "Unknown requested attribute: FUN", "INVALID_REQUEST"),
        (
            errors.score_type_unsupported("RAW", "TOXICITY"),
            "Requested score type RAW is not supported by attribute TOXICITY",
            "INVALID_REQUEST",
        ),
        (errors.not_plain_text(), "Currently, only 'PLAIN_TEXT' comments are supported", "INVALID_REQUEST"),
        (errors.unknown_text_type(), "Unknown text type", "INVALID_REQUEST"),
    ],
)
def test_messages_and_types_are_perspective_s(error: ApiError, message: str, kind: str) -> None:
    assert error.body() == {
        "error": {
            "code": 400,
            "message": message,
            "status": "INVALID_ARGUMENT",
            "details": [
                {"@type": "type.googleapis.com/google.commentanalyzer.v1alpha1.Error", "errorType": kind},
            ],
        }
    }


def test_a_detected_language_that_is_not_supported_is_named() -> None:
    error = errors.language_unsupported("TOXICITY", ["und"], requested=(), detected=("und",))
    assert error.message == "Attribute TOXICITY does not support request languages: und"
    assert error.details[0]["errorType"] == "LANGUAGE_NOT_SUPPORTED_BY_ATTRIBUTE"
    assert error.details[0]["languageNotSupportedByAttributeError"] == {
        "attribute": "TOXICITY",
        "detectedLanguages": ["und"],
    }


def test_languages_that_the_caller_gave_are_told_as_given() -> None:
    error = errors.language_unsupported("TOXICITY", ["de", "fr"], requested=("en", "de", "fr"), detected=())
    assert error.message.endswith("request languages: de, fr")
    assert error.details[0]["languageNotSupportedByAttributeError"] == {
        "attribute": "TOXICITY",
        "requestedLanguages": ["en", "de", "fr"],
    }


def test_a_plain_bad_request_gets_the_detail_and_others_stay() -> None:
    full = ApiError(429, "RESOURCE_EXHAUSTED", "Full.")
    assert errors.as_perspective(bad_request("No.")).details[0]["errorType"] == "INVALID_REQUEST"
    assert errors.as_perspective(full) is full
    assert errors.as_perspective(errors.comment_empty()).details[0]["errorType"] == "COMMENT_EMPTY"


def test_a_bad_key_is_told_as_google_tells_it() -> None:
    error = errors.bad_key()
    assert (error.code, error.message) == (400, "API key not valid. Please pass a valid API key.")
    assert error.details[0]["reason"] == "API_KEY_INVALID"


def test_two_contexts_are_told() -> None:
    assert "context can have entries or article_and_parent_comment" in errors.two_contexts().message.lower()
