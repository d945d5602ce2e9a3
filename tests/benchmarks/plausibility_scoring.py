"""How fast rationales are scored: `core/plausibility.py` against a transcription of ERASER's scorer.

    python tests/benchmarks/plausibility_scoring.py                           # invented masks
    HF_TOXSPAN_TEST_DATA=... python tests/benchmarks/plausibility_scoring.py  # HateXplain dev

`official_spans` and `official_ranking` are not the official file but a transcription of its procedure
(``rationale_benchmark/metrics.py``: data classes in sets, one scikit-learn call a post and score), without its reading
and checking of files; ours includes the check. Both must print the same numbers. Predictions are the top 5 tokens by
seeded noisy scores, each a span of its own, as HateXplain has them. Contenders are timed in turns; the medians are
shown. Results: tests/benchmarks/README.md.
"""

import argparse
import gzip
import json
import os
import random
import statistics
import time
import warnings
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import NamedTuple

import numpy as np
from rich.console import Console
from rich.table import Table
from sklearn.metrics import auc, average_precision_score, precision_recall_curve, roc_auc_score

from hf_toxspan.core import tallies
from hf_toxspan.core.faithfulness import split_top_tokens
from hf_toxspan.core.plausibility import check_rationale, tally_plausibility
from hf_toxspan.core.spans import from_mask

Numbers = dict[str, float]


class Posts(NamedTuple):
    """A corpus, one entry a post each."""

    predictions: list[list[list[int]]]
    references: list[list[list[int]]]
    lengths: list[int]
    scores: list[list[float]]


@dataclass(eq=True, frozen=True)
class Rationale:
    """A span of a document's tokens."""

    ann_id: str
    docid: str
    start_token: int
    end_token: int

    def to_token_level(self) -> list["Rationale"]:
        """Return one rationale a token."""
        return [Rationale(self.ann_id, self.docid, t, t + 1) for t in range(self.start_token, self.end_token)]


@dataclass(eq=True, frozen=True)
class PositionScoredDocument:
    """A document's soft scores and true tokens."""

    ann_id: str
    docid: str
    scores: tuple[float, ...]
    truths: tuple[bool, ...]


def official_spans(posts: Posts) -> Numbers:
    """Score as `partial_match_score` and `score_hard_rationale_predictions` (spans, then tokens) do."""
    truth, pred = rationales(posts.references), rationales(posts.predictions)
    numbers = partial_match_score(truth, pred, 0.5) | score_hard_rationale_predictions(truth, pred, "exact")
    token_truth = list(chain.from_iterable(rationale.to_token_level() for rationale in truth))
    token_pred = list(chain.from_iterable(rationale.to_token_level() for rationale in pred))
    return numbers | score_hard_rationale_predictions(token_truth, token_pred, "token")


def official_ranking(posts: Posts) -> Numbers:
    """Score as `PositionScoredDocument.from_results` and `score_soft_tokens` do."""
    documents = []
    for post, (spans, length, scores) in enumerate(zip(posts.references, posts.lengths, posts.scores, strict=True)):
        truths = [False for _ in range(length)]
        for start, end in spans:
            for token in range(start, end):
                truths[token] = True
        documents.append(PositionScoredDocument(str(post), str(post), tuple(scores), tuple(truths)))
    truth = {(document.ann_id, document.docid): document.truths for document in documents}
    pred = {(document.ann_id, document.docid): document.scores for document in documents}
    areas, precisions, rocs = [], [], []
    for key, flags in truth.items():
        true = [int(flag) for flag in flags]
        precision, recall, _ = precision_recall_curve(true, pred[key])
        areas.append(auc(recall, precision))
    for scores, function in ((precisions, average_precision_score), (rocs, roc_auc_score)):
        for key, flags in truth.items():
            if not all(flags) and any(flags):
                scores.append(function([int(flag) for flag in flags], pred[key]))
    averages = (float(np.average(scores)) for scores in (areas, precisions, rocs))
    return dict(zip(("auprc", "average_precision", "roc_auc"), averages, strict=True))


def partial_match_score(truth: list[Rationale], pred: list[Rationale], threshold: float) -> Numbers:
    """Count predictions whose best IoU reaches the threshold."""
    ann_to_rat, pred_to_rat = keyed(truth), keyed(pred)
    ious: dict[tuple[str, str], dict[Rationale, float]] = defaultdict(dict)
    for key in set(ann_to_rat) | set(pred_to_rat):
        for p in pred_to_rat.get(key, []):
            best_iou = 0.0
            for t in ann_to_rat.get(key, []):
                num = len(set(range(p.start_token, p.end_token)) & set(range(t.start_token, t.end_token)))
                denom = len(set(range(p.start_token, p.end_token)) | set(range(t.start_token, t.end_token)))
                best_iou = max(best_iou, num / denom if denom else 0)
            ious[key][p] = best_iou
    tps = {key: sum(int(iou >= threshold) for iou in values.values()) for key, values in ious.items()}
    macro_p = average([tps.get(key, 0) / len(found) for key, found in pred_to_rat.items()])
    macro_r = average([tps.get(key, 0) / len(found) for key, found in ann_to_rat.items()])
    micro_p = sum(tps.values()) / sum(map(len, pred_to_rat.values()))
    micro_r = sum(tps.values()) / sum(map(len, ann_to_rat.values()))
    return named("iou", macro_p, macro_r, f1(macro_p, macro_r)) | named("iou", micro_p, micro_r, micro=True)


