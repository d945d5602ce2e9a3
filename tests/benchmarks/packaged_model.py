"""Every score of the model inside the package, on every development set, beside the trivial systems.

    HF_TOXSPAN_TEST_DATA=... python tests/benchmarks/packaged_model.py --output reports \
        --model teacher=FOLDER --model toxspan-small=hf_toxspan/modeling/toxspan-small

Classes: toxic or not on COLD, HateXplain and ViHOS dev. Spans: the rows with gold spans, under both protocols of
`hf_toxspan.evaluation.report`. The lexicon is mined from the gold spans of the same set's training rows; for Chinese,
where COLD has no spans, from its labels. Spans in Chinese are those of ToxiRewriteCN, which no shipped model is trained
on. `--output` keeps each report as JSON, from which the model card is written. Results: the card and the README.
"""

import argparse
import json
import os
from collections.abc import Collection
from pathlib import Path
from typing import Any

from rich.console import Console

from hf_toxspan.data.files import read_rows
from hf_toxspan.evaluation.baselines import mine_lexicon
from hf_toxspan.evaluation.report import add_model, start_report
from hf_toxspan.modeling.checkpoint import load_classifier
from hf_toxspan.modeling.extraction import SpanExtractor

# What is scored, and whose training rows the lexicon is mined from.
SETS = {
    "hatexplain/dev": "hatexplain/train",
    "semeval2021_toxic_spans/dev": "semeval2021_toxic_spans/train",
    "hatexplain/dev+semeval2021_toxic_spans/dev": "hatexplain/train+semeval2021_toxic_spans/train",
    "vihos/dev": "vihos/train",
    "toxirewritecn/train": "cold/train",
    "cold/dev": "cold/train",
}


def read(name: str) -> list[dict[str, Any]]:
    """Read a normalised set, or several joined by a plus sign."""
    folder = Path(os.environ["HF_TOXSPAN_TEST_DATA"])
    return [row for part in name.split("+") for row in read_rows(folder / f"{part}.jsonl.gz").to_list()]


def models(named: list[str]) -> dict[str, SpanExtractor]:
    """Load the models, by name; the one inside the package where none is named."""
    folders = dict(own.split("=", 1) for own in named) or {"toxspan-small": None}
    return {name: SpanExtractor(*load_classifier(folder)) for name, folder in folders.items()}


def main() -> None:
    """Print one report a set."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--model", action="append", default=[], metavar="NAME=FOLDER", help="may be given several times"
    )
    parser.add_argument("--lexicon-file", type=Path, help="terms, one a line, instead of the mined ones for Chinese")
    parser.add_argument("--output", type=Path, help="folder for a JSON file a set")
    args = parser.parse_args()
    console = Console(width=120)
    extractors = models(args.model)

    def measure(name: str, rows: list[dict[str, Any]], lexicon: Collection[str]) -> None:
        report = start_report(rows, data=name, lexicon=lexicon)
        for model, extractor in extractors.items():
            add_model(report, model, extractor, rows)
        console.print(report.to_tables())
        if args.output:
            args.output.mkdir(parents=True, exist_ok=True)
            file = args.output / f"{name.replace('/', '-').replace(', ', '-').replace(' ', '-')}.json"
            file.write_text(json.dumps(report.to_dict(), ensure_ascii=False, indent=2) + "\n", encoding="utf-8")

    for name, source in SETS.items():
        rows = read(name)
        given = args.lexicon_file if name == "toxirewritecn/train" else None
        lexicon = given.read_text(encoding="utf-8").split() if given else mine_lexicon(read(source))
        measure(name, rows, lexicon)
        if name.startswith("toxirewritecn"):
            fresh = [row for row in rows if not any(place.startswith("cold") for place in row["also_in"])]
            measure(f"{name}, without texts of COLD", fresh, lexicon)


if __name__ == "__main__":
    main()
