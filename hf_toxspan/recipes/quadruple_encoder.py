"""Quadruples without an LLM, from files to a checkpoint and a table, step by step; the command line uses it (ours)."""

import json
import logging
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

import torch
from datasets import Dataset, concatenate_datasets
from transformers import AutoTokenizer, PreTrainedTokenizerBase

from hf_toxspan.core.quadruple_pairing import writing_order
from hf_toxspan.core.quadruple_scores import tally_quadruples
from hf_toxspan.core.tallies import scores
from hf_toxspan.core.text import content_of
from hf_toxspan.data.quadruple_encoding import QuadrupleCollator, encode_quadruples
from hf_toxspan.data.quadruples import gold_string
from hf_toxspan.data.sources import load_data
from hf_toxspan.evaluation.quadruple_report import QuadrupleReport, start_quadruple_report
from hf_toxspan.modeling.checkpoint import PACKAGED_MODEL, give_offsets
from hf_toxspan.modeling.quadruple_encoder import QuadrupleEncoder
from hf_toxspan.modeling.quadruple_encoder_config import Decoding
from hf_toxspan.modeling.quadruple_extraction import QuadrupleExtractor, write_found
from hf_toxspan.recipes.quadruple_rows import hold_back
from hf_toxspan.recipes.run_folder import write_run
from hf_toxspan.training.quadruple_encoder import QuadrupleTrainer, QuadrupleTrainingArguments

logger = logging.getLogger(__name__)

DECODINGS = tuple(Decoding(bonus, floor) for bonus in (0.0, -1.0, -2.0) for floor in (-2.0, -1.0, 0.0, -4.0))
"""Ways to choose spans, tried on the held-out rows; of equally good ones the first (ours)."""
TUNED_ON = 1000
"""Held-out rows on which they are tried, at most."""


@dataclass
class QuadrupleEncoderOptions:
    """What the recipe takes; every field is an option of ``hf-toxspan train quadruple_encoder``."""

    train: list[str] = field(
        metadata={"help": "Training data with quadruples, such as 'state_toxicn:folder/train.json' or file.jsonl."}
    )
    model: str = field(default=PACKAGED_MODEL, metadata={"help": "Folder or Hub id of an encoder."})
    dev: list[str] = field(
        default_factory=list,
        metadata={"help": "Development data that the table is about; training rows are held back if not set."},
    )
    hold_back: int = field(default=300, metadata={"help": "How many training rows are held back without --dev."})
    output: str = field(default="runs/quadruples", metadata={"help": "Folder for the checkpoint and report.json."})
    epochs: float = field(default=5.0, metadata={"help": "Epochs; the best of them is kept."})
    learning_rate: float = field(
        default=2e-4, metadata={"help": "Peak learning rate, for an encoder of width 384; 2e-5 suits a base model."}
    )
    batch_size: int = field(default=32, metadata={"help": "Texts of a step."})
    max_length: int = field(default=256, metadata={"help": "Tokens of a training text, longer ones are cut."})
    tune_share: float = field(
        default=0.1, metadata={"help": "Share of the training rows held out to choose the epoch and the decoding."}
    )
    bf16: bool = field(default=False, metadata={"help": "Train in bfloat16 autocast: 2 to 3 times faster on new CPUs."})
    seed: int = field(default=42, metadata={"help": "Seed of the order, the heads and dropout."})
    resume: bool = field(default=False, metadata={"help": "Go on from the last checkpoint in the output folder."})

    def __post_init__(self) -> None:
        """Quote a value that is out of range."""
        if not 0 < self.tune_share < 1:
            raise ValueError(f"tune_share is {self.tune_share!r}; expected a share in (0, 1)")


class QuadrupleRows(NamedTuple):
    """The rows of a run, with ``id``, ``text`` and ``quads``.

    Attributes:
        train: To learn from.
        tuning: Held out of the training data, to choose the epoch and the decoding.
        dev: To report.
        data: Name of the latter.
    """

    train: Dataset
    tuning: Dataset
    dev: Dataset
    data: str


def load_rows(options: QuadrupleEncoderOptions) -> QuadrupleRows:
    """Step 1: read the data and hold rows back; no text stands on two sides.

    Args:
        options: The options.

    Returns:
        Three sets of rows.

    Raises:
        ValueError: If a source has no quadruples, or too few rows.
    """
    train = _read(options.train)
    if options.dev:
        dev, data = _read(options.dev), ", ".join(options.dev)
        known = set(map(content_of, dev["text"]))
        train = train.select([place for place, text in enumerate(train["text"]) if content_of(text) not in known])
    else:
        train, dev = hold_back(train, options.hold_back)
        data = f"held back of {', '.join(options.train)}"
    train, tuning = hold_back(train, max(1, int(len(train) * options.tune_share)))
    return QuadrupleRows(train, tuning, dev, data)


def _read(sources: list[str]) -> Dataset:
    parts = []
    for source in sources:
        rows = load_data(source)
        if "quads" not in rows.column_names:
            raise ValueError(
                f"{source} has the columns {', '.join(rows.column_names)}; expected quads among them, as "
                "'state_toxicn:train.json' has it"
            )
        parts.append(rows.select_columns(["id", "text", "quads"]))
    return concatenate_datasets(parts).filter(lambda row: bool(row["quads"]), desc="With quadruples")


