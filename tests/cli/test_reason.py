"""`hf-toxspan reason` as a user meets it: with a server, with a model in this process, offline."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from hf_toxspan.cli import writing
from hf_toxspan.cli.main import main
from tests.annotation.recorded import by_text
from tests.chat_servers import Serve, says

ROWS = [
    {"id": "1", "text": "you fool 😀", "toxic": True, "spans": [[4, 8]], "neutral": "you there"},
    {"id": "2", "text": "hello", "toxic": False, "spans": None, "neutral": None},
]
SAID = says(json.dumps({"if_toxic": "it insults", "if_clean": "among friends"}))

Reason = Callable[..., int]


@pytest.fixture
def output(tmp_path: Path) -> Path:
    return tmp_path / "reasons.jsonl"


@pytest.fixture
def reason(tmp_path: Path, output: Path) -> Reason:
    """The command on `ROWS`."""
    source = tmp_path / "rows.jsonl"
    source.write_text("".join(json.dumps(row) + "\n" for row in ROWS), encoding="utf-8")
    return lambda *options: main(["reason", "--data", str(source), "--output", str(output), *options])


def columns(output: Path) -> list[tuple[Any, ...]]:
    return [(row["reason_toxic"], row["reason_clean"], row["reason_status"]) for row in writing.load(output)]


def test_both_reasons_are_stored_with_the_row_and_paid_once(
    reason: Reason, output: Path, serve: Serve, capfd: pytest.CaptureFixture[str]
) -> None:
    server = by_text(serve, {"you fool 😀": SAID})
    asking = ["--llm", "m", "--base-url", server.url]
    assert reason(*asking, "--dry-run") == 0
    assert '{"text": "you fool 😀"}' in capfd.readouterr().out
    assert (server.calls, output.exists()) == ([], False)
    assert reason(*asking) == 1
    assert columns(output) == [("it insults", "among friends", "answered"), (None, None, "failed")]
    assert [{name: row[name] for name in ROWS[0]} for row in writing.load(output)] == ROWS
    server.script = lambda _number, _body: says("No.")
    assert reason(*asking, "--force") == 0
    assert columns(output) == [("it insults", "among friends", "answered"), (None, None, "unparsed")]
    assert len(server.calls) == 3


def test_a_model_in_this_process_is_asked(reason: Reason, output: Path, chat_folder: Path) -> None:
    prompt = output.parent / "short.v1.txt"
    prompt.write_text("--- system\nhello\n--- user\n{{text}}", encoding="utf-8")
    local = ["--llm", str(chat_folder), "--local", "--device", "cpu", "--prompt", str(prompt), "--answer-tokens", "4"]
    assert reason(*local) == 0
    assert columns(output) == [(None, None, "unparsed")] * 2


def test_offline_makes_stand_ins_from_spans_and_a_rewrite(reason: Reason, output: Path) -> None:
    assert reason("--offline") == 0
    assert columns(output) == [("fool", "you 😀", "offline"), (None, None, "nothing")]
    assert reason("--offline", "--rewrite-field", "neutral", "--force") == 0
    assert columns(output) == [("fool", "you there", "offline"), (None, None, "nothing")]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ([], "no language model is named"),
        (["--offline", "--max-calls", "3"], "--max-calls is about a language model, which --offline does not ask"),
        (["--llm", "m", "--rewrite-field", "neutral"], "which only --offline reads"),
        (["--offline", "--rewrite-field", "polite"], "--rewrite-field is polite; the rows have id, text"),
        (["--offline", "--data", "/no/such.jsonl"], "/no/such.jsonl"),
    ],
)
def test_wrong_options_are_one_line_and_status_2(
    reason: Reason, options: list[str], message: str, capfd: pytest.CaptureFixture[str]
) -> None:
    assert reason(*options) == 2
    err = capfd.readouterr().err
    assert err.startswith("hf-toxspan: error: ") and message in err and err.count("\n") == 1
