"""Speed of the cascade's routing and of its trade-off: `python tests/benchmarks/trade_off.py`.

10,000 texts of three labels, drawn at random. The curve has a point for every distinct confidence; beside it, scoring
the mixed answers anew at 20 shares, the plain way. The two agree at those shares.
"""

import time
from collections.abc import Callable

import numpy as np

from hf_toxspan.core.class_scores import score_classes, tally_classes
from hf_toxspan.core.region_choice import Candidates, by_label, choose_for_budget, cross_fit, nested, two_sided
from hf_toxspan.core.routing import Region
from hf_toxspan.core.tallies import Tally
from hf_toxspan.core.trade_off import Answers, measure, oracle

TEXTS, REPEATS = 10_000, 5
SHARES = [place / 20 for place in range(1, 21)]


def draw() -> tuple[list[str], list[str], list[str], Answers]:
    """Draw gold labels, a backbone that errs where it doubts, and a judge that is right in 8 of 10."""
    generator = np.random.default_rng(0)
    names = np.array(["hatespeech", "normal", "offensive"])
    confidence = generator.uniform(1 / 3, 1, TEXTS)
    gold, other, third = generator.integers(3, size=(3, TEXTS))
    fast = names[np.where(generator.random(TEXTS) < confidence, gold, other)].tolist()
    asked = names[np.where(generator.random(TEXTS) < 0.8, gold, third)].tolist()
    right = names[gold].tolist()
    both = tally_classes(fast + asked, right + right)
    ours, theirs = (
        Tally({name: np.asarray(own)[half] for name, own in both.columns.items()}, both.combine)
        for half in (slice(TEXTS), slice(TEXTS, None))
    )
    return right, fast, asked, Answers(ours, theirs, confidence, fast, Region())


def plain(right: list[str], fast: list[str], asked: list[str], answers: Answers) -> list[float]:
    """Return macro-F1 at each share, of answers mixed text by text."""
    scores = []
    for share in SHARES:
        end = np.quantile(answers.values, share, method="inverted_cdf")
        mixed = [
            theirs if value <= end else ours for ours, theirs, value in zip(fast, asked, answers.values, strict=True)
        ]
        scores.append(score_classes(mixed, right).macro_f1)
    return scores


def choose(part: Answers) -> Region:
    """Choose a region for a fifth of the texts."""
    return choose_for_budget(nested(part), "macro_f1", 0.2).region


def at(candidates: Candidates, share: float) -> float:
    """Return macro-F1 of the curve at a share."""
    return float(candidates.scores["macro_f1"][np.searchsorted(candidates.shares, share - 1e-9)])


def seconds(run: Callable[[], object]) -> float:
    """Return the median time of some runs."""
    times = []
    for _ in range(REPEATS):
        start = time.perf_counter()
        run()
        times.append(time.perf_counter() - start)
    return sorted(times)[REPEATS // 2]


def main() -> None:
    """Print seconds for each part."""
    right, fast, asked, answers = draw()
    curve = nested(answers)
    assert np.allclose(plain(right, fast, asked, answers), [at(curve, share) for share in SHARES])
    judged = [answers.judged(curve.region(place)) for place in range(0, TEXTS, TEXTS // 20)]
    region, probabilities = Region(0, 0.8, temperature=1.6), {"hatespeech": 0.3, "normal": 0.4, "offensive": 0.3}
    for name, run in {
        "one text routed, 10,000 times": lambda: [region.route("normal", probabilities, 0.6) for _ in range(TEXTS)],
        f"the curve, {len(curve.shares):,} regions": lambda: nested(answers),
        "20 shares, answers mixed anew": lambda: plain(right, fast, asked, answers),
        f"two ends, {len(two_sided(answers).shares):,} regions": lambda: two_sided(answers),
        f"an end a label, {len(by_label(answers).shares):,} regions": lambda: by_label(answers),
        "oracle": lambda: oracle(answers, "macro_f1"),
        "a region chosen, 5 folds": lambda: cross_fit(answers, choose),
        "20 routings, 1,000 bootstrap samples": lambda: measure(answers, judged, "macro_f1"),
    }.items():
        print(f"{name:40} {seconds(run):6.3f} s")  # noqa: T201


if __name__ == "__main__":
    main()