def load_model(
    options: QuadrupleEncoderOptions, rows: QuadrupleRows
) -> tuple[QuadrupleEncoder, PreTrainedTokenizerBase]:
    """Step 2: put new heads on the encoder; groups are written in the order that the training rows prefer.

    Args:
        options: The options.
        rows: The rows.

    Returns:
        Model and tokenizer.
    """
    torch.manual_seed(options.seed)  # the heads are new
    groups = writing_order(quad["group"] for quads in rows.train["quads"] for quad in quads)
    model = QuadrupleEncoder.from_encoder(options.model, groups=groups)
    return model, give_offsets(AutoTokenizer.from_pretrained(options.model))


def build_trainer(
    options: QuadrupleEncoderOptions, rows: QuadrupleRows, model: QuadrupleEncoder, tokenizer: PreTrainedTokenizerBase
) -> tuple[QuadrupleTrainer, dict[str, int]]:
    """Step 3: encode the rows and set up the trainer; the epoch with the best average F1 on held-out rows is kept.

    Args:
        options: The options.
        rows: The rows.
        model: The model.
        tokenizer: Its tokenizer.

    Returns:
        A trainer, ready for ``train()``, and what of the training rows can't be learnt as it is.
    """
    parts = {"train": rows.train, "tuning": rows.tuning, "dev": rows.dev}
    write_run(options.output, "quadruple_encoder", sources=options.train, parts=parts)
    shape = {"groups": model.config.groups, "max_length": options.max_length}
    learnt, held = (encode_quadruples(part, tokenizer, **shape) for part in (rows.train, rows.tuning))
    arguments = QuadrupleTrainingArguments(
        output_dir=str(Path(options.output) / "checkpoints"),
        num_train_epochs=options.epochs,
        learning_rate=options.learning_rate,
        warmup_steps=0.1,
        weight_decay=0.01,
        per_device_train_batch_size=options.batch_size,
        per_device_eval_batch_size=2 * options.batch_size,
        train_sampling_strategy="group_by_length",
        bf16=options.bf16,
        use_cpu=not torch.accelerator.is_available(),  # without it bfloat16 is refused on a CPU
        eval_strategy="epoch",
        save_strategy="epoch",
        save_total_limit=2,  # the best and the last
        load_best_model_at_end=True,
        metric_for_best_model="average_f1",
        logging_steps=20,
        report_to="none",
        dataloader_pin_memory=torch.cuda.is_available(),
        seed=options.seed,
    )
    trainer = QuadrupleTrainer(
        model,
        arguments,
        train_dataset=learnt.rows,
        eval_dataset=held.rows,
        eval_rows=rows.tuning.to_list(),
        data_collator=QuadrupleCollator(tokenizer, len(model.config.groups)),
        processing_class=tokenizer,
    )
    return trainer, learnt.notes


def tune_decoding(rows: QuadrupleRows, extractor: QuadrupleExtractor) -> Decoding:
    """Step 4: choose on held-out rows how spans are chosen, and write that into the model's config.

    Args:
        rows: The rows.
        extractor: The trained model.

    Returns:
        The decoding with the highest average F1 by the rules of CCL25.
    """
    tuning = rows.tuning.to_list()[:TUNED_ON]
    texts, gold = [row["text"] for row in tuning], [*map(gold_string, tuning)]
    readings = extractor.read(texts)

    def average_f1(decoding: Decoding) -> float:
        found = QuadrupleExtractor(extractor.model, extractor.tokenizer, decoding=decoding).decode(texts, readings)
        return scores(tally_quadruples([*map(write_found, found)], gold))["average_f1"]

    best = max(DECODINGS, key=average_f1)
    extractor.model.config.decoding = best.to_dict()
    return best


def report(rows: QuadrupleRows, extractor: QuadrupleExtractor, *, batch_size: int = 32) -> QuadrupleReport:
    """Step 5: score the model on the development rows, beside the trivial systems.

    Args:
        rows: The rows.
        extractor: The trained model.
        batch_size: Windows of a forward pass.

    Returns:
        The table.
    """
    dev = rows.dev.to_list()
    table = start_quadruple_report(rows.train.to_list(), dev, data=rows.data)
    found = extractor([row["text"] for row in dev], batch_size=batch_size)
    table.add("encoder", [*map(write_found, found)])
    return table


def save(options: QuadrupleEncoderOptions, trainer: QuadrupleTrainer, table: QuadrupleReport) -> None:
    """Step 6: save the checkpoint with its tokenizer, and the scores beside it.

    Args:
        options: The options.
        trainer: The trainer after training.
        table: The scores.
    """
    trainer.save_model(options.output)
    if trainer.is_world_process_zero():
        text = json.dumps(table.to_dict(), ensure_ascii=False, indent=2)
        Path(options.output, "report.json").write_text(text + "\n", encoding="utf-8")


def run(options: QuadrupleEncoderOptions) -> QuadrupleReport:
    """Run all steps.

    Args:
        options: The options.

    Returns:
        Scores on the development data: trivial systems and the trained model.
    """
    rows = load_rows(options)
    model, tokenizer = load_model(options, rows)
    trainer, notes = build_trainer(options, rows, model, tokenizer)
    trainer.train(resume_from_checkpoint=options.resume)
    tune_decoding(rows, QuadrupleExtractor(model.eval(), tokenizer))
    table = report(rows, QuadrupleExtractor(model, tokenizer), batch_size=2 * options.batch_size)
    told = "; ".join(f"{count} {what}" for what, count in notes.items())
    sizes = f"{len(rows.train)} texts to learn from, {len(rows.tuning)} to tune on"
    table.notes.append(f"{sizes}. Of the former: {told or 'nothing that can not be learnt'}.")
    save(options, trainer, table)
    return table
