"""Which texts a cascade asks its judge about: those whose measure falls into the region of ambiguity.

Confidence is ``C = max P`` (RATeD-V, method description); its published English code compares the toxicity
``1 - P(clean)`` instead. Both are measures of a `Region` here, whose ends are both included. Probabilities may be
calibrated first (`core/calibration.py`).
"""

import json
import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields
from typing import Any, Literal, NamedTuple, get_args

Measure = Literal["confidence", "toxicity"]

SUM_TOLERANCE = 1e-3
"""How far from 1 the probabilities of exclusive labels may sum up, rounded as they may be (ours)."""

ROUNDING = 1e-6
"""How far out of [0, 1] a probability may lie that was summed up in single precision (ours)."""


class Route(NamedTuple):
    """Where a text goes.

    Attributes:
        confidence: The region's measure of the text, calibrated: what was compared with the ends.
        ask: Whether the judge is asked.
    """

    confidence: float
    ask: bool


@dataclass(frozen=True)
class Region:
    """The region of ambiguity: the judge is asked where the measure lies in it, both ends included.

    Attributes:
        low: Lower end, in [0, 1].
        high: Upper end, in [`low`, 1].
        measure: "confidence": probability of the most probable label; of a multi-label model, whose probabilities do
            not sum to one, ``max(toxicity, 1 - toxicity)``. "toxicity": probability that the text is toxic.
        by_label: Ends that hold instead of `low` and `high` for texts to which the backbone gives that label.
        temperature: Of the calibration: each probability becomes ``p ** (1 / temperature)``, renormalised; each odds
            ``odds ** (1 / temperature)`` where a probability stands alone (the toxicity, a multi-label model). Above 1
            it makes a backbone less sure; 1 changes nothing.

    >>> Region(0.5, 0.8).route("toxic", {"clean": 0.2, "toxic": 0.8}, 0.8)
    Route(confidence=0.8, ask=True)
    >>> Region(0.5, 0.8, by_label={"toxic": (0.5, 0.6)}).route("toxic", {"clean": 0.2, "toxic": 0.8}, 0.8).ask
    False
    >>> round(Region(temperature=2.0).route("toxic", {"clean": 0.2, "toxic": 0.8}, 0.8).confidence, 4)
    0.6667
    """

    low: float = 0.0
    high: float = 1.0
    measure: Measure = "confidence"
    by_label: Mapping[str, tuple[float, float]] = field(default_factory=dict, hash=False)
    temperature: float = 1.0

    def __post_init__(self) -> None:
        """Quote a value that is out of range."""
        if self.measure not in get_args(Measure):
            raise ValueError(f"measure is {self.measure!r}; expected {' or '.join(map(repr, get_args(Measure)))}")
        if not _is_number(self.temperature) or not 0 < self.temperature < math.inf:
            raise ValueError(f"temperature is {self.temperature!r}; expected a number above 0, such as 1.5")
        low, high = _ends((self.low, self.high), "the region")
        if not isinstance(self.by_label, Mapping):
            raise ValueError(f"by_label is {self.by_label!r}; expected ends by label, such as {{'clean': (0.5, 0.9)}}")
        ends = {label: _ends(own, f"the region of the label {label!r}") for label, own in self.by_label.items()}
        for name, value in (("low", low), ("high", high), ("by_label", ends), ("temperature", float(self.temperature))):
            object.__setattr__(self, name, value)

    def ends(self, label: str) -> tuple[float, float]:
        """Return the ends that hold for texts with a label.

        >>> Region(0.5, 0.9, by_label={"clean": (0.5, 0.7)}).ends("clean")
        (0.5, 0.7)
        """
        return self.by_label.get(label, (self.low, self.high))

    def check_labels(self, labels: Collection[str]) -> None:
        """Say which label with ends of its own the backbone does not have.

        Args:
            labels: The backbone's labels.

        Raises:
            ValueError: If there is one: its ends would never hold.

        >>> Region(by_label={"clean": (0.5, 0.7)}).check_labels(["clean", "toxic"])
        """
        unknown = [label for label in self.by_label if label not in labels]
        if unknown:
            raise ValueError(
                f"the region has ends of its own for {unknown}; expected some of the backbone's labels {list(labels)}"
            )

    def value(self, probabilities: Mapping[str, float], toxicity: float) -> float:
        """Return the measure of a text, calibrated.

        Args:
            probabilities: The backbone's, by label; without any, only the toxicity is looked at.
            toxicity: Probability that the text is toxic.

        Returns:
            A number in [0, 1].

        Raises:
            ValueError: If a probability is none.

        >>> Region().value({"clean": 0.4, "insult": 0.35, "threat": 0.25}, 0.6)
        0.4
        >>> Region(measure="toxicity").value({"clean": 0.4, "insult": 0.35, "threat": 0.25}, 0.6)
        0.6
        """
        for name, value in (("being toxic", toxicity), *probabilities.items()):
            if not -ROUNDING <= value <= 1 + ROUNDING:
                raise ValueError(f"the probability of {name} is {value!r}; expected a number in [0, 1]")
        exclusive = abs(math.fsum(probabilities.values()) - 1) <= SUM_TOLERANCE
        if self.measure == "confidence" and exclusive:
            return self._most_probable([max(value, 0.0) for value in probabilities.values()])
        toxicity = self._temper_odds(min(max(toxicity, 0.0), 1.0))
        return max(toxicity, 1 - toxicity) if self.measure == "confidence" else toxicity

    def route(self, label: str, probabilities: Mapping[str, float], toxicity: float) -> Route:
        """Say whether the judge is asked about a text.

        Args:
            label: The backbone's label of it.
            probabilities: The backbone's, by label; without any, only the toxicity is looked at.
            toxicity: Probability that the text is toxic.

        Returns:
            The measure, and the decision.

        Raises:
            ValueError: If a probability is none.

        >>> EVERYTHING.route("clean", {}, 0.0), NOTHING.route("clean", {}, 0.5)
        (Route(confidence=1.0, ask=True), Route(confidence=0.5, ask=False))
        """
        value = self.value(probabilities, toxicity)
        low, high = self.ends(label)
        return Route(value, low <= value <= high)

    def _most_probable(self, probabilities: Sequence[float]) -> float:
        best = max(probabilities)
        if self.temperature == 1:
            return min(best, 1.0)
        # relative to the largest, so that no power of it underflows
        return 1 / math.fsum((value / best) ** (1 / self.temperature) for value in probabilities)

    def _temper_odds(self, probability: float) -> float:
        if self.temperature == 1 or probability in (0, 1):
            return probability
        exponent = (math.log1p(-probability) - math.log(probability)) / self.temperature
        return 1 / (1 + math.exp(exponent)) if exponent < 700 else 0.0

    def to_json(self, provenance: Mapping[str, Any] | None = None) -> str:
        """Write the region as JSON.

        Args:
            provenance: How it was found: JSON values, kept beside it for people.

        Returns:
            What `from_json` reads.
        """
        values = asdict(self) | ({} if provenance is None else {"provenance": dict(provenance)})
        return json.dumps(values, ensure_ascii=False, indent=2) + "\n"

    @classmethod
    def from_json(cls, text: str) -> "Region":
        """Read a region that `to_json` wrote; its provenance is left aside.

        Args:
            text: A JSON object with some of the fields of a region.

        Returns:
            The region.

        Raises:
            ValueError: If it is no such object, a field is unknown or out of range.

        >>> Region.from_json('{"low": 0.5, "high": 0.75}').high
        0.75
        """
        try:
            values = json.loads(text)
        except ValueError as error:
            raise ValueError(f"the region is no JSON ({error}); expected what hf-toxspan calibrate wrote") from None
        known = [one.name for one in fields(cls)]
        if not isinstance(values, dict):
            raise ValueError(f"the region is {values!r:.80}; expected a JSON object with some of {known}")
        values.pop("provenance", None)
        unknown = sorted(set(values) - set(known))
        if unknown:
            raise ValueError(f"unknown fields of a region {unknown}; expected some of {known} (and provenance)")
        return cls(**values)


