"""A folder with small files and tiny models under the very names that the pages use."""

import csv
import json
from itertools import cycle, islice
from pathlib import Path
from typing import Any

from transformers import BertConfig, BertModel, PreTrainedModel, PreTrainedTokenizerFast

from hf_toxspan.data.files import write_rows
from hf_toxspan.modeling.checkpoint import PACKAGED_MODEL
from hf_toxspan.retrieval.demonstration_file import Demonstration
from hf_toxspan.retrieval.demonstrations import DemonstrationStore
from hf_toxspan.retrieval.embeddings import SentenceEmbedder
from tests.docs.parrot import write_parrot
from tests.toy_quadruples import build_encoder, toy_rows

WORDS = {
    "hatespeech": ["stupid", "dumb", "ugly"],
    "offensive": ["trash", "garbage", "idiot"],
    "normal": ["good", "kind", "nice"],
}
CHAT_MODELS = (
    "Qwen/Qwen2.5-7B-Instruct",
    "HuggingFaceTB/SmolLM2-135M-Instruct",
    "runs/srag/merged",
    "runs/judge/merged",
)
EMBEDDERS = ("BAAI/bge-large-zh-v1.5", "intfloat/multilingual-e5-small")
FRAMES = ("you are a {} friend", "this is {} and not what people like", "hello {} world", "he is so {} they say")


def labelled(count: int) -> list[dict[str, Any]]:
    """Return rows whose label and spans follow from one word, the three labels in turn."""
    rows = []
    frames, kinds = cycle(FRAMES), cycle(WORDS)
    for number, frame, label in islice(zip(range(count), frames, kinds, strict=False), count):
        word = WORDS[label][number // 3 % 3]
        start = frame.index("{")
        spans = [] if label == "normal" else [[start, start + len(word)]]
        text = f"{frame.format(word)} {number}"
        rows.append({"id": str(number), "text": text, "label": label, "toxic": bool(spans), "spans": spans})
    return rows


def write_data(folder: Path) -> None:
    """Write the data sets as their authors publish them, and plain files of rows."""
    rows = labelled(72)
    _write_cold(folder / "train.csv", rows[:48])
    _write_cold(folder / "dev.csv", rows[48:])
    _write_hatexplain(folder / "data", rows)
    _write_state(folder / "train.json")
    texts = ["What a stupid idea, you fool.", "今天天气真好。", "你这个蠢货！", "Đồ ngu!"]
    with (folder / "comments.csv").open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream).writerows([["id", "comment"], *enumerate(texts, start=1)])
    lines = [json.dumps({"id": place, "text": text}, ensure_ascii=False) for place, text in enumerate(texts, start=1)]
    (folder / "comments.jsonl").write_text("\n".join(lines), encoding="utf-8")
    write_rows(rows[:48], folder / "my_rows.jsonl")
    write_rows([row for row in rows[:48] if row["spans"]], folder / "my_spans.jsonl")
    write_rows(rows[48:], folder / "my_dev.jsonl")
    (folder / "insults.txt").write_text("fool\nidiot\nngu\n蠢货\n", encoding="utf-8")


def _write_cold(path: Path, rows: list[dict[str, Any]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(["", "split", "topic", "label", "TEXT"])
        writer.writerows([row["id"], path.stem, "race", int(row["toxic"]), row["text"]] for row in rows)


def _write_hatexplain(folder: Path, rows: list[dict[str, Any]]) -> None:
    folder.mkdir()
    posts = {}
    for row in rows:
        tokens = row["text"].split(" ")
        marked = row["text"][slice(*row["spans"][0])] if row["spans"] else None
        target = ["Women"] if row["toxic"] else ["None"]
        posts[row["id"]] = {
            "post_id": row["id"],
            "annotators": [{"label": row["label"], "annotator_id": n, "target": target} for n in range(3)],
            "rationales": [[int(token == marked) for token in tokens]] * 3 if marked else [],
            "post_tokens": tokens,
        }
    (folder / "dataset.json").write_text(json.dumps(posts), encoding="utf-8")
    ids = list(posts)
    divisions = {"train": ids[:48], "val": ids[48:60], "test": ids[60:]}
    (folder / "post_id_divisions.json").write_text(json.dumps(divisions), encoding="utf-8")


def _write_state(path: Path) -> None:
    names = ("Target", "Argument", "Group", "hateful")
    posts = []
    for number, row in enumerate(toy_rows()):
        (quad,) = row["quads"]
        values = (
            quad["target"] or "NULL",
            quad["argument"],
            ", ".join(quad["group"]) or "non-hate",
            "hate" if quad["hateful"] else "non-hate",
        )
        fields = {f"Q1 {name}": value for name, value in zip(names, values, strict=True)}
        posts.append({"id": number, "content": row["text"], "sen_hate": str(int(quad["hateful"])), **fields})
    path.write_text(json.dumps(posts, ensure_ascii=False), encoding="utf-8")


def write_models(
    folder: Path,
    tokenizer: PreTrainedTokenizerFast,
    *,
    classifier: PreTrainedModel,
    rationale: PreTrainedModel,
    embedder: Path,
) -> None:
    """Put tiny models where the pages name big ones, and what a training leaves behind."""
    sizes = {"hidden_size": 16, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 32}
    encoder = BertModel(BertConfig(vocab_size=len(tokenizer), max_position_embeddings=128, **sizes))
    models: dict[str, PreTrainedModel] = {
        "FacebookAI/xlm-roberta-base": encoder,
        "FacebookAI/roberta-base": encoder,
        "runs/cold": classifier,
        "runs/hatexplain": rationale,
        "runs/quads": build_encoder(tokenizer, lively=True),
    }
    for name, model in models.items():
        model.save_pretrained(folder / name)
        tokenizer.save_pretrained(folder / name)
    for name in CHAT_MODELS:
        write_parrot(folder / name, tokenizer)
    for name in EMBEDDERS:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).symlink_to(embedder)
    (folder / "path" / "to" / "this").mkdir(parents=True)
    (folder / "path" / "to" / "this" / "folder").symlink_to(PACKAGED_MODEL)
    write_rows(toy_rows()[:8], folder / "runs" / "srag" / "held_back.jsonl")
    examples = [Demonstration(row["id"], row["text"], "you | fool | others [END]", None) for row in toy_rows()[:8]]
    DemonstrationStore.build(
        examples, SentenceEmbedder(str(embedder)), folder=folder / "runs" / "srag" / "demonstrations"
    )
