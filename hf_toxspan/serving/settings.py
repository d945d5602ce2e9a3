"""What can be set about the service, and the defaults."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from hf_toxspan.serving.batching import BatchLimits
from hf_toxspan.serving.keys import Keys
from hf_toxspan.serving.perspective import TOXICITY

LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


@dataclass(frozen=True)
class Limits:
    """What one client may ask for; all defaults are ours.

    Attributes:
        body_bytes: Bytes of a body.
        texts: Texts of a request.
        characters: Characters of a text.
        body_seconds: Time for a body to arrive.
        header_seconds: Time for a request's head to arrive.
        answer_seconds: Time for an answer, waiting included.
        connections: Connections at a time.
        grace_seconds: Time at the end to finish what was accepted.

    Raises:
        ValueError: If one is not above zero.
    """

    body_bytes: int = 2 * 2**20
    texts: int = 256
    characters: int = 50_000
    body_seconds: float = 15.0
    header_seconds: float = 10.0
    answer_seconds: float = 60.0
    connections: int = 256
    grace_seconds: float = 20.0

    def __post_init__(self) -> None:
        for name, value in vars(self).items():
            if not value > 0:
                raise ValueError(f"{name} is {value}; expected a number above 0")


@dataclass(frozen=True)
class Settings:
    """How the service is run.

    Attributes:
        limits: What one client may ask for.
        batching: How texts of many requests go together.
        batch_size: Windows of a forward pass. Below the texts of a batch, so that texts of like length go together and
            little is padded; never changes a result.
        keys: API keys; none: open to all who can reach it.
        languages: Languages that the Perspective route takes; empty: any; None: the model's, any if it does not say.
        attributes: Further attributes of the Perspective route, each with the model's label whose probability it is.
        public_url: Address that clients know it by, where that is not the one they reach it by.
        allowed_hosts: Names in the Host header that are answered; none: any.
        allow_origins: Origins of pages that may call it.

    Raises:
        ValueError: If a request of the most texts would never fit into the queue, or TOXICITY is defined anew.
    """

    limits: Limits = field(default_factory=Limits)
    batching: BatchLimits = field(default_factory=BatchLimits)
    batch_size: int = 16
    keys: Keys = field(default_factory=Keys)
    languages: tuple[str, ...] | None = None
    attributes: Mapping[str, str] = field(default_factory=dict)
    public_url: str | None = None
    allowed_hosts: frozenset[str] = frozenset()
    allow_origins: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.limits.texts > self.batching.queued_items:
            raise ValueError(
                f"a request may have {self.limits.texts} texts but only {self.batching.queued_items} may wait; "
                "expected a queue of at least as many"
            )
        if TOXICITY in self.attributes:
            raise ValueError(f"{TOXICITY} is the probability of the toxic labels; expected another attribute")
