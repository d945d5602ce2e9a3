"""`hf-toxspan extract` with a real model: every input, every output, resuming."""

import csv
import io
import json
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
import torch
from transformers import BertForSequenceClassification, PreTrainedTokenizerFast

from hf_toxspan.cli import classifier
from hf_toxspan.cli.main import main

TEXTS = ["you stupid idiot", "hello friend", "你这个笨蛋", "", "đồ ngu 😡"] * 4


@pytest.fixture
def model(tmp_path: Path, tiny_model: BertForSequenceClassification, tiny_tokenizer: PreTrainedTokenizerFast) -> str:
    """Folder of a tiny model that finds some texts toxic and some not."""
    with torch.no_grad():
        tiny_model.classifier.weight.mul_(40)
    tiny_model.save_pretrained(tmp_path / "model")
    tiny_tokenizer.save_pretrained(tmp_path / "model")
    return str(tmp_path / "model")


@pytest.fixture
def extract(model: str) -> Callable[..., int]:
    """The command with the tiny model on the CPU."""

    def run(*arguments: str) -> int:
        return main(["extract", "--model", model, "--device", "cpu", *arguments])

    return run


@pytest.fixture
def comments(tmp_path: Path) -> Path:
    path = tmp_path / "comments.jsonl"
    lines = [json.dumps({"id": f"c{n}", "text": text, "label": "x"}) for n, text in enumerate(TEXTS)]
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


def rows_of(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_bytes().splitlines()]


def fail_after(monkeypatch: pytest.MonkeyPatch, calls: int, error: BaseException) -> None:
    """Let the model answer some times, then raise."""
    load = classifier.load_classify

    def load_failing(*args: Any, **options: Any) -> Callable[[list[str]], Sequence[Any]]:
        classify, left = load(*args, **options), [calls]

        def failing(texts: list[str]) -> Sequence[Any]:
            left[0] -= 1
            if left[0] < 0:
                raise error
            return classify(texts)

        return failing

    monkeypatch.setattr(classifier, "load_classify", load_failing)


def test_texts_give_a_row_each_with_spans_of_the_text(
    extract: Callable[..., int], capfd: pytest.CaptureFixture[str]
) -> None:
    assert extract(*TEXTS[:5], "--explain-all") == 0
    rows = [json.loads(line) for line in capfd.readouterr().out.splitlines()]
    assert [row["text"] for row in rows] == TEXTS[:5]
    assert list(rows[0]) == ["id", "text", "label", "score", "toxic", "spans"]
    assert all(row["toxic"] == (row["label"] == "toxic") for row in rows)
    spans = [(row["text"][span["start"] : span["end"]], span["text"]) for row in rows for span in row["spans"]]
    assert spans and all(cut == quoted for cut, quoted in spans)


def test_terminal_view_has_brackets_where_there_is_no_colour(
    extract: Callable[..., int], capfd: pytest.CaptureFixture[str]
) -> None:
    assert extract("you idiot \x1b[31m", "--format", "terminal", "--explain-all") == 0
    out = capfd.readouterr().out
    assert "[[" in out and "\x1b" not in out and "<U+001B>" in out


def test_pipe_is_read_a_text_a_line(
    extract: Callable[..., int], capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO("you\n你\n".encode())))
    assert extract() == 0
    assert [json.loads(line)["text"] for line in capfd.readouterr().out.splitlines()] == ["you", "你"]


@pytest.mark.parametrize("suffix", ["jsonl", "csv", "html"])
def test_every_output_format_has_every_record(
    extract: Callable[..., int], comments: Path, tmp_path: Path, suffix: str, capfd: pytest.CaptureFixture[str]
) -> None:
    output = tmp_path / f"out.{suffix}"
    assert extract("--input", str(comments), "--output", str(output), "--saliency") == 0
    content = output.read_text(encoding="utf-8")
    if suffix == "html":
        assert content.count("<article") == len(TEXTS)
    else:
        rows = rows_of(output) if suffix == "jsonl" else list(csv.DictReader(io.StringIO(content, newline="")))
        assert [(row["id"], row["text"], row["input_label"]) for row in rows] == [
            (f"c{n}", text, "x") for n, text in enumerate(TEXTS)
        ]
        assert "saliency" in rows[0]
    assert "20 records" in capfd.readouterr().err
    assert not list(tmp_path.glob("*.partial*"))


@pytest.mark.parametrize("format_name", ["csv", "html"])
def test_whole_formats_go_to_standard_output_too(
    extract: Callable[..., int], format_name: str, capfd: pytest.CaptureFixture[str]
) -> None:
    assert extract("you idiot", "--format", format_name) == 0
    out = capfd.readouterr().out
    assert out.startswith("id,text,label" if format_name == "csv" else "<!DOCTYPE html>")


