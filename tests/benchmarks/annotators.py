"""How good the weak labels of each annotator are, on texts whose toxic words people marked.

    HF_TOXSPAN_TEST_DATA=... python tests/benchmarks/annotators.py [--llm FOLDER --texts 40]

Gold: the 20 % of ToxiRewriteCN train whose id hashes to it (the split of `gradient_constraints.py`); the lexicon is
mined from the other 80 %, the clues are the packaged model's, the LLM corrects these. A text without spans counts as
one where nothing is marked. Results: tests/benchmarks/README.md.
"""

import argparse
import os
import tempfile
import time
from collections import Counter
from pathlib import Path

from rich.console import Console
from rich.table import Table

from hf_toxspan.annotation.annotators import Annotator, ClueAnnotator, LexiconAnnotator
from hf_toxspan.annotation.cusa import CusaAnnotator
from hf_toxspan.core.span_scores import score_spans
from hf_toxspan.data.files import read_rows
from hf_toxspan.evaluation import baselines
from hf_toxspan.llm.calls import Parameters
from hf_toxspan.llm.local import LocalLLM
from hf_toxspan.llm.runner import Asker
from hf_toxspan.llm.store import AnswerStore
from hf_toxspan.modeling.checkpoint import load_classifier
from hf_toxspan.modeling.extraction import SpanExtractor
from hf_toxspan.modeling.extraction_config import by_gradient
from tests.benchmarks.gradient_constraints import is_test

FIELDS = ("overlap_f1", "char_precision", "char_recall", "char_f1", "char_iou")


def main() -> None:
    """Print one line an annotator."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--llm", help="folder of a chat model")
    parser.add_argument("--texts", type=int, help="of the test texts, the first")
    args = parser.parse_args()
    rows = read_rows(Path(os.environ["HF_TOXSPAN_TEST_DATA"], "toxirewritecn/train.jsonl.gz")).to_list()
    test = [row for row in rows if is_test(row)][: args.texts]
    mined = baselines.mine_lexicon([row for row in rows if not is_test(row)])
    model, tokenizer = load_classifier()
    extractor = SpanExtractor(model, tokenizer, config=by_gradient(model.config))
    clues = ClueAnnotator(extractor, "the packaged model")
    annotators: dict[str, Annotator] = {"clue": clues, f"lexicon ({len(mined)} terms)": LexiconAnnotator(mined, "80 %")}
    with tempfile.TemporaryDirectory() as folder, AnswerStore(Path(folder, "answers.sqlite")) as store:
        if args.llm:
            asker = Asker(LocalLLM.load(args.llm, batch_size=4), store)
            for name, fall_back in (("llm", False), ("llm, clues where it has none", True)):
                annotators[name] = CusaAnnotator(
                    clues, asker, parameters=Parameters(max_tokens=128), fall_back=fall_back
                )
        table = Table("annotator", *FIELDS, "seconds", "statuses", title=f"{len(test)} ToxiRewriteCN texts")
        for name, annotator in annotators.items():
            start = time.perf_counter()
            found = annotator.annotate([row["text"] for row in test])
            seconds = time.perf_counter() - start
            scores = score_spans([one.spans or [] for one in found], [row["spans"] for row in test])
            shares = ", ".join(f"{count} {status}" for status, count in Counter(one.status for one in found).items())
            numbers = (f"{100 * getattr(scores, field):.1f}" for field in FIELDS)
            table.add_row(name, *numbers, f"{seconds:.1f}", shares)
        everything = score_spans([baselines.everything(row["text"]) for row in test], [row["spans"] for row in test])
        table.add_row("mark everything", *(f"{100 * getattr(everything, field):.1f}" for field in FIELDS))
    Console(width=160).print(table)


if __name__ == "__main__":
    main()
