"""What a chat model in training answers, scored at each evaluation: TRL's trainer evaluates by the loss alone."""

import logging
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from transformers import TrainerCallback

from hf_toxspan.llm.calls import Answer, Message, Parameters, Request
from hf_toxspan.llm.local import LocalLLM

logger = logging.getLogger(__name__)

Score = Callable[[list[str]], Mapping[str, float]]


class GenerationCallback(TrainerCallback):
    """Lets the model answer some questions, greedily, and adds the scores of its answers to those of the evaluation.

    They are logged, and may choose the best checkpoint: ``metric_for_best_model="average_f1"``. A question that the
    model can't be asked, being longer than its window, has the empty answer; a warning counts them.

    Example:
        ```python
        trainer.add_callback(GenerationCallback(trainer, questions, lambda answers: {"exact": accuracy(answers)}))
        ```

    Args:
        trainer: The trainer, whose model and tokenizer are asked.
        questions: The chats, up to where the model is to answer.
        score: From one answer a question to scores by name.
        max_tokens: Longest answer.
        batch_size: Questions of a batch.
    """

    def __init__(
        self,
        trainer: Any,
        questions: Sequence[tuple[Message, ...]],
        score: Score,
        *,
        max_tokens: int = 256,
        batch_size: int = 16,
    ) -> None:
        self.trainer, self.questions, self.score = trainer, questions, score
        self.max_tokens, self.batch_size = max_tokens, batch_size

    def on_evaluate(
        self, args: Any, state: Any, control: Any, metrics: dict[str, float] | None = None, **kwargs: Any
    ) -> None:
        """Ask, score and log; the trainer's own hook.

        Args:
            args: The trainer's arguments.
            state: Where it stands.
            control: What it is to do next.
            metrics: What the evaluation has measured; the scores are added, their names behind ``eval_``.
            **kwargs: What else a trainer tells.
        """
        scores = {f"eval_{name}": value for name, value in self.score(self.answers()).items()}
        if metrics is not None:
            metrics.update(scores)
        self.trainer.log(scores)

    def answers(self) -> list[str]:
        """Return what the model says now, in evaluation mode; its mode is left as it was."""
        model = self.trainer.accelerator.unwrap_model(self.trainer.model)
        training = model.training
        llm = LocalLLM(model.eval(), self.trainer.processing_class, "in training", self.batch_size)
        requests = [Request(question, Parameters(max_tokens=self.max_tokens)) for question in self.questions]
        said = []
        for start in range(0, len(requests), self.batch_size):
            said += llm.complete(requests[start : start + self.batch_size])
        model.train(training)
        if errors := [answer for answer in said if not isinstance(answer, Answer)]:
            logger.warning("%d of %d questions were not answered, the first: %s", len(errors), len(said), errors[0])
        return [answer.text if isinstance(answer, Answer) else "" for answer in said]
