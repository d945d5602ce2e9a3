"""What each kind of obfuscation costs, what the second reading wins back, and what it costs on texts as written.

    HF_TOXSPAN_TEST_DATA=... python tests/benchmarks/obfuscation.py [--model FOLDER]

Labels and spans: a fixed sample of 1,000 COLD dev rows and of 500 HateXplain dev rows, and the 20 % of ToxiRewriteCN
train that `gradient_constraints.py` tests on. Obfuscated are the gold spans of the toxic rows; in COLD, which has none,
the terms of the insult list of `examples/make_small_model.py`. The second reading knows, for Chinese, that list and the
terms mined from the spans of the other 80 % of ToxiRewriteCN; for English those mined from HateXplain train. So in COLD
it knows every word that was disguised, in the other two sets it does not. With `--train STEPS` the model is first
trained on, without and with obfuscated copies of the same COLD train rows, and the COLD table is printed for both.
Results: tests/benchmarks/README.md.
"""

import argparse
import os
import random
import sys
import tempfile
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import torch
from gradient_constraints import is_test
from rich.console import Console
from rich.table import Table
from tqdm import tqdm

from hf_toxspan.core.lexicon import Lexicon
from hf_toxspan.data.augmentation import augment, perturb_row
from hf_toxspan.data.collator import SpanCollator
from hf_toxspan.data.encoding import encode
from hf_toxspan.data.files import read_rows
from hf_toxspan.data.rows import to_dataset
from hf_toxspan.evaluation.baselines import mine_lexicon
from hf_toxspan.modeling.checkpoint import load_classifier
from hf_toxspan.modeling.extraction import Explanation, SpanExtractor
from hf_toxspan.modeling.second_reading import SecondReading
from hf_toxspan.obfuscation.normaliser import KINDS, build_normaliser
from hf_toxspan.training.arguments import GradientConstrainedTrainingArguments
from hf_toxspan.training.gradient_constrained import GradientConstrainedTrainer
from hf_toxspan.training.metrics import score_rows

sys.path.append(str(Path(__file__).parents[2] / "examples"))
from make_small_model import INSULTS

Rows = list[dict[str, Any]]
SCORES, STATES = ("macro-F1", "found toxic", "char F1"), ("as meant", "obfuscated", "read twice")


def read(name: str) -> Rows:
    """Read a normalised set."""
    return read_rows(Path(os.environ["HF_TOXSPAN_TEST_DATA"], f"{name}.jsonl.gz")).to_list()


class Remembering:
    """An extractor that reads no text twice, as most rows are the same under every kind; explains all."""

    def __init__(self, extractor: SpanExtractor) -> None:
        self.extractor = extractor
        self.known: dict[str, Explanation] = {}

    def __call__(self, texts: Sequence[str], **_: Any) -> list[Explanation]:
        """Explain texts."""
        new = [text for text in dict.fromkeys(texts) if text not in self.known]
        for start in tqdm(range(0, len(new), 256), desc="Reading", leave=False):
            part = new[start : start + 256]
            self.known |= dict(zip(part, self.extractor(part, explain_all=True), strict=True))
        return [self.known[text] for text in texts]


def mark(rows: Rows) -> Rows:
    """Give toxic rows the insults of the list as spans, None where there is none."""
    insults = Lexicon(INSULTS)
    spans = [insults.mark(row["text"]) if row["toxic"] else [] for row in rows]
    labels = ["toxic" if row["toxic"] else "clean" for row in rows]
    return [row | {"label": label, "spans": own or None} for row, label, own in zip(rows, labels, spans, strict=True)]


def obfuscated(rows: Rows, kind: str) -> dict[int, dict[str, Any]]:
    """Obfuscate the spans of toxic rows; the copies by the place of their rows, where the kind changes something."""
    draw = random.Random(0)
    marked = {place: row for place, row in enumerate(rows) if row["toxic"] and row["spans"]}
    copies = {place: row if kind == "none" else perturb_row(row, kind, draw) for place, row in marked.items()}
    return {place: copy for place, copy in copies.items() if copy}


def table_of(name: str, rows: Rows, once: Remembering, terms: Sequence[str]) -> Table:
    """Score the rows under every kind that changes some: as they were, obfuscated, and obfuscated but read twice."""
    twice = SecondReading(once, build_normaliser(terms=terms))
    table = Table(title=f"{name}, {len(rows)} rows; found toxic and char F1: of the rows that a kind changes")
    for column in ("kind", "rows", *(f"{score}, {state}" for score in SCORES for state in STATES)):
        table.add_column(column, justify="left" if column == "kind" else "right")
    for kind in ("none", *KINDS):
        copies = obfuscated(rows, kind)
        if copies:
            there = [copies.get(place, row) for place, row in enumerate(rows)]
            states = [scores_of(reader, own, copies) for reader, own in ((once, rows), (once, there), (twice, there))]
            table.add_row(
                kind,
                str(len(copies)),
                *(f"{100 * value:.1f}" for score in zip(*states, strict=True) for value in score),
            )
    return table


