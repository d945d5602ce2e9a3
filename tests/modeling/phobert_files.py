"""A PhoBERT in small: its two files, learnt from a few sentences, and a segmenter that needs no library."""

import json
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from tokenizers import Tokenizer
from tokenizers.models import BPE
from tokenizers.trainers import BpeTrainer
from transformers import RobertaConfig, RobertaForSequenceClassification

_SENTENCES = """
Tôi là sinh_viên trường đại_học bách_khoa hà_nội .
Các bạn sinh_viên rất vui_vẻ và tốt_bụng , tôi rất quý_mến các bạn !
Đồ ngu , bạn không biết gì hết à ? Bạn thật là ngu_ngốc .
Hôm_nay trời đẹp quá , chúng_ta đi chơi công_viên nhé bạn .
Đừng ngu_ngốc như vậy , sinh_viên đại_học mà không biết đọc sách !
Xem thêm ở https://example.org/bai_viet?id=1 nhé các bạn :))
"""
READ = _SENTENCES.split()
"""The words, as PhoBERT reads them."""
WORDS = sorted({word.replace("_", " ") for word in READ if "_" in word})
_WORD = re.compile("|".join(WORDS).replace(" ", r"\s+") + r"|\w+|[^\w\s]+", re.IGNORECASE)
LEFT_OUT = {"qu@@", "?"}
"""Pieces that the vocabulary lacks, as PhoBERT's lacks rare ones."""


def segment(text: str) -> list[str]:
    """Find the words of `READ`, and cut off punctuation."""
    return [re.sub(r"\s+", "_", word) for word in _WORD.findall(text)]


def write_phobert(folder: Path) -> Path:
    """Write `vocab.txt` and `bpe.codes` as fastBPE does: the vocabulary holds only pieces that are left in the end."""
    learner = Tokenizer(BPE(end_of_word_suffix="</w>"))
    trainer = BpeTrainer(vocab_size=200, end_of_word_suffix="</w>", show_progress=False)
    learner.train_from_iterator(READ, trainer)  # one word each
    merges = json.loads(learner.to_str())["model"]["merges"]
    counts = Counter(piece for word in READ for piece in _pieces(learner.model, word) if piece not in LEFT_OUT)
    (folder / "bpe.codes").write_text("".join(f"{left} {right} 7\n" for left, right in merges), encoding="utf-8")
    lines = [f"{piece} {count}\n" for piece, count in counts.most_common()]
    (folder / "vocab.txt").write_text("".join(lines), encoding="utf-8")
    return folder


def write_model(folder: Path, vocab_size: int) -> None:
    """Write a two-layer RoBERTa of 64 positions that names its tokenizer as PhoBERT's checkpoints do."""
    config = RobertaConfig(
        vocab_size=vocab_size,
        hidden_size=16,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=32,
        max_position_embeddings=66,
        type_vocab_size=1,
        tokenizer_class="PhobertTokenizer",
        id2label={0: "clean", 1: "toxic"},
        label2id={"clean": 0, "toxic": 1},
    )
    RobertaForSequenceClassification(config).save_pretrained(folder)


def _pieces(model: BPE, word: str) -> Iterator[str]:
    *continued, last = [token.value for token in model.tokenize(word)]
    yield from (f"{piece}@@" for piece in continued)
    yield last.removesuffix("</w>")
