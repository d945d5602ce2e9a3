"""What the tests of the recipes share: an ablation of seconds."""

from pathlib import Path

import pytest
from transformers import PreTrainedModel, PreTrainedTokenizerBase

from hf_toxspan.data.files import write_rows
from hf_toxspan.data.sources import load_data
from hf_toxspan.recipes.ablation_rows import AblationOptions


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
