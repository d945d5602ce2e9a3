"""A board: several systems under one protocol, on the same texts."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from math import isnan
from typing import Any, NamedTuple

from hf_toxspan.core.resampling import Interval, intervals
from hf_toxspan.core.tallies import Corpus, scores
from hf_toxspan.modeling.extraction import Explanation


class Measured(NamedTuple):
    """Scores of one system by name, their 95 % intervals, and what else is known of it."""

    scores: dict[str, float]
    intervals: dict[str, Interval]
    details: Mapping[str, Any] = {}

    @classmethod
    def of(cls, corpus: Corpus, details: Mapping[str, Any] | None = None, *, seed: int = 0) -> "Measured":
        """Score a corpus.

        Args:
            corpus: At least one text.
            details: What stands beside the scores.
            seed: Of the intervals.

        Returns:
            The scores with their intervals.
        """
        return cls(scores(corpus), intervals(corpus, seed=seed), details or {})

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON values; None for a score that is undefined."""
        ends = {name: [low, high] for name, (low, high, _) in self.intervals.items()}
        plain: dict[str, Any] = without_nan({**self.scores, "confidence_intervals": ends, **self.details})
        return plain


@dataclass
class Board:
    """Several systems under one protocol, on the same texts.

    Attributes:
        title: Of the table.
        columns: Scores of the table by their heading, the one with an interval first; `to_dict` holds all.
        reading: What the numbers are of and how to read them.
        texts: Number of texts scored.
        tally: From one explanation a row of the report to the corpus that is scored.
        details: From that corpus to what stands beside its scores.
        systems: Scores by the system's name, in the order they were added.
    """

    title: str
    columns: Mapping[str, str]
    reading: str
    texts: int
    tally: Callable[[Sequence[Explanation]], Corpus]
    details: Callable[[Any], Mapping[str, Any]] = lambda corpus: {}
    systems: dict[str, Measured] = field(default_factory=dict)

    def add(self, name: str, explanations: Sequence[Explanation]) -> None:
        """Score a system and add it.

        Args:
            name: Of the system.
            explanations: One a row of the report, in order.
        """
        corpus = self.tally(explanations)
        self.systems[name] = Measured.of(corpus, self.details(corpus))

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON values, scores in [0, 1]."""
        return {
            "protocol": self.title,
            "texts": self.texts,
            "columns": {" ".join(heading.split()): name for heading, name in self.columns.items()},
            "reading": self.reading,
            "systems": {name: measured.to_dict() for name, measured in self.systems.items()},
        }


def without_nan(value: Any) -> Any:
    """Replace each nan, which JSON does not know, by None.

    Args:
        value: Dicts and lists of anything.

    Returns:
        The same with None in place of nan.

    >>> without_nan({"a": [0.5, float("nan")], "b": "nan"})
    {'a': [0.5, None], 'b': 'nan'}
    """
    if isinstance(value, Mapping):
        return {name: without_nan(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [without_nan(item) for item in value]
    return None if isinstance(value, float) and isnan(value) else value
