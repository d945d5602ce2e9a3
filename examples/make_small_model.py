"""Make the small model that ships inside the package: Chinese, English and Vietnamese in under 16 MB.

    python examples/make_small_model.py ENCODER DATA OUTPUT

ENCODER is the folder of a BERT encoder with a SentencePiece unigram vocabulary (multilingual-e5-small, cut to the three
languages). DATA holds ``<set>/train.jsonl.gz``, our own rows, of COLD, HateXplain, ViHOS and SemEval-2021 task 5; only
train parts are read. OUTPUT is a folder that must not exist yet; the teacher lies beside it in OUTPUT-teacher, and is
not made again where it is there.

1. Weak spans: COLD has none, so toxic rows are marked with terms mined from its own labels.
2. A smaller model: the first layers, the vocabulary of the texts, and embeddings factorised into ELECTRA's shape.
3. The teacher: cross entropy, then `GradientConstrainedTrainer`'s constraints (ToxiTrace).
4. The student: a rationale model (RATeD-V) on the teacher's encoder. It learns to tag gold spans, and on COLD what the
   teacher's gradients show; a share of the rows a second time in obfuscated spellings.
5. The decision border and the thresholds of spans of both, chosen on training rows held out; float16 files.
"""

import argparse
import json
import logging
import random
import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path

import small_model_student as student
import small_model_teacher as teacher
import torch
from shrink_encoder import small_model, small_tokenizer
from small_model_rows import LABELLED, LABELS, Rows, training_rows
from torch.nn import Parameter
from transformers import PreTrainedModel, PreTrainedTokenizerBase, set_seed

from hf_toxspan.core.class_scores import score_classes
from hf_toxspan.modeling.checkpoint import load_classifier
from hf_toxspan.modeling.extraction import SpanExtractor

logger = logging.getLogger(__name__)


def make_teacher(rows: Rows, held_out: Rows, output: Path, options: argparse.Namespace) -> None:
    """Steps 2, 3 and 5."""
    tokenizer, ids, counts = small_tokenizer(options.encoder, [row["text"] for row in held_out + rows])
    model = small_model(options.encoder, ids, counts, label2id=LABELS, toxic_labels=["toxic"])
    teacher.train(model, tokenizer, rows, training_folder(output), options)
    calibrate(model, model.classifier.out_proj.bias, tokenizer, held_out)
    teacher.tune_extraction(model, tokenizer, held_out)
    save(model, tokenizer, output)


def make_student(rows: Rows, held_out: Rows, source: Path, options: argparse.Namespace) -> None:
    """Steps 4 and 5."""
    network, tokenizer = load_classifier(str(source))
    data = student.training_data(rows, SpanExtractor(network, tokenizer), options)
    model = student.train(source, tokenizer, data, training_folder(options.output), options)
    calibrate(model, model.classifier.bias, tokenizer, held_out)
    student.tune_extraction(model, tokenizer, held_out)
    save(model, tokenizer, options.output)


def training_folder(output: Path) -> Path:
    """Return where the checkpoints of a model lie while it learns."""
    return output.with_name(f"{output.name}-training")


def calibrate(model: PreTrainedModel, bias: Parameter, tokenizer: PreTrainedTokenizerBase, rows: Rows) -> None:
    """Move the decision border to where held-out rows are told apart best, in the mean of the labelled sources.

    SemEval's posts, toxic without exception, pull English towards toxic; a shift of the bias undoes it and moves no
    gradient.
    """
    chosen = [row for row in rows if row["id"] in LABELLED]
    extractor = SpanExtractor(model.eval(), tokenizer)
    toxicity = torch.tensor([explanation.toxicity for explanation in extractor([row["text"] for row in chosen])])
    margins = torch.logit(toxicity.double(), eps=1e-9)

    def mean_f1(shift: float) -> float:
        scores = []
        for name in LABELLED:
            own = [position for position, row in enumerate(chosen) if row["id"] == name]
            decided = (margins[own] > shift).tolist()
            scores.append(score_classes(decided, [chosen[position]["toxic"] for position in own]).macro_f1)
        return sum(scores) / len(scores)

    best = max((step / 20 for step in range(-30, 31)), key=mean_f1)
    logger.info("bias shifted by %.2f: mean macro-F1 %.4f -> %.4f", -best, mean_f1(0.0), mean_f1(best))
    bias.data[LABELS["toxic"]] -= best


def save(model: PreTrainedModel, tokenizer: PreTrainedTokenizerBase, output: Path) -> None:
    """Write the model in float16 and its tokenizer, first beside the output folder, then in its place."""
    folder = Path(tempfile.mkdtemp(dir=output.parent, prefix=f".{output.name}-"))
    model.half().save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    file = folder / "tokenizer.json"
    state = json.loads(file.read_text(encoding="utf-8"))
    file.write_text(json.dumps(state, ensure_ascii=False, separators=(",", ":")), encoding="utf-8")
    for written in folder.iterdir():
        written.chmod(0o644)
    folder.chmod(0o755)
    shutil.move(folder, output)
    logger.info("%s: %.1f MB", output, sum(file.stat().st_size for file in output.iterdir()) / 1e6)


def parse(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("encoder", type=Path)
    parser.add_argument("data", type=Path)
    parser.add_argument("output", type=Path)
    parser.add_argument("--epochs", type=float, default=3.2, help="of the teacher")
    parser.add_argument("--warmup-epochs", type=float, default=0.8, help="of the teacher, on cross entropy alone")
    parser.add_argument("--student-epochs", type=float, default=1.6)
    parser.add_argument("--lambda-grad", type=float, default=2.0)
    parser.add_argument("--learning-rate", type=float, default=3e-4)
    parser.add_argument("--obfuscated", type=float, default=0.15, help="share of the rows learnt in disguise, too")
    parser.add_argument("--bf16", action="store_true", help="where the CPU computes in bfloat16 quickly")
    parser.add_argument("--limit", type=int, default=None, help="train on so many rows only, for a trial")
    parser.add_argument("--seed", type=int, default=0)
    return parser.parse_args(arguments)


def main() -> None:
    """Run the recipe."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    options = parse()
    if options.output.exists():
        raise SystemExit(f"{options.output} exists; name a folder that does not")
    set_seed(options.seed)
    rows = training_rows(options.data, random.Random(options.seed))[: options.limit]
    held_out, learnt = rows[: len(rows) // 20], rows[len(rows) // 20 :]
    source = options.output.with_name(f"{options.output.name}-teacher")
    if not source.exists():
        make_teacher(learnt, held_out, source, options)
    make_student(learnt, held_out, source, options)


if __name__ == "__main__":
    main()
