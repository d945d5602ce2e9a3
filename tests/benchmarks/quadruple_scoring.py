"""How fast quadruples are scored: `core/quadruple_scores.py` against transcriptions of the two official scorers.

    python tests/benchmarks/quadruple_scoring.py                           # invented strings
    HF_TOXSPAN_TEST_DATA=... python tests/benchmarks/quadruple_scoring.py  # STATE-ToxiCN train

The official files are not part of this package: `official_ccl25` and `official_state` transcribe their procedure
(SRAG-MAV code/eval.py; STATE-ToxiCN evaluate.ipynb), with `SequenceMatcher(None, a, b).ratio()` of both target and
argument wherever the labels are equal. Each must give the numbers that ours gives, or the run fails. Predictions are
gold strings with shifted boundaries, other groups, missing and repeated quadruples; neither side remembers
comparisons, so repeated spans win nothing. Ours is the whole metric, checks and all; "counting" leaves the checks out.
Contenders are timed --repeats times in turns; the table shows medians.
Results: tests/benchmarks/README.md.
"""

import argparse
import gzip
import json
import os
import random
import re
import statistics
import time
from collections.abc import Callable
from difflib import SequenceMatcher
from pathlib import Path

from rich.console import Console
from rich.table import Table

from hf_toxspan.core.quadruple_scores import Protocol, tally_quadruples, tally_threshold_ties
from hf_toxspan.core.tallies import scores
from hf_toxspan.scoring.catalogue import METRICS
from hf_toxspan.scoring.metric import compute

GROUPS = ["Racism", "Region", "LGBTQ", "Sexism", "others", "Sexism, Racism"]
Quadruple = tuple[str, str, str, str]
Numbers = dict[str, float]


def official_ccl25(predictions: list[str], references: list[str]) -> Numbers:
    """Score as code/eval.py does: quadruples are dictionaries, texts are found by their id."""
    names = ("Target", "Argument", "Targeted_Group", "Hateful")

    def parse(text: str) -> list[dict[str, str]]:
        quadruples = []
        for piece in re.split(r"\s*\[SEP\]\s*", text):
            fields = [field.strip() for field in re.sub(r"\s*\[END\]\s*$", "", piece.strip()).split("|")]
            if len(fields) == 4:
                quadruples.append(dict(zip(names, fields, strict=True)))
        return quadruples

    def equal(ours: dict[str, str], gold: dict[str, str]) -> bool:
        return all(ours[name] == gold[name] for name in names)

    def similar(ours: dict[str, str], gold: dict[str, str]) -> bool:
        if ours["Targeted_Group"] != gold["Targeted_Group"] or ours["Hateful"] != gold["Hateful"]:
            return False
        target = SequenceMatcher(None, ours["Target"], gold["Target"]).ratio()
        argument = SequenceMatcher(None, ours["Argument"], gold["Argument"]).ratio()
        return target > 0.5 and argument > 0.5

    parsed = {place: parse(text) for place, text in enumerate(predictions)}
    pairs = [(parsed.get(place, []), parse(text)) for place, text in enumerate(references)]
    return numbers(pairs, greedy(pairs, equal), greedy(pairs, similar))


def official_state(predictions: list[str], references: list[str]) -> Numbers:
    """Score as the cells quad_hard and quad_soft of evaluate.ipynb do: each reads the strings for itself."""

    def parse(text: str) -> list[str]:
        pieces = [piece.replace("[END]", "").strip() for piece in text.split("[SEP]") if piece.strip()]
        return [piece for piece in pieces if piece]

    def similar(ours: str, gold: str) -> bool:
        one, other = ours.split(" | "), gold.split(" | ")
        if len(one) != 4 or len(other) != 4 or one[2] != other[2] or one[3] != other[3]:
            return False
        target = SequenceMatcher(None, other[0], one[0]).ratio()
        argument = SequenceMatcher(None, other[1], one[1]).ratio()
        return target >= 0.5 and argument >= 0.5

    hits = []
    for satisfies in (str.__eq__, similar):
        pairs = [(parse(ours), parse(gold)) for ours, gold in zip(predictions, references, strict=True)]
        hits.append(greedy(pairs, satisfies))
    return numbers(pairs, *hits)


def greedy(pairs: list[tuple[list, list]], satisfies: Callable[..., bool]) -> int:
    """Count one-to-one matches: each prediction takes the first free gold one that satisfies."""
    hits = 0
    for predicted, gold in pairs:
        taken = [False] * len(gold)
        for ours in predicted:
            for place, theirs in enumerate(gold):
                if not taken[place] and satisfies(ours, theirs):
                    taken[place] = True
                    hits += 1
                    break
    return hits


def numbers(pairs: list[tuple[list, list]], hard: int, soft: int) -> Numbers:
    """Return the scores that follow from the counts of matches, by our names."""
    predicted, gold = sum(len(ours) for ours, _ in pairs), sum(len(theirs) for _, theirs in pairs)
    found = {}
    for kind, hits in (("hard", hard), ("soft", soft)):
        precision, recall = hits / predicted, hits / gold
        f1 = 2 * precision * recall / (precision + recall) if hits else 0.0
        found |= {f"{kind}_precision": precision, f"{kind}_recall": recall, f"{kind}_f1": f1}
    return found | {"average_f1": (found["hard_f1"] + found["soft_f1"]) / 2}


