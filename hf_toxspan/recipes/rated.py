"""RATeD-V's backbone from files to a checkpoint and a table, step by step; the example and the command line use it."""

import json
import logging
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import torch
from datasets import Dataset
from transformers import AutoTokenizer, PreTrainedTokenizerBase

from hf_toxspan.core.span_scores import score_spans
from hf_toxspan.data.collator import SpanCollator
from hf_toxspan.data.encoding import encode
from hf_toxspan.evaluation.baselines import mine_lexicon
from hf_toxspan.evaluation.published import PUBLISHED
from hf_toxspan.evaluation.report import Report, add_model, start_report
from hf_toxspan.modeling.checkpoint import give_offsets
from hf_toxspan.modeling.evidence import from_tags
from hf_toxspan.modeling.extraction import SpanExtractor
from hf_toxspan.modeling.extraction_config import ExtractionConfig
from hf_toxspan.modeling.rationale import RationaleForToxicSpans
from hf_toxspan.recipes.rated_rows import RatedOptions, Rows, class_weights, load_rows
from hf_toxspan.recipes.run_folder import write_run
from hf_toxspan.training.arguments import MultitaskRationaleTrainingArguments
from hf_toxspan.training.multitask_rationale import MultitaskRationaleTrainer

logger = logging.getLogger(__name__)

THRESHOLDS = tuple(step / 20 for step in range(4, 17))
"""Toxicities from which a token may be marked, tried on the held-out rows (ours)."""


def load_model(options: RatedOptions, rows: Rows) -> tuple[RationaleForToxicSpans, PreTrainedTokenizerBase]:
    """Step 2: put new heads on the encoder, for the labels of the rows.

    Args:
        options: The options.
        rows: The rows.

    Returns:
        Model and tokenizer.
    """
    torch.manual_seed(options.seed)  # the heads are new
    model = RationaleForToxicSpans.from_encoder(
        options.settings.model,
        labels=rows.labels,
        toxic_labels=rows.toxic_labels,
        fusion=options.fusion,
        # Eager attention is the fastest that has a second derivative: tests/benchmarks/README.md.
        **({"attn_implementation": "eager"} if options.lambda_grad else {}),
    )
    return model, give_offsets(AutoTokenizer.from_pretrained(options.settings.model))


def build_trainer(
    options: RatedOptions, rows: Rows, model: RationaleForToxicSpans, tokenizer: PreTrainedTokenizerBase
) -> MultitaskRationaleTrainer:
    """Step 3: encode the rows and set up the trainer; the epoch with the best F1 on held-out rows is kept.

    Best is the mean of macro-F1 and of the spans' char F1 as shown; macro-F1 alone where no held-out row has spans.

    Args:
        options: The options.
        rows: The rows.
        model: The model.
        tokenizer: Its tokenizer.

    Returns:
        A trainer, ready for ``train()``.
    """
    parts = {"train": rows.train, "tuning": rows.tuning, "dev": rows.dev}
    write_run(options.output, "rated", sources=options.train, parts=parts)
    settings = options.settings
    shape = {"label2id": model.config.label2id, "max_length": settings.max_length, "tags": True}
    learnt = rows.train if options.soft else _without_annotators(rows.train)
    encoded = [encode(part, tokenizer, **shape) for part in (learnt, _without_annotators(rows.tuning))]
    marked = any(rows.tuning["spans"])
    arguments = MultitaskRationaleTrainingArguments(
        output_dir=str(Path(options.output) / "checkpoints"),
        num_train_epochs=settings.epochs,
        lambda_tag=settings.lambda_tag,
        lambda_cons=options.lambda_cons,
        lambda_grad=options.lambda_grad,
        consistency=options.consistency,
        class_weights=class_weights(rows) if options.balanced else None,
        learning_rate=settings.learning_rate,
        warmup_steps=0.1,
        weight_decay=0.01,
        per_device_train_batch_size=settings.batch_size,
        per_device_eval_batch_size=2 * settings.batch_size,
        gradient_accumulation_steps=options.accumulate,
        train_sampling_strategy="group_by_length",
        bf16=options.bf16,
        use_cpu=not torch.accelerator.is_available(),  # without it bfloat16 is refused on a CPU
        eval_strategy="epoch",
        save_strategy="epoch",
        save_total_limit=2,  # the best and the last
        load_best_model_at_end=True,
        metric_for_best_model="both_f1" if marked else "macro_f1",
        logging_steps=20,
        report_to="none",
        dataloader_pin_memory=torch.cuda.is_available(),
        seed=options.seed,
    )
    return MultitaskRationaleTrainer(
        model,
        arguments,
        train_dataset=encoded[0],
        eval_dataset=encoded[1],
        eval_rows=rows.tuning.to_list() if marked else None,
        data_collator=SpanCollator(tokenizer),
        processing_class=tokenizer,
    )


