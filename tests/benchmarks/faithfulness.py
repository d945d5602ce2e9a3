"""How much faithfulness depends on how words are taken away: HateXplain deletes them, RATeD hides them.

    HF_TOXSPAN_TEST_DATA=... python tests/benchmarks/faithfulness.py [--posts 600]

The packaged model, on toxic posts of HateXplain dev, and rationales that need no explanation method. HateXplain scores
all posts and keeps negative differences; RATeD gives hidden tokens the unknown id and no attention, keeps posts that
the model calls toxic, and counts negative differences as 0. Takes a minute.
"""

import argparse
import gzip
import json
import os
import random
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import torch
from rich.console import Console
from rich.table import Table
from transformers import AutoModelForSequenceClassification, AutoTokenizer

from hf_toxspan.modeling.checkpoint import PACKAGED_MODEL
from hf_toxspan.scoring.catalogue import METRICS
from hf_toxspan.scoring.metric import compute

Row = dict[str, Any]
Words = set[int]
Encode = Callable[[Row, Words], Any]


def delete(row: Row, kept: Words) -> Any:
    """Tokenize what is left."""
    words = [word for place, word in enumerate(row["tokens"]) if place in kept]
    return TOKENIZER(words, is_split_into_words=True, truncation=True, return_tensors="pt")


def hide(row: Row, kept: Words) -> Any:
    """Tokenize everything, then hide what is not left."""
    encoded = TOKENIZER(row["tokens"], is_split_into_words=True, truncation=True, return_tensors="pt")
    hidden = torch.tensor([[word is not None and word not in kept for word in encoded.word_ids()]])
    encoded["input_ids"][hidden], encoded["attention_mask"][hidden] = TOKENIZER.unk_token_id, 0
    return encoded


def probabilities(rows: list[Row], kept: Iterable[Words], encode: Encode) -> torch.Tensor:
    """Return the class probabilities of what is left of each post, (posts, classes)."""
    with torch.inference_mode():
        return torch.cat(
            [MODEL(**encode(row, words)).logits.softmax(-1) for row, words in zip(rows, kept, strict=True)]
        )


def everything(row: Row) -> Words:
    """Return the places of all words."""
    return set(range(len(row["tokens"])))


def main() -> None:
    """Print comprehensiveness and sufficiency of each rationale, both ways."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--posts", type=int, default=600)
    posts = parser.parse_args().posts
    file = Path(os.environ.get("HF_TOXSPAN_TEST_DATA", ""), "hatexplain", "dev.jsonl.gz")
    if not file.is_file():
        Console().print("skipped, the folder HF_TOXSPAN_TEST_DATA holds no hatexplain/dev.jsonl.gz")
        return
    with gzip.open(file, "rt", encoding="utf-8") as lines:
        rows = [row for row in map(json.loads, lines) if row["toxic"]][:posts]
    whole = probabilities(rows, map(everything, rows), delete)
    predicted = whole.argmax(-1)
    toxic = [
        place for place, label in enumerate(predicted) if MODEL.config.id2label[int(label)] in MODEL.config.toxic_labels
    ]
    draw = random.Random(0)
    built = Table(title=f"HateXplain dev, {len(rows)} toxic posts, {len(toxic)} called toxic", title_justify="left")
    for column in (
        "rationale",
        *(f"{way} {part}" for way in ("deleted", "hidden, clipped") for part in ("comp", "suff")),
    ):
        built.add_column(column, justify="left" if column == "rationale" else "right")
    for name, choose in {
        "annotators' union": lambda row: {place for place, marked in enumerate(row["rationale_union"]) if marked},
        "as many words at random": lambda row: set(draw.sample(sorted(everything(row)), sum(row["rationale_union"]))),
        "everything": everything,
        "nothing": lambda row: set(),
    }.items():
        rationales, cells = [choose(row) for row in rows], []
        for encode, posts, clip in ((delete, range(len(rows)), False), (hide, toxic, True)):
            others = [everything(row) - words for row, words in zip(rows, rationales, strict=True)]
            full, without, only = (
                table.gather(1, predicted[:, None])[list(posts), 0].tolist()
                for table in (whole, probabilities(rows, others, encode), probabilities(rows, rationales, encode))
            )
            inputs = {"full": full, "without": without, "only": only, "clip": clip}
            found = compute(METRICS["rationale_faithfulness"], inputs)
            cells += [f"{100 * found[part]:.1f}" for part in ("comprehensiveness", "sufficiency")]
        built.add_row(name, *cells)
    Console().print(built)


TOKENIZER = AutoTokenizer.from_pretrained(PACKAGED_MODEL)
MODEL = AutoModelForSequenceClassification.from_pretrained(PACKAGED_MODEL).eval()

if __name__ == "__main__":
    main()