def read_gold(count: int, draw: random.Random) -> list[tuple[str, list[Quadruple]]]:
    """Return texts and their quadruples: STATE-ToxiCN train where real data is at hand, else invented ones."""
    folder = os.environ.get("HF_TOXSPAN_TEST_DATA")
    if not folder:
        return [invent(draw) for _ in range(count)]
    with gzip.open(Path(folder, "state_toxicn", "train.jsonl.gz"), "rt", encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines][:count]
    return [(row["text"], [as_written(quadruple) for quadruple in row["quads"]]) for row in rows]


def as_written(quadruple: dict) -> Quadruple:
    """Return the four fields of a row of the normalised data."""
    target, argument = (str(quadruple[name] or "NULL") for name in ("target", "argument"))
    return target, argument, ", ".join(quadruple["group"]) or "non-hate", "hate" if quadruple["hateful"] else "non-hate"


def invent(draw: random.Random) -> tuple[str, list[Quadruple]]:
    """Draw a text of Chinese characters with one to three quadruples."""
    text = "".join(chr(0x4E00 + int(draw.expovariate(1 / 300))) for _ in range(draw.randint(15, 90)))
    quadruples = []
    for _ in range(draw.choice([1, 1, 1, 2, 3])):
        start, middle = draw.randrange(len(text) - 10), draw.randint(1, 4)
        target, argument = text[start : start + middle], text[start + middle : start + middle + draw.randint(3, 16)]
        quadruples.append((target, argument, draw.choice(GROUPS), "hate"))
    return text, quadruples


def perturbed(text: str, quadruples: list[Quadruple], draw: random.Random) -> list[Quadruple]:
    """Answer as a system would: nearly right boundaries, some wrong groups, quadruples missing or repeated."""

    def shifted(span: str) -> str:
        start = text.find(span)
        if start < 0 or draw.random() < 0.3:
            return span
        left = max(start + draw.randint(-3, 3), 0)
        return text[left : max(start + len(span) + draw.randint(-4, 4), left + 1)].strip() or span

    answer = []
    for target, argument, group, hateful in quadruples:
        if draw.random() < 0.1 and hateful == "hate":
            group = draw.choice(GROUPS)
        copies = draw.choices([0, 1, 2], [0.05, 0.9, 0.05])[0]
        answer += [(shifted(target), shifted(argument), group, hateful) for _ in range(copies)]
    draw.shuffle(answer)
    return answer


def written(quadruples: list[Quadruple]) -> str:
    """Write quadruples in the task's format, blemishes of the data included."""
    return " [SEP] ".join(" | ".join(quadruple) for quadruple in quadruples) + " [END]"


def main() -> None:
    """Time the contenders in turns, check that they agree and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--texts", type=int, default=6000)
    parser.add_argument("--repeats", type=int, default=7)
    args = parser.parse_args()

    draw = random.Random(0)
    gold = read_gold(args.texts, draw)
    references = [written(quadruples) for _, quadruples in gold]
    predictions = [written(perturbed(text, quadruples, draw)) for text, quadruples in gold]
    tied = scores(tally_threshold_ties(predictions, references))["tied_share"]
    table = Table(title=f"{len(references)} texts; {tied:.1%} of the soft decisions lie at 0.5")
    for column in ("protocol", "F1", "transcribed, s", "metric, s", "faster", "counting, s", "faster"):
        table.add_column(column, justify="left" if column == "protocol" else "right")
    official: dict[Protocol, Callable[[list[str], list[str]], Numbers]]
    official = {"ccl25": official_ccl25, "state": official_state}
    for protocol, contender in official.items():
        ways: list[Callable[[], Numbers]] = [
            lambda contender=contender: contender(predictions, references),
            lambda protocol=protocol: compute(
                METRICS["hard_soft_quad_f1"],
                {"predictions": predictions, "references": references, "protocol": protocol},
            ),
            lambda protocol=protocol: scores(tally_quadruples(predictions, references, protocol=protocol)),
        ]
        seconds: list[list[float]] = [[] for _ in ways]
        for _ in range(args.repeats):
            found = []
            for way, times in zip(ways, seconds, strict=True):
                start = time.perf_counter()
                found.append(way())
                times.append(time.perf_counter() - start)
            assert all(abs(ours[name] - found[0][name]) <= 1e-12 for ours in found for name in found[0])
        slow, whole, bare = map(statistics.median, seconds)
        cells = (f"{found[0]['average_f1']:.4f}", f"{slow:.3f}", f"{whole:.4f}", f"{slow / whole:.1f}")
        table.add_row(protocol, *cells, f"{bare:.4f}", f"{slow / bare:.1f}")
    Console().print(table)


if __name__ == "__main__":
    main()
