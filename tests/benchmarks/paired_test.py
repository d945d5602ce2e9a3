"""Is the paired test fair? `python tests/benchmarks/paired_test.py` simulates pairs of systems on the span metric.

Under the null both systems draw their spans the same way around gold; a fair test calls them different at p <= 0.05 in
5 % of the pairs. Beside it, how often a system whose boundaries are a quarter more exact is told from the other.
"""

import argparse
import random

from rich.console import Console
from rich.table import Table

from hf_toxspan.core.resampling import compare
from hf_toxspan.core.span_scores import tally_spans

Texts = list[list[list[int]]]


def gold(texts: int, draw: random.Random) -> Texts:
    """Draw up to two gold spans a text."""
    return [[[start, start + draw.randint(3, 8)] for start in (5, 30)[: draw.randint(0, 2)]] for _ in range(texts)]


def answers(references: Texts, shift: float, draw: random.Random) -> Texts:
    """Find gold spans with wrong boundaries, miss some, invent some."""
    answered = []
    for spans in references:
        found = [
            [max(0, start + round(draw.gauss(0, shift))), end + round(draw.gauss(0, shift))]
            for start, end in spans
            if draw.random() < 0.8
        ]
        invented = [[60, 64]] if draw.random() < 0.1 else []
        answered.append([span for span in found if span[0] < span[1]] + invented)
    return answered


def main() -> None:
    """Print the share of pairs that are called different."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pairs", type=int, default=1000)
    args = parser.parse_args()

    draw = random.Random(0)
    table = Table(title=f"{args.pairs} pairs of systems: % called different, char F1")
    for column in ("texts", "equal, p <= 0.05", "equal, p <= 0.01", "better, p <= 0.05"):
        table.add_column(column, justify="right")
    for texts in (5, 20, 50, 200):
        p_values: dict[float, list[float]] = {2.0: [], 1.5: []}
        for _ in range(args.pairs):
            references = gold(texts, draw)
            other = tally_spans(answers(references, 2.0, draw), references)
            for shift, found in p_values.items():
                one = tally_spans(answers(references, shift, draw), references)
                found.append(compare(one, other, n_resamples=200)["char_f1"].p_value)
        equal, better = p_values.values()
        shares = [sum(p <= level for p in found) for found, level in ((equal, 0.05), (equal, 0.01), (better, 0.05))]
        table.add_row(str(texts), *(f"{100 * share / args.pairs:.1f}" for share in shares))
    Console().print(table)


if __name__ == "__main__":
    main()
