"""ToxiTrace's trainer: a classifier whose input gradients learn to point at the toxic words."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import torch
from torch import Tensor, nn
from transformers import PreTrainedModel, Trainer
from transformers.trainer_utils import EvalLoopOutput

from hf_toxspan.modeling.checkpoint import require_offsets
from hf_toxspan.modeling.extraction import SpanExtractor
from hf_toxspan.modeling.labels import read_toxic_labels
from hf_toxspan.training.arguments import GradientConstrainedTrainingArguments
from hf_toxspan.training.compute_metrics import classification_metrics
from hf_toxspan.training.contrast import REASON_INPUTS, Contrast, contrast_sum, reasoned_rows
from hf_toxspan.training.gradient_methods import check_gradient_method
from hf_toxspan.training.metrics import span_metrics
from hf_toxspan.training.objective import Constraints, LossSums, count_sentences, loss_sums
from hf_toxspan.training.thinning import draw, thin

PARTS = ("loss_ce", "loss_pgr", "loss_ppt", "loss_con")
"""Parts of the training loss, by their names in the logs."""


def count_texts(batch: Mapping[str, Tensor]) -> Tensor:
    """Count the texts of a batch, those with a toxic token and those with both reasons: the divisors of the loss.

    Args:
        batch: A collated batch.

    Returns:
        Whole numbers, shape (3,), on the CPU.
    """
    return torch.cat([count_sentences(batch["token_labels"]), reasoned_rows(batch).sum().cpu()[None]])


class GradientConstrainedTrainer(Trainer):
    """Train a classifier on ``CE + lambda_grad (PGR + PPT) + lambda_sem InfoNCE`` after a warm-up on cross entropy.

    Inputs:
        | column | shape | meaning |
        |---|---|---|
        | ``input_ids``, ``attention_mask``, ... | (batch, tokens) | the encoder's inputs |
        | ``labels`` | (batch,) | class of the text |
        | ``token_labels`` | (batch, tokens) | 1 toxic, 0 clean, -100 ignored; all -100 where there are no span labels |
        | ``agreeing_input_ids``, ``opposing_input_ids`` and their masks (optional) | (batch, own tokens) | reasons |

    `hf_toxspan.data.encoding.encode` and `hf_toxspan.data.collator.SpanCollator` make them. Only sentences with a toxic
    token pay for the second backward pass, and with ``constraint_share`` below 1 only some of these, drawn anew for
    each optimisation step; only those with both reasons enter the contrast. Counts, by which the parts of the loss are
    divided, and the draw are those of the whole step, all accumulated batches and processes, so neither of these
    changes the gradient; the contrast's negatives are those of one batch.

    Args:
        model: A classifier whose config says which labels are toxic.
        args: The arguments.
        eval_rows: Rows with ``text`` and ``spans``; adds span scores to every evaluation.
        **kwargs: As for `transformers.Trainer`; ``compute_metrics`` is accuracy and macro-F1 unless given.

    Raises:
        ValueError: For attention, compile, checkpointing or precision settings that the gradient method can't work
            with, and for a multi-label model.
    """

    # Our sums are divided by counts over all accumulated batches; the stock division would come on top.
    loss_is_scaled_for_ga = True

    def __init__(
        self,
        model: PreTrainedModel,
        args: GradientConstrainedTrainingArguments,
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
        args.label_names = ["labels", "token_labels"]
        kwargs.setdefault("compute_metrics", classification_metrics)
        super().__init__(model=model, args=args, **kwargs)
        self.eval_rows = eval_rows
        self.toxic_labels = read_toxic_labels(model.config)
        model.config.toxic_labels = [self.toxic_labels.names[index] for index in self.toxic_labels.toxic]
        self._parts = torch.zeros(len(PARTS), device=args.device)
        self._steps = 0

    @property
    def warmed_up(self) -> bool:
        """Whether the epochs of cross entropy alone are over."""
        return (self.state.epoch or 0.0) >= self.args.warmup_epochs - 1e-9

    @property
    def constraints(self) -> Constraints | None:
        """The constraints in force: None during warm-up and where their weight is 0."""
        if not (self.args.lambda_grad and self.warmed_up):
            return None
        args = self.args
        return Constraints(args.pgr_margin, args.ppt_alpha, args.ppt_percentile, args.gradient_method)

    @property
    def contrast(self) -> Contrast | None:
        """The contrast in force: None during warm-up and where its weight is 0."""
        if not (self.args.lambda_sem and self.warmed_up):
            return None
        return Contrast(self.args.contrast_temperature, self.args.contrast_gamma)

    def get_batch_samples(
        self, epoch_iterator: Iterator[Any], num_batches: int, device: torch.device
    ) -> tuple[list[Any], Tensor]:
        """Fetch the batches of an optimisation step and count their sentences over all processes."""
        batches, _ = super().get_batch_samples(epoch_iterator, num_batches, device)
        self._steps += 1
        if self.constraints and self.args.constraint_share < 1:
            batches = self._thin(batches, device)
        counts = sum(map(count_texts, batches), torch.zeros(3, dtype=torch.long))
        return batches, self.accelerator.reduce(counts.to(device), reduction="sum")

    def _thin(self, batches: list[Any], device: torch.device) -> list[Any]:
        """Constrain a share of the step's sentences: one draw over all its batches and processes, the same resumed."""
        own = sum(int(count_sentences(batch["token_labels"])[1]) for batch in batches)
        counts = self.accelerator.gather(torch.tensor([own], device=device)).tolist()
        first = sum(counts[: self.accelerator.process_index])
        seed = f"{self.args.seed} {self.state.global_step}"
        return thin(batches, {place - first for place in draw(sum(counts), self.args.constraint_share, seed=seed)})

    def compute_loss(
        self,
        model: nn.Module,
        inputs: dict[str, Tensor],
        return_outputs: bool = False,
        num_items_in_batch: Tensor | None = None,
    ) -> Any:
        """Compute the weighted loss of one batch, divided by the step's counts (by its own where none are given)."""
        encoder = {name: value for name, value in inputs.items() if name not in REASON_INPUTS | set(self.label_names)}
        unwrapped = self.accelerator.unwrap_model(model)
        sums = loss_sums(
            model,
            unwrapped.get_input_embeddings(),
            self.toxic_labels.margin,
            encoder,
            inputs["labels"],
            inputs["token_labels"],
            constraints=self.constraints,
            label_smoothing=self.args.label_smoothing_factor,
        )
        contrasted = torch.zeros((), device=sums.logits.device)
        if self.contrast:
            reasons = {name: inputs[name] for name in REASON_INPUTS & inputs.keys()}
            contrasted = contrast_sum(model, encoder, reasons, self.contrast)
        if model.training and num_items_in_batch is not None:
            loss = self._weigh(sums, contrasted, num_items_in_batch, processes=self.accelerator.num_processes)
        else:
            loss = self._weigh(sums, contrasted, count_texts(inputs), processes=1)
        return (loss, {"logits": sums.logits}) if return_outputs else loss

    def _weigh(self, sums: LossSums, contrasted: Tensor, counts: Tensor, *, processes: int) -> Tensor:
        """Divide by the counts, times the processes, whose gradients are averaged afterwards."""
        sentences, constrained, reasoned = counts.to(sums.cross_entropy.device).clamp(min=1)
        entropy = processes * sums.cross_entropy / sentences
        total, pgr, ppt = (processes * part / constrained for part in (sums.constraints, sums.pgr, sums.ppt))
        contrast = processes * contrasted / reasoned
        if self.model.training:
            self._parts += torch.stack([entropy, pgr, ppt, contrast]).detach()
        return entropy + self.args.lambda_grad * total + self.args.lambda_sem * contrast

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
        """Evaluate as usual and add the span scores of `eval_rows`; `predict` is about other rows."""
        output = super().evaluation_loop(*args, description=description, metric_key_prefix=metric_key_prefix, **kwargs)
        if self.eval_rows is not None and description == "Evaluation":
            extractor = SpanExtractor(self.model, self.processing_class)
            batch_size = self.args.per_device_eval_batch_size
            scores = span_metrics(extractor, self.eval_rows, batch_size=batch_size)
            output.metrics.update({f"{metric_key_prefix}_{name}": value for name, value in scores.items()})
        return output
