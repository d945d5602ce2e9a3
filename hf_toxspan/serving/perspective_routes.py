"""The routes of Perspective API: a client that can change its base URL needs no other change."""

from typing import TYPE_CHECKING, Any

from fastapi import FastAPI, Request, Response

from hf_toxspan.serving.discovery import SCHEMAS, discovery_document, root_of
from hf_toxspan.serving.errors import ApiError, bad_request
from hf_toxspan.serving.extract_schema import Refusal
from hf_toxspan.serving.jobs import Job
from hf_toxspan.serving.perspective import (
    TOXICITY,
    Evidence,
    answer_analysis,
    answer_suggestion,
    read_analysis,
)
from hf_toxspan.serving.perspective_errors import as_perspective, bad_key
from hf_toxspan.serving.replies import read_json_of, reply
from hf_toxspan.serving.routes import REFUSALS, json_body
from hf_toxspan.serving.service import Service

if TYPE_CHECKING:
    from hf_toxspan.modeling.extraction import Explanation
    from hf_toxspan.serving.model import ServedModel

_REFUSALS = {code: own for code, own in REFUSALS.items() if code != 401}


def add(app: FastAPI, service: Service) -> None:
    """Add the routes.

    Args:
        app: The application.
        service: What answers.
    """

    @app.post(
        "/v1alpha1/comments:analyze",
        summary="Score a comment as Perspective API does",
        responses=_REFUSALS,
        openapi_extra=_described("AnalyzeCommentRequest", "AnalyzeCommentResponse"),
        tags=["Perspective API"],
    )
    async def analyze(request: Request) -> Response:
        """Answer with `TOXICITY`, the probability of the model's toxic labels.

        With `spanAnnotations` the spans are the toxic characters; without, or where there are none, one is the whole
        text. Offsets are UTF-16 code units. Nothing is stored, `doNotStore` or not.
        """
        return reply(await _perspective(_analyze(request, service)))

    @app.post(
        "/v1alpha1/comments:suggestscore",
        summary="Take a suggested score as Perspective API does, and keep nothing of it",
        responses=_REFUSALS,
        openapi_extra=_described("SuggestCommentScoreRequest", "SuggestCommentScoreResponse"),
        tags=["Perspective API"],
    )
    async def suggestscore(request: Request) -> Response:
        """The suggestion is checked and thrown away: this service learns nothing from its callers."""
        return reply(await _perspective(_suggest(request, service)))

    @app.get(
        "/$discovery/rest",
        summary="The discovery document for Google's client libraries",
        responses={400: {"model": Refusal, "description": "The Host header is none."}},
        tags=["Perspective API"],
    )
    async def discovery(request: Request) -> Response:
        """Its `rootUrl` is the address that the client used, or the one that the service was told to name."""
        return reply(_discovery(request, service), headers={"Vary": "Host"})


async def _perspective(answer: Any) -> Any:
    """Wait for an answer; give its errors Perspective's details."""
    try:
        return await answer
    except ApiError as error:
        raise as_perspective(error) from None


async def _analyze(request: Request, service: Service) -> dict[str, Any]:
    _require_key(request, service)
    model = service.model
    attributes = {TOXICITY: None, **service.settings.attributes}
    asked = await read_json_of(request, service.settings)
    analysis = read_analysis(asked, attributes=tuple(attributes), supported=service.languages)
    [explanation] = await service.read([Job(analysis.comment.text)], request.receive)
    scores = {name: _score(model, explanation, attributes[name]) for name in analysis.thresholds}
    evidence = {}
    if analysis.span_annotations:
        spans = model.present(explanation, analysis.comment.text)["spans"]
        evidence[TOXICITY] = [Evidence(own["start"], own["end"], own["score"]) for own in spans]
    return answer_analysis(analysis, scores, evidence)


async def _suggest(request: Request, service: Service) -> dict[str, Any]:
    _require_key(request, service)
    return answer_suggestion(await read_json_of(request, service.settings))


def _discovery(request: Request, service: Service) -> dict[str, Any]:
    if request.query_params.get("version", "v1alpha1") != "v1alpha1":
        raise ApiError(404, "NOT_FOUND", "There is version=v1alpha1 alone.")
    root = service.settings.public_url or root_of(request.url.scheme, request.headers)
    if root is None:
        raise bad_request("The Host header is not a name or address with a port.")
    return discovery_document(root)


def _require_key(request: Request, service: Service) -> None:
    if not service.settings.keys.open(request.headers, request.query_params):
        raise bad_key()


def _score(model: "ServedModel", explanation: "Explanation", label: str | None) -> float:
    return explanation.toxicity if label is None else model.probability(explanation, label)


def _described(request: str, response: str) -> dict[str, Any]:
    """Return what OpenAPI says of a route: its objects are those of the discovery document, written out."""
    answer = {"description": "The answer.", "content": {"application/json": {"schema": _written_out(response)}}}
    return {**json_body(_written_out(request)), "responses": {"200": answer}}


def _written_out(name: str) -> dict[str, Any]:
    def resolve(schema: Any) -> Any:
        if not isinstance(schema, dict):
            return schema
        if "$ref" in schema:
            return _written_out(schema["$ref"])
        return {key: resolve(value) for key, value in schema.items()}

    return {"type": "object", "title": name, "properties": {key: resolve(own) for key, own in SCHEMAS[name].items()}}
