"""How spans are read off a checkpoint: off the gradient of any classifier, or off the tags of a rationale model."""

from dataclasses import asdict, dataclass, field, fields

from hf_toxspan.core.bicse import BiCSE
from hf_toxspan.tensor.saliency import METHODS

TAGS = "tags"
"""The saliency of a rationale model: the toxicity of its tags, from the forward pass that classifies."""
LEAST_TOXICITY = 0.1
"""A token that is nine times likelier to be harmless is no evidence, however harmless the others are (ours)."""


@dataclass(frozen=True)
class ExtractionConfig:
    """How a checkpoint wants its spans read; lives in ``config.span_extraction``.

    Attributes:
        saliency: Name of a method in `hf_toxspan.tensor.saliency.METHODS`, or `TAGS`: what a rationale model tagged.
        bicse: Thresholds of the extractor that reads spans off a gradient.
        threshold: Toxicity from which a tagged token is evidence, in (0, 1).
        share: A token is evidence, too, that reaches this share of the highest toxicity in its text, in (0, 1], and
            `LEAST_TOXICITY`: evidence is told by comparison, as with gradients. None for the threshold alone. Ours.
    """

    saliency: str = "gradient_norm"
    bicse: BiCSE = field(default_factory=BiCSE)
    threshold: float = 0.5
    share: float | None = None

    def __post_init__(self) -> None:
        """Quote an unknown method or a threshold that is out of range."""
        if self.saliency not in METHODS and self.saliency != TAGS:
            raise ValueError(f"saliency is {self.saliency!r}; expected {TAGS!r} or one of {sorted(METHODS)}")
        if not 0 < self.threshold < 1:
            raise ValueError(f"threshold is {self.threshold!r}; expected a probability in (0, 1)")
        if self.share is not None and not 0 < self.share <= 1:
            raise ValueError(f"share is {self.share!r}; expected a number in (0, 1], or None")

    @classmethod
    def from_config(cls, config: object) -> "ExtractionConfig":
        """Read it off a model's config: defaults where the checkpoint says nothing, an error for an unknown name."""
        stored = getattr(config, "span_extraction", None) or {}
        known = [own.name for own in fields(cls)]
        unknown = sorted(set(stored) - set(known))
        if unknown:
            raise ValueError(f"unknown names {unknown} in config.span_extraction; expected some of {known}")
        bicse = BiCSE.from_dict(stored.get("bicse", {}))
        return cls(**{**stored, "bicse": bicse})

    def to_dict(self) -> dict[str, object]:
        """Return what ``config.span_extraction`` holds."""
        if self.saliency == TAGS:
            shared = {} if self.share is None else {"share": self.share}
            return {"saliency": TAGS, "threshold": self.threshold, **shared}
        return {"saliency": self.saliency, "bicse": asdict(self.bicse)}


def by_gradient(config: object) -> ExtractionConfig:
    """Return how spans are read off the gradients of a checkpoint, whatever else it knows.

    Args:
        config: The model's config.

    Returns:
        Its own way; the defaults where that is its tags.
    """
    own = ExtractionConfig.from_config(config)
    return ExtractionConfig() if own.saliency == TAGS else own
