"""Answers in JSON, and the steps that each route begins with."""

from typing import Any

from fastapi import Request, Response

from hf_toxspan.serving.body_reading import CLOSE, read_body
from hf_toxspan.serving.errors import ApiError
from hf_toxspan.serving.json_body import read_json, write_json
from hf_toxspan.serving.settings import Settings


def reply(value: Any, *, code: int = 200, headers: dict[str, str] | None = None) -> Response:
    """Return an answer in JSON."""
    return Response(write_json(value), code, headers, media_type="application/json")


def problem(error: ApiError) -> Response:
    """Return the answer of a request that went wrong."""
    return reply(error.body(), code=error.code, headers=error.headers)


def require_key(request: Request, settings: Settings) -> None:
    """Refuse a request without a valid key, where keys are set.

    Args:
        request: The request.
        settings: With the keys.

    Raises:
        ApiError: 401.
    """
    if not settings.keys.open(request.headers, request.query_params):
        message = "API key missing or not valid; send it as Authorization: Bearer KEY or X-Api-Key: KEY."
        raise ApiError(401, "UNAUTHENTICATED", message, headers={"WWW-Authenticate": "Bearer", **CLOSE})


async def read_json_of(request: Request, settings: Settings) -> Any:
    """Read a request's body as strict JSON.

    Args:
        request: The request.
        settings: With the limits.

    Returns:
        JSON.

    Raises:
        ApiError: If it is said to be something else, is too long or too slow, or no JSON.
    """
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/json" and not kind.endswith("+json"):
        raise ApiError(
            415, "UNSUPPORTED_MEDIA_TYPE", "Expected the header Content-Type: application/json.", headers=CLOSE
        )
    if request.headers.get("content-encoding", "identity").lower() != "identity":
        raise ApiError(415, "UNSUPPORTED_MEDIA_TYPE", "Expected a body without Content-Encoding.", headers=CLOSE)
    limits = settings.limits
    body = await read_body(request.headers, request.receive, limit=limits.body_bytes, timeout=limits.body_seconds)
    return read_json(body)
