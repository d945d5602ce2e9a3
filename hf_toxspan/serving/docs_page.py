"""The documentation page: plain HTML made from the OpenAPI document, without scripts and without any other server."""

import base64
import hashlib
import json
from collections.abc import Iterator, Mapping
from html import escape
from typing import Any

STYLE = """
:root{color-scheme:light dark}body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}
h2{margin:2.5rem 0 .5rem;border-bottom:1px solid #8886}code,pre{font:14px/1.5 ui-monospace,monospace}
pre{background:#8882;padding:.75rem;overflow:auto;border-radius:.4rem}table{border-collapse:collapse;width:100%}
td,th{text-align:left;vertical-align:top;padding:.3rem .6rem;border-bottom:1px solid #8884}b.m{margin-right:.6rem}
summary{cursor:pointer}
"""
POLICY = (
    f"default-src 'none'; style-src 'sha256-{base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()}'; "
    "frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
)
"""Content-Security-Policy: this style, and nothing else."""


def docs_page(openapi: Mapping[str, Any]) -> str:
    """Return the page.

    Args:
        openapi: The OpenAPI document.

    Returns:
        HTML.
    """
    info = openapi["info"]
    parts = [
        '<!doctype html><html lang="en"><head><meta charset="utf-8">',
        '<meta name="viewport" content="width=device-width,initial-scale=1">',
        f"<title>{escape(info['title'])}</title><style>{STYLE}</style></head><body>",
        f"<h1>{escape(info['title'])} {escape(info['version'])}</h1>",
        *(f"<p>{escape(part)}</p>" for part in info["description"].split("\n\n")),
        '<p>For programs: <a href="openapi.json">openapi.json</a>.</p>',
    ]
    for path, methods in openapi["paths"].items():
        for method, operation in methods.items():
            parts += _operation(path, method, operation, openapi)
    return "\n".join([*parts, "</body></html>"])


def _operation(path: str, method: str, operation: Mapping[str, Any], openapi: Mapping[str, Any]) -> Iterator[str]:
    yield f'<h2><b class="m">{method.upper()}</b><code>{escape(path)}</code></h2>'
    yield f"<p>{escape(operation.get('summary', ''))}. {escape(' '.join(operation.get('description', '').split()))}</p>"
    body = operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema")
    if body:
        yield from _fields("Request", body, openapi)
        for example in body.get("examples", ()):
            sent = json.dumps(example, ensure_ascii=False)
            yield f"<pre>curl -H 'Content-Type: application/json' -d '{escape(sent)}' ADDRESS{escape(path)}</pre>"
    for code, response in sorted(operation.get("responses", {}).items()):
        schema = response.get("content", {}).get("application/json", {}).get("schema", {})
        yield from _fields(f"{code}: {response.get('description', '')}", schema, openapi)


def _fields(title: str, schema: Mapping[str, Any], openapi: Mapping[str, Any]) -> Iterator[str]:
    """Show the fields of an object, of each where there are several forms."""
    yield (
        f"<details open><summary>{escape(title)}</summary>"
        if title == "Request"
        else (f"<details><summary>{escape(title)}</summary>")
    )
    forms = schema.get("anyOf") or [schema]
    for form in (_resolved(own, openapi) for own in forms):
        rows = [
            f"<tr><td><code>{escape(name)}</code></td><td>{escape(_kind(own))}</td>"
            f"<td>{escape(own.get('description', ''))}</td></tr>"
            for name, own in form.get("properties", {}).items()
        ]
        if rows:
            yield f"<p>{escape(form.get('title', ''))}</p>"
            yield f"<table><tr><th>field<th>kind<th>meaning{''.join(rows)}</table>"
    yield "</details>"


def _resolved(schema: Mapping[str, Any], openapi: Mapping[str, Any]) -> Mapping[str, Any]:
    if "$ref" not in schema:
        return schema
    found: Mapping[str, Any] = openapi["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    return found


def _kind(schema: Mapping[str, Any]) -> str:
    """Say in a few words what a field holds."""
    if "anyOf" in schema:
        return " or ".join(_kind(own) for own in schema["anyOf"])
    if "$ref" in schema:
        return str(schema["$ref"].rpartition("/")[2])
    if "enum" in schema:
        return " or ".join(json.dumps(own) for own in schema["enum"])
    kind = str(schema.get("title") if schema.get("type") == "object" and "properties" in schema else schema.get("type"))
    if kind == "array":
        return f"list of {_kind(schema.get('items', {}))}"
    return f"map to {_kind(schema['additionalProperties'])}" if "additionalProperties" in schema else kind
