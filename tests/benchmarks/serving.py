"""Many clients at once: what micro-batching wins, whether each answer is right, what is lost when the server dies.

    python tests/benchmarks/serving.py --seconds 60 --clients 64

Starts three servers on loopback, one after the other: ``hf-toxspan serve`` as it is, the same with batches of one text,
and `plain_server.py`, a pipeline behind a queue as the documentation of transformers has it. Clients ask each without
a pause for the texts of the packaged sample (4 to some hundred characters). Every answer is compared, afterwards,
with what the pipeline says of the text. Then the server is ended by SIGTERM and by SIGKILL while all clients ask: each
request must have got the whole right answer or an error. Results: tests/benchmarks/README.md.
"""

import argparse
import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import httpx
import numpy as np
import torch
from rich.console import Console
from rich.table import Table
from transformers import pipeline

import hf_toxspan  # noqa: F401  registers the tasks
from hf_toxspan.data.samples import cold_sample

WARM_UP = 3.0
"""Seconds under load before it is measured."""
BEFORE_KILL = 3.0
TOLERANCE = 1e-4
SERVE = ("-m", "hf_toxspan.cli.main", "serve", "--device", "cpu")
PLAIN = (str(Path(__file__).with_name("plain_server.py")),)


class Case(NamedTuple):
    """A request as bytes, and what the pipeline says of its text."""

    request: bytes
    expected: dict[str, Any]


class Tally(NamedTuple):
    """What came of the requests, the answers and how long they took, and when the server was killed."""

    outcomes: Counter[str]
    answers: list[tuple[Case, bytes]]
    seconds: list[float]
    killed: list[float]


class Measured(NamedTuple):
    """One server under load: what came of the requests, seconds, MB over time, texts a batch, processor seconds."""

    tally: Tally
    duration: float
    memory: list[float]
    batch: float
    work: float


def read_cases(model: str | None) -> list[Case]:
    """Return the texts of the packaged sample as requests, with what the pipeline says of each."""
    pipe = pipeline("toxic-span-extraction", model=model, device="cpu")
    texts = [row["text"] for split in ("train", "dev") for row in cold_sample(split)]
    return [Case(as_request(text), own) for text, own in zip(texts, pipe(texts), strict=True)]


def as_request(text: str) -> bytes:
    """Return a request of HTTP/1.1 on a connection that stays open."""
    body = json.dumps({"text": text}, ensure_ascii=False).encode()
    head = "POST /v1/extract HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: "
    return f"{head}{len(body)}\r\n\r\n".encode() + body


@contextmanager
def serving(program: Sequence[str], log: Path) -> Iterator[tuple[subprocess.Popen[bytes], int]]:
    """Run a server until the block ends."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    command = [sys.executable, *program, "--port", str(port)]
    with log.open("ab") as stream:
        process = subprocess.Popen(command, stdout=stream, stderr=stream)
    try:
        while not is_ready(port):
            assert process.poll() is None, log.read_text()
            time.sleep(0.2)
        yield process, port
    finally:
        process.kill()
        process.wait()


def is_ready(port: int) -> bool:
    """Tell whether the server has its model."""
    try:
        return httpx.get(f"http://127.0.0.1:{port}/readyz", timeout=30).status_code == 200
    except httpx.TransportError:
        return False


async def ask(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, case: Case) -> tuple[str, bytes]:
    """Send a request and say what came of it."""
    try:
        writer.write(case.request)
        head = await reader.readuntil(b"\r\n\r\n")
        length = next(int(line[15:]) for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:"))
        body = await reader.readexactly(length)
    except (OSError, asyncio.IncompleteReadError):
        return "connection lost", b""
    code = int(head[9:12])
    return ("answered" if code == 200 else f"status {code}"), body


def is_right(found: dict[str, Any], expected: dict[str, Any]) -> bool:
    """Compare an answer with the pipeline's: the same label and spans, the same score up to rounding."""
    same = found["label"] == expected["label"] and abs(found["score"] - expected["score"]) < TOLERANCE
    places = [[(span["start"], span["end"], span["text"]) for span in own["spans"]] for own in (found, expected)]
    scores = [[span["score"] for span in own["spans"]] for own in (found, expected)]
    return same and places[0] == places[1] and np.allclose(*scores, atol=2 * TOLERANCE)


def check(tally: Tally) -> None:
    """Compare all answers with the pipeline's: only now, so that the clients leave the cores to the server."""
    wrong = sum(not is_right(json.loads(body), case.expected) for case, body in tally.answers)
    tally.outcomes["wrong"] += wrong
    tally.outcomes["right"] += len(tally.answers) - wrong


