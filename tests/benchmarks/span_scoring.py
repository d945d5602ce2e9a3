"""Speed of the span metric: `python tests/benchmarks/span_scoring.py`.

10,000 texts with 5 predicted and 5 gold spans each, drawn at random; the metric with its checks, as users call it, and
the counting alone, against counting sets of characters text by text, the plain way.
"""

import random
import time
from collections.abc import Callable

from hf_toxspan.core.span_scores import score_spans
from hf_toxspan.scoring.catalogue import METRICS
from hf_toxspan.scoring.metric import compute

TEXTS, SPANS, REPEATS = 10_000, 5, 5

Corpus = list[list[list[int]]]


def draw(generator: random.Random) -> Corpus:
    """Draw spans of 1 to 8 characters in texts of about 100."""
    starts = [[generator.randrange(100) for _ in range(SPANS)] for _ in range(TEXTS)]
    return [[[start, start + generator.randrange(1, 9)] for start in text] for text in starts]


def plain(predictions: Corpus, references: Corpus) -> float:
    """Return pooled character F1 by sets of characters; overlap and means over texts are not even counted."""
    shared = predicted = gold = 0
    for ours, theirs in zip(predictions, references, strict=True):
        first, second = ({i for start, end in spans for i in range(start, end)} for spans in (ours, theirs))
        shared, predicted, gold = shared + len(first & second), predicted + len(first), gold + len(second)
    return 2 * shared / (predicted + gold)


def seconds(run: Callable[[], object]) -> float:
    """Return the median time of some runs."""
    times = []
    for _ in range(REPEATS):
        start = time.perf_counter()
        run()
        times.append(time.perf_counter() - start)
    return sorted(times)[REPEATS // 2]


def main() -> None:
    """Print seconds for each way."""
    generator = random.Random(0)
    predictions, references = draw(generator), draw(generator)
    metric, inputs = METRICS["toxic_span_f1"], {"predictions": predictions, "references": references}
    assert abs(compute(metric, inputs)["char_f1"] - plain(predictions, references)) < 1e-12
    for name, run in {
        "metric with checks": lambda: compute(metric, inputs),
        "  and 1,000 bootstrap samples": lambda: compute(metric, {**inputs, "confidence_level": 0.95}),
        "nine scores, no checks": lambda: score_spans(predictions, references),
        "char F1 alone, sets of characters": lambda: plain(predictions, references),
    }.items():
        print(f"{name:36} {seconds(run):6.3f} s")  # noqa: T201


if __name__ == "__main__":
    main()
