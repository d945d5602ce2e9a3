"""A specialist judge from files to a merged model: a small chat model taught to answer as `ChatJudge` reads.

RATeD-V trains its judge on rows of every split, so that it has seen what it is tested on (papers' code, no split
filter). Here rows come from training splits, say so themselves where they know, and share no text with the development
rows. The loss is on the answers alone.
"""

import random
from collections import Counter
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, NamedTuple

import torch
from datasets import Dataset
from transformers import AutoModelForCausalLM, AutoTokenizer, PreTrainedTokenizerBase

from hf_toxspan.core.text import fingerprint
from hf_toxspan.data.sources import load_data
from hf_toxspan.judging.chat import ChatJudge
from hf_toxspan.judging.specialist import Example, to_lessons
from hf_toxspan.llm.chat_tokens import chat_ids
from hf_toxspan.llm.prompts import load_prompt
from hf_toxspan.modeling.adapters import lora, merge_adapter
from hf_toxspan.recipes.run_folder import check_folder, write_json

_TRAINING = {"train", "training"}


@dataclass
class SpecialistOptions:
    """What the recipe takes; every field is an option of the example."""

    model: str = field(metadata={"help": "Folder or Hub id of a chat model."})
    train: list[str] = field(metadata={"help": "Training data, such as 'hatexplain:folder/dataset.json#train'."})
    dev: list[str] = field(
        default_factory=list, metadata={"help": "Rows that must not be learnt: training rows like them are left out."}
    )
    output: str = field(default="runs/specialist", metadata={"help": "Folder for the adapter and the merged model."})
    prompt: str = field(default="judge_short", metadata={"help": "Name of the prompt, in training and in use."})
    rows: int | None = field(
        default=None, metadata={"help": "Rows to learn from, drawn with the labels in equal parts; all if not set."}
    )
    epochs: float = field(default=1.0, metadata={"help": "Epochs."})
    learning_rate: float = field(default=1e-3, metadata={"help": "Peak learning rate."})
    batch_size: int = field(default=16, metadata={"help": "Texts of a step."})
    rank: int = field(default=16, metadata={"help": "Width of the LoRA adapters; their scale is 2."})
    max_length: int = field(default=512, metadata={"help": "Tokens of question and answer; longer rows are left out."})
    steps: int = field(default=-1, metadata={"help": "End after so many steps; -1 for all epochs."})
    bf16: bool = field(default=False, metadata={"help": "Train in bfloat16 arithmetic."})
    save_steps: int = field(default=100, metadata={"help": "Steps between two checkpoints."})
    merge: bool = field(default=True, metadata={"help": "Save the merged model too, in the folder 'merged'."})
    resume: bool = field(default=False, metadata={"help": "Go on from the last checkpoint in the output folder."})
    seed: int = field(default=0, metadata={"help": "Seed of the draw of rows, the adapters and the order."})


class Teaching(NamedTuple):
    """What is to be learnt.

    Attributes:
        judge: Who will ask.
        examples: Questions with answers.
        left_out: Rows that teach nothing, counted by reason.
    """

    judge: ChatJudge
    examples: list[Example]
    left_out: dict[str, int]


class Encoded(NamedTuple):
    """Examples as token ids.

    Attributes:
        rows: ``input_ids`` and ``completion_mask``, 1 on what is learnt.
        left_out: Rows that teach nothing, counted by reason; those that are too long among them.
        opening: Tokens of an answer up to the end of its label, at most.
    """

    rows: Dataset
    left_out: dict[str, int]
    opening: int


