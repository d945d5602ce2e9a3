"""Whether a classifier ranks texts about some communities worse than others: AUCs by community and their power mean.

Three areas under the ROC curve a community (Borkan et al., WWW 2019):

| area | false texts | true texts | low when |
|---|---|---|---|
| subgroup | of the community | of the community | toxic and clean texts about it are confused |
| BPSN (background positive, subgroup negative) | of the community | of others | its clean texts score too high |
| BNSP (background negative, subgroup positive) | of others | of the community | its toxic texts score too low |

The generalized mean of bias (GMB) sums each up over the communities: a power mean that the worst one dominates.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Literal, NamedTuple, Self, get_args

import numpy as np
from numpy.typing import NDArray

from hf_toxspan.core.ranking import BLOCK, Ranking, mid_ranks
from hf_toxspan.core.tallies import Values

Flags = NDArray[np.bool_]
BiasProtocol = Literal["hatexplain", "rated"]


class GroupBias(NamedTuple):
    """Areas of one community, nan where a class is missing, and what its subgroup AUC rests on.

    Attributes:
        subgroup_auc: Its toxic against its clean texts.
        bpsn_auc: Toxic texts of others against its clean texts.
        bnsp_auc: Its toxic texts against clean texts of others.
        positives: Its toxic texts.
        negatives: Its clean texts.
    """

    subgroup_auc: float
    bpsn_auc: float
    bnsp_auc: float
    positives: int
    negatives: int


class Skipped(NamedTuple):
    """A community that one of the means leaves out.

    Attributes:
        score: Name of the mean.
        group: Name of the community.
        reason: Why its area does not count.
    """

    score: str
    group: str
    reason: str


@dataclass(frozen=True)
class BiasCorpus:
    """Scored texts and the communities they speak of (a `Corpus`, see `core/tallies.py`).

    Attributes:
        columns: ``score``, ``reference`` and ``groups`` (a tuple of those that are scored) of each text.
        communities: Their names.
        selected: By the area's name which texts it compares, (communities, texts).
        power: Of the mean.
        protocol: See `tally_bias`.
    """

    columns: Mapping[str, NDArray[Any]]
    communities: tuple[str, ...]
    selected: Mapping[str, Flags]
    power: float
    protocol: BiasProtocol

    def __len__(self) -> int:
        """Return the number of texts."""
        return len(self.columns["score"])

    def weighted(self, weights: Values) -> dict[str, Values]:
        """Score the corpus once for each row of weights, (draws, texts); returns (draws,) a score.

        A draw that lost one class of a community's few texts has no HateXplain mean (nan), as leaving the community
        out would change what is measured. RATeD's mean goes over the areas that each draw has.
        """
        return {
            f"gmb_{name}_auc": self._mean(areas, self._both_classes(name))
            for name, areas in self._areas(np.asarray(weights, dtype=np.float64)).items()
        }

    def joined(self, other: Self) -> Self:
        """Return these texts followed by those of another corpus (see `Corpus.joined`).

        Mid-ranks within each corpus replace its scores: a mixture compares texts that different systems scored, and
        their scales may differ (one spreads over [0, 1], the other stays below 0.5). Its own areas do not change.

        Args:
            other: The same texts, as another system scores them.

        Returns:
            A corpus of the texts of both.

        Raises:
            ValueError: If communities, power or protocol differ.
        """
        ours, theirs = ((one.communities, one.power, one.protocol) for one in (self, other))
        if ours != theirs:
            raise ValueError(f"communities, power and protocol {ours} against {theirs}; expected the same ones")
        columns = {name: np.concatenate([column, other.columns[name]]) for name, column in self.columns.items()}
        columns["score"] = np.concatenate([mid_ranks(one.columns["score"]) for one in (self, other)])
        selected = {name: np.concatenate([rows, other.selected[name]], axis=1) for name, rows in self.selected.items()}
        return replace(self, columns=columns, selected=selected)

    def per_group(self) -> dict[str, GroupBias]:
        """Return the areas and sizes of each community, by its name."""
        areas = self._areas(np.ones((1, len(self))))
        subgroup, bpsn, bnsp = (areas[name][:, 0].tolist() for name in ("subgroup", "bpsn", "bnsp"))
        positives, negatives = (counts.tolist() for counts in self._class_counts("subgroup"))
        rows = zip(subgroup, bpsn, bnsp, positives, negatives, strict=True)
        return dict(zip(self.communities, map(GroupBias._make, rows), strict=True))

    def skipped(self) -> list[Skipped]:
        """Return which communities which mean leaves out, and why."""
        left_out = []
        for name, areas in self._areas(np.ones((1, len(self)))).items():
            for group, area, true, false in zip(self.communities, areas[:, 0], *self._class_counts(name), strict=True):
                if not (true and false):
                    reason = f"{true} toxic and {false} clean texts to compare; an AUC needs both"
                    left_out.append(Skipped(f"gmb_{name}_auc", group, reason))
                elif self.protocol == "rated" and area == 0:
                    left_out.append(Skipped(f"gmb_{name}_auc", group, "AUC 0, which RATeD drops"))
        return left_out

    def _areas(self, weights: Values) -> dict[str, Values]:
        """Return the areas by name, (communities, draws)."""
        areas = {name: np.empty((len(self.communities), len(weights))) for name in self._rankings}
        step = max(1, BLOCK // max(1, len(self)))  # all rankings read the same weights while these are near
        for at in range(0, len(weights), step):
            for name, rankings in self._rankings.items():
                for row, ranking in enumerate(rankings):
                    areas[name][row, at : at + step] = ranking.roc_auc(weights[at : at + step])
        return areas

    @cached_property
    def _rankings(self) -> dict[str, list[Ranking]]:
        """Return the texts of each area in order, by its name one ranking a community."""
        scores, truths = self.columns["score"], self.columns["reference"]
        return {
            name: [Ranking.of(scores[texts], truths[texts], texts=texts) for texts in map(np.flatnonzero, rows)]
            for name, rows in self.selected.items()
        }

    def _mean(self, areas: Values, both_classes: Flags) -> Values:
        if self.protocol == "rated":
            return np.nan_to_num(power_mean(areas, self.power, where=areas > 0), nan=0.0)
        return power_mean(areas[both_classes], self.power)

    def _both_classes(self, name: str) -> Flags:
        true, false = self._class_counts(name)
        return (true > 0) & (false > 0)

    def _class_counts(self, name: str) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Count the toxic and the clean texts that an area compares, (communities,) each."""
        rows, truths = self.selected[name], self.columns["reference"]
        return (rows & truths).sum(axis=1), (rows & ~truths).sum(axis=1)


