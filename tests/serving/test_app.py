"""The application as a whole: headers, hosts, methods, origins."""

import socket

import pytest

from hf_toxspan.serving.app import host_name
from hf_toxspan.serving.settings import LOOPBACK, Settings
from tests.serving.conftest import Running, Start

SAFE = {
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "cache-control": "no-store",
}


def raw(server: Running, request: bytes) -> bytes:
    """Send bytes as they are, and return all that comes back until the server hangs up."""
    with socket.create_connection(("127.0.0.1", server.port), timeout=20) as connection:
        connection.sendall(request)
        connection.shutdown(socket.SHUT_WR)
        answer = b""
        while chunk := connection.recv(65_536):
            answer += chunk
        return answer


def test_every_answer_has_safe_headers_and_none_says_what_runs_here(start: Start) -> None:
    server = start()
    for answer in (
        server.extract(text="a"),
        server.extract(),
        server.get("/healthz"),
        server.get("/nothing"),
        server.get("/healthz", headers={"host": "a/b"}),
    ):
        assert SAFE.items() <= dict(answer.headers).items()
        assert answer.headers["content-security-policy"] == "default-src 'none'; frame-ancestors 'none'"
        assert len(answer.headers["x-request-id"]) == 16
        assert "server" not in answer.headers
        assert answer.headers["content-type"] == "application/json"


def test_what_is_not_there_is_told_in_json(start: Start) -> None:
    server = start(wait=False)
    assert server.get("/nothing").json()["error"]["status"] == "NOT_FOUND"
    assert server.get("/v1/extract").json()["error"]["status"] == "METHOD_NOT_ALLOWED"
    assert server.get("/%2e%2e/%2e%2e/etc/passwd").status_code == 404
    assert server.post("/v1alpha1/comments%3Aanalyze", {}).status_code != 404  # some clients escape the colon


def test_on_loopback_other_names_are_refused(start: Start) -> None:
    server = start(Settings(allowed_hosts=LOOPBACK | {"toxspan.example"}))
    for host in ("localhost:1", "127.0.0.1", "[::1]:8000", "TOXSPAN.example:443"):
        assert server.get("/healthz", headers={"host": host}).status_code == 200
    for host in ("evil.example", "127.0.0.1.evil.example", "localhost.", "", "a b", "localhost@evil.example"):
        refused = server.get("/healthz", headers={"host": host})
        assert refused.status_code == 400
        assert "evil" not in refused.text


def test_two_hosts_are_one_too_many(start: Start) -> None:
    request = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nHost: evil\r\nConnection: close\r\n\r\n"
    assert b" 400 " in raw(start(wait=False), request).split(b"\r\n")[0]


@pytest.mark.parametrize(
    "request_",
    [
        b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nX: a\x00b\r\n\r\n",
        b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nX " + b"a" * 100_000 + b"\r\n\r\n",
        b"POST /v1/extract HTTP/1.1\r\nHost: localhost\r\nContent-Length: 3\r\nContent-Length: 5\r\n\r\nabcde",
        b"POST /v1/extract HTTP/1.1\r\nHost: localhost\r\nContent-Length: -1\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    ],
)
def test_what_is_no_http_ends_the_connection_and_nothing_else(start: Start, request_: bytes) -> None:
    server = start(wait=False)
    answer = raw(server, request_)
    assert not answer or b" 400 " in answer.split(b"\r\n")[0]
    assert server.get("/healthz").status_code == 200


def test_no_page_may_call_unless_its_origin_is_allowed(start: Start) -> None:
    origin = {"origin": "https://forum.example"}
    closed, opened = start(wait=False), start(Settings(allow_origins=("https://forum.example",)), wait=False)
    assert "access-control-allow-origin" not in closed.get("/healthz", headers=origin).headers
    assert opened.get("/healthz", headers=origin).headers["access-control-allow-origin"] == "https://forum.example"
    other = opened.get("/healthz", headers={"origin": "https://evil.example"})
    assert "access-control-allow-origin" not in other.headers


@pytest.mark.parametrize(
    ("host", "name"), [("LOCALHOST:80", "localhost"), ("[::1]:80", "::1"), ("[::1]", "::1"), ("a.b", "a.b")]
)
def test_a_host_has_a_name(host: str, name: str) -> None:
    assert host_name(host) == name
