"""Errors that a client is told about, all of one shape: that of Google's APIs."""

from collections.abc import Mapping, Sequence
from typing import Any


class ApiError(Exception):
    """A request that can't be answered.

    Args:
        code: HTTP status.
        status: Its name in the error's body, such as ``INVALID_ARGUMENT``.
        message: What is wrong and what was expected; never the text under judgement.
        details: Objects for programs, each with ``@type``.
        headers: Headers of the answer.
    """

    def __init__(
        self,
        code: int,
        status: str,
        message: str,
        *,
        details: Sequence[Mapping[str, Any]] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.code = code
        self.status = status
        self.message = message
        self.details = list(details)
        self.headers = dict(headers or {})

    def body(self) -> dict[str, Any]:
        """Return the JSON of the answer."""
        error: dict[str, Any] = {"code": self.code, "message": self.message, "status": self.status}
        return {"error": {**error, "details": self.details} if self.details else error}


def bad_request(message: str) -> ApiError:
    """Return the error of a request that is wrong in itself."""
    return ApiError(400, "INVALID_ARGUMENT", message)


def unavailable(message: str, *, retry_after: int = 1) -> ApiError:
    """Return the error of a server that does not answer now."""
    return ApiError(503, "UNAVAILABLE", message, headers={"Retry-After": str(retry_after)})