def load_rows(options: SpecialistOptions) -> tuple[list[dict[str, Any]], dict[str, int]]:
    """Step 1: read the training rows and leave out what the development rows know.

    Args:
        options: The options.

    Returns:
        The rows, and how many were left out by reason.

    Raises:
        ValueError: If a row says that it belongs to another split than the training split.
    """
    rows = [row for source in options.train for row in _training_rows(source)]
    known = {_content(text) for source in options.dev for text in load_data(source)["text"]}
    left_out = {"in the development data": 0, "repeated": 0}
    kept: dict[str, dict[str, Any]] = {}
    for row in rows:
        content = _content(row["text"])
        if content in known:
            left_out["in the development data"] += 1
        elif content in kept:
            left_out["repeated"] += 1
        else:
            kept[content] = row
    return _draw(list(kept.values()), options), left_out


def _training_rows(source: str) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = load_data(source).to_list()
    others = Counter(row["split"] for row in rows if row.get("split") not in (None, *_TRAINING))
    if others:
        found = ", ".join(f"{count} rows of {split!r}" for split, count in others.items())
        raise ValueError(f"{source} holds {found}; a judge learns from the training split alone: take the others out")
    return rows


def _content(text: str) -> str:
    return fingerprint(text) or text  # a text of signs alone has no fingerprint


def _draw(rows: list[dict[str, Any]], options: SpecialistOptions) -> list[dict[str, Any]]:
    """Shuffle the rows; of a part, each label gets the same number as far as there are as many."""
    random.Random(options.seed).shuffle(rows)
    if options.rows is None or options.rows >= len(rows):
        return rows
    turns = Counter[str]()
    ranked = []
    for place, row in enumerate(rows):
        ranked.append((turns[row["label"]], place))
        turns[row["label"]] += 1
    return [rows[place] for _, place in sorted(ranked)[: options.rows]]


def prepare(options: SpecialistOptions) -> Teaching:
    """Step 1: rows, turned into questions and answers.

    Args:
        options: The options.

    Returns:
        What is to be learnt, and what was left out.

    Raises:
        ValueError: If the output folder holds a judge that learnt with other options.
    """
    check_folder(options, Path(options.output), free={"resume", "merge", "steps", "save_steps"})
    rows, left_out = load_rows(options)
    labels = {label: toxic for label, toxic in sorted({(row["label"], row["toxic"]) for row in rows})}
    judge = ChatJudge(labels, load_prompt(options.prompt))
    lessons = to_lessons(rows, judge)
    flawed: dict[str, int] = {flaw: len(ids) for flaw, ids in lessons.flawed.items()}
    return Teaching(judge, lessons.examples, {**left_out, **flawed})


def encode(teaching: Teaching, tokenizer: PreTrainedTokenizerBase, *, max_length: int) -> Encoded:
    """Step 2: write each question as it will be asked, its answer as the chat template ends it, and mark the latter.

    Args:
        teaching: Questions with answers.
        tokenizer: The model's tokenizer, with a chat template.
        max_length: Most tokens of question and answer; what is longer is left out.

    Returns:
        Token ids, and a mask that is 1 on the answer.

    Raises:
        ValueError: If no example is short enough.
    """
    written = [_encode(example, tokenizer) for example in teaching.examples]
    kept = [row for row in written if len(row["input_ids"]) <= max_length]
    if not kept:
        raise ValueError(f"none of {len(written)} examples has at most max_length {max_length} tokens; raise it")
    openings = [tokenizer(f'{{"label": "{label}"', add_special_tokens=False) for label in teaching.judge.labels]
    return Encoded(
        rows=Dataset.from_list(kept),
        left_out={**teaching.left_out, "too long": len(written) - len(kept)},
        opening=max(len(opening["input_ids"]) for opening in openings),
    )


def _encode(example: Example, tokenizer: PreTrainedTokenizerBase) -> dict[str, list[int]]:
    prompt, completion = example["prompt"], example["completion"]
    asked: str = tokenizer.apply_chat_template(prompt, add_generation_prompt=True, tokenize=False)
    whole: str = tokenizer.apply_chat_template(prompt + completion, tokenize=False)
    if not whole.startswith(asked):
        raise ValueError(
            f"the chat template writes the question of row {example['id']!r} otherwise once it is answered; expected "
            "one that only adds the answer"
        )
    question = chat_ids(tokenizer, prompt, {})
    answer: list[int] = tokenizer(whole[len(asked) :], add_special_tokens=False)["input_ids"]
    return {"input_ids": question + answer, "completion_mask": [0] * len(question) + [1] * len(answer)}


