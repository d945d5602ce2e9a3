"""Running: slow clients cut off, signals, a real process that ends in good order."""

import os
import signal
import socket
import subprocess
import sys
import textwrap
import time
from pathlib import Path
from typing import Any

import httpx
import pytest
from transformers import BertForSequenceClassification, PreTrainedTokenizerFast

from hf_toxspan.serving.runner import hosts_of, is_loopback, run_service
from hf_toxspan.serving.settings import LOOPBACK, Limits, Settings
from tests.serving.conftest import Start, wait_for

HEAD = b"POST /v1/extract HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"


def ends(connection: socket.socket) -> bool:
    """Wait until the other side hangs up."""
    try:
        while connection.recv(4096):
            pass
    except ConnectionError:
        pass
    return True


def test_a_head_that_never_ends_is_cut_off(start: Start) -> None:
    server = start(Settings(limits=Limits(header_seconds=0.5)), wait=False)
    with socket.create_connection(("127.0.0.1", server.port), timeout=20) as first:
        first.sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nX-Slow: ")
        assert ends(first)
    with socket.create_connection(("127.0.0.1", server.port), timeout=20) as second:
        second.sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert b"200 OK" in second.recv(4096)
        second.sendall(b"GET /healthz HTTP/1.1\r\n")
        assert ends(second)


def test_a_body_that_never_ends_is_answered_408(start: Start) -> None:
    server = start(Settings(limits=Limits(body_seconds=0.2)))
    with socket.create_connection(("127.0.0.1", server.port), timeout=20) as connection:
        connection.sendall(HEAD % 9 + b"{")
        assert b"408" in connection.recv(4096)
        assert ends(connection)


def test_more_connections_than_allowed_are_turned_away(start: Start) -> None:
    server = start(Settings(limits=Limits(connections=3)), wait=False)
    idle = [socket.create_connection(("127.0.0.1", server.port)) for _ in range(3)]
    try:
        wait_for(lambda: server.get("/healthz").status_code == 503)
    finally:
        for connection in idle:
            connection.close()
    wait_for(lambda: server.get("/healthz").status_code == 200)


@pytest.mark.parametrize(
    ("host", "loopback"),
    [("127.0.0.1", True), ("127.1.2.3", True), ("::1", True), ("localhost", True), ("0.0.0.0", False), ("::", False)],
)
def test_loopback_is_told_from_the_rest(host: str, loopback: bool) -> None:
    assert is_loopback(host) is loopback
    assert not is_loopback("localhost.evil.example")


def test_on_loopback_the_service_has_few_names_and_elsewhere_any() -> None:
    assert hosts_of("127.0.0.1", [], None) == LOOPBACK
    assert hosts_of("127.0.0.1", ["A.example"], "https://b.example:1") == LOOPBACK | {"a.example", "b.example"}
    assert hosts_of("0.0.0.0", [], "https://b.example") == frozenset()
    assert hosts_of("0.0.0.0", ["a.example"], None) == LOOPBACK | {"a.example", "0.0.0.0"}


def test_what_keeps_the_model_from_loading_is_raised() -> None:
    def fail() -> Any:
        raise ValueError("no such model")

    with pytest.raises(ValueError, match="no such model"):
        run_service(fail, Settings(), host="127.0.0.1", port=0)


def test_a_port_that_is_taken_is_an_error(start: Start) -> None:
    with pytest.raises(OSError, match=r"(?i)address already in use"):
        run_service(lambda: None, Settings(), host="127.0.0.1", port=start(wait=False).port)


SLOW = """
import sys, time
from hf_toxspan.cli.main import main
from hf_toxspan.serving import model

read = model.ServedModel.read
def slowly(self, jobs):
    time.sleep(0.5)
    return read(self, jobs)
model.ServedModel.read = slowly
sys.exit(main(sys.argv[1:]))
"""


@pytest.mark.parametrize("sent", [signal.SIGTERM, signal.SIGKILL])
def test_a_signal_loses_no_accepted_request_without_an_error(
    sent: signal.Signals,
    taught_model: BertForSequenceClassification,
    tiny_tokenizer: PreTrainedTokenizerFast,
    tmp_path: Path,
) -> None:
    taught_model.save_pretrained(tmp_path / "model")
    tiny_tokenizer.save_pretrained(tmp_path / "model")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    (tmp_path / "slow.py").write_text(textwrap.dedent(SLOW))
    command = [sys.executable, str(tmp_path / "slow.py"), "serve", "--model", str(tmp_path / "model")]
    log = tmp_path / "log"
    with log.open("wb") as stream:
        process = subprocess.Popen(
            [*command, "--port", str(port), "--device", "cpu", "--max-batch", "1"],
            stderr=stream,
            env={**os.environ, "OMP_NUM_THREADS": "1"},
        )
    try:
        url = f"http://127.0.0.1:{port}"
        wait_for(lambda: is_ready(url), seconds=120)
        asked = [ask(url, "you fool") for _ in range(3)]
        wait_for(lambda: "queued_texts 2.0" in httpx.get(f"{url}/metrics").text)
        process.send_signal(sent)
        answers = [answer(connection) for connection in asked]
        status = process.wait(60)
    finally:
        process.kill()
        process.wait(60)
    if sent is signal.SIGKILL:
        assert answers == [b""] * 3
    else:
        assert status == 0, log.read_text()
        assert all(b" 200 OK" in own and b'"toxic":true' in own for own in answers)
    assert "fool" not in log.read_text()


def is_ready(url: str) -> bool:
    try:
        return httpx.get(f"{url}/readyz", timeout=20).status_code == 200
    except httpx.TransportError:
        time.sleep(0.05)
        return False


def ask(url: str, text: str) -> socket.socket:
    connection = socket.create_connection(("127.0.0.1", int(url.rpartition(":")[2])), timeout=60)
    body = f'{{"text": "{text}"}}'.encode()
    head = (
        b"POST /v1/extract HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"
    )
    connection.sendall(head % len(body) + body)
    return connection


def answer(connection: socket.socket) -> bytes:
    """Return what comes back: a whole answer, or nothing where the server died."""
    found = b""
    with connection:
        try:
            while chunk := connection.recv(65_536):
                found += chunk
        except ConnectionError:
            return b""
    return found
