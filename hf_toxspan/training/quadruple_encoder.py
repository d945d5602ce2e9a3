"""The trainer of the encoder that finds quadruples: it learns to tag targets and arguments and to classify pairs."""

import inspect
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.functional import binary_cross_entropy_with_logits, cross_entropy
from transformers import Trainer, TrainingArguments
from transformers.trainer_utils import EvalLoopOutput

from hf_toxspan.core.alignment import IGNORED
from hf_toxspan.core.quadruple_scores import tally_quadruples
from hf_toxspan.core.tallies import scores
from hf_toxspan.data.quadruples import gold_string
from hf_toxspan.modeling.checkpoint import require_offsets
from hf_toxspan.modeling.quadruple_encoder import QuadrupleEncoder, QuadrupleOutput
from hf_toxspan.modeling.quadruple_extraction import QuadrupleExtractor, write_found
from hf_toxspan.training.arguments import ANY_WEIGHT, check_range
from hf_toxspan.training.objective import at_least_float32
from hf_toxspan.training.recorded_run import RecordedRun

NEEDED = ("target_tags", "argument_tags", "pairs", "pair_labels")
"""Keys of a batch without which there is no loss."""
FORWARD_INPUTS = frozenset(inspect.signature(QuadrupleEncoder.forward).parameters)
"""Keys of a batch that the model takes."""
PARTS = ("loss_target", "loss_argument", "loss_pair")
"""Parts of the training loss, by their names in the logs."""


@dataclass
class QuadrupleTrainingArguments(TrainingArguments):
    """Arguments of `QuadrupleTrainer`.

    The loss is ``lambda_target CE(BIO of targets) + lambda_argument CE(BIO of arguments) + lambda_pair BCE(hate and
    groups of gold pairs)`` (ours).
    """

    lambda_target: float = field(default=1.0, metadata={"help": "Weight of the targets' tags."})
    lambda_argument: float = field(default=1.0, metadata={"help": "Weight of the arguments' tags."})
    lambda_pair: float = field(default=1.0, metadata={"help": "Weight of hate and groups."})

    def __post_init__(self) -> None:
        """Quote a value that is out of range."""
        super().__post_init__()
        check_range(self, lambda_target=ANY_WEIGHT, lambda_argument=ANY_WEIGHT, lambda_pair=ANY_WEIGHT)


def count_learnt(batch: Mapping[str, Tensor]) -> Tensor:
    """Count what the parts of the loss are divided by.

    Args:
        batch: A collated batch.

    Returns:
        [tokens with a target's tag, tokens with an argument's tag, pairs], shape (3,), on the CPU.
    """
    known = (batch["target_tags"], batch["argument_tags"], batch["pair_labels"][..., 0])
    return torch.stack([(own != IGNORED).sum().float().cpu() for own in known])


def quadruple_sums(output: QuadrupleOutput, batch: Mapping[str, Tensor]) -> list[Tensor]:
    """Sum the three losses over a batch.

    Inputs:
        | logits | labels |
        |---|---|
        | (batch, tokens, 3), twice | (batch, tokens): O, B or I; -100 ignored |
        | (batch, pairs, 1 + groups) | (batch, pairs, 1 + groups): 1 or 0; -100 ignored: padding, groups of no hate |

    Args:
        output: What the model says of the batch and its pairs.
        batch: A collated batch.

    Returns:
        Scalars: cross entropy of the tags of targets and of arguments; binary cross entropy of hate and groups, summed
        over both.

    Raises:
        ValueError: If the model was not asked about the pairs.
    """
    if output.pair_logits is None:
        raise ValueError("the output holds no pair_logits; expected the model to be given the batch's pairs")
    sums = []
    for logits, tags in (
        (output.target_logits, batch["target_tags"]),
        (output.argument_logits, batch["argument_tags"]),
    ):
        known = tags != IGNORED
        sums.append(cross_entropy(at_least_float32(logits[known]), tags[known], reduction="sum"))
    known = batch["pair_labels"] != IGNORED
    logits = at_least_float32(output.pair_logits[known])
    sums.append(binary_cross_entropy_with_logits(logits, batch["pair_labels"][known].to(logits), reduction="sum"))
    return sums


