"""The discovery document: from it Google's client libraries learn where this service is and what it takes."""

import re
from collections.abc import Mapping
from typing import Any

HOST = re.compile(r"(?:[A-Za-z0-9](?:[A-Za-z0-9._-]{0,251}[A-Za-z0-9])?|\[[0-9A-Fa-f:.]{2,45}\])(?::[0-9]{1,5})?")
"""A name or an address, and a port: what a Host header may be."""

_STRING, _BOOL, _FLOAT = {"type": "string"}, {"type": "boolean"}, {"type": "number", "format": "float"}
_INT, _STRINGS = {"type": "integer", "format": "int32"}, {"type": "array", "items": {"type": "string"}}


def _ref(name: str) -> dict[str, Any]:
    return {"$ref": name}


def _map(name: str) -> dict[str, Any]:
    return {"type": "object", "additionalProperties": _ref(name)}


def _list(name: str) -> dict[str, Any]:
    return {"type": "array", "items": _ref(name)}


_COMMON = {
    "comment": _ref("TextEntry"),
    "context": _ref("Context"),
    "languages": _STRINGS,
    "clientToken": _STRING,
    "sessionId": _STRING,
    "communityId": _STRING,
}
SCHEMAS: dict[str, dict[str, Any]] = {
    "AnalyzeCommentRequest": {
        **_COMMON,
        "requestedAttributes": _map("AttributeParameters"),
        "spanAnnotations": _BOOL,
        "doNotStore": _BOOL,
    },
    "AnalyzeCommentResponse": {
        "attributeScores": _map("AttributeScores"),
        "languages": _STRINGS,
        "detectedLanguages": _STRINGS,
        "clientToken": _STRING,
    },
    "SuggestCommentScoreRequest": {**_COMMON, "attributeScores": _map("AttributeScores")},
    "SuggestCommentScoreResponse": {
        "requestedLanguages": _STRINGS,
        "detectedLanguages": _STRINGS,
        "clientToken": _STRING,
    },
    "TextEntry": {"text": _STRING, "type": _STRING},
    "Context": {"entries": _list("TextEntry"), "articleAndParentComment": _ref("ArticleAndParentComment")},
    "ArticleAndParentComment": {"article": _ref("TextEntry"), "parentComment": _ref("TextEntry")},
    "AttributeParameters": {"scoreType": _STRING, "scoreThreshold": _FLOAT},
    "AttributeScores": {"spanScores": _list("SpanScore"), "summaryScore": _ref("Score")},
    "SpanScore": {"begin": _INT, "end": _INT, "score": _ref("Score")},
    "Score": {"value": _FLOAT, "type": _STRING},
}
"""The objects of requests and answers, by their names."""


def discovery_document(root: str) -> dict[str, Any]:
    """Return the discovery document of the service at an address.

    Args:
        root: Its address without a path, such as ``http://127.0.0.1:8000``.

    Returns:
        JSON.
    """
    url = f"{root.rstrip('/')}/"
    methods = {
        "analyze": _method("analyze", "AnalyzeComment", "Scores a comment."),
        "suggestscore": _method("suggestscore", "SuggestCommentScore", "Takes a suggestion, and keeps nothing of it."),
    }
    return {
        "kind": "discovery#restDescription",
        "discoveryVersion": "v1",
        "id": "commentanalyzer:v1alpha1",
        "name": "commentanalyzer",
        "canonicalName": "Comment Analyzer",
        "version": "v1alpha1",
        "revision": "20200426",
        "title": "Perspective Comment Analyzer API, as hf_toxspan answers it",
        "description": "Toxicity of a comment and the characters that made it toxic.",
        "protocol": "rest",
        "rootUrl": url,
        "servicePath": "",
        "baseUrl": url,
        "basePath": "",
        "batchPath": "batch",
        "parameters": {
            "key": {"type": "string", "location": "query", "description": "API key."},
            "alt": {"type": "string", "location": "query", "default": "json", "enum": ["json"]},
        },
        "schemas": {name: {"id": name, "type": "object", "properties": own} for name, own in SCHEMAS.items()},
        "resources": {"comments": {"methods": methods}},
    }


def root_of(scheme: str, headers: Mapping[str, str]) -> str | None:
    """Return the address under which a client reached the service.

    Args:
        scheme: ``http`` or ``https``.
        headers: Of the request.

    Returns:
        The address; None where the Host header is missing or none.
    """
    host = headers.get("host", "")
    return f"{scheme}://{host}" if HOST.fullmatch(host) else None


def _method(name: str, schema: str, description: str) -> dict[str, Any]:
    path = f"v1alpha1/comments:{name}"
    return {
        "id": f"commentanalyzer.comments.{name}",
        "path": path,
        "flatPath": path,
        "httpMethod": "POST",
        "description": description,
        "parameterOrder": [],
        "parameters": {},
        "request": _ref(f"{schema}Request"),
        "response": _ref(f"{schema}Response"),
    }
