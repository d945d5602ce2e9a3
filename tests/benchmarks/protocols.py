"""Where published protocols disagree, and by how much; what trivial systems score.

    HF_TOXSPAN_TEST_DATA=... python tests/benchmarks/protocols.py [quadruples plausibility vihos spans bias]

The READMEs in evaluate_metrics/ quote these numbers. No model takes part: predictions are gold annotations, moved or
broken, trivial systems, and in `bias` synthetic classifiers. All draws are seeded. Takes half a minute.
"""

import argparse
import gzip
import json
import os
import random
import unicodedata
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console
from rich.table import Table

from hf_toxspan.core.faithfulness import split_top_tokens
from hf_toxspan.core.plausibility import agreed_spans
from hf_toxspan.core.quadruple_scores import tally_threshold_ties
from hf_toxspan.core.spans import from_mask
from hf_toxspan.core.tallies import scores
from hf_toxspan.core.target_groups import majority_groups, substring_groups, top_communities
from hf_toxspan.core.vihos_scores import add_tags, tagged_spans
from hf_toxspan.scoring.catalogue import METRICS
from hf_toxspan.scoring.metric import compute

Row = dict[str, Any]
Rows = list[Row]
Fields = list[str]
nfc = partial(unicodedata.normalize, "NFC")


def score(name: str, **arguments: Any) -> dict[str, Any]:
    """Score with one of the six metrics."""
    return compute(METRICS[name], arguments)


def table(title: str, *columns: str) -> Table:
    """Start a table whose first column holds names, the others numbers."""
    built = Table(title=title, title_justify="left")
    for place, column in enumerate(columns):
        built.add_column(column, justify="right" if place else "left")
    return built


def add(built: Table, name: str, *values: float) -> None:
    """Add a row of scores x 100."""
    built.add_row(name, *(f"{100 * value:.2f}" for value in values))


def quadruples(rows: Rows) -> Iterator[Table]:
    """Compare "ccl25" with "state" on gold quadruples whose spans were moved, and on broken pieces."""
    gold = [[fields_of(one) for one in row["quads"]] for row in rows]
    references = [written(row) for row in gold]
    built = table("STATE-ToxiCN train, gold with moved spans", "moved", "at 0.5", "soft F1 ccl25", "soft F1 state")
    for name, moves in {
        "one boundary by 1": [(-1, 0), (1, 0), (0, -1), (0, 1)],
        "each boundary by up to 1": [(left, right) for left in range(-1, 2) for right in range(-1, 2)],
        "each boundary by up to 2": [(left, right) for left in range(-2, 3) for right in range(-2, 3)],
        "the whole span by 1": [(-1, -1), (1, 1)],
    }.items():
        draw = random.Random(0)
        predictions = [written([moved(one, row["text"], moves, draw) for one in row["quads"]]) for row in rows]
        ties = tally_threshold_ties(predictions, references)
        found = [quad_scores(predictions, references, protocol)["soft_f1"] for protocol in ("ccl25", "state")]
        add(built, name, scores(ties)["tied_share"], *found)
    built.caption = f"{ties.columns['decisions'].sum():,} decisions each"
    yield built
    yield malformed(gold, references)


