"""The one shape of errors."""

from hf_toxspan.serving.errors import ApiError, bad_request, unavailable


def test_an_error_looks_as_google_s_do() -> None:
    detail = {"@type": "x", "reason": "y"}
    assert ApiError(429, "RESOURCE_EXHAUSTED", "Full.", details=[detail]).body() == {
        "error": {"code": 429, "message": "Full.", "status": "RESOURCE_EXHAUSTED", "details": [detail]}
    }


def test_without_details_there_are_none() -> None:
    assert bad_request("No.").body() == {"error": {"code": 400, "message": "No.", "status": "INVALID_ARGUMENT"}}


def test_who_is_turned_away_learns_when_to_come_back() -> None:
    error = unavailable("Not now.", retry_after=3)
    assert (error.code, error.headers) == (503, {"Retry-After": "3"})
