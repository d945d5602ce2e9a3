"""What tags save over gradients: one rationale model read in both ways, on the same texts, in turns.

    python tests/benchmarks/tagging.py                                  # packaged encoder, new heads; packaged sample
    python tests/benchmarks/tagging.py --model runs/hatexplain --data hatexplain:data/dataset.json#dev

Both readings give the same labels, so they explain the same texts: the tags out of the pass that classified, the
gradient by one more forward pass and an activation-only backward pass. With --model, the quality of both readings and
of two ways to decode the tags stands beside, on rows with spans. Results: tests/benchmarks/README.md.
"""

import argparse
import statistics
import time
from collections.abc import Callable, Sequence
from functools import partial

import numpy as np
import torch
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table
from transformers import logging as transformers_logging

from hf_toxspan.core.bicse import tune
from hf_toxspan.core.span_scores import score_spans
from hf_toxspan.core.spans import Span
from hf_toxspan.core.tags import BEGIN, INSIDE, OUTSIDE, decode_tags, tagged_spans
from hf_toxspan.data.sources import load_data
from hf_toxspan.modeling.checkpoint import PACKAGED_MODEL, load_classifier
from hf_toxspan.modeling.extraction import SpanExtractor
from hf_toxspan.modeling.extraction_config import TAGS, ExtractionConfig
from hf_toxspan.modeling.rationale import RationaleForToxicSpans

SMALLEST = 1e-6


def load(model: str | None) -> tuple[RationaleForToxicSpans, object]:
    """Return a trained rationale model, or the packaged encoder with new heads that call every text toxic."""
    if model is not None:
        return load_classifier(model)
    _, tokenizer = load_classifier()
    fresh = RationaleForToxicSpans.from_encoder(PACKAGED_MODEL, labels=["clean", "toxic"], toxic_labels=["toxic"])
    fresh.classifier.bias.data[:] = torch.tensor([-9.0, 9.0])
    return fresh.eval(), tokenizer


def viterbi(probabilities: NDArray[np.floating]) -> list[int]:
    """Return the most likely valid sequence of tags as a whole."""
    logs = np.log(np.maximum(probabilities, SMALLEST)).tolist()
    best, came_from = [0.0, -np.inf, -np.inf], []
    for outside, begin, inside in logs:
        anyone = max((OUTSIDE, BEGIN, INSIDE), key=best.__getitem__)
        marked = max((BEGIN, INSIDE), key=best.__getitem__)
        came_from.append((anyone, marked))
        best = [best[anyone] + outside, best[anyone] + begin, best[marked] + inside]
    tags = [max((OUTSIDE, BEGIN, INSIDE), key=best.__getitem__)]
    for anyone, marked in reversed(came_from[1:]):
        tags.append(marked if tags[-1] == INSIDE else anyone)
    return tags[::-1]


Decode = Callable[[NDArray[np.floating]], list[int]]


def decoded(extractor: SpanExtractor, texts: Sequence[str], ways: dict[str, Decode]) -> dict[str, list[list[Span]]]:
    """Decode the tags of texts in several ways; of long texts those of the first window."""
    windows = extractor.windows(texts)
    tags = extractor.read(windows).tags
    assert tags is not None, "a rationale model tags"
    found: dict[str, dict[int, list[Span]]] = {name: {} for name in ways}
    for window, own in zip(windows, tags, strict=True):
        kept = [token for token, (start, end) in enumerate(window.offsets) if end > start]
        offsets = [window.offsets[token] for token in kept]
        for name, decode in ways.items():
            found[name].setdefault(window.text, tagged_spans(decode(own[kept]), offsets))
    return {name: [spans.get(place, []) for place in range(len(texts))] for name, spans in found.items()}