@pytest.mark.parametrize("error", [KeyboardInterrupt(), OSError("disk gone")])
def test_interrupted_run_goes_on_to_the_same_result(
    extract: Callable[..., int],
    comments: Path,
    tmp_path: Path,
    capfd: pytest.CaptureFixture[str],
    error: BaseException,
) -> None:
    whole, output = tmp_path / "whole.jsonl", tmp_path / "out.jsonl"
    arguments = ["--input", str(comments), "--batch-size", "1"]
    assert extract(*arguments, "--output", str(whole)) == 0
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("hf_toxspan.cli.extract_to._BATCHES", 3)
        fail_after(patch, 2, error)
        status = extract(*arguments, "--output", str(output))
    interrupted = isinstance(error, KeyboardInterrupt)
    assert status == (130 if interrupted else 2)
    assert ("after 6 records; run the same command again" if interrupted else "disk gone") in capfd.readouterr().err
    partial = tmp_path / "out.jsonl.partial"
    assert len(rows_of(partial)) == 6
    partial.write_bytes(partial.read_bytes()[:-9])
    assert extract(*arguments, "--output", str(output)) == 0
    assert "going on after 5 records" in capfd.readouterr().err
    assert output.read_bytes() == whole.read_bytes()


def test_changed_options_or_input_are_no_continuation(
    extract: Callable[..., int], comments: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    arguments = ["--input", str(comments), "--output", str(tmp_path / "out.jsonl")]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("hf_toxspan.cli.extract_to._BATCHES", 1)
        fail_after(patch, 1, KeyboardInterrupt())
        assert extract(*arguments, "--batch-size", "2") == 130
    capfd.readouterr()
    assert extract(*arguments, "--max-spans", "1") == 2
    assert "max spans was None, is 1" in capfd.readouterr().err
    comments.write_text('{"text": "other"}')
    assert extract(*arguments) == 2
    assert "input bytes was" in capfd.readouterr().err
    assert extract(*arguments, "--restart") == 0
    assert [row["text"] for row in rows_of(tmp_path / "out.jsonl")] == ["other"]


def test_bad_line_stops_with_file_and_line_and_skip_goes_on(
    extract: Callable[..., int], tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    source, output = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
    source.write_bytes(b'{"text": "a"}\n{"text": \n{"text": "b"}\n')
    assert extract("--input", str(source), "--output", str(output)) == 2
    assert f"{source}, line 2: invalid JSON" in capfd.readouterr().err
    assert extract("--input", str(source), "--output", str(output), "--on-error", "skip", "--quiet") == 0
    assert "1 not read" in capfd.readouterr().err
    first, second, third = rows_of(output)
    assert (first["text"], third["text"]) == ("a", "b")
    assert list(second) == ["line", "error"] and second["line"] == 2


def test_output_is_never_replaced_without_force(
    extract: Callable[..., int], comments: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    output = tmp_path / "out.jsonl"
    output.write_text("precious")
    assert extract("--input", str(comments), "--output", str(output)) == 2
    assert "pass --force" in capfd.readouterr().err
    assert output.read_text() == "precious"
    assert extract("--input", str(comments), "--output", str(output), "--force") == 0
    assert len(rows_of(output)) == len(TEXTS)


def test_input_is_never_the_output(
    extract: Callable[..., int], comments: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    before = comments.read_bytes()
    assert extract("--input", str(comments), "--output", str(comments), "--force") == 2
    assert "is the input and the output" in capfd.readouterr().err
    assert comments.read_bytes() == before


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["a", "--input", "b.txt"], "pass one of them"),
        (["--input", "/no/such.txt"], "found nothing"),
        (["a", "--output", "out.xlsx"], "pass --format"),
        (["a", "--output", "out.csv", "--format", "terminal"], "--format terminal is a view"),
        (["a", "--force"], "pass --output FILE too"),
        (["a", "--output", "/no/such/folder/out.csv"], "does not exist"),
        (["a\udcff"], "arguments, line 1: the text holds the lone surrogate"),
    ],
)
def test_wrong_options_are_one_line_and_status_2(
    extract: Callable[..., int], arguments: list[str], message: str, capfd: pytest.CaptureFixture[str]
) -> None:
    assert extract(*arguments) == 2
    err = capfd.readouterr().err
    assert err.startswith("hf-toxspan: error: ") and message in err and err.count("\n") == 1


def test_model_folder_that_is_missing_or_broken_is_one_line(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["extract", "a", "--model", str(tmp_path / "no")]) == 2
    assert "does not exist" in capfd.readouterr().err
    (tmp_path / "config.json").write_text("{")
    assert main(["extract", "a", "--model", str(tmp_path)]) == 2
    err = capfd.readouterr().err
    assert "can't load the model" in err and err.count("\n") == 1


def test_no_text_at_a_terminal_is_said(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    assert main(["extract"]) == 2
    assert "nothing to look at" in capfd.readouterr().err


@pytest.mark.parametrize("value", ["0", "-1", "x"])
def test_batch_size_is_a_positive_number(value: str, capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stop:
        main(["extract", "a", "--batch-size", value])
    assert stop.value.code == 2
    assert "no whole number of at least 1" in capfd.readouterr().err
