"""`hf-toxspan evaluate`: a table for people, JSON for machines."""

import json
from pathlib import Path

import pytest
from transformers import BertForSequenceClassification, PreTrainedTokenizerFast

from hf_toxspan.cli.main import main

ROWS = [
    {"id": "1", "text": "you stupid idiot", "label": "toxic", "toxic": True, "spans": [[4, 16]]},
    {"id": "2", "text": "hello friend", "label": "clean", "toxic": False, "spans": []},
    {"id": "3", "text": "đồ ngu", "label": "toxic", "toxic": True, "spans": None},
]


@pytest.fixture
def arguments(
    tmp_path: Path, tiny_model: BertForSequenceClassification, tiny_tokenizer: PreTrainedTokenizerFast
) -> list[str]:
    tiny_model.save_pretrained(tmp_path / "model")
    tiny_tokenizer.save_pretrained(tmp_path / "model")
    data = tmp_path / "rows.jsonl"
    data.write_text("".join(json.dumps(row) + "\n" for row in ROWS), encoding="utf-8")
    return ["evaluate", "--model", str(tmp_path / "model"), "--data", str(data), "--device", "cpu"]


def test_model_stands_beside_the_trivial_baselines(
    arguments: list[str], tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    output = tmp_path / "report.json"
    assert main([*arguments, "--output", str(output), "--lexicon", str(tmp_path / "rows.jsonl")]) == 0
    report = json.loads(output.read_text(encoding="utf-8"))
    assert (report["rows"], report["toxic"], report["annotated"]) == (3, 2, 2)
    names = list(report["systems"])
    assert names[:2] == ["mark everything", "mark nothing"] and "lexicon" in names[2] and names[3] == arguments[2]
    assert "mark everything" in capfd.readouterr().out


@pytest.mark.parametrize(
    ("more", "message"),
    [
        (["--batch-size", "0"], "--batch-size is 0"),
        (["--data", "/no/such.jsonl"], "/no/such.jsonl"),
        (["--model", "/no/such/model"], "does not exist"),
        (["--output", "/no/such/report.json"], "does not exist"),
    ],
)
def test_wrong_options_are_one_line_and_status_2(
    arguments: list[str], more: list[str], message: str, capfd: pytest.CaptureFixture[str]
) -> None:
    assert main([*arguments, *more]) == 2
    assert message in capfd.readouterr().err


def test_report_is_never_replaced_without_force(
    arguments: list[str], tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    output = tmp_path / "report.json"
    output.write_text("precious")
    assert main([*arguments, "--output", str(output)]) == 2
    assert "pass --force" in capfd.readouterr().err
    assert output.read_text() == "precious"
    assert main([*arguments, "--output", str(output), "--force"]) == 0
    assert json.loads(output.read_text(encoding="utf-8"))["rows"] == 3
