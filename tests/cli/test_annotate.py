"""`hf-toxspan annotate` as a user meets it: offline, with a server, interrupted, killed, shared."""

import json
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from transformers import BertForSequenceClassification, PreTrainedTokenizerFast

from hf_toxspan.cli import writing
from hf_toxspan.cli.main import main
from tests.annotation.recorded import by_text, data, verdict
from tests.chat_servers import ScriptedServer, Serve, environment, late, says

ROWS = [
    {"id": "1", "text": "you stupid world 😀", "toxic": True, "spans": None, "own": 7},
    {"id": "2", "text": "hello friend", "toxic": False, "spans": None, "own": None},
    {"id": "3", "text": "đồ ngu", "toxic": True, "spans": [[3, 6]], "own": 8},
    {"id": "4", "text": "hello", "toxic": True, "spans": None, "own": 9},
]

Annotate = Callable[..., int]


def write(path: Path, rows: list[dict[str, Any]]) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def column(output: Path, name: str) -> list[Any]:
    return [row[name] for row in writing.load(output)]


@pytest.fixture
def output(tmp_path: Path) -> Path:
    return tmp_path / "spans.jsonl"


@pytest.fixture
def model(tmp_path: Path, taught_model: BertForSequenceClassification, tiny_tokenizer: PreTrainedTokenizerFast) -> str:
    taught_model.save_pretrained(tmp_path / "model")
    tiny_tokenizer.save_pretrained(tmp_path / "model")
    return str(tmp_path / "model")


@pytest.fixture
def annotate(tmp_path: Path, output: Path) -> Annotate:
    """The command on `ROWS`."""
    source = write(tmp_path / "rows.jsonl", ROWS)

    def run(annotator: str, *options: str) -> int:
        command = ["annotate", "--annotator", annotator, "--data", str(source), "--output", str(output)]
        return main([*command, "--device", "cpu", *options])

    return run


def asking(server: ScriptedServer, model: str) -> list[str]:
    return ["--llm", "m", "--base-url", server.url, "--model", model]


def test_a_list_of_words_marks_toxic_rows_and_leaves_the_others(
    annotate: Annotate, output: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    words = tmp_path / "words.txt"
    words.write_text("Stupid\n\nshut  up\n", encoding="utf-8")
    assert annotate("lexicon", "--lexicon", str(words)) == 0
    assert column(output, "spans") == [[[4, 10]], None, [[3, 6]], None]
    assert column(output, "span_source") == ["lexicon", None, None, None]
    assert column(output, "span_status") == ["annotated", "clean", "given", "nothing"]
    assert (column(output, "own"), column(output, "id")) == ([7, None, 8, 9], ["1", "2", "3", "4"])
    assert ["annotated", "1"] in map(str.split, capfd.readouterr().out.splitlines())
    assert annotate("lexicon", "--lexicon", str(words), "--replace", "--clean-as-empty", "--force") == 0
    assert column(output, "spans") == [[[4, 10]], [], [[3, 6]], None]
    assert column(output, "span_status") == ["annotated", "clean", "nothing", "nothing"]


def test_a_lexicon_is_mined_from_rows(annotate: Annotate, output: Path, tmp_path: Path) -> None:
    mined = [{"text": "you stupid", "toxic": True, "spans": [[4, 10]]}, {"text": "you there", "toxic": False}]
    source = write(tmp_path / "mined.jsonl", mined * 20)
    assert annotate("lexicon", "--lexicon", str(source)) == 0
    assert column(output, "spans")[0] == [[4, 10]]
    assert column(output, "span_annotator")[0] == f"lexicon {source} (1 terms)"


def test_clues_are_those_of_the_classifier(annotate: Annotate, output: Path, model: str) -> None:
    assert annotate("clue", "--model", model) == 0
    assert column(output, "spans")[0] == [[4, 10]]
    assert column(output, "span_source")[0] == "clue"
    assert column(output, "span_annotator")[0] == f"clues of {model}"


def test_an_llm_corrects_clues_and_what_waits_is_status_1(
    annotate: Annotate, output: Path, model: str, serve: Serve, capfd: pytest.CaptureFixture[str]
) -> None:
    server = by_text(serve, {ROWS[0]["text"]: verdict("stupid world")})  # type: ignore[dict-item]
    assert annotate("llm", *asking(server, model), "--quiet") == 1
    out, err = capfd.readouterr()
    assert (out, "1 of 4 rows wait for another run" in err) == ("", True)
    assert column(output, "spans") == [[[4, 16]], None, [[3, 6]], None]
    assert column(output, "span_status") == ["annotated", "clean", "given", "failed"]
    assert {tuple(data(call["body"])["clues"]) for call in server.calls} == {("stupid",), ("hello",)}
    assert output.with_suffix(".answers.sqlite").exists()
    server.script = lambda _number, _body: says("I can't help with that.")
    assert annotate("llm", *asking(server, model), "--fall-back", "clue", "--force") == 0
    assert column(output, "span_status") == ["annotated", "clean", "given", "unparsed"]
    assert column(output, "span_source") == ["llm", None, None, "clue"]
    assert len(server.calls) == 3
    assert "1 calls, 1 answers from the store; 10 tokens read, 5 written" in capfd.readouterr().out


def test_a_dry_run_pays_nothing_and_leaves_nothing(
    annotate: Annotate, output: Path, model: str, serve: Serve, capfd: pytest.CaptureFixture[str]
) -> None:
    server = by_text(serve, {})
    assert annotate("llm", *asking(server, model), "--dry-run") == 0
    shown = capfd.readouterr().out
    assert '{"text": "you stupid world 😀", "clues": ["stupid"]}' in shown
    assert "2 calls for 2 rows" in shown
    assert (server.calls, output.exists(), list(output.parent.glob("*.sqlite"))) == ([], False, [])


def test_a_spent_budget_is_status_1_and_the_same_command_goes_on(
    annotate: Annotate, output: Path, model: str, serve: Serve
) -> None:
    server = serve(lambda _number, body: verdict(data(body)["text"][:5]))
    assert annotate("llm", *asking(server, model), "--max-calls", "1", "--concurrency", "1") == 1
    assert column(output, "span_status") == ["annotated", "clean", "given", "budget"]
    assert annotate("llm", *asking(server, model), "--max-calls", "1", "--force") == 0
    assert column(output, "spans") == [[[0, 5]], None, [[3, 6]], [[0, 5]]]
    assert len(server.calls) == 2


def test_a_full_disk_keeps_the_old_file_and_every_paid_answer(
    annotate: Annotate, output: Path, model: str, serve: Serve, capfd: pytest.CaptureFixture[str]
) -> None:
    server = serve(lambda _number, body: verdict(data(body)["text"][:5]))
    output.write_text("precious")
    (output.parent / "spans.jsonl.partial").mkdir()  # nothing can be written there
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Path, "unlink", lambda *_args, **_options: None)
        assert annotate("llm", *asking(server, model), "--force") == 2
    assert str(output) in capfd.readouterr().err
    assert output.read_text() == "precious"
    (output.parent / "spans.jsonl.partial").rmdir()
    assert annotate("llm", *asking(server, model), "--force") == 0
    assert len(server.calls) == 2


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["lexicon"], "--lexicon and --annotator lexicon belong together"),
        (["clue", "--lexicon", "w.txt"], "--lexicon and --annotator lexicon belong together"),
        (["lexicon", "--lexicon", "w.txt", "--model", "m"], "a lexicon needs no model"),
        (["lexicon", "--lexicon", "/no/such.txt"], "/no/such.txt"),
        (["clue", "--llm", "m"], "--llm is about a language model, which --annotator clue does not ask"),
        (["clue", "--fall-back", "clue"], "--fall-back is about the llm"),
        (["clue", "--batch-size", "0"], "--batch-size is 0"),
        (["clue", "--output", "/no/such/rows.jsonl"], "does not exist"),
        (["llm"], "no language model is named"),
        (["llm", "--llm", "m", "--max-calls", "-1"], "the budget of calls is -1"),
        (["llm", "--llm", "m", "--answer-tokens", "0"], "max_tokens is 0"),
        (["llm", "--llm", "/no/such", "--local"], "can't load a chat model from '/no/such'"),
        (["llm", "--llm", "m", "--store", "/no/such/s.sqlite"], "folder of the answer store, /no/such"),
    ],
)
def test_wrong_options_are_one_line_and_status_2(
    annotate: Annotate, options: list[str], message: str, capfd: pytest.CaptureFixture[str]
) -> None:
    assert annotate(*options) == 2
    err = capfd.readouterr().err
    assert err.startswith("hf-toxspan: error: ") and message in err and err.count("\n") == 1


