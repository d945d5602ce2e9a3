"""What the tests of the pipelines share: a checkpoint on disk that knows a few insults."""

from pathlib import Path

import pytest
from transformers import BertForSequenceClassification, PreTrainedTokenizerBase


@pytest.fixture
def folder(
    tmp_path: Path, taught_model: BertForSequenceClassification, tiny_tokenizer: PreTrainedTokenizerBase
) -> Path:
    taught_model.save_pretrained(tmp_path)
    tiny_tokenizer.save_pretrained(tmp_path)
    return tmp_path
