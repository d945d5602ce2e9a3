"""TRL's trainer for prompts with answers, that reckons logits only where an answer is learnt.

TRL 1.16 reckons the logits of prompts too, though nothing is learnt there. With a vocabulary of 49,152, a question of
70 tokens and an answer of 25 that is half of a training step on a CPU. Import this module only where it is used: it
needs TRL.
"""

from typing import Any

import torch
from trl import SFTTrainer

IGNORED = -100


class AnswerTrainer(SFTTrainer):  # type: ignore[misc]  # TRL's classes are untyped at its floor
    """Computes TRL's own loss, the mean over the answers' tokens, from the logits that it takes."""

    def compute_loss(
        self,
        model: torch.nn.Module,
        inputs: dict[str, Any],
        return_outputs: bool = False,
        num_items_in_batch: torch.Tensor | int | None = None,
    ) -> Any:
        """Return the loss of a batch.

        Args:
            model: A causal language model whose forward takes ``logits_to_keep``.
            inputs: A batch with ``labels``.
            return_outputs: Return the model's output too; its logits are those of the learnt positions.
            num_items_in_batch: Learnt tokens of the whole optimisation step.

        Returns:
            The loss, and the output if wanted.
        """
        labels = inputs["labels"][:, 1:]  # a position says the token after it
        learnt = labels != IGNORED
        places = learnt.any(dim=0).nonzero()[:, 0]  # (places,): shared by the rows of the batch
        given = {name: value for name, value in inputs.items() if name != "labels"}
        outputs = model(**given, use_cache=False, logits_to_keep=places)
        chosen = learnt[:, places]
        total = torch.nn.functional.cross_entropy(
            outputs.logits[chosen].float(), labels[:, places][chosen], reduction="sum"
        )
        loss = total / (learnt.sum() if num_items_in_batch is None else num_items_in_batch)
        return (loss, outputs) if return_outputs else loss