def quality(tags: SpanExtractor, gradient: SpanExtractor, rows: Sequence[dict]) -> Table:
    """Score the readings on toxic annotated rows, each explained; half of them tune, the other half is scored."""
    toxic = [row for row in rows if row["toxic"] and row["spans"] is not None]
    held, scored = toxic[::2], toxic[1::2]
    texts, held_texts = ([row["text"] for row in part] for part in (scored, held))
    held_spans = [row["spans"] for row in held]
    ways = {f"tags, toxicity {step / 20:.2f}": partial(decode_tags, threshold=step / 20) for step in range(2, 17)}
    tried = {name: score_spans(spans, held_spans) for name, spans in decoded(tags, held_texts, ways).items()}
    best = max(tried, key=lambda name: tried[name].char_f1)
    saliency = [own.saliency for own in gradient(held_texts, explain_all=True)]
    config = ExtractionConfig(gradient.config.saliency, tune(saliency, held_texts, held_spans))
    tuned = SpanExtractor(gradient.model, gradient.tokenizer, config=config)
    final = {"tags, toxicity 0.5": decode_tags, "tags, Viterbi": viterbi, f"{best}, tuned": ways[best]}
    systems = {
        **decoded(tags, texts, final),
        "gradient of the same model, BiCSE tuned": [own.spans for own in tuned(texts, explain_all=True)],
        "mark everything": [[Span(0, len(text))] for text in texts],
    }
    table = Table(title=f"{len(scored)} toxic annotated texts, all explained; tuned on {len(held)} others")
    for column in ("reading", "char F1", "text F1", "overlap F1"):
        table.add_column(column, justify="left" if column == "reading" else "right")
    for name, spans in systems.items():
        scores = score_spans(spans, [row["spans"] for row in scored])
        values = (scores.char_f1, scores.text_char_f1, scores.overlap_f1)
        table.add_row(name, *(f"{100 * value:.1f}" for value in values))
    return table


def moved_by_batches(model: RationaleForToxicSpans, tokenizer: object, texts: Sequence[str]) -> str:
    """Say how far labels depend on the company a text is read in, with our pooling and with the published one."""
    own, said = model.config.fusion, []
    for fusion in (own, "published"):
        model.config.fusion = fusion
        alone, together = (
            [result.probabilities for result in SpanExtractor(model, tokenizer)(texts, batch_size=size)]
            for size in (1, 64)
        )
        moved = np.abs(np.array(alone) - np.array(together)).max(axis=1)
        changed = np.argmax(alone, axis=1) != np.argmax(together, axis=1)
        said.append(f"{fusion}: {changed.sum()} labels of {len(texts)}, probabilities by up to {moved.max():.4f}")
    model.config.fusion = own
    return "Changed by reading 64 texts at once instead of one: " + "; ".join(said)


def main() -> None:
    """Read the texts in both ways in turns and print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", help="folder of a trained rationale model")
    parser.add_argument("--data", default="sample:dev")
    parser.add_argument("--texts", type=int, default=1000)
    parser.add_argument("--batch-size", type=int, default=32)
    parser.add_argument("--repeats", type=int, default=5)
    args = parser.parse_args()
    transformers_logging.set_verbosity_error()

    rows = load_data(args.data).to_list()
    texts = [row["text"] for row in rows]
    texts = (texts * (args.texts // len(texts) + 1))[: args.texts]
    model, tokenizer = load(args.model)
    readings = {
        name: SpanExtractor(model, tokenizer, config=ExtractionConfig(name)) for name in (TAGS, "gradient_norm")
    }
    seconds: dict[str, list[float]] = {name: [] for name in readings}
    for _ in range(args.repeats):
        for name, extractor in readings.items():
            start = time.perf_counter()
            results = extractor(texts, batch_size=args.batch_size)
            seconds[name].append(time.perf_counter() - start)
    medians = {name: statistics.median(values) for name, values in seconds.items()}
    toxic = sum(result.toxic for result in results)
    table = Table(
        title=f"{len(texts)} texts, {toxic} toxic, batch size {args.batch_size}, {torch.get_num_threads()} threads"
    )
    for column in ("reading", "seconds", "texts/s", "x tags"):
        table.add_column(column, justify="left" if column == "reading" else "right")
    for name, value in medians.items():
        table.add_row(name, f"{value:.2f}", f"{len(texts) / value:.0f}", f"{value / medians[TAGS]:.2f}")
    console = Console()
    console.print(table)
    if args.model is not None:
        console.print(quality(readings[TAGS], readings["gradient_norm"], rows))
        console.print(moved_by_batches(model, tokenizer, texts[:500]))


if __name__ == "__main__":
    main()
