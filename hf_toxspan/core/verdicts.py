"""What one system says of one text, and how two of them become one answer: the cascade's merge rules."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from hf_toxspan.core.spans import Span


@dataclass(frozen=True)
class Verdict:
    """What a system says of a text.

    Attributes:
        toxic: Whether the text is toxic.
        label: The label, one of the backbone's; None where the system only says toxic or not.
        toxicity: Probability that the text is toxic; None where the system gives none.
        probabilities: By label; empty where the system gives none.
        spans: Evidence in text order, characters of the text.
    """

    toxic: bool
    label: str | None = None
    toxicity: float | None = None
    probabilities: Mapping[str, float] = field(default_factory=dict)
    spans: tuple[Span, ...] = ()
