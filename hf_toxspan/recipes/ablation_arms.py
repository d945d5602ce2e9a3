"""One arm of the ablation: warm up, annotate, train on, explain the test texts."""

import time
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, Literal, NamedTuple

import numpy as np
import torch
from datasets import Dataset
from numpy.typing import NDArray
from transformers import PreTrainedModel, PreTrainedTokenizerBase, set_seed

from hf_toxspan.annotation.annotators import Annotator, ClueAnnotator, LexiconAnnotator, annotate_rows
from hf_toxspan.core.bicse import extract, tune
from hf_toxspan.core.class_scores import score_classes
from hf_toxspan.core.reasons import stand_in
from hf_toxspan.core.top_k import extract_top, tune_top
from hf_toxspan.data.collator import SpanCollator
from hf_toxspan.data.encoding import encode
from hf_toxspan.evaluation.baselines import mine_lexicon
from hf_toxspan.modeling.checkpoint import load_classifier
from hf_toxspan.modeling.extraction import SpanExtractor
from hf_toxspan.modeling.extraction_config import by_gradient
from hf_toxspan.recipes.ablation_rows import CLEAN, TOXIC, AblationOptions, Row, Rows
from hf_toxspan.training.arguments import GradientConstrainedTrainingArguments
from hf_toxspan.training.gradient_constrained import GradientConstrainedTrainer

LABELS = {CLEAN: 0, TOXIC: 1}
TOP_K = 5
"""The k of top-k where nothing is tuned."""

READ_AT_ONCE = 8
"""Texts of a pass that extracts: eager attention keeps a map of every layer, gigabytes for 32 long texts."""

Author = Literal["gold", "clue", "lexicon"]


class Arm(NamedTuple):
    """One way to train after the warm-up.

    Attributes:
        name: Its line in the table.
        annotator: Who wrote the training spans: the data set ("gold", in the place of a strong LLM), the warmed-up
            model itself ("clue", the paper's "w/o CuSA"), or a lexicon mined from labels alone.
        constrained: Whether the gradient constraints are on.
        contrasted: Whether the contrast with reasons is on.
        paper: The paper's line it stands beside, in `ablation_table.PAPER`.
    """

    name: str
    annotator: Author
    constrained: bool
    contrasted: bool
    paper: str | None = None


ARMS = (
    Arm("cross entropy", "gold", False, False, "plain"),
    Arm("+ GCLoss on clues", "clue", True, False),
    Arm("full, without CuSA (clues)", "clue", True, True, "without CuSA"),
    Arm("full, CuSA by lexicon", "lexicon", True, True),
    Arm("full, without GCLoss", "gold", False, True, "without GCLoss"),
    Arm("full, without ARCL", "gold", True, False, "without ARCL"),
    Arm("full (gold spans for CuSA)", "gold", True, True, "full"),
)


def warm_up(options: AblationOptions, rows: Rows, seed: int, folder: Path) -> None:
    """Train on cross entropy alone and save the classifier, unless it is there already.

    Args:
        options: The options.
        rows: The texts.
        seed: Seed of the head, the order and dropout.
        folder: Where the classifier goes.
    """
    if folder.exists():
        return
    set_seed(seed)
    model, tokenizer = load_classifier(
        options.model,
        num_labels=2,
        id2label={number: name for name, number in LABELS.items()},
        label2id=LABELS,
        ignore_mismatched_sizes=True,
        attn_implementation="eager",
    )
    model.config.toxic_labels = [TOXIC]
    model.config.span_extraction = by_gradient(model.config).to_dict()
    _train(options, rows.labels + rows.spans, model, tokenizer, seed, folder, num_train_epochs=options.warmup_epochs)
    draft = folder.with_name(folder.name + ".partial")
    model.save_pretrained(draft)
    tokenizer.save_pretrained(draft)
    draft.rename(folder)


def run_arm(options: AblationOptions, arm: Arm, rows: Rows, seed: int, warm: Path) -> dict[str, Any]:
    """Train one arm on from the warmed-up classifier and let it read the test texts.

    Args:
        options: The options.
        arm: What is on.
        rows: The texts.
        seed: Seed of the order and of dropout.
        warm: Folder of the warmed-up classifier.

    Returns:
        Scores, spans and thresholds as JSON values.
    """
    started = time.monotonic()
    model, tokenizer = load_classifier(warm, attn_implementation="eager")
    annotated = annotate(arm.annotator, rows, SpanExtractor(model, tokenizer))
    partners = rows.labels[: len(annotated)]  # as many texts without spans, so that labels are not forgotten
    losses = {
        "lambda_grad": options.lambda_grad if arm.constrained else 0.0,
        "lambda_sem": options.lambda_sem if arm.contrasted else 0.0,
        "constraint_share": options.constraint_share,
    }
    give_reasons(annotated, options.rewrite_field)
    texts = annotated + [row | {"reason_toxic": None, "reason_clean": None} for row in partners]
    _train(options, texts, model, tokenizer, seed, warm.parent, num_train_epochs=options.epochs, **losses)
    trained = time.monotonic()
    read = read_texts(SpanExtractor(model, tokenizer), rows)
    return {
        "arm": arm.name,
        "seed": seed,
        **read,
        "training_seconds": trained - started,
        "seconds": time.monotonic() - started,
    }


