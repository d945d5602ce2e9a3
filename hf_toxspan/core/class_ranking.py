"""How well a classifier's scores tell its classes apart, whatever threshold or argmax makes of them."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import permutations
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hf_toxspan.core.ranking import Ranking, mid_ranks
from hf_toxspan.core.tallies import Values


@dataclass(frozen=True)
class ClassRanking:
    """Texts with one score a class: a `Corpus` whose only score is ``roc_auc``, one class against one, macro-averaged.

    For each ordered pair of classes the texts of the two are ranked by the score of the first; the mean over the pairs
    is scikit-learn's ``roc_auc_score(multi_class="ovo", average="macro")``, HateXplain's AUROC. It is nan where a class
    has no text, or no weight.

    Attributes:
        scores: Probability of each class, (texts, classes).
        references: Number of the gold class, (texts,).

    >>> from hf_toxspan.core import tallies
    >>> scores = np.array([[0.8, 0.1, 0.1], [0.2, 0.7, 0.1], [0.5, 0.2, 0.3], [0.3, 0.4, 0.3]])
    >>> tallies.scores(ClassRanking(scores, np.array([0, 1, 2, 0])))
    {'roc_auc': 0.875}
    """

    scores: Values
    references: NDArray[np.intp]

    def __post_init__(self) -> None:
        """Say which shape or which class does not fit."""
        texts, classes = self.scores.shape
        if len(self.references) != texts:
            raise ValueError(f"scores of {texts} texts for {len(self.references)} references; expected one each a text")
        outside = [number for number in self.references.tolist() if not 0 <= number < classes]
        if outside:
            raise ValueError(f"class {outside[0]} in the references; expected a number from 0 to {classes - 1}")

    @classmethod
    def of_two(cls, scores: ArrayLike, truths: ArrayLike) -> Self:
        """Rank texts by one score for the true class: the AUROC of a detector.

        Args:
            scores: One number a text, (texts,).
            truths: 0 or 1 a text, (texts,).

        Returns:
            The ranking of two classes.

        >>> from hf_toxspan.core import tallies
        >>> tallies.scores(ClassRanking.of_two([0.1, 0.4, 0.35, 0.8], [0, 0, 1, 1]))
        {'roc_auc': 0.75}
        """
        true = np.asarray(scores, dtype=np.float64)
        return cls(np.stack([-true, true], axis=1), np.asarray(truths, dtype=bool).astype(np.intp))

    @property
    def columns(self) -> Mapping[str, NDArray[Any]]:
        """Return the gold class of each text, (texts,)."""
        return {"reference": self.references}

    def __len__(self) -> int:
        """Return the number of texts."""
        return len(self.references)

    def weighted(self, weights: Values) -> dict[str, Values]:
        """Score the corpus once for each row of weights, (draws, texts); returns (draws,)."""
        counts = np.asarray(weights, dtype=np.float64)
        return {"roc_auc": np.mean([ranking.roc_auc(counts) for ranking in self._rankings], axis=0)}

    def joined(self, other: Self) -> Self:
        """Return these texts followed by those of another ranking (see `Corpus.joined`).

        Mid-ranks of each class within each ranking replace its scores: scales may differ, its own score stays.
        """
        ranks = [np.stack([mid_ranks(column) for column in one.scores.T], axis=1) for one in (self, other)]
        return replace(
            self, scores=np.concatenate(ranks), references=np.concatenate([self.references, other.references])
        )

    @cached_property
    def _rankings(self) -> list[Ranking]:
        """Return the texts of each ordered pair of classes by the score of the first one."""
        rankings = []
        for first, second in permutations(range(self.scores.shape[1]), 2):
            texts = np.flatnonzero((self.references == first) | (self.references == second))
            rankings.append(Ranking.of(self.scores[texts, first], self.references[texts] == first, texts=texts))
        return rankings
