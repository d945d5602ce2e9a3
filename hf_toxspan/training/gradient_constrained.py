"""ToxiTrace's trainer: a classifier whose input gradients learn to point at the toxic words."""

import inspect
from collections.abc import Mapping
from typing import Any, ClassVar

import torch
from torch import Tensor, nn

from hf_toxspan.training.contrast import REASON_INPUTS, Contrast, contrast_sum, reasoned_rows
from hf_toxspan.training.counting_trainer import CountingTrainer
from hf_toxspan.training.objective import Constraints, LossSums, count_sentences, loss_sums
from hf_toxspan.training.thinning import draw, thin


def count_texts(batch: Mapping[str, Tensor]) -> Tensor:
    """Count the texts of a batch, those with a toxic token and those with both reasons: the divisors of the loss.

    Args:
        batch: A collated batch.

    Returns:
        Whole numbers, shape (3,), on the CPU.
    """
    return torch.cat([count_sentences(batch["token_labels"]), reasoned_rows(batch).sum().cpu()[None]])


def encoder_inputs(model: nn.Module, batch: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Take what the model is shown from a batch; ``token_mask`` is shown to a rationale model alone.

    Args:
        model: The classifier.
        batch: A collated batch.

    Returns:
        The batch without labels, tags and reasons.
    """
    left = REASON_INPUTS | {"labels", "token_labels", "tag_targets"}
    if "token_mask" not in inspect.signature(model.forward).parameters:
        left |= {"token_mask"}
    return {name: value for name, value in batch.items() if name not in left}


class GradientConstrainedTrainer(CountingTrainer):
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

    PARTS = ("loss_ce", "loss_pgr", "loss_ppt", "loss_con")
    LABEL_NAMES: ClassVar[list[str]] = ["labels", "token_labels"]

    @property
    def warmed_up(self) -> bool:
        """Whether the epochs of cross entropy alone are over."""
        return (self.state.epoch or 0.0) >= self.args.warmup_epochs - 1e-9

    @property
    def constraints(self) -> Constraints | None:
        """The constraints in force: None during warm-up and where their weight is 0."""
        return self.args.constraints if self.warmed_up else None

    @property
    def contrast(self) -> Contrast | None:
        """The contrast in force: None during warm-up and where its weight is 0."""
        if not (self.args.lambda_sem and self.warmed_up):
            return None
        return Contrast(self.args.contrast_temperature, self.args.contrast_gamma)

    def count(self, batch: Mapping[str, Tensor]) -> Tensor:
        """Count the texts of a batch, those with a toxic token and those with both reasons."""
        return count_texts(batch)

    def prepare_step(self, batches: list[Any], device: torch.device) -> list[Any]:
        """Constrain a share of the step's sentences, where less than all is asked for."""
        return self._thin(batches, device) if self.constraints and self.args.constraint_share < 1 else batches

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
        unwrapped = self.accelerator.unwrap_model(model)
        encoder = encoder_inputs(unwrapped, inputs)
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
        self.keep([entropy, pgr, ppt, contrast])
        return entropy + self.args.lambda_grad * total + self.args.lambda_sem * contrast
