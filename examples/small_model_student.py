"""The small model itself: a rationale model that tags in one forward pass what its teacher's gradients would show.

Used by ``make_small_model.py``. Where people marked spans it learns theirs; in Chinese, where nobody did, those of the
teacher. Obfuscated copies of the rows teach it disguised spellings.
"""

import argparse
import itertools
import logging
from collections import defaultdict
from dataclasses import replace
from pathlib import Path
from typing import Any

from datasets import Dataset
from small_model_rows import GOLD, LABELS, Rows
from transformers import PreTrainedTokenizerBase

from hf_toxspan.core.span_scores import score_spans
from hf_toxspan.data.augmentation import augment
from hf_toxspan.data.collator import SpanCollator
from hf_toxspan.data.encoding import encode
from hf_toxspan.data.rows import to_dataset
from hf_toxspan.modeling.evidence import from_tags
from hf_toxspan.modeling.extraction import SpanExtractor
from hf_toxspan.modeling.extraction_config import ExtractionConfig
from hf_toxspan.modeling.rationale import RationaleForToxicSpans
from hf_toxspan.training.arguments import MultitaskRationaleTrainingArguments
from hf_toxspan.training.multitask_rationale import MultitaskRationaleTrainer

logger = logging.getLogger(__name__)

THRESHOLDS = [0.2, 0.3, 0.4, 0.5, 0.6]
SHARES = [None, 0.3, 0.4, 0.5, 0.7]


def taught(rows: Rows, teacher: SpanExtractor) -> Rows:
    """Mark the toxic rows of COLD as the teacher does; those that it calls clean stay without span labels."""
    places = [place for place, row in enumerate(rows) if row["id"] == "cold" and row["toxic"]]
    found = dict(zip(places, teacher([rows[place]["text"] for place in places]), strict=True))
    shown = {place: [list(span) for span in own.spans] or None for place, own in found.items()}
    logger.info("the teacher marks %d of %d toxic rows of COLD", sum(map(bool, shown.values())), len(places))
    spans = [shown.get(place, row["spans"] if row["toxic"] else []) for place, row in enumerate(rows)]
    return [row | {"spans": own} for row, own in zip(rows, spans, strict=True)]


def training_data(rows: Rows, teacher: SpanExtractor, options: argparse.Namespace) -> Dataset:
    """Return the rows with the teacher's spans, and obfuscated copies of a share of them."""
    return augment(to_dataset(taught(rows, teacher), name="train"), share=options.obfuscated, seed=options.seed)


def train(
    teacher: Path, tokenizer: PreTrainedTokenizerBase, data: Dataset, folder: Path, options: argparse.Namespace
) -> RationaleForToxicSpans:
    """Put the heads of a rationale model on the teacher's encoder and train both."""
    model = RationaleForToxicSpans.from_encoder(str(teacher), labels=list(LABELS), toxic_labels=["toxic"])
    arguments = MultitaskRationaleTrainingArguments(
        output_dir=str(folder),
        num_train_epochs=options.student_epochs,
        lambda_tag=2.0,
        lambda_cons=0.1,
        learning_rate=options.learning_rate,
        per_device_train_batch_size=32,
        warmup_steps=0.05,
        weight_decay=0.01,
        use_cpu=True,
        bf16=options.bf16,
        optim="adamw_torch_fused",
        train_sampling_strategy="group_by_length",
        logging_steps=50,
        save_steps=400,
        save_only_model=True,
        save_total_limit=1,
        disable_tqdm=True,
        seed=options.seed,
    )
    encoded = encode(data, tokenizer, label2id=LABELS, max_length=96, tags=True)
    MultitaskRationaleTrainer(
        model, arguments, train_dataset=encoded, data_collator=SpanCollator(tokenizer), processing_class=tokenizer
    ).train()
    return model.eval()


def tune_extraction(model: RationaleForToxicSpans, tokenizer: PreTrainedTokenizerBase, rows: Rows) -> None:
    """Choose from which toxicity on a token is evidence, on held-out toxic rows with gold spans, as for the teacher."""
    extractor = SpanExtractor(model, tokenizer)
    marked = [row for row in rows if row["toxic"] and row["spans"] and row["id"] in GOLD]
    texts = [row["text"] for row in marked]
    windows = extractor.windows(texts)
    tags = extractor.read(windows).tags or []

    def mean_f1(config: ExtractionConfig) -> float:
        found = from_tags(texts, windows, tags, config)
        groups: dict[str, list[tuple[Any, Any]]] = defaultdict(list)
        for place, row in enumerate(marked):
            groups[row["id"]].append((found[place].spans, row["spans"]))
        scores = [score_spans([ours for ours, _ in own], [gold for _, gold in own]) for own in groups.values()]
        return sum(score.char_f1 for score in scores) / max(len(scores), 1)

    grid = itertools.product(THRESHOLDS, SHARES)
    best = max((replace(extractor.config, threshold=one, share=other) for one, other in grid), key=mean_f1)
    logger.info("best on %d held-out training rows: %s, mean F1 %.4f", len(marked), best, mean_f1(best))
    model.config.span_extraction = best.to_dict()
