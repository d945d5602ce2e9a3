"""What the tests of the recipes share: an ablation and a rationale model of seconds."""

from pathlib import Path

import pytest
from transformers import PreTrainedModel, PreTrainedTokenizerBase

from hf_toxspan.data.files import write_rows
from hf_toxspan.data.sources import load_data
from hf_toxspan.recipes.ablation_rows import AblationOptions
from hf_toxspan.recipes.rated_rows import RatedOptions


@pytest.fixture
def ablation_options(
    tmp_path: Path, tiny_model: PreTrainedModel, tiny_tokenizer: PreTrainedTokenizerBase
) -> AblationOptions:
    """A tiny model, 60 annotated toxic rows of the packaged sample, 20 rows with labels alone."""
    tiny_model.save_pretrained(tmp_path / "model")
    tiny_tokenizer.save_pretrained(tmp_path / "model")
    rows = load_data("sample:train").to_list()
    columns = ("id", "text", "label", "toxic", "spans")
    parts = {
        "spans": [row for row in rows if row["spans"]][:60],
        "labels": [row for row in rows if not row["toxic"]][:20],
    }
    for name, part in parts.items():
        write_rows([{column: row[column] for column in columns} for row in part], tmp_path / f"{name}.jsonl")
    return AblationOptions(
        model=str(tmp_path / "model"),
        spans=[str(tmp_path / "spans.jsonl")],
        labels=[str(tmp_path / "labels.jsonl")],
        output=str(tmp_path / "out"),
        seeds=[1],
        epochs=1,
        batch_size=16,
    )


@pytest.fixture
def rated_options(
    tmp_path: Path, taught_model: PreTrainedModel, tiny_tokenizer: PreTrainedTokenizerBase
) -> RatedOptions:
    """A tiny encoder that knows a few toxic words, and short texts with three labels whose evidence is such a word."""
    taught_model.save_pretrained(tmp_path / "model")
    tiny_tokenizer.save_pretrained(tmp_path / "model")
    kinds = [("you are a {} friend", "hate"), ("this is {} and not nice", "rude"), ("hello {} world", "normal")]
    words = {
        "hate": ["stupid", "dumb", "ugly"],
        "rude": ["trash", "garbage", "idiot"],
        "normal": ["good", "kind", "nice"],
    }
    rows = []
    for number in range(60):
        frame, label = kinds[number % 3]
        word = words[label][number // 3 % 3]
        start = frame.index("{")
        spans = [] if label == "normal" else [[start, start + len(word)]]
        text = frame.format(word)
        rows.append({"id": str(number), "text": text, "label": label, "toxic": bool(spans), "spans": spans})
    write_rows(rows[:45], tmp_path / "train.jsonl")
    write_rows(rows[45:], tmp_path / "dev.jsonl")
    return RatedOptions(
        model=str(tmp_path / "model"),
        train=[str(tmp_path / "train.jsonl")],
        dev=[str(tmp_path / "dev.jsonl")],
        output=str(tmp_path / "out"),
        epochs=12,
        batch_size=8,
        learning_rate=5e-3,
        tune_share=0.2,
    )
