"""A server that dies in the middle: is a text lost, is one judged twice?

    python tests/benchmarks/cascade_server.py --llm runs/judge --data hatexplain:data/dataset.json#dev --texts 1000

Starts ``transformers serve`` with a small chat model behind a proxy on loopback that counts what is asked and answered,
has a cascade judge the texts, kills the server with SIGKILL when a third of them is answered, and starts it again some
seconds later. Results: tests/benchmarks/README.md.
"""

import argparse
import os
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from rich.console import Console
from rich.table import Table
from tqdm import tqdm
from transformers import logging as transformers_logging
from transformers import pipeline

import hf_toxspan  # noqa: F401  registers the tasks
from hf_toxspan.core.routing import Region
from hf_toxspan.data.sources import load_data
from hf_toxspan.judging.chat import ChatJudge
from hf_toxspan.llm.calls import Parameters
from hf_toxspan.llm.pacing import Retries
from hf_toxspan.llm.prompts import load_prompt
from hf_toxspan.llm.server import ServerLLM
from hf_toxspan.llm.store import AnswerStore


def free_port() -> int:
    """Return a port of loopback that is free now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


class Server:
    """`transformers serve` in a process of its own."""

    def __init__(self, model: str, log: Path) -> None:
        self.model, self.log, self.port = model, log, free_port()
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it and wait until it responds."""
        words = ["serve", self.model, "--port", str(self.port), "--host", "127.0.0.1", "--device", "cpu"]
        command = [sys.executable, "-c", "from transformers.cli.transformers import main; main()", *words]
        with self.log.open("ab") as stream:
            self.process = subprocess.Popen(
                command, stdout=stream, stderr=stream, env={**os.environ, "HF_HUB_OFFLINE": "1"}
            )
        while True:
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{self.port}/health", timeout=1).close()
            except OSError:
                assert self.process.poll() is None, self.log.read_text()
                time.sleep(0.2)
            else:
                return

    def kill(self) -> None:
        """End it at once, in the middle of whatever it does."""
        assert self.process is not None
        self.process.kill()
        self.process.wait()


class Proxy(BaseHTTPRequestHandler):
    """Hands calls on to the server of `port`, and counts what is answered by the body of the question."""

    protocol_version = "HTTP/1.1"
    port = 0
    answered: Counter[bytes]
    asked = 0

    def do_POST(self) -> None:
        """Hand a call on; a server that is not there hangs up."""
        body = self.rfile.read(int(self.headers["Content-Length"]))
        type(self).asked += 1
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}{self.path}", body, dict(self.headers))
        try:
            with urllib.request.urlopen(request, timeout=600) as answer:
                content = answer.read()
        except OSError:
            self.close_connection = True
            self.connection.shutdown(socket.SHUT_RDWR)
            return
        self.answered[body] += 1
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def main() -> None:
    """Judge, kill, restart, count."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--llm", required=True, help="folder of a small chat model")
    parser.add_argument("--model", help="folder of a classifier")
    parser.add_argument("--data", default="sample:dev")
    parser.add_argument("--texts", type=int, default=1000)
    parser.add_argument("--high", type=float, default=1.0, help="upper end of the region")
    parser.add_argument("--prompt", default="judge_short")
    parser.add_argument("--answer-tokens", type=int, default=48)
    parser.add_argument("--down", type=float, default=15.0, help="seconds before the server is started again")
    args = parser.parse_args()
    transformers_logging.set_verbosity_error()

    texts = list(dict.fromkeys(row["text"] for row in load_data(args.data)))[: args.texts]
    folder = Path(tempfile.mkdtemp())
    server = Server(args.llm, folder / "log")
    server.start()
    Proxy.port, Proxy.answered = server.port, Counter()
    front = ThreadingHTTPServer(("127.0.0.1", 0), Proxy)
    threading.Thread(target=front.serve_forever, daemon=True).start()

    llm = ServerLLM(args.llm, base_url=f"http://127.0.0.1:{front.server_port}/v1", concurrency=4, timeout=600)
    backbone = pipeline("toxic-span-extraction", model=args.model)
    known = backbone.extractor.labels
    labels = {name: place in known.toxic for place, name in enumerate(known.names)}
    judge = ChatJudge(labels, load_prompt(args.prompt), parameters=Parameters(max_tokens=args.answer_tokens))
    retries = Retries(attempts=3, first_wait=0.5, give_up_after=4, patience=600, probe_every=2)
    statuses: Counter[str] = Counter()
    places: Counter[int] = Counter()
    begin = time.monotonic()
    with AnswerStore(folder / "answers.sqlite") as store:
        pipe = pipeline(
            "toxic-cascade-judge",
            model=backbone.model,
            tokenizer=backbone.tokenizer,
            judge=judge,
            llm=llm,
            region=Region(0.0, args.high),
            store=store,
            retries=retries,
        )
        expected = len(pipe.questions(texts))
        killed = False
        for place, result in tqdm(pipe.stream(texts), total=len(texts)):
            places[place] += 1
            statuses[result["judge"]["status"] if result["judge"] else "fast"] += 1
            if not killed and statuses.total() - statuses["fast"] > expected // 3:
                killed = True
                server.kill()
                threading.Timer(args.down, server.start).start()
        stored = len(store)
    server.kill()
    table = Table(title=f"{len(texts)} texts, {expected} doubtful; {time.monotonic() - begin:.0f} s", show_header=False)
    for name, value in (
        ("results", f"{len(places)} of {len(texts)}, none twice: {set(places.values()) == {1}}"),
        ("statuses", ", ".join(f"{count} {status}" for status, count in statuses.most_common())),
        ("calls that reached the proxy", str(Proxy.asked)),
        ("answers of the server", str(Proxy.answered.total())),
        ("questions answered more than once", str(sum(count > 1 for count in Proxy.answered.values()))),
        ("answers in the store", str(stored)),
    ):
        table.add_row(name, value)
    Console().print(table)


if __name__ == "__main__":
    main()
