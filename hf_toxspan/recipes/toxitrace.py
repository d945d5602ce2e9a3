"""ToxiTrace from files to a checkpoint and a table, step by step; the example and the command line run these steps."""

import json
import logging
import random
from dataclasses import dataclass, field
from pathlib import Path

import torch
from datasets import Dataset, concatenate_datasets
from transformers import PreTrainedModel, PreTrainedTokenizerBase

from hf_toxspan.core.bicse import tune
from hf_toxspan.data.augmentation import augment
from hf_toxspan.data.collator import SpanCollator
from hf_toxspan.data.encoding import REASONS, encode
from hf_toxspan.data.rows import ROW_FEATURES
from hf_toxspan.data.sources import load_data
from hf_toxspan.evaluation.baselines import mine_lexicon
from hf_toxspan.evaluation.report import Report, add_model, start_report
from hf_toxspan.modeling.checkpoint import PACKAGED_MODEL, load_classifier
from hf_toxspan.modeling.extraction import SpanExtractor
from hf_toxspan.modeling.extraction_config import ExtractionConfig, by_gradient
from hf_toxspan.recipes.run_folder import write_run
from hf_toxspan.training.arguments import GradientConstrainedTrainingArguments
from hf_toxspan.training.gradient_constrained import GradientConstrainedTrainer

logger = logging.getLogger(__name__)

CLEAN, TOXIC = "clean", "toxic"


@dataclass
class ToxiTraceOptions:
    """What the recipe takes; every field is an option of the example and of ``hf-toxspan train toxitrace``."""

    model: str = field(default=PACKAGED_MODEL, metadata={"help": "Folder or Hub id of an encoder or classifier."})
    train: list[str] = field(
        default_factory=lambda: ["sample:train"],
        metadata={"help": "Training data: 'sample:train', 'cold:train.csv', 'vihos:train.csv', file.jsonl, ..."},
    )
    dev: list[str] = field(
        default_factory=lambda: ["sample:dev"], metadata={"help": "Development data that the table is about."}
    )
    output: str = field(default="runs/toxitrace", metadata={"help": "Folder for the checkpoint and report.json."})
    epochs: float = field(default=4.0, metadata={"help": "Epochs in all, warm-up included."})
    warmup_epochs: float = field(default=2.0, metadata={"help": "Epochs of cross entropy alone."})
    lambda_grad: float = field(default=1.0, metadata={"help": "Weight of PGR + PPT; 0 trains on cross entropy alone."})
    lambda_sem: float = field(
        default=0.02,
        metadata={"help": "Weight of the contrast with reasons, for rows that have both; see hf-toxspan reason."},
    )
    constraint_share: float = field(
        default=1.0,
        metadata={"help": "Share of the annotated texts that enter the constraints of a step; less is faster."},
    )
    learning_rate: float = field(default=5e-5, metadata={"help": "Peak learning rate."})
    batch_size: int = field(default=16, metadata={"help": "Texts of a step and process."})
    accumulate: int = field(default=1, metadata={"help": "Batches of an optimisation step."})
    max_length: int = field(default=128, metadata={"help": "Tokens of a training text; longer ones are cut."})
    tune_share: float = field(
        default=0.2,
        metadata={"help": "Share of the annotated toxic training texts held out to tune the extractor on."},
    )
    obfuscate: float = field(
        default=0.0,
        metadata={"help": "Share of the annotated toxic training texts to add an obfuscated copy of, with clean ones."},
    )
    bf16: bool = field(default=False, metadata={"help": "Train in bfloat16 autocast: 2 to 3 times faster on new CPUs."})
    seed: int = field(default=42, metadata={"help": "Seed of the split, the order and dropout."})
    resume: bool = field(default=False, metadata={"help": "Go on from the last checkpoint in the output folder."})

    def __post_init__(self) -> None:
        """Quote a value that is out of range."""
        if not 0 <= self.tune_share < 1:
            raise ValueError(f"tune_share is {self.tune_share!r}; expected a share in [0, 1)")
        if not 0 <= self.obfuscate <= 1:
            raise ValueError(f"obfuscate is {self.obfuscate!r}; expected a share in [0, 1]")


@dataclass(frozen=True)
class Rows:
    """The rows of a run: `train` to learn from, `tuning` to set the extractor's thresholds on, `dev` to report."""

    train: Dataset
    tuning: Dataset
    dev: Dataset


def load_rows(options: ToxiTraceOptions) -> Rows:
    """Step 1: read the data and hold out some annotated toxic training texts for the extractor.

    Args:
        options: The options.

    Returns:
        Three sets of rows with the schema's columns.
    """
    train, dev = _read(options.train), _read(options.dev)
    annotated = [position for position, spans in enumerate(train["spans"]) if spans]
    held_out = set(random.Random(options.seed).sample(annotated, int(len(annotated) * options.tune_share)))
    kept = [position for position in range(len(train)) if position not in held_out]
    learnt = augment(train.select(kept), share=options.obfuscate, seed=options.seed)
    return Rows(learnt, train.select(sorted(held_out)), dev)


def _read(sources: list[str]) -> Dataset:
    parts = [load_data(source) for source in sources]
    reasoned = any(set(REASONS) <= set(part.column_names) for part in parts)
    columns = [*ROW_FEATURES, *(REASONS if reasoned else ())]
    # Concatenating fills a column that only some sources have with None: rows without reasons.
    rows = concatenate_datasets([part.select_columns([c for c in columns if c in part.column_names]) for part in parts])
    return rows.map(lambda row: {"label": TOXIC if row["toxic"] else CLEAN}, desc="Labels")