def tally_bias(
    scores: Sequence[float],
    references: Sequence[int],
    groups: Sequence[Iterable[str]],
    *,
    power: float = -5.0,
    communities: Iterable[str] | None = None,
    protocol: BiasProtocol = "hatexplain",
) -> BiasCorpus:
    """Compare the scores of texts about each community with one another and with those about others.

    Source: HateXplain, Bias_Calculation_NB.ipynb, and RATeD, experiments/english/common/metrics.py.

    | | "hatexplain" | "rated" |
    |---|---|---|
    | texts of others | those that name another community; the rest is left out everywhere | all |
    | AUC 0 | the mean is 0, its limit (the notebook divides by zero) | dropped |
    | one class only | dropped (the notebook gives nan with scikit-learn 1.9) | dropped |
    | nothing left | nan | 0 |

    Args:
        scores: Toxicity of each text; higher is more toxic.
        references: 1 where the text is toxic, else 0.
        groups: Names of the groups each text speaks of (`core/target_groups.py`).
        power: Exponent of the mean; -5 in HateXplain and RATeD.
        communities: Names that are scored; all that occur, in the order of their first text, when None.
        protocol: Whose rules, "hatexplain" or "rated".

    Returns:
        A corpus with the scores ``gmb_subgroup_auc``, ``gmb_bpsn_auc`` and ``gmb_bnsp_auc``, each a mean over the N
        communities that are not `BiasCorpus.skipped`. Without any text each has the value of "nothing left".

    Raises:
        ValueError: If the lengths differ, the power is 0, or the protocol is unknown.

    >>> corpus = tally_bias([0.9, 0.2, 0.6, 0.7], [1, 0, 1, 0], [["Arab"], ["Arab"], ["Women"], ["Women"]])
    >>> {name: round(float(values[0]), 3) for name, values in corpus.weighted(np.ones((1, 4))).items()}
    {'gmb_subgroup_auc': 0.0, 'gmb_bpsn_auc': 1.0, 'gmb_bnsp_auc': 1.0}
    >>> corpus.per_group()["Arab"]
    GroupBias(subgroup_auc=1.0, bpsn_auc=1.0, bnsp_auc=1.0, positives=1, negatives=1)
    """
    if not len(scores) == len(references) == len(groups):
        raise ValueError(
            f"{len(scores)} scores, {len(references)} references and {len(groups)} lists of groups; expected one each "
            "a text"
        )
    if power == 0:
        raise ValueError("power is 0, which has no power mean; expected another number, such as -5")
    if protocol not in get_args(BiasProtocol):
        raise ValueError(f"protocol is {protocol!r}; expected one of {', '.join(get_args(BiasProtocol))}")
    named = [tuple(names) for names in groups]
    listed = tuple(dict.fromkeys(communities if communities is not None else (name for row in named for name in row)))
    truths = np.asarray(references, dtype=bool)
    members = np.zeros((len(listed), len(named)), dtype=bool)
    for row, group in enumerate(listed):
        members[row] = [group in names for names in named]
    others = ~members & (members.any(axis=0) if protocol == "hatexplain" else True)
    kept = np.empty(len(named), dtype=object)
    kept[:] = [tuple(name for name in names if name in listed) for names in named]
    return BiasCorpus(
        columns={"score": np.asarray(scores, dtype=np.float64), "reference": truths, "groups": kept},
        communities=listed,
        selected={
            "subgroup": members,
            "bpsn": np.where(truths, others, members),
            "bnsp": np.where(truths, members, others),
        },
        power=power,
        protocol=protocol,
    )


def power_mean(values: Values, power: float, *, where: Flags | bool = True) -> Values:
    """Return ``(mean of values ** power) ** (1 / power)`` over the first axis.

    A negative power leans to the least value; a value of 0 then makes the mean 0, its limit. The mean of nothing is
    nan, and so is one over a nan.

    Args:
        values: Numbers of at least 0, (values, ...).
        power: Any number but 0.
        where: Which values count; all when True.

    Returns:
        The means, without the first axis.

    >>> power_mean(np.array([[0.5, 0.0], [1.0, 1.0]]), -5).round(4)
    array([0.5708, 0.    ])
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        counted = np.broadcast_to(where, values.shape)
        mean = np.sum(values**power, axis=0, where=counted) / counted.sum(axis=0)
        return np.asarray(mean ** (1 / power), dtype=np.float64)
