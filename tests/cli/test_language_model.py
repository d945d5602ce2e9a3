"""Options of the language model: contradictions are named, and a plan is shown before anything is paid."""

import argparse
from pathlib import Path

import pytest

from hf_toxspan.cli import language_model
from hf_toxspan.llm.calls import Answer, Message, Request
from hf_toxspan.llm.store import AnswerStore


def parse(*options: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    language_model.add_options(parser)
    parser.add_argument("--quiet", action="store_true")
    parser.add_argument("--device")
    return parser.parse_args(options)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ([], "no language model is named"),
        (["--llm", "m", "--local", "--base-url", "http://x"], "leave --base-url and --provider away"),
        (["--llm", "m", "--local", "--concurrency", "0"], "--concurrency is 0; expected at least 1"),
        (["--llm", "m", "--provider", "p", "--base-url", "http://x"], "leave it or --base-url away"),
    ],
)
def test_contradictions_are_named(options: list[str], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        language_model.check(parse(*options), needed=True, otherwise="")


@pytest.mark.parametrize("options", [["--llm", "m"], ["--base-url", "u"], ["--local"], ["--dry-run"], ["--store", "s"]])
def test_options_without_a_model_to_ask_are_refused(options: list[str]) -> None:
    with pytest.raises(ValueError, match=f"{options[0]} is about a language model, which --offline does not ask"):
        language_model.check(parse(*options), needed=False, otherwise="--offline")
    language_model.check(parse(), needed=False, otherwise="--offline")


def test_an_own_prompt_must_have_the_same_places(tmp_path: Path) -> None:
    path = tmp_path / "mine.v3.txt"
    path.write_text("--- system\nJudge.\n--- user\n{{text}}", encoding="utf-8")
    args = parse("--prompt", str(path))
    assert language_model.prompt(args, "toxicity_reasons").provenance.startswith("mine.v3.")
    with pytest.raises(ValueError, match="has the places text; expected clues, text"):
        language_model.prompt(args, "cusa_spans")
    assert language_model.prompt(parse(), "cusa_spans").name == "cusa_spans"


def test_the_plan_shows_the_first_prompt_and_what_is_still_to_be_paid(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    args, output = parse("--llm", "m"), tmp_path / "rows.jsonl"
    requests = [Request((Message(role="user", content=text),)) for text in ("first\x1b[31m", "second")]
    assert language_model.show_plan(args, requests, output) == 0
    shown = capfd.readouterr().out
    assert "--- user\nfirst<U+001B>[31m\n" in shown and "second" not in shown
    assert "2 calls for 2 rows (0 answers are stored)" in shown and "at most 1,024 to write" in shown
    assert not list(tmp_path.iterdir())
    with AnswerStore(tmp_path / "rows.answers.sqlite") as store:
        store.put(requests[0], "m", Answer("well"))
    language_model.show_plan(args, requests, output)
    assert "1 calls for 2 rows (1 answers are stored)" in capfd.readouterr().out
    assert language_model.show_plan(args, [], output) == 0


def test_the_plan_of_a_local_model_does_not_load_it(
    tmp_path: Path, chat_folder: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    language_model.show_plan(parse("--llm", str(chat_folder), "--local"), [], tmp_path / "rows.jsonl")
    assert f"cost of asking {chat_folder.resolve()} " in capfd.readouterr().out


def test_an_interrupt_says_what_is_kept(tmp_path: Path) -> None:
    args = parse("--llm", "m", "--base-url", "http://127.0.0.1:1", "--store", str(tmp_path / "mine.sqlite"))
    with (
        pytest.raises(KeyboardInterrupt, match=r"0 answers are kept in .*mine.sqlite: run the same command again"),
        language_model.open_asker(args, tmp_path / "rows.jsonl") as asker,
    ):
        assert (asker.llm.model, asker.llm.concurrency, asker.budget.calls) == ("m", 8, None)
        raise KeyboardInterrupt


def test_a_cost_is_one_line(tmp_path: Path) -> None:
    args = parse("--llm", "m", "--base-url", "http://127.0.0.1:1", "--max-calls", "3", "--max-tokens", "9")
    with language_model.open_asker(args, tmp_path / "rows.jsonl") as asker:
        asker.run([])
        assert (asker.budget.calls, asker.budget.tokens) == (3, 9)
        assert language_model.spent(asker) == "0 calls, 0 answers from the store; 0 tokens read, 0 written"
    assert (tmp_path / "rows.answers.sqlite").exists()


def test_the_store_is_never_the_output(tmp_path: Path) -> None:
    args = parse("--llm", "m", "--base-url", "http://127.0.0.1:1", "--store", str(tmp_path / "rows.jsonl"))
    with pytest.raises(ValueError, match="need a file of their own"):
        language_model.show_plan(args, [], tmp_path / "rows.jsonl")