def test_an_empty_list_of_words_is_named(annotate: Annotate, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "words.txt").write_text(" \n")
    assert annotate("lexicon", "--lexicon", str(tmp_path / "words.txt")) == 2
    assert "gives no terms" in capfd.readouterr().err


def command(server: ScriptedServer, source: Path, output: Path, store: Path) -> list[str]:
    asked = ["--llm", "m", "--base-url", server.url, "--concurrency", "2", "--store", str(store)]
    return ["annotate", "--annotator", "llm", *asked, "--data", str(source), "--output", str(output)]


def start(arguments: list[str], server: ScriptedServer) -> subprocess.Popen[str]:
    """Start the command in a process of its own and wait until it has made eight more calls."""
    calls = len(server.calls)
    code = "import sys; from hf_toxspan.cli.main import main; sys.exit(main(sys.argv[1:]))"
    process = subprocess.Popen([sys.executable, "-c", code, *arguments], stderr=-1, text=True, env=environment())
    while len(server.calls) < calls + 8:
        assert process.poll() is None
        time.sleep(0.01)
    return process


def test_a_killed_run_is_shared_by_two_others_which_write_the_same_file_and_pay_once(
    tmp_path: Path, serve: Serve
) -> None:
    server = serve(lambda _number, body: late(0.05, verdict(data(body)["text"][4:])))
    rows = [{"id": str(n), "text": f"you fool {n}", "toxic": True, "spans": None} for n in range(40)]
    source, store = write(tmp_path / "forty.jsonl", rows), tmp_path / "answers.sqlite"
    killed, shared, other, whole = (tmp_path / f"{name}.jsonl" for name in ("killed", "shared", "other", "whole"))

    process = start(command(server, source, killed, store), server)
    process.send_signal(signal.SIGKILL)
    process.communicate(timeout=60)
    assert list(tmp_path.glob("killed*")) == []

    process = start(command(server, source, shared, store), server)
    assert main(command(server, source, other, store)) == 0
    assert process.communicate(timeout=60)[1] == ""
    asked = Counter(data(call["body"])["text"] for call in server.calls)
    assert len(asked) == 40
    assert asked.total() <= 40 + 2  # the two under way at the kill
    assert main(command(server, source, whole, tmp_path / "new.sqlite")) == 0
    assert shared.read_bytes() == other.read_bytes() == whole.read_bytes()
    assert set(column(whole, "span_status")) == {"annotated"}
