"""A sentence-transformers model of a tiny BERT, for every test that needs vectors of texts."""

import pytest
import torch
from transformers import BertConfig, BertModel, PreTrainedTokenizerFast


@pytest.fixture(scope="session")
def encoder_folder(tiny_tokenizer: PreTrainedTokenizerFast, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The folder of a model that turns a text into the mean of 16 numbers a token: random, the same in each run."""
    sentence_transformers = pytest.importorskip("sentence_transformers")
    folder = tmp_path_factory.mktemp("encoder")
    config = BertConfig(
        vocab_size=len(tiny_tokenizer),
        hidden_size=16,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=32,
        max_position_embeddings=128,
    )
    with torch.random.fork_rng():
        torch.manual_seed(0)
        BertModel(config).save_pretrained(folder / "bert")
    tiny_tokenizer.save_pretrained(folder / "bert")
    model = sentence_transformers.SentenceTransformer(str(folder / "bert"), device="cpu")
    model.max_seq_length = 16
    model.save(str(folder / "encoder"))
    return str(folder / "encoder")
