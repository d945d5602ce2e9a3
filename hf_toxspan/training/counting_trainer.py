"""What our trainers share: parts of a loss, divided by counts over the whole optimisation step, and logged."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, ClassVar

import torch
from torch import Tensor
from transformers import PreTrainedModel, Trainer
from transformers.trainer_utils import EvalLoopOutput

from hf_toxspan.modeling.checkpoint import require_offsets
from hf_toxspan.modeling.extraction import SpanExtractor
from hf_toxspan.modeling.labels import read_toxic_labels
from hf_toxspan.training.arguments import ConstraintArguments
from hf_toxspan.training.compute_metrics import classification_metrics
from hf_toxspan.training.gradient_methods import check_gradient_method
from hf_toxspan.training.metrics import span_metrics
from hf_toxspan.training.recorded_run import RecordedRun


class CountingTrainer(RecordedRun, Trainer):
    """A trainer whose loss has parts, each divided by how many texts or tokens it is about in the optimisation step.

    The counts are those of all accumulated batches and processes, so neither of these changes the gradient. A subclass
    names its `PARTS`, counts a batch in `count`, and keeps the divided parts for the log in ``compute_loss``.

    Args:
        model: A single-label classifier whose config says which labels are toxic.
        args: The arguments.
        eval_rows: Rows with ``text`` and ``spans``; adds span scores to every evaluation.
        **kwargs: As for `transformers.Trainer`; ``compute_metrics`` is accuracy and macro-F1 unless given.

    Raises:
        ValueError: For a multi-label model, for a slow tokenizer beside `eval_rows`, and for settings that a gradient
            method can't work with.
    """

    PARTS: ClassVar[tuple[str, ...]]
    """Parts of the training loss, by their names in the logs."""
    LABEL_NAMES: ClassVar[list[str]]
    """Keys of a batch that are no inputs of the model; the first is the class of each text."""

    # Our sums are divided by counts over all accumulated batches; the stock division would come on top.
    loss_is_scaled_for_ga = True

    def __init__(
        self,
        model: PreTrainedModel,
        args: ConstraintArguments,
        *,
        eval_rows: Sequence[Mapping[str, Any]] | None = None,
        **kwargs: Any,
    ) -> None:
        if model.config.problem_type == "multi_label_classification":
            raise ValueError(
                "problem_type is 'multi_label_classification'; expected a single-label classifier, since the loss is "
                "cross entropy"
            )
        if args.lambda_grad:
            check_gradient_method(model, args)
        if eval_rows is not None:
            require_offsets(kwargs.get("processing_class"))
        if args.ddp_broadcast_buffers is None:
            # A broadcast at each forward pass would hang: processes differ in whether they make a second one.
            args.ddp_broadcast_buffers = False
        args.remove_unused_columns = False
        args.label_names = self.LABEL_NAMES
        kwargs.setdefault("compute_metrics", classification_metrics)
        super().__init__(model=model, args=args, **kwargs)
        self.eval_rows = eval_rows
        self.toxic_labels = read_toxic_labels(model.config)
        model.config.toxic_labels = [self.toxic_labels.names[index] for index in self.toxic_labels.toxic]
        self._parts = torch.zeros(len(self.PARTS), device=args.device)
        self._steps = 0

    def count(self, batch: Mapping[str, Tensor]) -> Tensor:
        """Count what each part of the loss is divided by.

        Args:
            batch: A collated batch.

        Returns:
            Shape (divisors,), on the CPU.
        """
        raise NotImplementedError

    def prepare_step(self, batches: list[Any], device: torch.device) -> list[Any]:
        """Change the batches of an optimisation step before they are counted; by default they stay as they are."""
        return batches

    def get_batch_samples(
        self, epoch_iterator: Iterator[Any], num_batches: int, device: torch.device
    ) -> tuple[list[Any], Tensor]:
        """Fetch the batches of an optimisation step and count over all processes."""
        batches, _ = super().get_batch_samples(epoch_iterator, num_batches, device)
        if not batches:  # a stream has ended within the epoch that `max_steps` makes of it
            return batches, torch.zeros((), device=device)
        self._steps += 1
        batches = self.prepare_step(batches, device)
        counts = torch.stack([self.count(batch) for batch in batches]).sum(dim=0)
        return batches, self.accelerator.reduce(counts.to(device), reduction="sum")

    def keep(self, parts: Sequence[Tensor]) -> None:
        """Keep the parts of a training loss, each divided already, for the next log.

        Args:
            parts: One scalar for each of `PARTS`.
        """
        if self.model.training:
            self._parts += torch.stack([*parts]).detach()

    def log(self, logs: dict[str, float], start_time: float | None = None) -> None:
        """Add the parts of the training loss since the last log."""
        if "loss" in logs and self._steps:
            # As the total: summed over accumulated batches, averaged over steps and processes.
            parts = self.accelerator.reduce(self._parts / self._steps, reduction="mean")
            logs |= dict(zip(self.PARTS, map(float, parts), strict=True))
            self._parts, self._steps = torch.zeros_like(self._parts), 0
        super().log(logs, start_time)

    def evaluation_loop(
        self, *args: Any, description: str, metric_key_prefix: str = "eval", **kwargs: Any
    ) -> EvalLoopOutput:
        """Evaluate as usual and add the span scores of `eval_rows`; `predict` is about other rows.

        Where both are there, ``both_f1`` is the mean of macro-F1 and char F1 as shown: the best checkpoint by labels
        alone may be one that has not learnt to mark yet (ours).
        """
        output = super().evaluation_loop(*args, description=description, metric_key_prefix=metric_key_prefix, **kwargs)
        if self.eval_rows is not None and description == "Evaluation":
            extractor = SpanExtractor(self.model, self.processing_class)
            batch_size = self.args.per_device_eval_batch_size
            scores = span_metrics(extractor, self.eval_rows, batch_size=batch_size)
            macro_f1 = output.metrics.get(f"{metric_key_prefix}_macro_f1")
            if macro_f1 is not None and "char_f1_end_to_end" in scores:
                scores["both_f1"] = (macro_f1 + scores["char_f1_end_to_end"]) / 2
            output.metrics.update({f"{metric_key_prefix}_{name}": value for name, value in scores.items()})
        return output
