"""Our own routes: texts in, spans out; health, metrics, documentation."""

from typing import Any

from fastapi import FastAPI, Request, Response

from hf_toxspan._version import __version__
from hf_toxspan.serving.docs_page import POLICY, docs_page
from hf_toxspan.serving.extract_schema import Extraction, Extractions, ExtractRequest, Refusal, in_utf16, read_request
from hf_toxspan.serving.jobs import Job
from hf_toxspan.serving.metrics import CONTENT_TYPE
from hf_toxspan.serving.replies import read_json_of, reply, require_key
from hf_toxspan.serving.service import Service, State

REFUSALS: dict[int | str, dict[str, Any]] = {
    400: {"model": Refusal, "description": "The request is wrong; the message says how."},
    401: {"model": Refusal, "description": "API key missing or not valid, where keys are set."},
    413: {"model": Refusal, "description": "The body is too long."},
    415: {"model": Refusal, "description": "The body is not said to be JSON."},
    429: {"model": Refusal, "description": "Too much waits already; Retry-After says when to try again."},
    503: {"model": Refusal, "description": "The model is being loaded, or the service is closing down."},
    504: {"model": Refusal, "description": "No answer in time."},
}


def json_body(schema: dict[str, Any]) -> dict[str, Any]:
    """Return what OpenAPI says of a route whose body is read by ourselves."""
    return {"requestBody": {"required": True, "content": {"application/json": {"schema": schema}}}}


def add(app: FastAPI, service: Service) -> None:
    """Add the routes.

    Args:
        app: The application.
        service: What answers.
    """
    add_extract(app, service)
    add_operations(app, service)

    @app.get("/docs", include_in_schema=False)
    async def docs() -> Response:
        page = docs_page(app.openapi()).encode()
        return Response(page, media_type="text/html", headers={"Content-Security-Policy": POLICY})


def add_extract(app: FastAPI, service: Service) -> None:
    """Add the route that finds toxic spans, and the one that describes the model."""

    @app.post(
        "/v1/extract",
        summary="Find the toxic characters of one text or several",
        response_model=Extraction | Extractions,
        responses=REFUSALS,
        openapi_extra=json_body(ExtractRequest.model_json_schema()),
        tags=["texts"],
    )
    async def extract(request: Request) -> Response:
        """Classify texts and quote the evidence: `text` gives one result, `texts` a list in `results`."""
        require_key(request, service.settings)
        model = service.model
        wanted = read_request(await read_json_of(request, service.settings), service.settings.limits)
        texts = wanted.all_texts
        explanations = await service.read([Job(text, wanted.explain_all) for text in texts], request.receive)
        options: dict[str, Any] = {"return_saliency": wanted.return_saliency, "max_spans": wanted.max_spans}
        results = [model.present(own, text, **options) for own, text in zip(explanations, texts, strict=True)]
        if wanted.offsets == "utf16":
            results = [in_utf16(own, text) for own, text in zip(results, texts, strict=True)]
        return reply(results[0] if wanted.texts is None else {"results": results})

    @app.get("/v1/model", summary="What the model is and what is allowed", responses=REFUSALS, tags=["texts"])
    async def describe(request: Request) -> Response:
        """Name, labels (with whether each is toxic), languages (none: it does not say) and the limits of a request."""
        require_key(request, service.settings)
        model, limits = service.model, service.settings.limits
        allowed = {"texts": limits.texts, "characters": limits.characters, "body_bytes": limits.body_bytes}
        told = {"model": model.name, "labels": model.labels.kinds, "languages": service.languages, "limits": allowed}
        return reply({**told, "hf_toxspan": __version__})


def add_operations(app: FastAPI, service: Service) -> None:
    """Add the routes for those who run the service."""

    @app.get("/healthz", summary="Whether the process lives", tags=["operations"])
    async def health() -> Response:
        """Always 200."""
        return reply({"status": "ok"})

    @app.get("/readyz", summary="Whether texts are taken", responses={503: REFUSALS[503]}, tags=["operations"])
    async def ready() -> Response:
        """200 if so; 503 while the model is loaded and while the service closes down."""
        return reply({"status": service.state.value}, code=200 if service.state is State.READY else 503)

    @app.get("/metrics", summary="Numbers for Prometheus", response_class=Response, tags=["operations"])
    async def metrics(request: Request) -> Response:
        """Requests by route and status, times, queue, batch sizes, texts by label. Needs the key where one is set."""
        require_key(request, service.settings)
        return Response(service.metrics.page(), headers={"Content-Type": CONTENT_TYPE})
