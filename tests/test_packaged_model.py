"""The model inside the package keeps what the README says of it."""

import gzip
import json
from itertools import islice
from pathlib import Path

import pytest
from transformers import Pipeline, pipeline

import hf_toxspan  # noqa: F401  (registers the task)
from hf_toxspan.core.class_scores import score_classes
from hf_toxspan.core.span_scores import score_spans
from hf_toxspan.evaluation.baselines import everything
from hf_toxspan.modeling.checkpoint import PACKAGED_MODEL


@pytest.fixture(scope="module")
def pipe() -> Pipeline:
    return pipeline("toxic-span-extraction")


def test_it_takes_at_most_16_megabytes() -> None:
    assert sum(file.stat().st_size for file in Path(PACKAGED_MODEL).iterdir()) <= 16_000_000


def test_it_needs_no_code_of_its_own() -> None:
    config = json.loads(Path(PACKAGED_MODEL, "config.json").read_text(encoding="utf-8"))
    assert not {"auto_map", "custom_pipelines"} & set(config)
    assert config["toxic_labels"] == ["toxic"]


@pytest.mark.parametrize(
    ("text", "word"),
    [("What a stupid idea, you fool.", "stupid"), ("你这个蠢货！", "蠢"), ("Đồ ngu!", "ngu")],
)
def test_it_quotes_the_insult_in_three_languages(pipe: Pipeline, text: str, word: str) -> None:
    result = pipe(text)
    assert result["label"] == "toxic"
    assert any(word in span["text"] for span in result["spans"])


@pytest.mark.parametrize("text", ["What a lovely day.", "今天天气真好。", "Chúc bạn một ngày tốt lành!"])
def test_it_leaves_friendly_texts_alone(pipe: Pipeline, text: str) -> None:
    assert (pipe(text)["label"], pipe(text)["spans"]) == ("clean", [])


@pytest.mark.parametrize(
    ("name", "macro_f1"), [("cold", 0.84), ("vihos", 0.80), ("hatexplain", 0.72)], ids=["zh", "vi", "en"]
)
def test_classes_on_real_development_data(pipe: Pipeline, real_data: Path, name: str, macro_f1: float) -> None:
    with gzip.open(real_data / name / "dev.jsonl.gz", "rt", encoding="utf-8") as lines:
        rows = [json.loads(line) for line in islice(lines, 300)]
    results = pipe([row["text"] for row in rows])
    scores = score_classes([result["label"] == "toxic" for result in results], [row["toxic"] for row in rows])
    assert scores.macro_f1 > macro_f1 - 0.04  # 300 texts: a standard error of about 2 points


def test_spans_beat_marking_everything_on_real_vietnamese(pipe: Pipeline, real_data: Path) -> None:
    with gzip.open(real_data / "vihos" / "dev.jsonl.gz", "rt", encoding="utf-8") as lines:
        rows = [row for row in map(json.loads, lines) if row["spans"]][:200]
    found = pipe([row["text"] for row in rows], explain_all=True)
    gold = [row["spans"] for row in rows]
    ours = score_spans([[(span["start"], span["end"]) for span in result["spans"]] for result in found], gold)
    assert ours.char_f1 > score_spans([everything(row["text"]) for row in rows], gold).char_f1 + 0.1
