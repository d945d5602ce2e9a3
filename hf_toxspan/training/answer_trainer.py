"""TRL's trainer for prompts with answers, for answers that begin with what matters most.

- **Logits are reckoned only where an answer is learnt.** TRL 1.16 reckons those of prompts too, though nothing is
  learnt there. With a vocabulary of 49,152, questions of 70 tokens and answers of 25, that was two fifths of a training
  step on a CPU.
- **Openings count alike** (ours). A mean over tokens counts a label that is followed by little more than one that is
  followed by much: "clean", after which nothing is quoted, several times as much as "toxic", above all where batches
  hold texts of one length. So the first tokens of each answer may count a share of their own.

Import this module only where it is used: it needs TRL.
"""

from typing import Any, ClassVar

import torch
from torch import Tensor
from trl import SFTTrainer

from hf_toxspan.training.recorded_run import RecordedRun

IGNORED = -100


class AnswerTrainer(RecordedRun, SFTTrainer):  # type: ignore[misc]  # TRL narrows `create_model_card`
    """Learns answers by `answer_loss`.

    Args:
        *args: As for TRL's trainer.
        opening: Tokens that every answer begins with and that count alike; 0 leaves TRL's loss as it is.
        **kwargs: As for TRL's trainer.
    """

    FRAMEWORKS: ClassVar[tuple[str, ...]] = (*RecordedRun.FRAMEWORKS, "trl")

    def __init__(self, *args: Any, opening: int = 0, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.opening = opening
        # The loss is a mean over the batch, which the trainer divides by the number of accumulated batches.
        self.model_accepts_loss_kwargs: bool = False

    @property
    def judges(self) -> bool:
        """Whether answers are verdicts: those open with a label that counts alike."""
        return bool(self.opening)

    def compute_loss(
        self,
        model: torch.nn.Module,
        inputs: dict[str, Any],
        return_outputs: bool = False,
        num_items_in_batch: Tensor | int | None = None,
    ) -> Any:
        """Return the loss of a batch.

        Args:
            model: A causal language model whose forward takes ``logits_to_keep``.
            inputs: A batch with ``labels``.
            return_outputs: Return the model's output too; its logits are those of positions where a row learns.
            num_items_in_batch: Of no use here: a batch's loss does not depend on the others of its step.

        Returns:
            The loss, and the output if wanted.
        """
        labels = inputs["labels"][:, 1:]  # a position says the token after it
        places = (labels != IGNORED).any(dim=0).nonzero()[:, 0]  # (places,), shared by the rows of the batch
        given = {name: value for name, value in inputs.items() if name != "labels"}
        outputs = model(**given, use_cache=False, logits_to_keep=places)
        loss = answer_loss(outputs.logits, labels[:, places], opening=self.opening)
        return (loss, outputs) if return_outputs else loss


def answer_loss(logits: Tensor, labels: Tensor, *, opening: int = 0) -> Tensor:
    """Return the cross entropy of answers: the mean over answers of their openings' sum, plus the mean over the rest.

    Args:
        logits: (answers, tokens, vocabulary).
        labels: (answers, tokens), `IGNORED` where nothing is learnt.
        opening: First learnt tokens of each answer that count alike; without any it is the mean over all tokens.

    Returns:
        A scalar.
    """
    learnt = labels != IGNORED
    opens = learnt & (learnt.cumsum(dim=1) <= opening)
    rest = learnt & ~opens
    losses = torch.zeros_like(labels, dtype=torch.float32)
    losses[learnt] = torch.nn.functional.cross_entropy(logits[learnt].float(), labels[learnt], reduction="none")
    return losses[opens].sum() / len(labels) + losses[rest].sum() / rest.sum().clamp(min=1)
