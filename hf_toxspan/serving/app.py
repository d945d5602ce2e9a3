"""The HTTP application: routes, who may call them, and how errors look."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import urlsplit

from fastapi import FastAPI, Request, Response
from starlette.exceptions import HTTPException
from starlette.middleware.cors import CORSMiddleware

from hf_toxspan._version import __version__
from hf_toxspan.serving import perspective_routes, routes
from hf_toxspan.serving.body_reading import CLOSE, Receive
from hf_toxspan.serving.discovery import HOST
from hf_toxspan.serving.errors import ApiError, bad_request
from hf_toxspan.serving.guard import REQUEST_ID, App, Guard, Scope, Send, internal
from hf_toxspan.serving.replies import problem
from hf_toxspan.serving.service import Service

DESCRIPTION = """Explainable toxicity detection: a label, a score, and the exact characters that made a text toxic.

Texts are neither stored nor logged. Errors are `{"error": {"code", "message", "status"}}`."""

REFUSED = {
    404: ("NOT_FOUND", "There is nothing here; GET /docs says what there is."),
    405: ("METHOD_NOT_ALLOWED", "This route has other methods; GET /docs says which."),
}
"""What the framework refuses, in our words."""


def create_app(service: Service) -> App:
    """Build the application of a service; its lifespan loads the model and finishes what was accepted.

    Args:
        service: The service.

    Returns:
        ASGI.
    """

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        await service.start()
        try:
            yield
        finally:
            await service.stop()

    app = FastAPI(
        title="hf_toxspan",
        version=__version__,
        description=DESCRIPTION,
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
    )
    routes.add(app, service)
    perspective_routes.add(app, service)
    app.add_exception_handler(ApiError, _api_error)
    app.add_exception_handler(HTTPException, _http_error)
    app.add_exception_handler(Exception, _unexpected)
    inner: App = app
    if service.settings.allow_origins:
        inner = CORSMiddleware(
            app,
            allow_origins=service.settings.allow_origins,
            allow_methods=("GET", "POST"),
            allow_headers=("content-type", "authorization", "x-api-key"),
        )
    return Guard(KnownHosts(inner, service.settings.allowed_hosts), service.metrics)


class KnownHosts:
    """Refuses a Host header that is none, or names a host that this service is not.

    On loopback this keeps a web page from talking to the service under a name of its own (DNS rebinding).

    Args:
        app: ASGI.
        allowed: Names that are answered; none: any.
    """

    def __init__(self, app: App, allowed: frozenset[str]) -> None:
        self.app = app
        self.allowed = allowed

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or refuse it."""
        if scope["type"] == "http":
            hosts = [value.decode("latin-1") for name, value in scope["headers"] if name == b"host"]
            if (refusal := _refusal(hosts, self.allowed)) is not None:
                await problem(refusal)(scope, receive, send)
                return
        await self.app(scope, receive, send)


def _refusal(hosts: list[str], allowed: frozenset[str]) -> ApiError | None:
    if len(hosts) > 1 or any(not HOST.fullmatch(host) for host in hosts):
        return bad_request("The Host header is not a name or address with a port.")
    if allowed and not all(host_name(host) in allowed for host in hosts):
        return bad_request(
            "This service does not go by the name in the Host header; whoever runs it can add it (--allow-host)."
        )
    return None


def host_name(host: str) -> str:
    """Return the name in a Host header, in lower case and without port or brackets.

    Args:
        host: A header that `HOST` matches.

    Returns:
        The name.
    """
    return (urlsplit(f"//{host}").hostname or "").lower()


async def _api_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, ApiError)
    return problem(error)


async def _unexpected(request: Request, error: Exception) -> Response:
    """Answer; the framework raises the error again, and the guard logs it."""
    return problem(internal(request.scope[REQUEST_ID]))


async def _http_error(request: Request, error: Exception) -> Response:
    """Give what the framework refuses (no such route, no such method) our shape."""
    assert isinstance(error, HTTPException)
    headers: Mapping[str, Any] = {**(error.headers or {}), **CLOSE}
    status, message = REFUSED.get(error.status_code, ("INVALID_ARGUMENT", "Bad request."))
    return problem(ApiError(error.status_code, status, message, headers=headers))
