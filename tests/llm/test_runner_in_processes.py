"""A run shared by two processes, killed or interrupted: in processes of their own, against a server that counts."""

import os
import signal
import subprocess
import sys
from collections import Counter
from pathlib import Path

from hf_toxspan.llm.calls import Message, Parameters, Request
from hf_toxspan.llm.outcomes import Answered
from hf_toxspan.llm.runner import Asker
from hf_toxspan.llm.server import ServerLLM
from hf_toxspan.llm.store import AnswerStore
from tests.chat_servers import ScriptedServer, Serve, environment, late, question, says


def ask(text: object) -> Request:
    return Request((Message(role="user", content=str(text)),), Parameters(max_tokens=10))


WORKER = """
import signal, sys
from hf_toxspan.llm.runner import Asker
from hf_toxspan.llm.server import ServerLLM
from hf_toxspan.llm.store import AnswerStore
from hf_toxspan.llm.calls import Message, Parameters, Request

signal.signal(signal.SIGINT, signal.default_int_handler)  # ignored where the tests run in the background of a shell
url, path, count = sys.argv[1], sys.argv[2], int(sys.argv[3])
requests = [Request((Message(role="user", content=str(n)),), Parameters(max_tokens=10)) for n in range(count)]
with AnswerStore(path) as store:
    for place, outcome in Asker(ServerLLM("m", base_url=url, concurrency=4), store).stream(requests):
        print(place, outcome.answer.text, flush=True)
"""


def start(server: ScriptedServer, path: Path, count: int) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", WORKER, server.url, os.fspath(path), str(count)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment())


def test_two_processes_share_the_work_and_pay_each_call_once(serve: Serve, tmp_path: Path) -> None:
    server = serve(lambda _number, body: late(0.02, says(f"re {question(body)}")))
    processes = [start(server, tmp_path / "answers.sqlite", 60) for _ in range(2)]
    for process in processes:
        output, errors = process.communicate(timeout=60)
        assert process.returncode == 0, errors
        assert sorted(output.splitlines()) == sorted(f"{n} re {n}" for n in range(60))
    assert Counter(question(call["body"]) for call in server.calls) == {str(n): 1 for n in range(60)}


def test_a_killed_run_is_resumed_without_paying_for_an_answer_again(serve: Serve, tmp_path: Path) -> None:
    server = serve(lambda _number, body: late(0.03, says(f"re {question(body)}")))
    process = start(server, tmp_path / "answers.sqlite", 60)
    assert process.stdout is not None
    seen = [process.stdout.readline().split()[0] for _ in range(20)]
    process.send_signal(signal.SIGKILL)
    process.communicate(timeout=10)
    with AnswerStore(tmp_path / "answers.sqlite") as store:
        kept = len(store)
        requests = [ask(n) for n in range(60)]
        outcomes = Asker(ServerLLM("m", base_url=server.url), store).run(requests)
    assert [o.answer.text for o in outcomes if isinstance(o, Answered)] == [f"re {n}" for n in range(60)]
    calls = Counter(question(call["body"]) for call in server.calls)
    assert 20 <= kept < 60
    assert {calls[text] for text in seen} == {1}
    assert calls.total() <= 60 + 4  # the four under way at the kill


def test_ctrl_c_stores_what_is_under_way(serve: Serve, tmp_path: Path) -> None:
    server = serve(lambda _number, body: late(0.1, says(f"re {question(body)}")))
    process = start(server, tmp_path / "answers.sqlite", 200)
    assert process.stdout is not None
    process.stdout.readline()
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=20)
    assert "KeyboardInterrupt" in errors
    with AnswerStore(tmp_path / "answers.sqlite") as store:
        assert len(store) == len(server.calls) < 200
