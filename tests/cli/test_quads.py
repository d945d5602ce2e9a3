"""`hf-toxspan quads` as a user meets it: a server that follows a script, a model in the process, an encoder, files."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from transformers import PreTrainedTokenizerFast

from hf_toxspan.cli import writing
from hf_toxspan.cli.main import main
from hf_toxspan.data.files import write_rows
from hf_toxspan.evaluation.recorded_votes import read_votes
from hf_toxspan.modeling.quadruple_encoder import QuadrupleEncoder
from tests.chat_servers import Serve, page, question, says

TEXTS = ["you stupid friend", "hello friend", "you there"]
STUPID, HELLO = "you | stupid | others [END]", "NULL | hello | non-hate [END]"
Quads = Callable[..., int]


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "comments.jsonl"
    path.write_text("".join(json.dumps({"id": f"c{n}", "text": text}) + "\n" for n, text in enumerate(TEXTS)))
    return path


@pytest.fixture
def output(tmp_path: Path) -> Path:
    return tmp_path / "quads.jsonl"


@pytest.fixture
def quads(source: Path, output: Path) -> Quads:
    return lambda *options: main(["quads", "--input", str(source), "--output", str(output), *options])


def writer(_number: int, body: dict[str, Any]) -> Any:
    """Find what is stupid, and call the rest harmless."""
    return says(STUPID if "stupid" in question(body) else HELLO)


def asking(server: Any, *more: str) -> list[str]:
    return ["--llm", "m", "--base-url", server.url, "--stop", "mav", "--tau", "3", *more]


def test_rows_have_quadruples_with_places_and_no_answer_is_paid_twice(
    quads: Quads, output: Path, serve: Serve, capfd: pytest.CaptureFixture[str]
) -> None:
    server = serve(writer)
    assert quads(*asking(server)) == 0
    rows = list(writing.load(output))
    assert [(row["id"], row["label"], row["toxic"]) for row in rows] == [
        ("c0", "hate", True),
        ("c1", "non-hate", False),
        ("c2", "non-hate", False),
    ]
    (quadruple,) = rows[0]["quadruples"]
    assert (quadruple["argument"], quadruple["argument_span"], quadruple["groups"]) == ("stupid", [4, 10], ["others"])
    assert [span["text"] for span in rows[0]["spans"]] == ["you", "stupid"]
    assert (rows[0]["votes"], rows[0]["stopped_by"]) == ([{"answer": STUPID, "votes": 3}], "tau")
    assert "3 voted (stopped: 3 by tau); 9 votes drawn, 9 calls, 0 answers" in capfd.readouterr().err
    assert quads(*asking(server), "--force") == 0
    assert "0 calls, 9 answers from the store" in capfd.readouterr().err and len(server.calls) == 9


def test_what_was_recorded_can_be_studied(
    quads: Quads, output: Path, serve: Serve, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert quads(*asking(serve(writer)), "--stop", "fixed", "--max-rounds", "4", "--record") == 0
    first, *_ = read_votes(output)
    assert (first.id, first.rounds, first.answers) == ("c0", 4, (STUPID,))
    quad = {"target": "you", "argument": "stupid", "group": ["others"], "hateful": True}
    rows = [
        {"id": f"c{n}", "text": text, "label": "x", "toxic": True, "spans": None, "quads": [quad]}
        for n, text in enumerate(TEXTS)
    ]
    write_rows(rows, tmp_path / "gold.jsonl")
    study = ["vote-study", "--votes", str(output), "--data", str(tmp_path / "gold.jsonl"), "--n-resamples", "20"]
    assert main(study) == 0
    assert "3 texts, 1 prompts each, 4 rounds recorded" in " ".join(capfd.readouterr().out.split())


def test_a_text_without_a_decision_is_no_clean_one(
    quads: Quads, output: Path, serve: Serve, capfd: pytest.CaptureFixture[str]
) -> None:
    assert quads(*asking(serve(lambda number, body: says("no idea"))), "--max-rounds", "2") == 0
    rows = list(writing.load(output))
    assert [(row["error"], row["status"], row["label"], row["toxic"]) for row in rows] == [
        ("unparsed: no answer could be read", "unparsed", None, None)
    ] * 3
    assert "3 not read" in capfd.readouterr().err


def test_texts_that_a_spent_budget_left_wait_for_another_run(
    quads: Quads, output: Path, serve: Serve, capfd: pytest.CaptureFixture[str]
) -> None:
    server = serve(writer)
    assert quads(*asking(server), "--concurrency", "1", "--max-calls", "4") == 1
    assert "texts wait" in capfd.readouterr().err
    assert quads(*asking(server), "--force") == 0
    assert [row["status"] for row in writing.load(output)] == ["voted"] * 3 and len(server.calls) == 9


def test_a_server_that_refuses_is_told_in_every_row(quads: Quads, output: Path, serve: Serve) -> None:
    assert quads(*asking(serve(lambda number, body: page(b"{}", 401)))) == 1
    rows = list(writing.load(output))
    assert {row["status"] for row in rows} <= {"failed", "stopped"} and all("401" in row["error"] for row in rows)


def test_a_model_in_this_process_votes_on_a_text(chat_folder: Path, capfd: pytest.CaptureFixture[str]) -> None:
    few = ["--answer-tokens", "4", "--max-rounds", "2", "--ahead", "2", "--format", "jsonl", "--device", "cpu"]
    assert main(["quads", "--llm", str(chat_folder), "--local", *few, "hello"]) == 0
    (row,) = map(json.loads, capfd.readouterr().out.splitlines())
    assert (row["generations"], row["status"]) == (2, "unparsed")


def test_an_encoder_needs_no_language_model(
    tiny_model: torch.nn.Module,
    tiny_tokenizer: PreTrainedTokenizerFast,
    tmp_path: Path,
    capfd: pytest.CaptureFixture[str],
) -> None:
    tiny_model.save_pretrained(tmp_path / "bert")
    QuadrupleEncoder.from_encoder(str(tmp_path / "bert")).save_pretrained(tmp_path / "encoder")
    tiny_tokenizer.save_pretrained(tmp_path / "encoder")
    page_file = tmp_path / "page.html"
    command = ["quads", "--model", str(tmp_path / "encoder"), "--device", "cpu"]
    assert main([*command, "--format", "jsonl", "you <b>fool</b>"]) == 0
    (row,) = map(json.loads, capfd.readouterr().out.splitlines())
    assert row["quadruples"] and row["stopped_by"] == "encoder"
    assert main([*command, "--output", str(page_file), "you <b>fool</b>"]) == 0
    shown = page_file.read_text(encoding="utf-8")
    assert "<li><bdi>" in shown and "<b>fool" not in shown


def test_a_dry_run_shows_the_prompt_and_the_cost(quads: Quads, capfd: pytest.CaptureFixture[str]) -> None:
    assert quads("--llm", "m", "--base-url", "http://127.0.0.1:9/v1", "--dry-run") == 0
    shown = capfd.readouterr().out
    assert "你是一个内容审查专家" in shown and "you stupid friend" in shown and "3 calls for 3 rows" in shown


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ([], "nothing to extract with"),
        (["--llm", "m", "--model", "x"], "pass one of them"),
        (["--model", "x", "--record"], "--demonstrations and --record are about a language model"),
        (["--llm", "m", "--prompt", "p"], "--prompt is not for quads"),
        (["--llm", "m", "--tau", "0"], "tau is 0"),
        (["--llm", "m", "--ahead", "0"], "ahead is 0"),
        (["--llm", "m", "--demonstrations", "nowhere"], "nowhere"),
        (["--model", "./nowhere"], "does not exist"),
    ],
)
def test_options_that_make_no_sense_are_one_line(
    quads: Quads, options: list[str], words: str, capfd: pytest.CaptureFixture[str]
) -> None:
    assert quads(*options) == 2
    assert words in capfd.readouterr().err