def scores_of(reader: Callable[[Sequence[str]], list[Explanation]], rows: Rows, chosen: Iterable[int]) -> list[float]:
    """Return the macro-F1 of all rows, and of the chosen ones the share found toxic and the char F1."""
    explanations = reader([row["text"] for row in rows])
    scores = score_rows([explanations[place] for place in chosen], [rows[place] for place in chosen])
    return [score_rows(explanations, rows).classes.macro_f1, scores.classes.accuracy, scores.explained.char_f1]


def false_alarms(name: str, rows: Rows, once: Remembering, terms: Sequence[str]) -> str:
    """Count what the second reading changes in rows as they were written."""
    normalise = build_normaliser(terms=terms)
    changed = [row for row in rows if normalise(row["text"]).edits]
    texts = [row["text"] for row in changed]
    first, second = once(texts), SecondReading(once, normalise)(texts)
    to_toxic = [row for row, one, two in zip(changed, first, second, strict=True) if two.toxic and not one.toxic]
    clean = sum(not row["toxic"] for row in to_toxic)
    return (
        f"{name}, as written: {len(rows)} rows, {len(changed)} change, {len(to_toxic)} more are called toxic, "
        f"{clean} of them clean"
    )


def trained(model_name: str | None, rows: Rows, share: float, steps: int) -> SpanExtractor:
    """Train a model on rows with obfuscated copies of a share of them, for the same number of steps."""
    model, tokenizer = load_classifier(model_name, attn_implementation="eager")
    labels = {"clean": 0, "toxic": 1}
    columns = [{name: row[name] for name in ("id", "text", "label", "toxic", "spans")} for row in rows]
    encoded = encode(augment(to_dataset(columns, name="COLD"), share=share), tokenizer, label2id=labels, max_length=96)
    with tempfile.TemporaryDirectory() as folder:
        arguments = GradientConstrainedTrainingArguments(
            folder, max_steps=steps, warmup_epochs=0, lambda_grad=1.0, learning_rate=5e-5, warmup_steps=0.06, seed=1,
            per_device_train_batch_size=16, train_sampling_strategy="group_by_length", save_strategy="no",
            report_to="none", use_cpu=True, logging_steps=50,
        )  # fmt: skip
        GradientConstrainedTrainer(
            model, arguments, train_dataset=encoded, data_collator=SpanCollator(tokenizer), processing_class=tokenizer
        ).train()
    return SpanExtractor(model.eval(), tokenizer)


def main() -> None:
    """Print a table a set, and the false alarms; or the tables of two trained models."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model")
    parser.add_argument("--train", type=int, metavar="STEPS")
    parser.add_argument("--rows", type=int, default=1000, help="of COLD, half as many of HateXplain")
    args = parser.parse_args()
    torch.set_num_threads(1)
    console = Console(width=140)
    rewrites = read("toxirewritecn/train")
    chinese = sorted({*INSULTS, *mine_lexicon([row for row in rewrites if not is_test(row)])})
    english = sorted(mine_lexicon(read("hatexplain/train")))
    cold, hate, vietnamese = read("cold/dev"), read("hatexplain/dev"), read("vihos/dev")
    marked = mark(cold)
    if args.train:
        known = random.Random(0).sample([row for row in read("cold/train") if "cold/dev" not in row["also_in"]], 4000)
        for share in (0.0, 1.0):
            once = Remembering(trained(args.model, mark(known), share, args.train))
            sample = random.Random(0).sample(marked, args.rows)
            console.print(table_of(f"COLD dev, copies of {share:.0%}", sample, once, chinese))
        return
    once = Remembering(SpanExtractor(*load_classifier(args.model)))
    console.print(f"{len(chinese)} Chinese terms, {len(english)} English ones")
    draw = random.Random(0)
    for name, rows, terms in (
        ("COLD dev", draw.sample(marked, args.rows), chinese),
        ("ToxiRewriteCN", [row for row in rewrites if is_test(row)], chinese),
        ("HateXplain dev", draw.sample(hate, args.rows // 2), english),
    ):
        console.print(table_of(name, rows, once, terms))
    for name, rows, terms in (
        ("COLD dev", cold, chinese),
        ("HateXplain", hate, english),
        ("ViHOS", vietnamese, chinese),
    ):
        console.print(false_alarms(name, rows, once, terms))


if __name__ == "__main__":
    main()
