"""The errors of Perspective API, word for word: its clients match on them.

Source: the documentation of Comment Analyzer v1alpha1 (limits and errors) and error bodies in public client fixtures.
"""

from collections.abc import Sequence
from typing import Any

from hf_toxspan.serving.errors import ApiError

ERROR = "type.googleapis.com/google.commentanalyzer.v1alpha1.Error"
ERROR_INFO = "type.googleapis.com/google.rpc.ErrorInfo"


class PerspectiveError(ApiError):
    """A request that Perspective API would refuse, too.

    Args:
        message: What is wrong.
        error_type: One of Perspective's.
        **more: What else the detail has, such as ``languageNotSupportedByAttributeError``.
    """

    def __init__(self, message: str, error_type: str = "INVALID_REQUEST", **more: Any) -> None:
        super().__init__(400, "INVALID_ARGUMENT", message, details=[{"@type": ERROR, "errorType": error_type, **more}])


def as_perspective(error: ApiError) -> ApiError:
    """Give a bad request without details Perspective's detail; any other error has its shape already.

    Args:
        error: What went wrong.

    Returns:
        The error to answer.
    """
    return PerspectiveError(error.message) if error.code == 400 and not error.details else error


def comment_empty() -> PerspectiveError:
    """Return the error of a comment without text."""
    return PerspectiveError("Comment must be non-empty.", "COMMENT_EMPTY")


def comment_too_long() -> PerspectiveError:
    """Return the error of a comment of more than 20 KB."""
    return PerspectiveError("Comment text too long.", "COMMENT_TOO_LONG")


def no_attributes() -> PerspectiveError:
    """Return the error of a request that asks for nothing."""
    return PerspectiveError("Missing requested_attributes", "NO_REQUESTED_ATTRIBUTES")


def unknown_attribute(name: str) -> PerspectiveError:
    """Return the error of an attribute that there is not."""
    return PerspectiveError(f"Unknown requested attribute: {name}")


def score_type_unsupported(score_type: str, attribute: str) -> PerspectiveError:
    """Return the error of a score that is no probability."""
    return PerspectiveError(f"Requested score type {score_type} is not supported by attribute {attribute}")


def language_unsupported(
    attribute: str, languages: Sequence[str], *, requested: Sequence[str], detected: Sequence[str]
) -> PerspectiveError:
    """Return the error of a language that the model was not made for.

    Args:
        attribute: The attribute.
        languages: Those that are not supported.
        requested: What the caller said; empty where it was detected.
        detected: What was detected; empty where the caller said it.

    Returns:
        The error.
    """
    detail: dict[str, Any] = {"attribute": attribute}
    detail |= {"requestedLanguages": list(requested)} if requested else {"detectedLanguages": list(detected)}
    return PerspectiveError(
        f"Attribute {attribute} does not support request languages: {', '.join(languages)}",
        "LANGUAGE_NOT_SUPPORTED_BY_ATTRIBUTE",
        languageNotSupportedByAttributeError=detail,
    )


def not_plain_text() -> PerspectiveError:
    """Return the error of a comment in HTML."""
    return PerspectiveError("Currently, only 'PLAIN_TEXT' comments are supported")


def unknown_text_type() -> PerspectiveError:
    """Return the error of a comment of a kind that there is not."""
    return PerspectiveError("Unknown text type")


def two_contexts() -> PerspectiveError:
    """Return the error of a context in two forms."""
    return PerspectiveError("Context can have entries or article_and_parent_comment, but both were populated")


def bad_key() -> ApiError:
    """Return the error of a missing or wrong API key."""
    info = {"@type": ERROR_INFO, "reason": "API_KEY_INVALID", "domain": "googleapis.com"}
    info |= {"metadata": {"service": "commentanalyzer.googleapis.com"}}  # type: ignore[dict-item]
    message = "API key not valid. Please pass a valid API key."
    return ApiError(400, "INVALID_ARGUMENT", message, details=[info])
