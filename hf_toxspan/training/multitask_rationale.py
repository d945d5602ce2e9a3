"""RATeD-V's trainer: an encoder that learns at once to classify and to tag what its label rests on."""

import inspect
from collections.abc import Mapping
from typing import Any, ClassVar

import torch
from torch import Tensor, nn

from hf_toxspan.modeling.rationale import RationaleForToxicSpans
from hf_toxspan.training.arguments import MultitaskRationaleTrainingArguments
from hf_toxspan.training.counting_trainer import CountingTrainer
from hf_toxspan.training.multitask_objective import Task, constraint_sums, count_targets, task_sums

NEEDED = ("labels", "tag_targets", "token_mask")
"""Keys of a batch without which there is no loss."""
FORWARD_INPUTS = frozenset(inspect.signature(RationaleForToxicSpans.forward).parameters)
"""Keys of a batch that the model takes."""


class MultitaskRationaleTrainer(CountingTrainer):
    """Train a rationale model on ``lambda_cls CE(label) + lambda_tag CE(BIO) + lambda_cons consistency`` (RATeD-V).

    Inputs:
        | column | shape | meaning |
        |---|---|---|
        | ``input_ids``, ``attention_mask``, ... | (batch, tokens) | the encoder's inputs |
        | ``token_mask`` | (batch, tokens) | 1 for tokens of the text, 0 for special tokens and padding |
        | ``labels`` | (batch,) | class of the text |
        | ``tag_targets`` | (batch, tokens, 3) | share of the annotators for O, B and I; zeros where not annotated |

    `hf_toxspan.data.encoding.encode` with ``tags=True`` and `hf_toxspan.data.collator.SpanCollator` make them. With
    ``lambda_grad`` above 0 the gradient constraints of ToxiTrace come on top, so that the model's gradients point at
    the words that its tags name; texts with a toxic token are then run twice.

    Example:
        ```python
        model = RationaleForToxicSpans.from_encoder(name, labels=["clean", "toxic"], toxic_labels=["toxic"])
        args = MultitaskRationaleTrainingArguments("runs/mine", lambda_tag=5.0)
        encoded = encode(rows, tokenizer, label2id=model.config.label2id, max_length=128, tags=True)
        trainer = MultitaskRationaleTrainer(
            model, args, train_dataset=encoded, data_collator=SpanCollator(tokenizer), processing_class=tokenizer
        )
        trainer.train()
        ```

    Args:
        model: The model.
        args: The arguments.
        **kwargs: As for `CountingTrainer` and `transformers.Trainer`.

    Raises:
        TypeError: If the model does not tag.
        ValueError: If there is not one class weight a label, or as for `CountingTrainer`.
    """

    PARTS = ("loss_cls", "loss_tag", "loss_cons", "loss_pgr", "loss_ppt")
    LABEL_NAMES: ClassVar[list[str]] = ["labels", "tag_targets"]

    def __init__(self, model: RationaleForToxicSpans, args: MultitaskRationaleTrainingArguments, **kwargs: Any) -> None:
        if not isinstance(model, RationaleForToxicSpans):
            raise TypeError(
                f"model is a {type(model).__name__}; expected a RationaleForToxicSpans, such as "
                "RationaleForToxicSpans.from_encoder(...) makes of any encoder"
            )
        weights = args.class_weights
        if weights is not None and len(weights) != model.config.num_labels:
            raise ValueError(
                f"class_weights has {len(weights)} numbers; expected one for each label of {model.config.label2id}"
            )
        super().__init__(model, args, **kwargs)
        self.task = Task(self.toxic_labels.toxic, None if weights is None else torch.tensor(weights), args.consistency)

    def count(self, batch: Mapping[str, Tensor]) -> Tensor:
        """Count the texts by weight, the tokens with a target, and the texts of the other parts."""
        missing = [name for name in NEEDED if name not in batch]
        if missing:
            raise ValueError(
                f"the batch has no {', '.join(missing)}, only {', '.join(batch)}; encode the rows with "
                "hf_toxspan.data.encoding.encode(..., tags=True) and collate them with SpanCollator"
            )
        return count_targets(batch, self.task)

    def compute_loss(
        self,
        model: nn.Module,
        inputs: dict[str, Tensor],
        return_outputs: bool = False,
        num_items_in_batch: Tensor | None = None,
    ) -> Any:
        """Compute the weighted loss of one batch, divided by the step's counts (by its own where none are given)."""
        counts, scale = self.count(inputs), 1
        if model.training and num_items_in_batch is not None:
            # Those of the whole step; gradients are averaged over the processes afterwards.
            counts, scale = num_items_in_batch, self.accelerator.num_processes
        encoder = {name: value for name, value in inputs.items() if name in FORWARD_INPUTS}
        output = model(**encoder)
        sums = task_sums(output, inputs, self.task, label_smoothing=self.args.label_smoothing_factor)
        total, gradient_parts = self._constrain(model, encoder, inputs["tag_targets"])
        divisors = torch.where(counts > 0, counts, 1).to(output.logits.device) / scale
        cls, tag, cons, gradient = torch.stack([*sums, total]) / divisors
        self.keep([cls, tag, cons, *(gradient_parts / divisors[-1])])
        args = self.args
        loss = args.lambda_cls * cls + args.lambda_tag * tag + args.lambda_cons * cons + args.lambda_grad * gradient
        return (loss, {"logits": output.logits, "tag_logits": output.tag_logits}) if return_outputs else loss

    def _constrain(self, model: nn.Module, encoder: dict[str, Tensor], tag_targets: Tensor) -> tuple[Tensor, Tensor]:
        """Return the sum of the gradient constraints and of their two parts; zeros where their weight is 0."""
        if self.args.constraints is None:
            return tag_targets.new_zeros(()), tag_targets.new_zeros(2)
        embed = self.accelerator.unwrap_model(model).get_input_embeddings()
        margin = self.toxic_labels.margin
        return constraint_sums(model, embed, margin, encoder, tag_targets, self.args.constraints)