def build_trainer(options: SpecialistOptions, encoded: Encoded, tokenizer: PreTrainedTokenizerBase) -> Any:
    """Step 3: set up TRL's trainer with adapters on a frozen model.

    Args:
        options: The options.
        encoded: What is to be learnt.
        tokenizer: The tokenizer.

    Returns:
        An `AnswerTrainer`, ready for ``train()``.

    Raises:
        ImportError: If TRL is not installed.
    """
    try:
        from trl import SFTConfig

        from hf_toxspan.training.answer_trainer import AnswerTrainer
    except ImportError as error:
        raise ImportError('training a judge needs TRL: pip install "hf_toxspan[sft]"') from error
    accelerated = torch.accelerator.is_available()
    recomputing: dict[str, Any] = {_recomputing(SFTConfig): False}
    arguments = SFTConfig(
        output_dir=str(Path(options.output) / "checkpoints"),
        num_train_epochs=options.epochs,
        max_steps=options.steps,
        learning_rate=options.learning_rate,
        warmup_steps=0.05,
        lr_scheduler_type="cosine",
        per_device_train_batch_size=options.batch_size,
        train_sampling_strategy="group_by_length",
        completion_only_loss=True,
        max_length=None,  # nothing is cut: what is too long was left out
        **recomputing,
        bf16=options.bf16,
        use_cpu=not accelerated,  # without it bfloat16 is refused on a CPU
        dataloader_pin_memory=accelerated,
        save_strategy="steps",
        save_steps=options.save_steps,
        save_total_limit=1,
        logging_steps=10,
        report_to="none",
        seed=options.seed,
    )
    # The frozen weights need no more precision than the arithmetic; peft keeps the adapters in float32.
    model = AutoModelForCausalLM.from_pretrained(options.model, dtype=torch.bfloat16 if options.bf16 else torch.float32)
    return AnswerTrainer(
        model,
        arguments,
        opening=encoded.opening,
        train_dataset=encoded.rows,
        processing_class=tokenizer,
        peft_config=lora(rank=options.rank),
    )


def _recomputing(arguments: type) -> str:
    """Return what the installed transformers calls recomputing on the way back; TRL does it unless told not to."""
    names = {field.name for field in fields(arguments)}
    return "activation_checkpointing" if "activation_checkpointing" in names else "gradient_checkpointing"


def save(options: SpecialistOptions, trainer: Any, teaching: Teaching, encoded: Encoded) -> None:
    """Step 4: save the adapter, what it learnt from, and the merged model.

    Args:
        options: The options.
        trainer: The trainer after training.
        teaching: Who will ask.
        encoded: What was learnt.
    """
    adapter = Path(options.output) / "adapter"
    trainer.save_model(str(adapter))
    if not trainer.is_world_process_zero():
        return
    judge = {"prompt": teaching.judge.prompt.provenance, "labels": dict(teaching.judge.labels)}
    write_json(Path(options.output) / "judge.json", {**judge, "rows": len(encoded.rows), "left_out": encoded.left_out})
    if options.merge:
        merge_adapter(adapter, Path(options.output) / "merged")


def run(options: SpecialistOptions) -> Encoded:
    """Run all steps.

    Args:
        options: The options.

    Returns:
        What was learnt and left out.
    """
    teaching = prepare(options)
    tokenizer = AutoTokenizer.from_pretrained(options.model)
    encoded = encode(teaching, tokenizer, max_length=options.max_length)
    trainer = build_trainer(options, encoded, tokenizer)
    trainer.train(resume_from_checkpoint=options.resume)
    save(options, trainer, teaching, encoded)
    return encoded