def malformed(gold: list[list[Fields]], references: list[str]) -> Table:
    """Give 30 % of the gold quadruples a wrong group; then take the group out of 10 %, of any or of wrong ones."""
    draw = random.Random(0)
    places = [(text, piece) for text, row in enumerate(gold) for piece in range(len(row))]
    draw.shuffle(places)
    wrong, tenth = places[: len(places) * 3 // 10], len(places) // 10
    columns = [f"{protocol} {part}" for protocol in ("ccl25", "state") for part in ("P", "R", "F1")]
    built = table("STATE-ToxiCN train, 30 % of the gold groups made wrong, hard scores", "predictions", *columns)
    for name, broken in {
        "well formed": [],
        "10 % without a group, drawn from all": draw.sample(places, tenth),
        "10 % without a group, all of them wrong": wrong[:tenth],
    }.items():
        other = {place: ["no such group"] for place in wrong} | {place: [] for place in broken}
        predictions = [
            written([[*f[:2], *other.get((text, piece), f[2:3]), f[3]] for piece, f in enumerate(row)])
            for text, row in enumerate(gold)
        ]
        found = [quad_scores(predictions, references, protocol) for protocol in ("ccl25", "state")]
        add(built, name, *(one[f"hard_{part}"] for one in found for part in ("precision", "recall", "f1")))
    return built


def quad_scores(predictions: list[str], references: list[str], protocol: str) -> dict[str, float]:
    """Score strings of quadruples."""
    return score("hard_soft_quad_f1", predictions=predictions, references=references, protocol=protocol)


def fields_of(quadruple: Row) -> Fields:
    """Return the four fields of a quadruple of the normalised data."""
    target, argument = (str(quadruple[name] or "NULL") for name in ("target", "argument"))
    return [
        target,
        argument,
        ", ".join(quadruple["group"]) or "non-hate",
        "hate" if quadruple["hateful"] else "non-hate",
    ]


def moved(quadruple: Row, text: str, moves: list[tuple[int, int]], draw: random.Random) -> Fields:
    """Move the boundaries of target and argument where they are found in the text; a span never becomes empty."""
    fields = fields_of(quadruple)
    for place, name in enumerate(("target_span", "argument_span")):
        left, right = draw.choice(moves)
        if quadruple[name] is not None:
            start, end = quadruple[name][0] + left, quadruple[name][1] + right
            fields[place] = text[max(start, 0) : end].replace("|", "/").strip() or fields[place]
    return fields


def written(row: list[Fields]) -> str:
    """Write quadruples in the task's format."""
    return " [SEP] ".join(" | ".join(fields) for fields in row) + " [END]"


def plausibility(rows: Rows) -> Iterator[Table]:
    """Score systems that need no model, under both protocols."""
    toxic = [row for row in rows if row["toxic"]]
    columns = ("eraser IoU F1", "token F1", "rated span F1", "token F1", "rated, all posts: span F1", "token F1")
    built = table(f"HateXplain dev, word tokens, {len(toxic)} toxic of {len(rows)} posts", "predictions", *columns)
    for name, system in {
        "mark everything, one span": lambda row: [[0, len(row["tokens"])]],
        "mark everything, each token a span": lambda row: singles(range(len(row["tokens"]))),
        "one annotator": lambda row: agreed_spans(row["rationales"][:1]),
        "two annotators agree": lambda row: agreed_spans(row["rationales"], votes=2),
        "oracle top 5, each token a span": lambda row: singles(oracle(row)),
        "oracle top 5, runs": lambda row: from_mask([place in oracle(row) for place in range(len(row["tokens"]))]),
        "all gold tokens, each a span": lambda row: singles(np.flatnonzero(union(row))),
    }.items():
        official = rationale_scores(system, toxic, "eraser")
        pooled, everywhere = (rationale_scores(system, chosen, "rated") for chosen in (toxic, rows))
        values = [one[part] for one in (pooled, everywhere) for part in ("span_f1", "token_f1")]
        add(built, name, official["iou_f1"], official["token_f1"], *values)
    yield built
    yield rankings(toxic)


def rankings(toxic: Rows) -> Table:
    """Rank tokens without looking at them, and by what one annotator marked."""
    draw = np.random.default_rng(0)
    columns = ("auprc", "average_precision", "roc_auc")
    built = table(
        "HateXplain dev, token scores", "scores", *(f"eraser {one}" for one in columns), f"rated {columns[1]}"
    )
    for name, ranked in {
        "all equal": [[0.5] * len(row["tokens"]) for row in toxic],
        "random": [draw.random(len(row["tokens"])).tolist() for row in toxic],
        "one annotator, 0 or 1": [row["rationales"][0] for row in toxic],
    }.items():
        official, pooled = (rationale_scores(lambda row: [], toxic, one, ranked) for one in ("eraser", "rated"))
        add(built, name, *(official[one] for one in columns), pooled["average_precision"])
    return built


def rationale_scores(
    system: Callable[[Row], Any], rows: Rows, protocol: str, ranked: list[list[float]] | None = None
) -> dict[str, float]:
    """Score a system's token spans against the union of the annotators."""
    return score(
        "rationale_plausibility",
        predictions=[system(row) for row in rows],
        references=[from_mask(union(row)) for row in rows],
        lengths=[len(row["tokens"]) for row in rows],
        scores=ranked,
        protocol=protocol,
    )


def singles(places: Any) -> list[list[int]]:
    """Return a span for each token."""
    return [[int(place), int(place) + 1] for place in places]


def union(row: Row) -> list[int]:
    """Return a post's gold mask; no token of a normal post is marked."""
    return row["rationale_union"] if row["toxic"] else [0] * len(row["tokens"])


def oracle(row: Row) -> list[int]:
    """Return the positions of 5 gold tokens, and others where there are fewer; nothing in a normal post."""
    return split_top_tokens(union(row), 5).rationale if row["toxic"] else []


def vihos(rows: Rows) -> Iterator[Table]:
    """Score gold spans in three coordinates, and trivial systems, on all comments and on those that NFC changes."""
    systems = {
        "gold, raw positions": lambda row: row["spans"],
        "gold, NFC positions": lambda row: [[len(nfc(row["text"][:end])) for end in span] for span in row["spans"]],
        "gold, through [HATE] tags": lambda row: tagged_spans(row["text"], add_tags(row["text"], row["spans"])),
        "mark nothing": lambda row: [],
        "mark everything": lambda row: [[0, len(row["text"])]],
    }
    titles = [f"{protocol} {part}" for protocol in ("vihatet5", "rated") for part in ("accuracy", "weighted", "macro")]
    for title, chosen in {
        "all": rows,
        "with a span": [row for row in rows if row["spans"]],
        "length changed by NFC": [row for row in rows if len(nfc(row["text"])) != len(row["text"])],
    }.items():
        built = table(f"ViHOS dev, {title}: {len(chosen)} comments", "predictions", *titles)
        texts, references = [row["text"] for row in chosen], [row["spans"] for row in chosen]
        for name, system in systems.items():
            inputs = {"texts": texts, "predictions": [system(row) for row in chosen], "references": references}
            found = [score("vihos_char_f1", **inputs, protocol=protocol) for protocol in ("vihatet5", "rated")]
            add(built, name, *(one[part] for one in found for part in ("accuracy", "weighted_f1", "macro_f1")))
        yield built


def spans(rows: Rows) -> Iterator[Table]:
    """Score trivial systems under the three readings."""
    columns = ("overlap_f1", "char_f1", "char_iou", "text_char_f1", "text_char_iou")
    built = table(f"toxic_span_f1, {len(rows)} texts", "system", *columns)
    texts, references = [row["text"] for row in rows], [row["spans"] for row in rows]
    found = score("toxic_span_f1", predictions=references, references=references, texts=texts, baselines=True)
    for system, values in found["baselines"].items():
        add(built, system, *(values[one] for one in columns))
    yield built


def bias(rows: Rows) -> Iterator[Table]:
    """Score synthetic classifiers that rank texts about every community equally well: AUC 0.80 each."""
    targets, truths = (
        [[one["target"] for one in row["annotators"]] for row in rows],
        [int(row["toxic"]) for row in rows],
    )
    majority, ten = [majority_groups(one) for one in targets], top_communities(targets)
    draws = np.random.default_rng(0).normal(np.array(truths) * 1.19, size=(200, len(rows))).tolist()
    first = {"scores": draws[0], "references": truths}
    sizes = score("gmb_bias_auc", **first, groups=majority, communities=ten)["groups"]
    filled = [name for name in ten if sizes[name]["negatives"] >= 10]
    columns = [f"{area} {part}" for area in ("subgroup", "BPSN", "BNSP") for part in ("GMB", "95 %", "of 200")]
    built = table(f"HateXplain dev, {len(rows)} posts", "protocol, groups", *columns)
    for name, options in {
        "hatexplain, majority": {"groups": majority, "communities": ten},
        f"the same, {len(filled)} with 10 clean posts or more": {"groups": majority, "communities": filled},
        "rated, majority": {"groups": majority, "communities": ten, "protocol": "rated"},
        "rated, substrings": {"groups": [substring_groups(one) for one in targets], "protocol": "rated"},
    }.items():
        found = score("gmb_bias_auc", **first, **options, confidence_level=0.95)
        others = [score("gmb_bias_auc", scores=one, references=truths, **options) for one in draws]
        cells = []
        for area, (low, high) in found["confidence_intervals"].items():
            least, most = np.quantile([one[area] for one in others], [0.025, 0.975])
            cells += [
                f"{100 * found[area]:.1f}",
                f"{100 * low:.1f}-{100 * high:.1f}",
                f"{100 * least:.1f}-{100 * most:.1f}",
            ]
        built.add_row(name, *cells)
    built.caption = "clean posts: " + ", ".join(f"{name} {one['negatives']}" for name, one in sizes.items())
    yield built


SECTIONS: dict[str, tuple[Callable[[Rows], Iterator[Table]], tuple[str, ...]]] = {
    "quadruples": (quadruples, ("state_toxicn/train",)),
    "plausibility": (plausibility, ("hatexplain/dev",)),
    "vihos": (vihos, ("vihos/dev",)),
    "spans": (spans, ("semeval2021_toxic_spans/dev", "vihos/dev")),
    "bias": (bias, ("hatexplain/dev",)),
}


def main() -> None:
    """Print the tables of the chosen sections."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sections", nargs="*", help=f"of {', '.join(SECTIONS)}; all when none is named")
    console, folder = Console(), Path(os.environ.get("HF_TOXSPAN_TEST_DATA", ""))
    for section in parser.parse_args().sections or SECTIONS:
        measure, names = SECTIONS[section]
        for name in names:
            file = folder / f"{name}.jsonl.gz"
            if not file.is_file():
                console.print(f"{section}: skipped, the folder HF_TOXSPAN_TEST_DATA holds no {name}.jsonl.gz")
                continue
            with gzip.open(file, "rt", encoding="utf-8") as lines:
                rows = [json.loads(line) for line in lines]
            for built in measure(rows):
                console.print(built)


if __name__ == "__main__":
    main()