def _ends(ends: Any, whose: str) -> tuple[float, float]:
    if not isinstance(ends, list | tuple) or len(ends) != 2 or not all(map(_is_number, ends)):
        raise ValueError(f"the ends of {whose} are {ends!r}; expected two numbers in [0, 1], the lower one first")
    low, high = map(float, ends)
    if not 0 <= low <= high <= 1:
        raise ValueError(f"the ends of {whose} are {low!r} and {high!r}; expected 0 <= low <= high <= 1")
    return low, high


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


EVERYTHING = Region(0.0, 1.0)
"""The judge is asked about every text."""

NOTHING = Region(0.0, 0.0)
"""The judge is never asked: no text has confidence 0, since the most probable label is never impossible."""

RATED_ENGLISH = Region(0.45, 0.98, "toxicity")
"""The gate of RATeD-V's published English run. Its description says ``max P``, its code compares ``1 - P(normal)``: so
it asks about texts that are toxic with 0.97, and not about those that are clean with 0.56. Reproduced as it ran."""

RATED_ENGLISH_LATER = Region(0.40, 0.65, "toxicity")
"""The gate of RATeD-V's later English code."""

RATED_VIETNAMESE = Region(0.0, 0.90, by_label={"clean": (0.0, math.nextafter(0.98, 0.0))})
"""RATeD-V's Vietnamese gate as it was meant: a toxic label is accepted above 0.90, "clean" at or above 0.98.

The published code compares the probability of *toxic* with 0.98 where the label is clean. That never holds, so every
clean text went to the judge."""
