"""What a gradient-constrained step costs beside a plain cross-entropy step on the same batch, in one run.

    OMP_NUM_THREADS=1 HF_TOXSPAN_TEST_DATA=... python tests/benchmarks/training_step.py --model FOLDER [--bf16]

One batch of real rows, the longest annotated ones, cut to --length tokens: all of them constrained (the worst case),
half of them, a fifth. A step is forward, backward and AdamW. The contenders take turns; the ratio is that of medians to
the plain step with the faster kernel. Time is that of the processor, with one thread, so that other programs on the
machine disturb it little. Memory is what a step needs above the loaded model and its gradients, at its peak, each
contender in a fresh process. Results: tests/benchmarks/README.md.
"""

import argparse
import os
import resource
import statistics
import subprocess
import sys
import time
from contextlib import nullcontext
from pathlib import Path
from typing import Any, NamedTuple

import torch
from datasets import Dataset
from rich.console import Console
from rich.progress import track
from rich.table import Table
from torch import Tensor
from transformers import logging as transformers_logging

from hf_toxspan.core.alignment import IGNORED
from hf_toxspan.data.collator import SpanCollator
from hf_toxspan.data.encoding import encode
from hf_toxspan.data.sources import load_data
from hf_toxspan.modeling.checkpoint import PACKAGED_MODEL, load_classifier
from hf_toxspan.modeling.labels import ToxicLabels
from hf_toxspan.tensor.gradient_loss import Method
from hf_toxspan.training.objective import Constraints, count_sentences, loss_sums
from hf_toxspan.training.thinning import draw, thin

LABELS = ToxicLabels(("clean", "toxic"), (1,))
Batch = dict[str, Tensor]


class Contender(NamedTuple):
    """One way to take a step: `constrained` of the batch have span labels, `share` of these enter the constraints."""

    attention: str
    method: Method | None = None
    share: float = 1.0
    constrained: float = 1.0

    def __str__(self) -> str:
        """Name it as a row of the table."""
        if self.method is None:
            return f"cross entropy, {self.attention}"
        return f"{self.method}, {self.attention}" + (f", share {self.share:.2f}" if self.share < 1 else "")


PLAIN = [Contender("sdpa"), Contender("eager")]
EXACT = [Contender("eager", "double_backward"), Contender("sdpa", "double_backward")]
DIFFERENCES = [Contender("eager", "one_sided"), Contender("sdpa", "one_sided"), Contender("eager", "central")]
SHARES = [Contender("eager", "double_backward", share) for share in (1 / 2, 1 / 3, 1 / 4)]


def contenders(bf16: bool) -> list[Contender]:
    """Return the field; differences are for float32 alone."""
    some = [EXACT[0], SHARES[0], *([] if bf16 else DIFFERENCES[:1])]
    partly = [contender._replace(constrained=part) for part in (1 / 2, 1 / 5) for contender in some]
    return [*PLAIN, *EXACT, *SHARES, *([] if bf16 else DIFFERENCES), *partly]


def read_batch(tokenizer: Any, size: int, length: int) -> Batch:
    """Return the longest annotated rows as one batch."""
    folder = os.environ.get("HF_TOXSPAN_TEST_DATA")
    rows = load_data(str(Path(folder, "vihos", "train.jsonl.gz")) if folder else "sample:train")
    toxic = sorted((row for row in rows if row["spans"]), key=lambda row: -len(row["text"]))[: 4 * size]
    some = Dataset.from_list([{**row, "label": LABELS.names[row["toxic"]]} for row in toxic])
    encoded = encode(some, tokenizer, label2id={"clean": 0, "toxic": 1}, max_length=length)
    annotated = [row for row in encoded if {0, 1} <= set(row["token_labels"])]
    return SpanCollator(tokenizer)(sorted(annotated, key=lambda row: -len(row["input_ids"]))[:size])


def prepared(batch: Batch, contender: Contender) -> Batch:
    """Return the batch as the trainer would hand it to the contender."""
    constrained = round(contender.constrained * len(batch["labels"]))
    token_labels = batch["token_labels"].clone()
    token_labels[constrained:] = IGNORED
    return thin([{**batch, "token_labels": token_labels}], draw(constrained, contender.share, seed="0"))[0]


