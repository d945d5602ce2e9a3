"""The discovery document."""

import json

import pytest

from hf_toxspan.serving.discovery import HOST, SCHEMAS, discovery_document, root_of


def test_the_document_names_its_own_address() -> None:
    for root in ("http://127.0.0.1:8000", "http://127.0.0.1:8000/"):
        document = discovery_document(root)
        assert document["rootUrl"] == document["baseUrl"] == "http://127.0.0.1:8000/"


def test_every_object_that_is_referred_to_is_there() -> None:
    document = json.dumps(discovery_document("http://a"))
    names = {part.split('"')[0] for part in document.split('"$ref": "')[1:]}
    assert names == set(SCHEMAS)


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1:8000", "[::1]:80", "a.example.org:443", "toxspan_api"])
def test_the_host_of_the_request_is_the_root(host: str) -> None:
    assert root_of("https", {"host": host}) == f"https://{host}"


@pytest.mark.parametrize(
    "host",
    [
        "", "a b", "a/b", "a@b", "a\r\nX: y", "a?b", "a#b", "a:b", "a:", ":80", "a\n", "-a", "[::1", "<a>", "a,b",
        "x" * 300, "ä.example", "a:123456",
    ],
)  # fmt: skip
def test_what_is_no_host_is_none(host: str) -> None:
    assert root_of("http", {"host": host}) is None
    assert not HOST.fullmatch(host)


def test_a_request_without_a_host_has_no_root() -> None:
    assert root_of("http", {}) is None
