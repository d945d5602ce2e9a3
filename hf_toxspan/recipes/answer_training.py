"""What recipes share that teach a chat model answers: token ids as in use, TRL's trainer, the merged model.

A prompt is written by the same function that writes it in use (`hf_toxspan.llm.chat_tokens.chat_ids`), so that the chat
template of training is that of inference; an answer is learnt with the end that the template gives it.
"""

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, NamedTuple

import torch
from datasets import Dataset
from transformers import AutoModelForCausalLM, PreTrainedTokenizerBase

from hf_toxspan.llm.chat_tokens import chat_ids
from hf_toxspan.modeling.adapters import lora, merge_adapter


@dataclass
class AnswerOptions:
    """What every such recipe takes."""

    epochs: float = field(default=1.0, metadata={"help": "Epochs."})
    learning_rate: float = field(default=1e-3, metadata={"help": "Peak learning rate."})
    batch_size: int = field(default=16, metadata={"help": "Texts of a step."})
    accumulate: int = field(default=1, metadata={"help": "Batches of an optimisation step."})
    rank: int = field(
        default=16, metadata={"help": "Width of the LoRA adapters, whose scale is 2; 0 trains all weights instead."}
    )
    max_length: int = field(default=512, metadata={"help": "Tokens of question and answer; longer rows are left out."})
    steps: int = field(default=-1, metadata={"help": "End after so many steps; -1 for all epochs."})
    bf16: bool = field(default=False, metadata={"help": "Train in bfloat16 arithmetic."})
    save_steps: int = field(default=100, metadata={"help": "Steps between two checkpoints."})
    merge: bool = field(default=True, metadata={"help": "Save the merged model too, in the folder 'merged'."})
    resume: bool = field(default=False, metadata={"help": "Go on from the last checkpoint in the output folder."})
    seed: int = field(default=0, metadata={"help": "Seed of the draw of rows, the adapters and the order."})


FREE = {"resume", "merge", "steps", "save_steps"}
"""Options that may change between two runs into one folder."""


class Encoded(NamedTuple):
    """Examples as token ids.

    Attributes:
        rows: ``input_ids`` and ``completion_mask``, 1 on what is learnt.
        too_long: Ids of the examples that were left out.
    """

    rows: Dataset
    too_long: list[str]


def encode_examples(
    examples: Iterable[Mapping[str, Any]], tokenizer: PreTrainedTokenizerBase, *, max_length: int
) -> Encoded:
    """Write each question as it will be asked, its answer as the chat template ends it, and mark the latter.

    Args:
        examples: Dicts with ``id``, ``prompt`` and ``completion``, the latter two chats (TRL's prompt-completion rows).
        tokenizer: The model's tokenizer, with a chat template.
        max_length: Most tokens of question and answer; what is longer is left out.

    Returns:
        Token ids with masks.

    Raises:
        ValueError: If no example is short enough, or the template rewrites a question once it is answered.
    """
    written = [(example["id"], _encode(example, tokenizer)) for example in examples]
    kept = [row for _, row in written if len(row["input_ids"]) <= max_length]
    if not kept:
        raise ValueError(f"none of {len(written)} examples has at most max_length {max_length} tokens; raise it")
    too_long = [name for name, row in written if len(row["input_ids"]) > max_length]
    return Encoded(Dataset.from_list(kept), too_long)


def _encode(example: Mapping[str, Any], tokenizer: PreTrainedTokenizerBase) -> dict[str, list[int]]:
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


class Evaluation(NamedTuple):
    """When and on what a trainer is evaluated.

    Attributes:
        rows: Encoded rows whose loss is measured.
        steps: Steps between two evaluations.
    """

    rows: Dataset
    steps: int


def build_trainer(
    options: AnswerOptions,
    rows: Dataset,
    tokenizer: PreTrainedTokenizerBase,
    *,
    model: str,
    output: str,
    opening: int = 0,
    evaluation: Evaluation | None = None,
) -> Any:
    """Set up TRL's trainer: adapters on a frozen model, or all weights where the rank is 0.

    Args:
        options: The options.
        rows: What is to be learnt, encoded.
        tokenizer: The tokenizer.
        model: Folder or Hub id of the model.
        output: Folder for the checkpoints.
        opening: Tokens at the head of each answer that count alike (`hf_toxspan.training.answer_trainer`).
        evaluation: What to evaluate on; nothing when None.

    Returns:
        An `AnswerTrainer`, ready for ``train()``.

    Raises:
        ImportError: If TRL is not installed.
    """
    try:
        from trl import SFTConfig

        from hf_toxspan.training.answer_trainer import AnswerTrainer
    except ImportError as error:
        raise ImportError('teaching a chat model needs TRL: pip install "hf_toxspan[sft]"') from error
    # Frozen weights need no more precision than the arithmetic (peft keeps the adapters in float32); trained ones do.
    frozen = options.bf16 and options.rank
    return AnswerTrainer(
        AutoModelForCausalLM.from_pretrained(model, dtype=torch.bfloat16 if frozen else torch.float32),
        _arguments(SFTConfig, options, output, evaluation),
        opening=opening,
        train_dataset=rows,
        eval_dataset=None if evaluation is None else evaluation.rows,
        processing_class=tokenizer,
        peft_config=lora(rank=options.rank) if options.rank else None,
    )


def _arguments(kind: type, options: AnswerOptions, output: str, evaluation: Evaluation | None) -> Any:
    """Return the trainer's arguments; `kind` is TRL's class of them."""
    accelerated = torch.accelerator.is_available()
    recomputing: dict[str, Any] = {_recomputing(kind): False}
    evaluating: dict[str, Any] = (
        {} if evaluation is None else {"eval_strategy": "steps", "eval_steps": evaluation.steps}
    )
    return kind(
        output_dir=str(Path(output) / "checkpoints"),
        num_train_epochs=options.epochs,
        max_steps=options.steps,
        learning_rate=options.learning_rate,
        warmup_steps=0.05,
        lr_scheduler_type="cosine",
        per_device_train_batch_size=options.batch_size,
        gradient_accumulation_steps=options.accumulate,
        train_sampling_strategy="group_by_length",
        completion_only_loss=True,
        max_length=None,  # nothing is cut: what is too long was left out
        **recomputing,
        **evaluating,
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


def _recomputing(arguments: type) -> str:
    """Return what the installed transformers calls recomputing on the way back; TRL does it unless told not to."""
    names = {field.name for field in fields(arguments)}
    return "activation_checkpointing" if "activation_checkpointing" in names else "gradient_checkpointing"


def save_model(options: AnswerOptions, trainer: Any, output: str | os.PathLike[str]) -> bool:
    """Save the adapter and, unless told not to, the merged model; without adapters the model as it is.

    Args:
        options: The options.
        trainer: The trainer after training.
        output: Folder; the adapter goes to ``adapter``, the model to ``merged``.

    Returns:
        Whether this process is the one that writes what else belongs to the run.
    """
    adapter, merged = Path(output) / "adapter", Path(output) / "merged"
    trainer.save_model(str(adapter if options.rank else merged))
    if not trainer.is_world_process_zero():
        return False
    if options.rank and options.merge:
        merge_adapter(adapter, merged)
    return True


def words_of(left_out: Mapping[Any, int | Sequence[str]]) -> str:
    """Say what was left out, in words: ``3 too long, 1 repeated``; ``nothing`` where all were kept."""
    counts = {name: own if isinstance(own, int) else len(own) for name, own in left_out.items()}
    return ", ".join(f"{count:,} {name}" for name, count in counts.items() if count) or "nothing"
