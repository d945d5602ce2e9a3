"""What an exported rationale model saves and costs: PyTorch and ONNX, float32 and smaller, in turns in one run.

    python tests/benchmarks/onnx_export.py --model runs/hatexplain --data hatexplain:data/dataset.json#dev

Each contender runs the forward passes of the same windows, sorted by length as the pipeline does, with as many threads
as torch has; medians as a ratio to PyTorch in float32. Beside: sizes, and in how many texts labels and spans stay those
of PyTorch in float32. Results: tests/benchmarks/README.md.
"""

import argparse
import statistics
import time
from pathlib import Path
from tempfile import TemporaryDirectory

import torch
from rich.console import Console
from rich.table import Table
from transformers import logging as transformers_logging

from hf_toxspan.data.sources import load_data
from hf_toxspan.modeling.checkpoint import load_classifier
from hf_toxspan.modeling.extraction import SpanExtractor
from hf_toxspan.modeling.onnx_export import export_onnx

FIRST = "PyTorch float32"


def main() -> None:
    """Export the model twice, time all contenders in turns, and compare what they say."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", required=True, help="folder of a trained rationale model")
    parser.add_argument("--data", required=True)
    parser.add_argument("--texts", type=int, default=500)
    parser.add_argument("--batch-sizes", type=int, nargs="+", default=[32, 1])
    parser.add_argument("--repeats", type=int, default=5)
    args = parser.parse_args()
    transformers_logging.set_verbosity_error()

    texts = [row["text"] for row in load_data(args.data).to_list()][: args.texts]
    model, tokenizer = load_classifier(args.model)
    with TemporaryDirectory() as folder:
        sizes = {FIRST: sum(own.numel() * own.element_size() for own in model.parameters())}
        contenders = {FIRST: model, "PyTorch bfloat16": load_classifier(args.model, dtype=torch.bfloat16)[0]}
        for name, int8 in (("ONNX float32", False), ("ONNX int8", True)):
            target = Path(folder, name.replace(" ", "-"))
            sizes[name] = export_onnx(model, tokenizer, target, int8=int8).size
            contenders[name] = load_classifier(target)[0]
        extractors = {name: SpanExtractor(own, tokenizer) for name, own in contenders.items()}
        console = Console(width=110)
        for size in args.batch_sizes:
            console.print(timed(extractors, texts, size, args.repeats))
        console.print(agreement(extractors, texts, sizes))


def timed(extractors: dict[str, SpanExtractor], texts: list[str], size: int, repeats: int) -> Table:
    """Time the forward passes over the same windows."""
    windows = extractors[FIRST].windows(texts)
    seconds: dict[str, list[float]] = {name: [] for name in extractors}
    for _ in range(repeats):
        for name, extractor in extractors.items():
            start = time.perf_counter()
            extractor.logits(windows, batch_size=size)
            seconds[name].append(time.perf_counter() - start)
    medians = {name: statistics.median(own) for name, own in seconds.items()}
    table = Table(title=f"{len(windows)} windows, batch size {size}, {torch.get_num_threads()} threads")
    for column in ("forward pass", "seconds", "texts/s", "x as fast"):
        table.add_column(column, justify="left" if column == "forward pass" else "right")
    for name, value in medians.items():
        table.add_row(name, f"{value:.2f}", f"{len(texts) / value:.0f}", f"{medians[FIRST] / value:.2f}")
    return table


def agreement(extractors: dict[str, SpanExtractor], texts: list[str], sizes: dict[str, int]) -> Table:
    """Compare labels, spans and toxicities with those of PyTorch in float32, every text explained."""
    results = {name: extractor(texts, explain_all=True) for name, extractor in extractors.items()}
    table = Table(title=f"What they say of {len(texts)} texts, beside {FIRST}")
    for column in ("model", "MiB", "labels equal", "spans equal", "largest difference of toxicity"):
        table.add_column(column, justify="left" if column == "model" else "right")
    for name, own in results.items():
        pairs = list(zip(own, results[FIRST], strict=True))
        labels = sum(one.label == other.label for one, other in pairs)
        spans = sum(one.spans == other.spans for one, other in pairs)
        moved = max(abs(one.toxicity - other.toxicity) for one, other in pairs)
        size = f"{sizes[name] / 2**20:.0f}" if name in sizes else ""
        table.add_row(name, size, str(labels), str(spans), f"{moved:.1e}")
    return table


if __name__ == "__main__":
    main()
