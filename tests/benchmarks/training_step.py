"""What a gradient-constrained step costs beside a plain cross-entropy step on the same batch, in one run.

    HF_TOXSPAN_TEST_DATA=... python tests/benchmarks/training_step.py --model FOLDER

Batches come from real rows: "all toxic" is the worst case, every sentence annotated and toxic; "as they come" draws
ViHOS training rows, about half of them toxic. Without the real data the packaged sample stands in for both. A step is
forward, backward and optimiser; medians of --steps interleaved steps. Results: tests/benchmarks/README.md.
"""

import argparse
import os
import statistics
import time
from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import torch
from rich.console import Console
from rich.table import Table
from torch import Tensor
from transformers import logging as transformers_logging

from hf_toxspan.data.collator import SpanCollator
from hf_toxspan.data.encoding import encode
from hf_toxspan.data.sources import load_data
from hf_toxspan.modeling.checkpoint import PACKAGED_MODEL, load_classifier
from hf_toxspan.modeling.labels import ToxicLabels
from hf_toxspan.training.objective import Constraints, count_sentences, loss_sums

CONSTRAINTS = Constraints(0.5, 0.6, 0.15)
LABELS = ToxicLabels(("clean", "toxic"), (1,))


def read_rows() -> tuple[Any, str]:
    """Return annotated rows and what they are."""
    folder = os.environ.get("HF_TOXSPAN_TEST_DATA")
    name = str(Path(folder, "vihos", "train.jsonl.gz")) if folder else "sample:train"
    rows = load_data(name)
    return rows.map(lambda row: {"label": LABELS.names[row["toxic"]]}), "ViHOS train" if folder else name


def make_batches(rows: Sequence[Mapping[str, Any]], tokenizer: Any, size: int, count: int) -> list[dict[str, Tensor]]:
    """Return the first rows as padded batches."""
    encoded = encode(rows, tokenizer, label2id={"clean": 0, "toxic": 1}, max_length=128)
    collate = SpanCollator(tokenizer)
    starts = range(0, min(count * size, len(encoded) - size + 1), size)
    return [collate([encoded[start + row] for row in range(size)]) for start in starts]


def step(model: Any, optimiser: Any, batch: dict[str, Tensor], constraints: Constraints | None, bf16: bool) -> float:
    """Take one optimisation step and return its seconds."""
    inputs = {name: value for name, value in batch.items() if name not in {"labels", "token_labels"}}
    start = time.perf_counter()
    with torch.autocast("cpu", torch.bfloat16) if bf16 else nullcontext():
        sums = loss_sums(
            model, model.get_input_embeddings(), LABELS.margin, inputs, batch["labels"], batch["token_labels"],
            constraints=constraints,
        )  # fmt: skip
    sentences, constrained = count_sentences(batch["token_labels"]).clamp(min=1)
    (sums.cross_entropy / sentences + sums.constraints / constrained).backward()
    optimiser.step()
    optimiser.zero_grad()
    return time.perf_counter() - start


def main() -> None:
    """Time the contenders in turns and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", default=PACKAGED_MODEL)
    parser.add_argument("--batch-size", type=int, default=16)
    parser.add_argument("--steps", type=int, default=10)
    parser.add_argument("--bf16", action="store_true")
    args = parser.parse_args()
    transformers_logging.set_verbosity_error()

    rows, name = read_rows()
    rows = rows.filter(lambda row: row["spans"] is not None)
    table = Table(title=f"{name}, batch size {args.batch_size}, {torch.get_num_threads()} threads, bf16 {args.bf16}")
    for column in ("batch", "step", "ms", "x plain"):
        table.add_column(column, justify="right" if column in {"ms", "x plain"} else "left")
    for kind, chosen in (("as they come", rows), ("all toxic", rows.filter(lambda row: bool(row["spans"])))):
        contenders = {}
        for attention in ("sdpa", "eager"):
            model, tokenizer = load_classifier(args.model, attn_implementation=attention, num_labels=2)
            contenders[attention] = (model.train(), torch.optim.AdamW(model.parameters(), lr=1e-6))
        seconds: dict[str, list[float]] = {}
        for batch in make_batches(chosen, tokenizer, args.batch_size, args.steps):
            for label, attention, constraints in (
                ("cross entropy, fused attention", "sdpa", None),
                ("cross entropy, eager", "eager", None),
                ("gradient-constrained, math kernel", "sdpa", CONSTRAINTS),
                ("gradient-constrained, eager", "eager", CONSTRAINTS),
            ):
                took = step(*contenders[attention], batch, constraints, args.bf16)
                seconds.setdefault(label, []).append(took)
        plain = statistics.median(seconds["cross entropy, fused attention"])
        for label, values in seconds.items():
            median = statistics.median(values)
            table.add_row(kind, label, f"{1000 * median:.0f}", f"{median / plain:.2f}")
    Console().print(table)


if __name__ == "__main__":
    main()
