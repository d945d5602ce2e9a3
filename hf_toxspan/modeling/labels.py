"""What makes a label toxic: a property of the model, read from its config and never guessed from an index."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

# Words of published checkpoints' `id2label`, lower case, without blanks and punctuation.
# fmt: off
CLEAN_WORDS = frozenset({
    "clean", "nontoxic", "nottoxic", "neutral", "normal", "ok", "safe", "none", "acceptable", "benign", "appropriate",
    "nonhate", "nohate", "nothate", "nothateful", "nonhateful", "nonoffensive", "notoffensive", "nonabusive",
    "notabusive", "noinsult",
})
TOXIC_WORDS = frozenset({
    "toxic", "toxicity", "severetoxic", "severetoxicity", "hate", "hateful", "hatespeech", "offensive",
    "offensivelanguage", "abusive", "abuse", "insult", "obscene", "obscenity", "threat", "identityhate",
    "identityattack", "profanity", "harassment", "sexualexplicit", "sexuallyexplicit",
})
# fmt: on


class UnknownToxicLabelsError(ValueError):
    """A checkpoint does not say which of its labels are toxic."""


@dataclass(frozen=True)
class ToxicLabels:
    """Which outputs of a classifier are toxic, and the score that follows from it.

    Attributes:
        names: Name of each output, in order.
        toxic: Positions of the toxic ones.
        multi_label: Whether outputs are independent (sigmoid) rather than exclusive (softmax).
    """

    names: tuple[str, ...]
    toxic: tuple[int, ...]
    multi_label: bool = False

    @property
    def clean(self) -> tuple[int, ...]:
        """Positions of the outputs that are not toxic."""
        return tuple(i for i in range(len(self.names)) if i not in self.toxic)

    @property
    def clean_name(self) -> str:
        """Name to give a text without any evidence: the first clean label, or "non-toxic" where there is none."""
        return self.names[self.clean[0]] if self.clean else "non-toxic"

    @property
    def kinds(self) -> dict[str, bool]:
        """Whether each label that a text may get is toxic, in order; where no output is clean, `clean_name` is last."""
        named = {name: place in self.toxic for place, name in enumerate(self.names)}
        return named | {self.clean_name: False}

    def margin(self, logits: Tensor) -> Tensor:
        """Return the toxic margin: log-odds of the toxic labels against the rest.

        Args:
            logits: Shape (batch, labels).

        Returns:
            Shape (batch,); for a multi-label model the largest logit of a toxic label.
        """
        toxic = logits[:, list(self.toxic)]
        if self.multi_label:
            return toxic.amax(dim=-1)
        return toxic.logsumexp(dim=-1) - logits[:, list(self.clean)].logsumexp(dim=-1)

    def decide(self, logits: Tensor) -> list[tuple[str, float, bool]]:
        """Return each text's most likely label, its probability, and whether it is a toxic one.

        A multi-label model is toxic where a toxic label reaches 0.5; where none does the text is clean with the
        probability that no toxic label holds at its strongest.

        Args:
            logits: Shape (batch, labels).

        Returns:
            One (label, probability, toxic) a text.
        """
        logits = logits.float()
        if not self.multi_label:
            best = logits.softmax(dim=-1).max(dim=-1)
            pairs = zip(best.indices.tolist(), best.values.tolist(), strict=True)
            return [(self.names[index], score, index in self.toxic) for index, score in pairs]
        best = logits[:, list(self.toxic)].sigmoid().max(dim=-1)
        pairs = zip(best.indices.tolist(), best.values.tolist(), strict=True)
        return [
            (self.names[self.toxic[index]], score, True) if score >= 0.5 else (self.clean_name, 1 - score, False)
            for index, score in pairs
        ]

    def probabilities(self, logits: Tensor) -> Tensor:
        """Return the probability of each label: they sum to one but for a multi-label model.

        Args:
            logits: Shape (texts, labels).

        Returns:
            Shape (texts, labels).
        """
        return logits.float().sigmoid() if self.multi_label else logits.float().softmax(dim=-1)

    def probability(self, logits: Tensor, labels: Sequence[str]) -> Tensor:
        """Return how probable one given label a text is; for the label of `decide` it is the same number.

        Args:
            logits: Shape (texts, labels).
            labels: For each text a name as `decide` returns it.

        Returns:
            Shape (texts,).
        """
        logits = logits.float()
        place = {name: index for index, name in enumerate(self.names)}
        table = logits.softmax(dim=-1)
        if self.multi_label:
            strongest = logits[:, list(self.toxic)].sigmoid().amax(dim=-1, keepdim=True)
            table = torch.cat([logits.sigmoid(), 1 - strongest], dim=-1)
            place |= dict.fromkeys([self.clean_name, *(self.names[i] for i in self.clean)], len(self.names))
        columns = torch.tensor([place[label] for label in labels], dtype=torch.long)
        return table.gather(1, columns[:, None])[:, 0]


def read_toxic_labels(config: Any, toxic_labels: Iterable[str] | None = None) -> ToxicLabels:
    """Find out which labels of a checkpoint are toxic.

    In this order: the argument, ``config.toxic_labels`` (written by our trainers), and the label names themselves
    where each is a known word for toxic or for clean text.

    Args:
        config: A `transformers.PreTrainedConfig` with ``id2label``.
        toxic_labels: Names of the toxic labels, as the config's ``id2label`` spells them.

    Returns:
        The reading.

    Raises:
        UnknownToxicLabelsError: If it can't be known, with the labels found and what to pass.
    """
    names = tuple(str(config.id2label[index]) for index in sorted(config.id2label))
    multi_label = getattr(config, "problem_type", None) == "multi_label_classification"
    stated = list(toxic_labels) if toxic_labels is not None else getattr(config, "toxic_labels", None)
    if stated is not None:
        unknown = [name for name in stated if name not in names]
        if unknown or not stated or (len(set(stated)) == len(names) and not multi_label):
            raise UnknownToxicLabelsError(
                f"toxic_labels is {stated!r}; expected some, not all, of the model's labels {list(names)}"
            )
        return ToxicLabels(names, tuple(i for i, name in enumerate(names) if name in stated), multi_label)
    words = [re.sub(r"[\W_]+", "", name.lower()) for name in names]
    toxic = tuple(i for i, word in enumerate(words) if word in TOXIC_WORDS)
    known = all(word in TOXIC_WORDS or word in CLEAN_WORDS for word in words)
    if known and toxic and (multi_label or len(toxic) < len(names)):
        return ToxicLabels(names, toxic, multi_label)
    raise UnknownToxicLabelsError(
        f"can't tell which of the model's labels {list(names)} are toxic; pass toxic_labels=[...] with their names, "
        "or set config.toxic_labels and save the model again"
    )
