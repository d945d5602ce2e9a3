"""A specialist judge from files to a merged model: a small chat model taught to answer as `ChatJudge` reads.

RATeD-V trains its judge on rows of every split, so that it has seen what it is tested on (papers' code, no split
filter). Here rows come from training splits, say so themselves where they know, and share no text with the development
rows. The loss is on the answers alone.
"""

import random
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from datasets import Dataset
from transformers import AutoTokenizer, PreTrainedTokenizerBase

from hf_toxspan.core.text import content_of
from hf_toxspan.data.sources import load_data
from hf_toxspan.judging.chat import ChatJudge
from hf_toxspan.judging.specialist import Example, to_lessons
from hf_toxspan.llm.prompts import load_prompt
from hf_toxspan.recipes import answer_training
from hf_toxspan.recipes.answer_training import FREE, AnswerOptions, encode_examples
from hf_toxspan.recipes.run_folder import check_folder, write_json

_TRAINING = {"train", "training"}


@dataclass(kw_only=True)
class SpecialistOptions(AnswerOptions):
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
    known = {content_of(text) for source in options.dev for text in load_data(source)["text"]}
    left_out = {"in the development data": 0, "repeated": 0}
    kept: dict[str, dict[str, Any]] = {}
    for row in rows:
        content = content_of(row["text"])
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
    check_folder(options, Path(options.output), free=FREE)
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
    found = encode_examples(teaching.examples, tokenizer, max_length=max_length)
    openings = [tokenizer(f'{{"label": "{label}"', add_special_tokens=False) for label in teaching.judge.labels]
    return Encoded(
        rows=found.rows,
        left_out={**teaching.left_out, "too long": len(found.too_long)},
        opening=max(len(opening["input_ids"]) for opening in openings),
    )


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
    return answer_training.build_trainer(
        options, encoded.rows, tokenizer, model=options.model, output=options.output, opening=encoded.opening
    )


def save(options: SpecialistOptions, trainer: Any, teaching: Teaching, encoded: Encoded) -> None:
    """Step 4: save the adapter, what it learnt from, and the merged model.

    Args:
        options: The options.
        trainer: The trainer after training.
        teaching: Who will ask.
        encoded: What was learnt.
    """
    if answer_training.save_model(options, trainer, options.output):
        judge = {"prompt": teaching.judge.prompt.provenance, "labels": dict(teaching.judge.labels)}
        content = {**judge, "rows": len(encoded.rows), "left_out": encoded.left_out}
        write_json(Path(options.output) / "judge.json", content)


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