class Model:
    """A classifier with its optimiser, ready for steps."""

    def __init__(self, folder: str, attention: str) -> None:
        """Load it."""
        self.model, self.tokenizer = load_classifier(folder, attn_implementation=attention, num_labels=2)
        self.model.train()
        self.optimiser = torch.optim.AdamW(self.model.parameters(), lr=1e-6)
        for parameter in self.model.parameters():
            parameter.grad = torch.zeros_like(parameter)

    def step(self, batch: Batch, method: Method | None, bf16: bool) -> float:
        """Take one optimisation step and return its seconds."""
        inputs = {name: value for name, value in batch.items() if name not in {"labels", "token_labels"}}
        start = time.process_time()
        with torch.autocast("cpu", torch.bfloat16) if bf16 else nullcontext():
            sums = loss_sums(
                self.model,
                self.model.get_input_embeddings(),
                LABELS.margin,
                inputs,
                batch["labels"],
                batch["token_labels"],
                constraints=Constraints(0.5, 0.6, 0.15, method) if method else None,
            )
        sentences, constrained = count_sentences(batch["token_labels"]).clamp(min=1)
        (sums.cross_entropy / sentences + sums.constraints / constrained).backward()
        self.optimiser.step()
        self.optimiser.zero_grad(set_to_none=False)
        return time.process_time() - start


def time_steps(args: argparse.Namespace) -> None:
    """Time the contenders in turns and print the table."""
    models = {attention: Model(args.model, attention) for attention in ("sdpa", "eager")}
    batch = read_batch(models["eager"].tokenizer, args.batch_size, args.length)
    field = contenders(args.bf16)
    seconds: dict[Contender, list[float]] = {contender: [] for contender in field}
    for turn in track(range(args.steps + 1), "steps", console=Console(stderr=True)):
        for contender in field:
            took = models[contender.attention].step(prepared(batch, contender), contender.method, args.bf16)
            if turn:  # the first one warms up
                seconds[contender].append(took)
    medians = {contender: statistics.median(values) for contender, values in seconds.items()}
    plain = min(medians[contender] for contender in PLAIN)
    shape = tuple(batch["input_ids"].shape)
    table = Table(title=f"batch {shape}, {torch.get_num_threads()} threads, bf16 {args.bf16}, {args.steps} turns")
    for column in ("constrained", "step", "ms", "x plain", "fastest - slowest"):
        table.add_column(column, justify="left" if column == "step" else "right")
    for contender in field:
        ends = " - ".join(f"{end(seconds[contender]) / plain:.2f}" for end in (min, max))
        median = medians[contender]
        constrained = f"{contender.constrained:.0%}" if contender.method else ""
        table.add_row(constrained, str(contender), f"{1000 * median:.0f}", f"{median / plain:.2f}", ends)
    Console().print(table)


def measure_memory(args: argparse.Namespace) -> None:
    """Run each contender in a process of its own and print what it needs."""
    table = Table(title=f"peak memory of a step, batch {args.batch_size} x {args.length}, bf16 {args.bf16}")
    table.add_column("step")
    table.add_column("MiB above the loaded model", justify="right")
    for contender in [contender for contender in contenders(args.bf16) if contender.constrained == 1]:
        chosen = str(contenders(args.bf16).index(contender))
        command = [sys.executable, *sys.argv, "--alone", chosen]
        table.add_row(str(contender), subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    Console().print(table)


def take_alone(args: argparse.Namespace) -> None:
    """Take two steps and print by how many MiB they raised the peak."""
    contender = contenders(args.bf16)[args.alone]
    model = Model(args.model, contender.attention)
    batch = prepared(read_batch(model.tokenizer, args.batch_size, args.length), contender)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for _ in range(2):
        model.step(batch, contender.method, args.bf16)
    after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    sys.stdout.write(f"{(after - before) / 1024:.0f}")


def main() -> None:
    """Measure what is asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", default=str(PACKAGED_MODEL))
    parser.add_argument("--batch-size", type=int, default=32)
    parser.add_argument("--length", type=int, default=64)
    parser.add_argument("--steps", type=int, default=5)
    parser.add_argument("--bf16", action="store_true")
    parser.add_argument("--memory", action="store_true", help="measure memory instead of time")
    parser.add_argument("--alone", type=int, help=argparse.SUPPRESS)
    args = parser.parse_args()
    transformers_logging.set_verbosity_error()
    if args.alone is not None:
        take_alone(args)
    elif args.memory:
        measure_memory(args)
    else:
        time_steps(args)


if __name__ == "__main__":
    main()