class QuadrupleTrainer(RecordedRun, Trainer):
    """Train the encoder that finds quadruples; see `QuadrupleTrainingArguments` for the loss.

    `hf_toxspan.data.quadruple_encoding` makes the batches. Each part of the loss is divided by what it is about in the
    whole optimisation step, so that accumulated batches and several processes change no gradient.

    Args:
        model: The model.
        args: The arguments.
        eval_rows: Rows with ``text`` and ``quads``; adds the scores of extracted quadruples to every evaluation.
        **kwargs: As for `transformers.Trainer`; ``processing_class`` is the tokenizer.

    Raises:
        TypeError: If the model is another one.
        ValueError: For a slow tokenizer beside `eval_rows`.
    """

    # Our sums are divided by counts over all accumulated batches; the stock division would come on top.
    loss_is_scaled_for_ga = True

    def __init__(
        self,
        model: QuadrupleEncoder,
        args: QuadrupleTrainingArguments,
        *,
        eval_rows: Sequence[Mapping[str, Any]] | None = None,
        **kwargs: Any,
    ) -> None:
        if not isinstance(model, QuadrupleEncoder):
            raise TypeError(
                f"model is a {type(model).__name__}; expected a QuadrupleEncoder, such as "
                "QuadrupleEncoder.from_encoder(...) makes of any encoder"
            )
        if eval_rows is not None:
            require_offsets(kwargs.get("processing_class"))
        args.remove_unused_columns = False
        args.prediction_loss_only = True  # pairs differ in number from batch to batch
        args.label_names = ["target_tags", "argument_tags", "pair_labels"]
        super().__init__(model=model, args=args, **kwargs)
        self.eval_rows = eval_rows
        self._parts = torch.zeros(len(PARTS), device=args.device)
        self._steps = 0

    def get_batch_samples(
        self, epoch_iterator: Iterator[Any], num_batches: int, device: torch.device
    ) -> tuple[list[Any], Tensor]:
        """Fetch the batches of an optimisation step and count over all processes."""
        batches, _ = super().get_batch_samples(epoch_iterator, num_batches, device)
        if not batches:  # a stream has ended within the epoch that `max_steps` makes of it
            return batches, torch.zeros((), device=device)
        self._steps += 1
        counts = torch.stack([_count(batch) for batch in batches]).sum(dim=0)
        return batches, self.accelerator.reduce(counts.to(device), reduction="sum")

    def compute_loss(
        self,
        model: nn.Module,
        inputs: dict[str, Tensor],
        return_outputs: bool = False,
        num_items_in_batch: Tensor | None = None,
    ) -> Any:
        """Compute the weighted loss of one batch, divided by the step's counts (by its own where none are given)."""
        counts, scale = _count(inputs), 1
        if model.training and num_items_in_batch is not None:
            # Those of the whole step; gradients are averaged over the processes afterwards.
            counts, scale = num_items_in_batch, self.accelerator.num_processes
        output = model(**{name: value for name, value in inputs.items() if name in FORWARD_INPUTS})
        divisors = counts.clamp(min=1).to(output.target_logits.device) / scale
        parts = torch.stack(quadruple_sums(output, inputs)) / divisors
        if model.training:
            self._parts += parts.detach()
        weights = (self.args.lambda_target, self.args.lambda_argument, self.args.lambda_pair)
        loss = (parts * parts.new_tensor(weights)).sum()
        return (loss, output) if return_outputs else loss

    def log(self, logs: dict[str, float], start_time: float | None = None) -> None:
        """Add the parts of the training loss since the last log."""
        if "loss" in logs and self._steps:
            # As the total: summed over accumulated batches, averaged over steps and processes.
            parts = self.accelerator.reduce(self._parts / self._steps, reduction="mean")
            logs |= dict(zip(PARTS, map(float, parts), strict=True))
            self._parts, self._steps = torch.zeros_like(self._parts), 0
        super().log(logs, start_time)

    def evaluation_loop(
        self, *args: Any, description: str, metric_key_prefix: str = "eval", **kwargs: Any
    ) -> EvalLoopOutput:
        """Evaluate as usual and add the scores of `eval_rows`, by the rules of CCL25; `predict` is about other rows."""
        output = super().evaluation_loop(*args, description=description, metric_key_prefix=metric_key_prefix, **kwargs)
        if self.eval_rows is not None and description == "Evaluation":
            extractor = QuadrupleExtractor(self.model, self.processing_class)
            texts = [row["text"] for row in self.eval_rows]
            found = extractor(texts, batch_size=self.args.per_device_eval_batch_size)
            tally = tally_quadruples([*map(write_found, found)], [*map(gold_string, self.eval_rows)])
            output.metrics.update({f"{metric_key_prefix}_{name}": value for name, value in scores(tally).items()})
        return output


def _count(batch: Mapping[str, Tensor]) -> Tensor:
    missing = [name for name in NEEDED if name not in batch]
    if missing:
        raise ValueError(
            f"the batch has no {', '.join(missing)}, only {', '.join(batch)}; encode the rows with "
            "hf_toxspan.data.quadruple_encoding.encode_quadruples and collate them with QuadrupleCollator"
        )
    return count_learnt(batch)