def annotate(annotator: Author, rows: Rows, extractor: SpanExtractor) -> list[Row]:
    """Let somebody write the spans of the training rows.

    Args:
        annotator: "gold" leaves those of the data set.
        rows: The texts.
        extractor: The warmed-up classifier with default thresholds.

    Returns:
        New rows; a toxic text in which nothing was found has the spans None.
    """
    if annotator == "gold":
        return [dict(row) for row in rows.spans]
    if annotator == "clue":
        chosen: Annotator = ClueAnnotator(extractor, "the warmed-up model", batch_size=READ_AT_ONCE, quiet=True)
    else:
        chosen = LexiconAnnotator(
            mine_lexicon([row | {"spans": None} for row in rows.labels + rows.spans]), "of labels"
        )
    return annotate_rows([row | {"spans": None} if row["toxic"] else row for row in rows.spans], chosen)


def give_reasons(rows: list[Row], rewrite_field: str) -> None:
    """Write the offline stand-ins of both reasons into toxic rows with spans, None into the others.

    Args:
        rows: The rows, changed in place.
        rewrite_field: Field with a clean rewrite, where rows have one.
    """
    for row in rows:
        known = row["toxic"] and row["spans"]
        reasons = stand_in(row["text"], row["spans"], rewrite=row.get(rewrite_field)) if known else None
        row["reason_toxic"], row["reason_clean"] = reasons or (None, None)


def _train(
    options: AblationOptions,
    rows: list[Row],
    model: PreTrainedModel,
    tokenizer: PreTrainedTokenizerBase,
    seed: int,
    folder: Path,
    **losses: Any,
) -> None:
    """Train a classifier in place; without losses named it is cross entropy alone."""
    columns = ["text", "label", "toxic", "spans", "reason_toxic", "reason_clean"]
    dataset = Dataset.from_list([{name: row.get(name) for name in columns} for row in rows])
    arguments = GradientConstrainedTrainingArguments(
        str(folder),
        **{"warmup_epochs": 0.0, "lambda_grad": 0.0, "lambda_sem": 0.0, **losses},
        learning_rate=options.learning_rate,
        warmup_steps=0.1,
        weight_decay=0.01,
        per_device_train_batch_size=options.batch_size,
        train_sampling_strategy="group_by_length",
        bf16=options.bf16,
        use_cpu=not torch.accelerator.is_available(),  # without it bfloat16 is refused on a CPU
        save_strategy="no",
        logging_steps=20,
        report_to="none",
        seed=seed,
    )
    GradientConstrainedTrainer(
        model,
        arguments,
        train_dataset=encode(dataset, tokenizer, label2id=LABELS, max_length=options.max_length),
        data_collator=SpanCollator(tokenizer),
        processing_class=tokenizer,
    ).train()
    model.eval()


def read_texts(extractor: SpanExtractor, rows: Rows) -> dict[str, Any]:
    """Classify the development texts and extract from the test texts, with thresholds set on the tuning texts.

    Args:
        extractor: The trained classifier.
        rows: The texts.

    Returns:
        Scores of the labels, the spans of every test text by extractor, and the thresholds.
    """
    predicted = [explanation.toxic for explanation in extractor([row["text"] for row in rows.dev])]
    texts, held = ([row["text"] for row in part] for part in (rows.test, rows.tuning))
    saliency, tuning = read_saliency(extractor, texts), read_saliency(extractor, held)
    gold = [row["spans"] for row in rows.tuning]
    bicse, k = tune(tuning, held, gold), tune_top(tuning, held, gold)
    pairs = list(zip(saliency, texts, strict=True))
    spans = {
        "BiCSE": [extract(values, text, bicse) for values, text in pairs],
        "BiCSE, default thresholds": [extract(values, text) for values, text in pairs],
        "top-k": [extract_top(values, text, k) for values, text in pairs],
        f"top-{TOP_K}": [extract_top(values, text, TOP_K) for values, text in pairs],
    }
    return {
        **score_classes(predicted, [row["toxic"] for row in rows.dev])._asdict(),
        "predicted": predicted,
        "spans": spans,
        "saliency": [values.round(3).tolist() for values in saliency],
        "bicse": asdict(bicse),
        "k": k,
    }


def read_saliency(extractor: SpanExtractor, texts: Sequence[str]) -> list[NDArray[np.float64]]:
    """Return the character saliency of each text, whatever its label."""
    explained = [explanation.saliency for explanation in extractor(texts, batch_size=READ_AT_ONCE, explain_all=True)]
    return [values for values in explained if values is not None]
