"""The teacher of the small model: a classifier whose gradients were taught to point at the toxic words (ToxiTrace).

Used by ``make_small_model.py``.
"""

import argparse
import logging
from collections import defaultdict
from pathlib import Path
from typing import Any

from small_model_rows import GOLD, LABELS, Rows
from transformers import ElectraForSequenceClassification, PreTrainedTokenizerBase

from hf_toxspan.core.bicse import GRID, BiCSE, extract
from hf_toxspan.core.span_scores import score_spans
from hf_toxspan.data.collator import SpanCollator
from hf_toxspan.data.encoding import encode
from hf_toxspan.data.rows import to_dataset
from hf_toxspan.modeling.extraction import SpanExtractor
from hf_toxspan.modeling.extraction_config import ExtractionConfig
from hf_toxspan.training.arguments import GradientConstrainedTrainingArguments
from hf_toxspan.training.gradient_constrained import GradientConstrainedTrainer

logger = logging.getLogger(__name__)


def train(
    model: ElectraForSequenceClassification,
    tokenizer: PreTrainedTokenizerBase,
    rows: Rows,
    folder: Path,
    options: argparse.Namespace,
) -> None:
    """Warm up on cross entropy, then train under the gradient constraints."""
    arguments = GradientConstrainedTrainingArguments(
        output_dir=str(folder),
        num_train_epochs=options.epochs,
        warmup_epochs=options.warmup_epochs,
        lambda_grad=options.lambda_grad,
        learning_rate=options.learning_rate,
        per_device_train_batch_size=32,
        warmup_steps=0.05,
        weight_decay=0.01,
        use_cpu=True,
        bf16=options.bf16,
        optim="adamw_torch_fused",
        train_sampling_strategy="group_by_length",
        logging_steps=50,
        save_steps=300,
        save_only_model=True,
        save_total_limit=1,
        disable_tqdm=True,
        seed=options.seed,
    )
    model.set_attn_implementation("eager")  # the fastest with a second derivative
    encoded = encode(to_dataset(rows, name="train"), tokenizer, label2id=LABELS, max_length=96)
    GradientConstrainedTrainer(
        model, arguments, train_dataset=encoded, data_collator=SpanCollator(tokenizer), processing_class=tokenizer
    ).train()


def tune_extraction(model: ElectraForSequenceClassification, tokenizer: PreTrainedTokenizerBase, rows: Rows) -> None:
    """Choose BiCSE's thresholds on held-out toxic rows with gold spans and keep them in the config.

    What counts is the mean of the sources' pooled character F1, so that no source's long spans rule the choice.
    """
    marked = [row for row in rows if row["toxic"] and row["spans"] and row["id"] in GOLD]
    explained = SpanExtractor(model.eval(), tokenizer)([row["text"] for row in marked], explain_all=True)
    groups: dict[str, list[tuple[dict[str, Any], Any]]] = defaultdict(list)
    for row, explanation in zip(marked, explained, strict=True):
        groups[row["id"]].append((row, explanation.saliency))

    def mean_f1(candidate: BiCSE) -> float:
        scores = [
            score_spans(
                [extract(values, row["text"], candidate) for row, values in group], [r["spans"] for r, _ in group]
            )
            for group in groups.values()
        ]
        return sum(score.char_f1 for score in scores) / max(len(scores), 1)

    best = max(GRID, key=mean_f1)
    logger.info("best on %d held-out training rows: %s, mean F1 %.4f", len(marked), best, mean_f1(best))
    model.config.span_extraction = ExtractionConfig(bicse=best).to_dict()
