"""What gradient constraints bring over cross entropy alone, at the same budget and with the same extractor.

    HF_TOXSPAN_TEST_DATA=... python tests/benchmarks/gradient_constraints.py FOLDER runs/ce --lambda-grad 0
    HF_TOXSPAN_TEST_DATA=... python tests/benchmarks/gradient_constraints.py FOLDER runs/gc --lambda-grad 1 \
        --resume runs/ce/checkpoint-437

Train: COLD train (no spans) and 80 % of ToxiRewriteCN train (spans), each of these three times an epoch, one epoch, the
constraints on in its second half; rows that are also in COLD dev are left out. Test: spans on the other 20 % of
ToxiRewriteCN train (split by a hash of the id), classes on COLD dev. The two arms share the first half: the second one
goes on from the first one's checkpoint, with the same order, seed and schedule. Results: tests/benchmarks/README.md.
"""

import argparse
import hashlib
import os
import random
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from datasets import concatenate_datasets
from rich.console import Console
from rich.table import Table

from hf_toxspan.core.bicse import BiCSE, extract, tune
from hf_toxspan.core.class_scores import score_classes
from hf_toxspan.core.span_scores import score_spans
from hf_toxspan.core.spans import Span
from hf_toxspan.data.collator import SpanCollator
from hf_toxspan.data.encoding import encode
from hf_toxspan.data.files import read_rows
from hf_toxspan.evaluation import baselines
from hf_toxspan.modeling.checkpoint import load_classifier
from hf_toxspan.modeling.extraction import SpanExtractor
from hf_toxspan.training.arguments import GradientConstrainedTrainingArguments
from hf_toxspan.training.gradient_constrained import GradientConstrainedTrainer

COLUMNS = ["id", "text", "label", "toxic", "spans", "also_in"]
LABELS = {"clean": 0, "toxic": 1}


def read(name: str) -> Any:
    """Read a normalised set as rows with the two labels."""
    rows = read_rows(Path(os.environ["HF_TOXSPAN_TEST_DATA"], f"{name}.jsonl.gz")).select_columns(COLUMNS)
    return rows.map(lambda row: {"label": "toxic" if row["toxic"] else "clean"})


def is_test(row: dict[str, Any]) -> bool:
    """Tell the 20 % whose spans are tested."""
    return int(hashlib.sha256(row["id"].encode()).hexdigest(), 16) % 5 == 0


def train(args: argparse.Namespace, rows: Any, model: Any, tokenizer: Any) -> None:
    """Train one arm."""
    arguments = GradientConstrainedTrainingArguments(
        output_dir=args.output,
        num_train_epochs=1,
        warmup_epochs=0.5,
        lambda_grad=args.lambda_grad,
        learning_rate=5e-5,
        warmup_steps=0.06,
        weight_decay=0.01,
        per_device_train_batch_size=32,
        train_sampling_strategy="group_by_length",
        bf16=True,
        save_steps=437,
        logging_steps=50,
        report_to="none",
        seed=1,
        use_cpu=args.cpu,
    )
    encoded = encode(rows, tokenizer, label2id=LABELS, max_length=128)
    collate = SpanCollator(tokenizer)
    trainer = GradientConstrainedTrainer(
        model, arguments, train_dataset=encoded, data_collator=collate, processing_class=tokenizer
    )
    trainer.train(resume_from_checkpoint=args.resume)
    trainer.save_model(args.output)


def span_lines(extractor: SpanExtractor, tuning: Sequence[Any], test: Sequence[Any], lexicon: Any) -> dict[str, Any]:
    """Score the spans of the test rows: the model with default and tuned thresholds, and the trivial systems."""
    texts = [row["text"] for row in test]
    saliency = [explanation.saliency for explanation in extractor(texts, explain_all=True)]
    held = [row["text"] for row in tuning]
    explained = [explanation.saliency for explanation in extractor(held, explain_all=True)]
    tuned = tune([values for values in explained if values is not None], held, [row["spans"] for row in tuning])
    found: dict[str, list[list[Span]]] = {
        f"model, {name}": [extract(values, text, bicse) for values, text in zip(saliency, texts, strict=True)]
        for name, bicse in (("default thresholds", BiCSE()), ("thresholds tuned on train", tuned))
    }
    for name, system in (("mark everything", baselines.everything), ("lexicon", baselines.lexicon(lexicon))):
        found[name] = [system(text) for text in texts]
    gold = [row["spans"] for row in test]
    return {name: score_spans(spans, gold) for name, spans in found.items()}


def main() -> None:
    """Train one arm and print its scores beside the trivial systems."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model")
    parser.add_argument("output")
    parser.add_argument("--lambda-grad", type=float, required=True)
    parser.add_argument("--resume")
    parser.add_argument("--cpu", action="store_true")
    args = parser.parse_args()

    cold, dev, rewrites = read("cold/train"), read("cold/dev"), read("toxirewritecn/train")
    test = rewrites.filter(is_test)
    known = rewrites.filter(lambda row: not is_test(row) and "cold/dev" not in row["also_in"])
    model, tokenizer = load_classifier(args.model, num_labels=2, id2label={0: "clean", 1: "toxic"}, label2id=LABELS)
    train(args, concatenate_datasets([cold, known, known, known]), model, tokenizer)

    extractor = SpanExtractor(model, tokenizer)
    tuning = random.Random(0).sample(known.filter(lambda row: bool(row["spans"])).to_list(), 300)
    table = Table(title=f"lambda_grad {args.lambda_grad}: spans of {len(test)} ToxiRewriteCN texts")
    fields = ("overlap_f1", "char_precision", "char_recall", "char_f1", "char_iou")
    for column in ("system", *fields):
        table.add_column(column.replace("_", " "))
    lines = span_lines(extractor, tuning, test.to_list(), baselines.mine_lexicon(known.to_list()))
    for name, scores in lines.items():
        table.add_row(name, *(f"{100 * getattr(scores, field):.1f}" for field in fields))
    console = Console()
    console.print(table)
    predicted = [explanation.toxic for explanation in extractor(dev["text"])]
    console.print(f"COLD dev: macro-F1 {100 * score_classes(predicted, dev['toxic']).macro_f1:.2f}")


if __name__ == "__main__":
    main()
