"""How far models rely on the evidence they show, how masking moves the numbers, and what batched id masking costs.

    HF_TOXSPAN_TEST_DATA=... python tests/benchmarks/masking.py cold
    HF_TOXSPAN_TEST_DATA=... python tests/benchmarks/masking.py toxirewritecn --models runs/ce runs/gc

cold: 500 toxic texts of COLD dev. toxirewritecn: the 20 % of ToxiRewriteCN train that gradient_constraints.py holds
out, with the gold spans as one more rationale. Without --models the packaged model. The last table times what one
rationale costs (the text as it is, without and with only the evidence): token ids masked in batches, against texts with
the spans cut out and tokenised again, one by one and in batches, in one run. Results: tests/benchmarks/README.md.
"""

import argparse
import hashlib
import os
import random
import statistics
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from hf_toxspan.core.spans import Span, from_mask, merge, to_mask
from hf_toxspan.data.files import read_rows
from hf_toxspan.evaluation import baselines
from hf_toxspan.evaluation.faithfulness import EVIDENCE, RANDOM_RANKING, RANDOM_SPANS, SALIENCY, measure
from hf_toxspan.modeling.checkpoint import load_classifier
from hf_toxspan.modeling.extraction import SpanExtractor
from hf_toxspan.modeling.masking import MASKINGS, ablate

SCORES = ("marked", "confidence_drop", "comprehensiveness", "sufficiency", "flipped")


def read(data: str) -> list[dict[str, Any]]:
    """Read the rows that are looked at."""
    folder = Path(os.environ["HF_TOXSPAN_TEST_DATA"])
    if data == "cold":
        toxic = [row for row in read_rows(folder / "cold/dev.jsonl.gz").to_list() if row["toxic"]]
        return random.Random(0).sample(toxic, 500)
    rows = read_rows(folder / "toxirewritecn/train.jsonl.gz").to_list()
    return [row for row in rows if int(hashlib.sha256(row["id"].encode()).hexdigest(), 16) % 5 == 0]


def faithfulness_table(name: str, extractor: SpanExtractor, rows: Sequence[Any], batch_size: int) -> Table:
    """Measure one model under each masking."""
    texts = [row["text"] for row in rows]
    gold = {row["text"]: merge(row["spans"] or []) for row in rows}
    systems: dict[str, baselines.System] = {"mark everything": baselines.everything}
    if any(gold.values()):
        systems["gold spans"] = gold.__getitem__
    explanations = extractor(texts, batch_size=batch_size)
    table = Table(title=name, title_justify="left")
    for column in ("masking", "rationale", *(score.replace("_", " ") for score in SCORES), "drop, 95 % interval"):
        table.add_column(column)
    for masking in MASKINGS:
        found = measure(extractor, texts, explanations, baselines=systems, masking=masking, batch_size=batch_size)
        for rationale in (EVIDENCE, RANDOM_SPANS, *systems, SALIENCY, RANDOM_RANKING):
            scores, intervals = found.rationales[rationale]
            low, high, _ = intervals["confidence_drop"]
            table.add_row(
                masking,
                rationale,
                *(f"{100 * scores[score]:.1f}" for score in SCORES),
                f"{100 * low:.1f}-{100 * high:.1f}",
            )
        beyond = found.beyond_random[EVIDENCE]["confidence_drop"]
        interval = f"{100 * beyond.low:.1f}-{100 * beyond.high:.1f}"
        table.add_row(masking, "beyond random", "", f"{100 * beyond.difference:.1f}", "", "", "", interval)
        table.title = f"{name}: {len(texts)} texts, {found.predicted_toxic} called toxic, {found.texts} with evidence"
    return table


def cut(text: str, spans: Sequence[Span]) -> str:
    """Return what is left of a text without the spans."""
    return "".join(text[start:end] for start, end in from_mask(~to_mask(spans, len(text))))


def keep(text: str, spans: Sequence[Span]) -> str:
    """Return the spans alone."""
    return " ".join(text[start:end] for start, end in spans)


def timed(work: Callable[[], object]) -> float:
    """Return the CPU seconds that one call takes: a busy machine changes them less than those of the clock."""
    start = time.process_time()
    work()
    return time.process_time() - start


def speed_table(extractor: SpanExtractor, texts: Sequence[str], batch_size: int, repeats: int) -> Table:
    """Time one rationale of the texts that are called toxic."""
    explained = [pair for pair in zip(texts, extractor(texts, batch_size=batch_size), strict=True) if pair[1].spans]
    chosen, spans = [text for text, _ in explained], [explanation.spans for _, explanation in explained]

    def logits(version: Sequence[str]) -> object:
        return extractor.logits(extractor.windows(version), batch_size=batch_size)

    def versions() -> list[list[str]]:
        pairs = list(zip(chosen, spans, strict=True))
        return [chosen, [cut(*pair) for pair in pairs], [keep(*pair) for pair in pairs]]

    contenders: dict[str, Callable[[], object]] = {
        "token ids masked, in batches": lambda: ablate(extractor, chosen, {"": spans}, batch_size=batch_size),
        "cut and tokenised again, in batches": lambda: [logits(version) for version in versions()],
        "cut and tokenised again, one by one": lambda: [logits([text]) for version in versions() for text in version],
    }
    seconds: dict[str, list[float]] = {name: [] for name in contenders}
    for _ in range(repeats):
        for name, work in contenders.items():
            seconds[name].append(timed(work))
    medians = {name: statistics.median(values) for name, values in seconds.items()}
    table = Table(title=f"{len(chosen)} texts, batch size {batch_size}, median of {repeats}", title_justify="left")
    for column in ("contender", "CPU seconds", "x"):
        table.add_column(column)
    for name, value in medians.items():
        table.add_row(name, f"{value:.2f}", f"{value / next(iter(medians.values())):.2f}")
    return table


def main() -> None:
    """Print a table a model, and the seconds of the last one."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", choices=("cold", "toxirewritecn"))
    parser.add_argument("--models", nargs="+", default=[None])
    parser.add_argument("--batch-size", type=int, default=32)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--timed-texts", type=int, default=250)
    args = parser.parse_args()
    rows, console = read(args.data), Console(width=140)
    for model in args.models:
        extractor = SpanExtractor(*load_classifier(model))
        console.print(faithfulness_table(model or "packaged model", extractor, rows, args.batch_size))
    timed_texts = [row["text"] for row in rows[: args.timed_texts]]
    console.print(speed_table(extractor, timed_texts, args.batch_size, args.repeats))


if __name__ == "__main__":
    main()
