"""A server that follows a script, a chat model small enough for every test, and a real server with it."""

import importlib.util
import json
import os
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import torch
from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

Reply = Callable[["Handler"], None]
Script = Callable[[int, dict[str, Any]], Reply]

CHAT_TEMPLATE = (
    "{% for m in messages %}{{ m.role }} : {{ m.content }} [SEP] {% endfor %}"
    "{% if add_generation_prompt %}assistant :{% endif %}"
)


class Handler(BaseHTTPRequestHandler):
    """Counts each call and lets the script answer it."""

    protocol_version = "HTTP/1.1"
    server: "ScriptedServer"

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        with self.server.lock:
            number = len(self.server.calls)
            self.server.calls.append({"body": body, "path": self.path, "token": self.headers["Authorization"]})
        self.server.script(number, body)(self)

    def send(self, body: bytes, status: int = 200, **headers: str) -> None:
        self.send_response(status)
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        for name, value in {"Content-Length": str(len(body)), **named}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


def says(text: str | None, *, finish_reason: str = "stop", usage: bool = True) -> Reply:
    choice = {"index": 0, "finish_reason": finish_reason, "message": {"role": "assistant", "content": text}}
    body: dict[str, Any] = {"choices": [choice], "model": "m"}
    if usage:
        body["usage"] = {"prompt_tokens": 10, "completion_tokens": 5, "total_tokens": 15}
    return page(json.dumps(body).encode())


def page(body: bytes, status: int = 200, **headers: str) -> Reply:
    return lambda handler: handler.send(body, status, **headers)


def late(seconds: float, reply: Reply) -> Reply:
    def wait(handler: Handler) -> None:
        time.sleep(seconds)
        reply(handler)

    return wait


def cut(handler: Handler) -> None:
    """Promise 1000 bytes, send a few, hang up."""
    handler.send(b'{"choices": [', Content_Length="1000")
    handler.close_connection = True


class ScriptedServer(ThreadingHTTPServer):
    """`calls` holds what was asked; `script` says what call number n is answered."""

    daemon_threads = True

    def __init__(self, script: Script) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.script = script
        self.calls: list[dict[str, Any]] = []
        self.lock = threading.Lock()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/v1"

    def handle_error(self, *_: Any) -> None:
        """A client that has hung up is no news."""


Serve = Callable[[Script], ScriptedServer]


def question(body: dict[str, Any]) -> str:
    """Return what the user asks in the body of a call."""
    return str(body["messages"][-1]["content"])


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Start servers on loopback; they end with the test."""
    servers: list[ScriptedServer] = []

    def start(script: Script) -> ScriptedServer:
        server = ScriptedServer(script)
        servers.append(server)
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        return server

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


@pytest.fixture(scope="session")
def chat_folder(tiny_tokenizer: PreTrainedTokenizerFast, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a random two-layer Llama of width 16 that has a chat template."""
    folder = tmp_path_factory.mktemp("chat")
    with torch.random.fork_rng():
        torch.manual_seed(0)
        config = LlamaConfig(
            vocab_size=len(tiny_tokenizer),
            hidden_size=16,
            intermediate_size=32,
            num_hidden_layers=2,
            num_attention_heads=2,
            num_key_value_heads=2,
            max_position_embeddings=512,
            pad_token_id=tiny_tokenizer.pad_token_id,
            bos_token_id=tiny_tokenizer.cls_token_id,
            eos_token_id=tiny_tokenizer.sep_token_id,
        )
        LlamaForCausalLM(config).save_pretrained(folder)
    tiny_tokenizer.save_pretrained(folder)
    settings = json.loads((folder / "tokenizer_config.json").read_text())
    settings |= {"chat_template": CHAT_TEMPLATE, "eos_token": "[SEP]"}
    settings["model_input_names"] = ["input_ids", "attention_mask"]
    (folder / "tokenizer_config.json").write_text(json.dumps(settings))
    return folder


def environment(**more: str) -> dict[str, str]:
    """Return the variables for a process of its own: this checkout, and no Hub."""
    paths = [os.fspath(Path(__file__).parents[1]), *os.environ.get("PYTHONPATH", "").split(os.pathsep)]
    return {**os.environ, "HF_HUB_OFFLINE": "1", "PYTHONPATH": os.pathsep.join(filter(None, paths)), **more}


@pytest.fixture(scope="session")
def transformers_serve(chat_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a real `transformers serve` with the tiny chat model."""
    missing = [name for name in ("openai", "fastapi", "uvicorn", "pydantic") if not importlib.util.find_spec(name)]
    if missing:
        pytest.skip(f'transformers serve needs {", ".join(missing)}: pip install "transformers[serving]"')
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    log = tmp_path_factory.mktemp("serve") / "log"
    words = ["serve", str(chat_folder), "--port", str(port), "--host", "127.0.0.1", "--device", "cpu"]
    command = [sys.executable, "-c", "from transformers.cli.transformers import main; main()", *words]
    with log.open("wb") as stream:
        process = subprocess.Popen(command, stdout=stream, stderr=stream, env=environment(OMP_NUM_THREADS="1"))
    try:
        deadline = time.monotonic() + 120
        while not _is_up(port):
            assert process.poll() is None and time.monotonic() < deadline, log.read_text()
            time.sleep(0.1)
        yield f"http://127.0.0.1:{port}/v1"
    finally:
        process.kill()
        process.wait()


def _is_up(port: int) -> bool:
    try:
        urllib.request.urlopen(f"http://127.0.0.1:{port}/health", timeout=1).close()
    except OSError:
        return False
    return True
