"""Every score of the model inside the package, on every development set, beside the trivial systems.

    HF_TOXSPAN_TEST_DATA=... python tests/benchmarks/packaged_model.py [--model FOLDER] [--lexicon-file terms.txt]

Classes: toxic or not on COLD, HateXplain and ViHOS dev. Spans: the rows with gold spans, under both protocols of
`hf_toxspan.evaluation.report`. The lexicon is mined from the gold spans of the same set's training rows; for Chinese,
where COLD has no spans, from its labels. Spans in Chinese are those of ToxiRewriteCN, which no shipped model is trained
on. Results: the model card and the README.
"""

import argparse
import os
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


def main() -> None:
    """Print one report a set."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model")
    parser.add_argument("--lexicon-file", type=Path, help="terms, one a line, instead of the mined ones for Chinese")
    args = parser.parse_args()
    console = Console(width=80)
    extractor = SpanExtractor(*load_classifier(args.model))
    for name, source in SETS.items():
        rows = read(name)
        given = args.lexicon_file if name == "toxirewritecn/train" else None
        lexicon = given.read_text(encoding="utf-8").split() if given else mine_lexicon(read(source))
        report = start_report(rows, data=name, lexicon=lexicon)
        add_model(report, "model", extractor, rows)
        console.print(report.to_tables())
        if name.startswith("toxirewritecn"):
            fresh = [row for row in rows if not any(place.startswith("cold") for place in row["also_in"])]
            report = start_report(fresh, data=f"{name}, without texts of COLD", lexicon=lexicon)
            add_model(report, "model", extractor, fresh)
            console.print(report.to_tables())


if __name__ == "__main__":
    main()
