"""The documentation page: complete, without scripts, without any other server."""

import re
from html.parser import HTMLParser

from hf_toxspan.serving.docs_page import POLICY, docs_page
from tests.serving.conftest import Start


class Page(HTMLParser):
    """The tags and links of a page."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.links: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.links += [value or "" for name, value in attrs if name in ("src", "href", "action")]


def test_the_page_shows_every_route_and_loads_nothing(start: Start) -> None:
    answer = start(wait=False).get("/docs")
    page = Page(answer.text)
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert answer.headers["content-security-policy"] == POLICY
    assert "script" not in page.tags
    assert page.links == ["openapi.json"]
    for route in ("/v1/extract", "/v1alpha1/comments:analyze", "/$discovery/rest", "/healthz", "/metrics"):
        assert f"<code>{route}</code>" in answer.text
    for field in ("explain_all", "spanAnnotations", "toxicity", "code_points"):
        assert field in answer.text


def test_the_policy_allows_the_style_of_the_page_alone() -> None:
    assert re.match(r"default-src 'none'; style-src 'sha256-[A-Za-z0-9+/=]+'; ", POLICY)
    assert "unsafe" not in POLICY


def test_what_the_document_says_can_not_become_html() -> None:
    bad = "<script>alert(1)</script>"
    field = {"description": bad, "type": bad, "title": bad}
    content = {"application/json": {"schema": {"properties": {bad: field}, "title": bad, "examples": [{"a": bad}]}}}
    operation = {
        "summary": bad,
        "description": bad,
        "requestBody": {"content": content},
        "responses": {"200": {"description": bad, "content": content}},
    }
    page = docs_page({"info": {"title": bad, "version": bad, "description": bad}, "paths": {bad: {"get": operation}}})
    assert "script" not in Page(page).tags