def _without_annotators(rows: Dataset) -> Dataset:
    return rows.select_columns([name for name in rows.column_names if name != "annotator_spans"])


def tune_threshold(rows: Rows, extractor: SpanExtractor) -> ExtractionConfig:
    """Step 4: choose the threshold of the tags on the held-out rows and write it into the model's config.

    Args:
        rows: The rows.
        extractor: The trained model.

    Returns:
        How spans are read from now on: with the highest char F1 over the annotated rows, each as it is shown (no spans
        where the model calls it clean).
    """
    annotated = [row for row in rows.tuning if row["spans"] is not None]
    texts = [row["text"] for row in annotated]
    toxic = [explanation.toxic for explanation in extractor(texts)]
    shown = [window for window in extractor.windows(texts) if toxic[window.text]]
    reading = extractor.read(shown)

    def char_f1(threshold: float) -> float:
        found = from_tags(texts, shown, reading.tags or [], replace(extractor.config, threshold=threshold))
        spans = [found[place].spans if place in found else [] for place in range(len(texts))]
        return score_spans(spans, [row["spans"] for row in annotated]).char_f1

    if not shown:
        logger.warning("the model calls no held-out row with span labels toxic; the threshold stays as it is")
        return extractor.config
    # Of equally good ones that which is nearest to no shift at all.
    best = max(THRESHOLDS, key=lambda threshold: (char_f1(threshold), -abs(threshold - 0.5)))
    config = replace(extractor.config, threshold=best)
    extractor.model.config.span_extraction = config.to_dict()
    return config


def report(options: RatedOptions, rows: Rows, extractors: Sequence[tuple[str, SpanExtractor]]) -> Report:
    """Step 5: score models on the development data, beside the trivial systems.

    Args:
        options: The options.
        rows: The rows.
        extractors: Models by name.

    Returns:
        The table.
    """
    dev = rows.dev.to_list()  # a data set reads its rows anew each time it is asked
    benchmark = options.preset if options.preset in PUBLISHED else None
    lexicon = mine_lexicon(rows.train.to_list())
    table = start_report(dev, data=", ".join(options.dev), lexicon=lexicon, benchmark=benchmark)
    for name, extractor in extractors:
        add_model(table, name, extractor, dev)
    return table


def save(options: RatedOptions, trainer: MultitaskRationaleTrainer, table: Report) -> None:
    """Step 6: save a checkpoint that the pipeline loads, with the scores beside it.

    Args:
        options: The options.
        trainer: The trainer after training.
        table: The scores.
    """
    trainer.save_model(options.output)
    if trainer.is_world_process_zero():
        text = json.dumps(table.to_dict(), ensure_ascii=False, indent=2)
        Path(options.output, "report.json").write_text(text + "\n", encoding="utf-8")


def run(options: RatedOptions) -> Report:
    """Run all steps.

    Args:
        options: The options.

    Returns:
        Scores on the development data: trivial systems and the trained model.
    """
    rows = load_rows(options)
    model, tokenizer = load_model(options, rows)
    trainer = build_trainer(options, rows, model, tokenizer)
    trainer.train(resume_from_checkpoint=options.resume)
    tune_threshold(rows, SpanExtractor(model, tokenizer))
    table = report(options, rows, [("after training", SpanExtractor(model, tokenizer))])
    save(options, trainer, table)
    return table