def score_hard_rationale_predictions(truth: list[Rationale], pred: list[Rationale], name: str) -> Numbers:
    """Count predictions that are exactly right."""
    truths, preds = set(truth), set(pred)
    micro_p, micro_r = len(truths & preds) / len(preds), len(truths & preds) / len(truths)
    ann_to_rat, pred_to_rat = keyed(truths), keyed(preds)
    instances = []
    for key in set(ann_to_rat) | set(pred_to_rat):
        ours, gold = pred_to_rat.get(key, set()), ann_to_rat.get(key, set())
        precision = len(ours & gold) / len(ours) if ours else 0
        recall = len(ours & gold) / len(gold) if gold else 0
        instances.append((precision, recall, f1(precision, recall)))
    macro = (average([instance[place] for instance in instances]) for place in range(3))
    return named(name, *macro) | named(name, micro_p, micro_r, micro=True)


def rationales(spans: list[list[list[int]]]) -> list[Rationale]:
    """Return the spans of all posts in one list."""
    return [Rationale(str(post), str(post), *span) for post, found in enumerate(spans) for span in found]


def keyed(found: Iterable[Rationale]) -> dict[tuple[str, str], set[Rationale]]:
    """Collect rationales by post."""
    by_post: dict[tuple[str, str], set[Rationale]] = defaultdict(set)
    for rationale in found:
        by_post[(rationale.ann_id, rationale.docid)].add(rationale)
    return by_post


def average(values: list[float]) -> float:
    """Return the mean."""
    return sum(values) / len(values)


def f1(precision: float, recall: float) -> float:
    """Return the harmonic mean."""
    return 2 * precision * recall / (precision + recall) if precision and recall else 0


def named(name: str, p: float, r: float, f: float | None = None, *, micro: bool = False) -> Numbers:
    """Give the three numbers our names."""
    suffix = "_micro" if micro else ""
    values = (p, r, f1(p, r) if f is None else f)
    return {f"{name}_{part}{suffix}": value for part, value in zip(("precision", "recall", "f1"), values, strict=True)}


def ours(posts: Posts, *, ranked: bool) -> Numbers:
    """Check and score with the package."""
    for post in zip(*posts, strict=True):
        check_rationale(*post)
    predictions, references, lengths, scores = posts
    return tallies.scores(tally_plausibility(predictions, references, lengths, scores=scores if ranked else None))


def read_masks(draw: random.Random) -> tuple[list[list[int]], str]:
    """Return gold masks and what they are: HateXplain dev where real data is at hand, else invented runs."""
    folder = os.environ.get("HF_TOXSPAN_TEST_DATA")
    if folder:
        with gzip.open(Path(folder, "hatexplain", "dev.jsonl.gz"), "rt", encoding="utf-8") as lines:
            return [json.loads(line)["rationale_union"] for line in lines], "HateXplain dev"
    masks = []
    for _ in range(1922):
        mask = [0] * draw.randint(4, 45)
        for _ in range(draw.choice([0, 1, 1, 2])):
            start = draw.randrange(len(mask))
            for place in range(start, min(start + draw.randint(1, 8), len(mask))):
                mask[place] = 1
        masks.append(mask)
    return masks, "invented masks"


def predict(masks: list[list[int]], draw: random.Random) -> Posts:
    """Score tokens with noise, and predict the top 5 of each post."""
    scores = [[round(0.4 * true + 0.6 * draw.random(), 3) for true in mask] for mask in masks]
    predictions = [[[place, place + 1] for place in split_top_tokens(post, 5).rationale] for post in scores]
    references = [[list(span) for span in from_mask(mask)] for mask in masks]
    return Posts(predictions, references, [len(mask) for mask in masks], scores)


def main() -> None:
    """Time the contenders in turns, check that they agree and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--copies", type=int, nargs="+", default=[1, 10])
    parser.add_argument("--repeats", type=int, default=3)
    args = parser.parse_args()
    warnings.simplefilter("ignore")  # scikit-learn warns of each post without gold tokens

    draw = random.Random(0)
    masks, name = read_masks(draw)
    table = Table(title=name)
    for column in ("scored", "posts", "transcribed, s", "hf_toxspan, s", "x faster"):
        table.add_column(column, justify="left" if column == "scored" else "right")
    for copies in args.copies:
        posts = predict(masks * copies, draw)
        for ranked in (False, True):
            seconds: tuple[list[float], list[float]] = ([], [])
            for _ in range(args.repeats):
                start = time.perf_counter()
                theirs = official_spans(posts) | (official_ranking(posts) if ranked else {})
                middle = time.perf_counter()
                found = ours(posts, ranked=ranked)
                seconds[0].append(middle - start)
                seconds[1].append(time.perf_counter() - middle)
                assert found.keys() == theirs.keys() and all(abs(found[key] - theirs[key]) <= 1e-9 for key in found)
            slow, fast = map(statistics.median, seconds)
            label = "spans and scores" if ranked else "spans"
            table.add_row(label, f"{len(posts.lengths):,}", f"{slow:.3f}", f"{fast:.4f}", f"{slow / fast:.1f}")
    Console().print(table)


if __name__ == "__main__":
    main()
