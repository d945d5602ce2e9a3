"""What each text adds to a score, and how the sums over texts become scores.

Every score of a corpus here is a function of one weight a text: all ones give the score itself, the multiplicities of a
bootstrap sample give a resampled one (`core/resampling.py`). Where sums over texts suffice, a `Tally` holds them.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Protocol, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

Values = NDArray[np.float64]
Sums = Mapping[str, Values]


class Corpus(Protocol):
    """Texts that can be scored under any weighting."""

    @property
    def columns(self) -> Mapping[str, NDArray[Any]]:
        """Return what is known of each text by name, (texts,) each."""

    def __len__(self) -> int:
        """Return the number of texts."""

    def weighted(self, weights: Values) -> dict[str, Values]:
        """Score the corpus once for each row of weights.

        Args:
            weights: How often each text counts, (draws, texts).

        Returns:
            By the score's name one value a draw, (draws,).
        """

    def joined(self, other: Self) -> Self:
        """Return these texts followed by the same ones as another system answers them.

        Weights then say which answer counts. With 0 or 1 a text in `ours`, (draws, texts), the scores
        ``a.joined(b).weighted(np.concatenate([ours, 1 - ours], axis=1))`` are those of a system that answers as `a`
        where `ours` is 1 and as `b` elsewhere.

        Args:
            other: A corpus of the same kind over the same texts.

        Returns:
            A corpus of twice the texts. Weighting one half 1 and the other 0 gives the scores of the one half alone.
        """


@dataclass(frozen=True)
class Tally:
    """A corpus whose scores follow from sums over its texts.

    Attributes:
        columns: Statistics by name, one value a text, (texts,) each.
        combine: From weighted sums of the columns, (draws,) each, to scores, (draws,) each.

    >>> tally = Tally({"right": np.array([1, 0]), "texts": np.ones(2)}, lambda sums: {"accuracy": sums["right"] / 2})
    >>> scores(tally), tally.weighted(np.array([[2, 0], [0, 2]]))["accuracy"].tolist()
    ({'accuracy': 0.5}, [1.0, 0.0])
    """

    columns: Mapping[str, NDArray[Any]]
    combine: Callable[[Sums], Mapping[str, Values]]

    def __len__(self) -> int:
        """Return the number of texts."""
        return len(next(iter(self.columns.values())))

    def weighted(self, weights: Values) -> dict[str, Values]:
        """Score the corpus once for each row of weights, (draws, texts); returns (draws,) a score."""
        matrix = np.stack([np.asarray(column, dtype=np.float64) for column in self.columns.values()], axis=1)
        sums = np.asarray(weights, dtype=np.float64) @ matrix  # (draws, columns)
        return dict(self.combine(dict(zip(self.columns, sums.T, strict=True))))

    def joined(self, other: Self) -> Self:
        """Return these texts followed by those of a tally with the same columns (see `Corpus.joined`)."""
        if self.columns.keys() != other.columns.keys():
            raise ValueError(
                f"columns {', '.join(self.columns)} against {', '.join(other.columns)}; expected the same ones"
            )
        columns = {name: np.concatenate([column, other.columns[name]]) for name, column in self.columns.items()}
        return replace(self, columns=columns)


@dataclass(frozen=True)
class Together:
    """Several corpora over the same texts, with the scores of all."""

    parts: tuple[Corpus, ...]

    @property
    def columns(self) -> Mapping[str, NDArray[Any]]:
        """Return the columns of all parts."""
        return {name: column for part in self.parts for name, column in part.columns.items()}

    def __len__(self) -> int:
        """Return the number of texts."""
        return len(self.parts[0])

    def weighted(self, weights: Values) -> dict[str, Values]:
        """Score every part under the same weights, (draws, texts); returns (draws,) a score."""
        return {name: values for part in self.parts for name, values in part.weighted(weights).items()}

    def joined(self, other: Self) -> Self:
        """Join each part with the one at the same place (see `Corpus.joined`)."""
        return replace(
            self, parts=tuple(ours.joined(theirs) for ours, theirs in zip(self.parts, other.parts, strict=True))
        )


def means(columns: Mapping[str, ArrayLike]) -> Tally:
    """Return the texts whose scores are the means of what is known of each text; without texts each is nan.

    Args:
        columns: By the score's name one value a text, (texts,) each.

    Returns:
        The tally, with one score a column.

    >>> scores(means({"length": [2, 4], "right": [True, False]}))
    {'length': 3.0, 'right': 0.5}
    """
    values = {name: np.asarray(column, dtype=np.float64) for name, column in columns.items()}
    count = np.ones(len(next(iter(values.values()))))
    return Tally({**values, "texts": count}, _means)


def _means(sums: Sums) -> dict[str, Values]:
    return {name: ratio(total, sums["texts"], empty=np.nan) for name, total in sums.items() if name != "texts"}


def scores(corpus: Corpus) -> dict[str, float]:
    """Score a corpus in which each text counts once.

    Args:
        corpus: The texts.

    Returns:
        The scores by name.
    """
    return {name: float(values[0]) for name, values in corpus.weighted(np.ones((1, len(corpus)))).items()}


def ratio(part: NDArray[Any], whole: NDArray[Any], *, empty: float = 0.0) -> Values:
    """Divide, and return `empty` where there is nothing to divide by.

    >>> ratio(np.array([1.0, 0.0]), np.array([2.0, 0.0]))
    array([0.5, 0. ])
    """
    quotient = np.full(np.broadcast(part, whole).shape, empty)
    np.divide(part, whole, out=quotient, where=np.asarray(whole) != 0)
    return quotient


def f1(precision: Values, recall: Values) -> Values:
    """Return the harmonic mean of precision and recall, 0 where both are 0.

    >>> f1(np.array([0.5, 0.0]), np.array([1.0, 0.0])).round(3)
    array([0.667, 0.   ])
    """
    return ratio(2 * precision * recall, precision + recall)