async def client(port: int, cases: Sequence[Case], first: int, stop: asyncio.Event, tally: Tally) -> None:
    """Ask without a pause until told to stop or until the server is gone."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    place = first
    while not stop.is_set():
        started = time.perf_counter()
        before = not tally.killed
        case = cases[place % len(cases)]
        outcome, body = await ask(reader, writer, case)
        tally.outcomes[f"{outcome}{_when(tally, before)}"] += 1
        if outcome != "answered":
            break
        tally.answers.append((case, body))
        tally.seconds.append(time.perf_counter() - started)
        place += 7
    writer.close()


def _when(tally: Tally, before: bool) -> str:
    """Say whether a request was sent before the signal, of those that ended after it."""
    return "" if not tally.killed else ", asked before" if before else ", asked after"


async def load(port: int, cases: Sequence[Case], clients: int, tally: Tally, stop: asyncio.Event) -> None:
    """Run all clients."""
    await asyncio.gather(*(client(port, cases, 11 * number, stop, tally) for number in range(clients)))


def memory_of(process: subprocess.Popen[bytes]) -> float:
    """Return the resident memory of a process in MB."""
    status = Path(f"/proc/{process.pid}/status").read_text()
    return next(int(line.split()[1]) / 1024 for line in status.splitlines() if line.startswith("VmRSS"))


def work_of(process: subprocess.Popen[bytes]) -> float:
    """Return the processor seconds that a process has used."""
    fields = Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


async def measure(
    process: subprocess.Popen[bytes], port: int, cases: Sequence[Case], clients: int, seconds: float
) -> Measured:
    """Put a server under load, and measure it after a warm-up."""
    tally, stop = Tally(Counter(), [], [], []), asyncio.Event()
    running = asyncio.create_task(load(port, cases, clients, tally, stop))
    await asyncio.sleep(WARM_UP)
    tally.outcomes.clear()
    tally.answers.clear()
    tally.seconds.clear()
    before, work, started, memory = await batches(port), work_of(process), time.perf_counter(), []
    while time.perf_counter() - started < seconds and not running.done():
        memory.append(memory_of(process))
        await asyncio.sleep(1.0)
    duration = time.perf_counter() - started
    work = work_of(process) - work
    answered = Tally(Counter(tally.outcomes), list(tally.answers), list(tally.seconds), [])
    after = await batches(port)
    stop.set()
    await running
    check(answered)
    texts, count = (new - old for new, old in zip(after, before, strict=True))
    return Measured(answered, duration, memory, texts / max(count, 1), work)


async def batches(port: int) -> tuple[float, float]:
    """Ask how many texts went through the model, in how many batches; zeros of a server that does not say."""
    async with httpx.AsyncClient(timeout=60) as asking:
        lines = (await asking.get(f"http://127.0.0.1:{port}/metrics")).text.splitlines()
    values = dict(line.rsplit(" ", 1) for line in lines if line.startswith("hf_toxspan_batch_texts_"))
    if not values:
        return 0.0, 0.0
    return float(values["hf_toxspan_batch_texts_sum"]), float(values["hf_toxspan_batch_texts_count"])


async def kill(process: subprocess.Popen[bytes], port: int, cases: Sequence[Case], clients: int, how: int) -> Tally:
    """Put a server under load, send it a signal, and see what came of every request."""
    tally, stop = Tally(Counter(), [], [], []), asyncio.Event()
    running = asyncio.create_task(load(port, cases, clients, tally, stop))
    await asyncio.sleep(BEFORE_KILL)
    process.send_signal(how)
    tally.killed.append(time.perf_counter())
    await asyncio.wait_for(running, 120)
    check(tally)
    return tally


def show(console: Console, found: dict[str, Measured]) -> None:
    """Show what was measured, side by side."""
    table = Table("", *found)
    ordered = {name: np.array(own.tally.seconds) * 1000 for name, own in found.items()}
    rates = {name: len(own.tally.seconds) / own.duration for name, own in found.items()}
    table.add_row("answers a second", *(f"{rate:.1f}" for rate in rates.values()))
    for share in (50, 90, 99):
        table.add_row(f"p{share}, ms", *(f"{np.percentile(own, share):.0f}" for own in ordered.values()))
    work = (1000 * own.work / max(len(own.tally.seconds), 1) for own in found.values())
    table.add_row("processor time an answer, ms", *(f"{own:.1f}" for own in work))
    table.add_row("texts a batch", *(f"{own.batch:.1f}" for own in found.values()))
    table.add_row("answers", *(str(dict(own.tally.outcomes)) for own in found.values()))
    table.add_row("memory, MB: begin, end, most", *(show_memory(own.memory) for own in found.values()))
    console.print(table)
    first, *others = rates.items()
    for name, rate in others:
        console.print(f"{first[0]} / {name}: {first[1] / rate:.2f}")


def show_memory(memory: Sequence[float]) -> str:
    """Show a course of memory by the means of its first and last tenth and its maximum."""
    tenth = max(1, len(memory) // 10)
    return f"{np.mean(memory[:tenth]):.0f}, {np.mean(memory[-tenth:]):.0f}, {max(memory):.0f}"


def main() -> None:
    """Measure, and show."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--clients", type=int, default=64)
    parser.add_argument("--model", help="folder or Hub id (default: the one that ships)")
    parser.add_argument("--threads", type=int, help="cores for the model of hf-toxspan serve (default: the command's)")
    parser.add_argument("--only", choices=("load", "kill"))
    args = parser.parse_args()
    console = Console(width=120)
    model = [] if args.model is None else ["--model", args.model]
    options = [*model, *([] if args.threads is None else ["--threads", str(args.threads)])]
    servers = {
        "batched": [*SERVE, *options],
        "one text a batch": [*SERVE, *options, "--max-batch", "1", "--max-wait", "0"],
        "plain": [*PLAIN, *model],
    }
    console.print(f"{os.cpu_count()} CPUs, load {os.getloadavg()[0]:.1f}, torch {torch.__version__}, options {options}")
    cases = read_cases(args.model)
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder) / "log"
        if args.only != "kill":
            found = {}
            for name, program in servers.items():
                with serving(program, log) as (process, port):
                    found[name] = asyncio.run(measure(process, port, cases, args.clients, args.seconds))
            show(console, found)
        for how in (signal.SIGTERM, signal.SIGKILL) if args.only != "load" else ():
            with serving(servers["batched"], log) as (process, port):
                tally = asyncio.run(kill(process, port, cases, args.clients, how))
                status = process.wait(60)
            console.print(f"{how.name}: {dict(tally.outcomes)}, exit status {status}")
            assert not tally.outcomes["wrong"]
        quoted = sum(json.loads(case.request.partition(b"\r\n\r\n")[2])["text"] in log.read_text() for case in cases)
        console.print(f"texts in the log: {quoted}")


if __name__ == "__main__":
    main()