def load_model(options: ToxiTraceOptions) -> tuple[PreTrainedModel, PreTrainedTokenizerBase]:
    """Step 2: load the classifier with the two labels of the recipe; an encoder gets a new head.

    Args:
        options: The options.

    Returns:
        Model and tokenizer; the config says that "toxic" is the toxic label.
    """
    model, tokenizer = load_classifier(
        options.model,
        num_labels=2,
        id2label={0: CLEAN, 1: TOXIC},
        label2id={CLEAN: 0, TOXIC: 1},
        ignore_mismatched_sizes=True,
        # Eager attention is the fastest that has a second derivative: tests/benchmarks/README.md.
        **({"attn_implementation": "eager"} if options.lambda_grad else {}),
    )
    model.config.toxic_labels = [TOXIC]
    model.config.span_extraction = by_gradient(model.config).to_dict()  # a rationale model's tags are not trained here
    return model, tokenizer


def report_before(options: ToxiTraceOptions, rows: Rows, extractor: SpanExtractor) -> Report:
    """Step 3: score the trivial baselines and the model as it comes.

    Args:
        options: The options.
        rows: The rows.
        extractor: The loaded model.

    Returns:
        The beginning of the table.
    """
    report = start_report(rows.dev, data=", ".join(options.dev), lexicon=mine_lexicon(rows.train))
    add_model(report, "before training", extractor, rows.dev)
    return report


def build_trainer(
    options: ToxiTraceOptions, rows: Rows, model: PreTrainedModel, tokenizer: PreTrainedTokenizerBase
) -> GradientConstrainedTrainer:
    """Step 4: encode the rows and set up the trainer.

    Args:
        options: The options.
        rows: The rows.
        model: The classifier.
        tokenizer: Its tokenizer.

    Returns:
        A trainer, ready for ``train()``.
    """
    parts = {"train": rows.train, "tuning": rows.tuning, "dev": rows.dev}
    write_run(options.output, "toxitrace", sources=options.train, parts=parts)
    encoded = [
        encode(part, tokenizer, label2id=model.config.label2id, max_length=options.max_length)
        for part in (rows.train, rows.dev)
    ]
    arguments = GradientConstrainedTrainingArguments(
        output_dir=str(Path(options.output) / "checkpoints"),
        num_train_epochs=options.epochs,
        warmup_epochs=options.warmup_epochs,
        lambda_grad=options.lambda_grad,
        lambda_sem=options.lambda_sem,
        constraint_share=options.constraint_share,
        learning_rate=options.learning_rate,
        warmup_steps=0.06,
        weight_decay=0.01,
        per_device_train_batch_size=options.batch_size,
        per_device_eval_batch_size=2 * options.batch_size,
        gradient_accumulation_steps=options.accumulate,
        train_sampling_strategy="group_by_length",
        bf16=options.bf16,
        use_cpu=not torch.accelerator.is_available(),  # without it bfloat16 is refused on a CPU
        eval_strategy="epoch",
        save_strategy="epoch",
        save_total_limit=1,
        logging_steps=20,
        report_to="none",
        dataloader_pin_memory=torch.cuda.is_available(),
        seed=options.seed,
    )
    return GradientConstrainedTrainer(
        model,
        arguments,
        train_dataset=encoded[0],
        eval_dataset=encoded[1],
        eval_rows=rows.dev,
        data_collator=SpanCollator(tokenizer),
        processing_class=tokenizer,
    )


def tune_extractor(rows: Rows, extractor: SpanExtractor) -> ExtractionConfig:
    """Step 5: choose BiCSE's thresholds on the held-out rows and write them into the model's config.

    Args:
        rows: The rows; without held-out ones the extractor is left as it is.
        extractor: The trained model.

    Returns:
        How spans are read from now on.
    """
    config = extractor.config
    if len(rows.tuning):
        texts = list(rows.tuning["text"])
        explanations = extractor(texts, explain_all=True)
        saliencies = [explanation.saliency for explanation in explanations if explanation.saliency is not None]
        config = ExtractionConfig(config.saliency, tune(saliencies, texts, list(rows.tuning["spans"])))
    else:
        logger.warning("no held-out rows with spans to tune the extractor on; its thresholds stay as they are")
    extractor.model.config.span_extraction = config.to_dict()
    return config


def save(options: ToxiTraceOptions, trainer: GradientConstrainedTrainer, report: Report) -> None:
    """Step 6: save a checkpoint that the pipeline loads, with the scores beside it.

    Args:
        options: The options.
        trainer: The trainer after training.
        report: The finished table.
    """
    trainer.save_model(options.output)
    if trainer.is_world_process_zero():
        text = json.dumps(report.to_dict(), ensure_ascii=False, indent=2)
        Path(options.output, "report.json").write_text(text + "\n", encoding="utf-8")


def run(options: ToxiTraceOptions) -> Report:
    """Run all steps.

    Args:
        options: The options.

    Returns:
        Scores on the development data: baselines, the model before and after training.
    """
    rows = load_rows(options)
    model, tokenizer = load_model(options)
    report = report_before(options, rows, SpanExtractor(model, tokenizer))
    trainer = build_trainer(options, rows, model, tokenizer)
    trainer.train(resume_from_checkpoint=options.resume)
    config = tune_extractor(rows, SpanExtractor(model, tokenizer))
    add_model(report, "after training", SpanExtractor(model, tokenizer, config=config), rows.dev)
    save(options, trainer, report)
    return report
