"""Classification scores: accuracy and macro-F1, and a report by class."""

import math
from collections import Counter
from collections.abc import Collection, Hashable, Mapping, Sequence
from typing import NamedTuple

import numpy as np

from hf_toxspan.core.tallies import Sums, Tally, Values, ratio


class ClassScores(NamedTuple):
    """Scores of a classifier, each in [0, 1]."""

    accuracy: float
    macro_f1: float


class ClassRow(NamedTuple):
    """One line of a report: scores in [0, 1], and the number of texts with that gold class."""

    precision: float
    recall: float
    f1: float
    support: int


class ClassReport(NamedTuple):
    """What `scikit-learn` calls a classification report.

    Attributes:
        accuracy: Share of texts whose class is right.
        classes: One row a class, in the order of first appearance in the references, then in the predictions.
        macro: Mean over the classes.
        weighted: Mean over the classes, each weighted by its support.
    """

    accuracy: float
    classes: Mapping[Hashable, ClassRow]
    macro: ClassRow
    weighted: ClassRow


def score_classes(predictions: Sequence[Hashable], references: Sequence[Hashable]) -> ClassScores:
    """Score predicted against gold classes.

    Macro-F1 is the mean of the F1 of every class that occurs on either side (scikit-learn's default); a class that is
    never predicted or never gold has F1 0. No texts at all score 0.

    Args:
        predictions: One class a text.
        references: One gold class a text, in the same order.

    Returns:
        Accuracy and macro-F1.

    Raises:
        ValueError: If the two differ in length.

    >>> score_classes(["toxic", "clean", "clean"], ["toxic", "toxic", "clean"])
    ClassScores(accuracy=0.6666666666666666, macro_f1=0.6666666666666666)
    """
    report = report_classes(predictions, references)
    return ClassScores(report.accuracy, report.macro.f1)


def tally_classes(predictions: Sequence[Hashable], references: Sequence[Hashable]) -> Tally:
    """Count what the scores of `score_classes` are made of, text by text, so that they can be resampled.

    Macro-F1 goes over the classes that each draw holds.

    Args:
        predictions: One class a text.
        references: One gold class a text, in the same order.

    Returns:
        The tally, with the scores ``accuracy`` and ``macro_f1``.

    Raises:
        ValueError: If the two differ in length.

    >>> tally = tally_classes(["toxic", "clean", "clean"], ["toxic", "toxic", "clean"])
    >>> tally.weighted(np.array([[1, 1, 1], [1, 0, 0]]))["macro_f1"].round(3).tolist()
    [0.667, 1.0]
    """
    _check_lengths(predictions, references)
    number = {name: place for place, name in enumerate(dict.fromkeys([*references, *predictions]))}
    ours, gold = (np.array([number[name] for name in side], dtype=np.intp) for side in (predictions, references))
    columns = {"right": ours == gold, "texts": np.ones(len(gold))}
    for place in number.values():
        columns[f"right_{place}"] = (ours == place) & (gold == place)
        columns[f"either_{place}"] = (ours == place) + 1.0 * (gold == place)

    def combine(sums: Sums) -> dict[str, Values]:
        empty = np.zeros((0, *sums["texts"].shape))
        right, either = (
            np.array([sums[f"{kind}_{place}"] for place in number.values()] or empty) for kind in ("right", "either")
        )
        return {
            "accuracy": ratio(sums["right"], sums["texts"]),
            "macro_f1": ratio(ratio(2 * right, either).sum(axis=0), (either > 0).sum(axis=0)),
        }

    return Tally(columns, combine)


def report_classes(predictions: Sequence[Hashable], references: Sequence[Hashable]) -> ClassReport:
    """Score predicted against gold classes, class by class.

    Every class that occurs on either side has a row. A score with nothing to divide by is 0, also for no texts at all.

    Args:
        predictions: One class a text.
        references: One gold class a text, in the same order.

    Returns:
        The report; the values are those of scikit-learn's ``classification_report(..., zero_division=0)``.

    Raises:
        ValueError: If the two differ in length.

    >>> report = report_classes(["toxic", "clean", "clean"], ["toxic", "toxic", "clean"])
    >>> report.classes["toxic"]
    ClassRow(precision=1.0, recall=0.5, f1=0.6666666666666666, support=2)
    >>> report.macro.precision
    0.75
    """
    _check_lengths(predictions, references)
    predicted, gold = Counter(predictions), Counter(references)
    right = Counter(ours for ours, theirs in zip(predictions, references, strict=True) if ours == theirs)
    classes = {
        name: ClassRow(
            _ratio(right[name], predicted[name]),
            _ratio(right[name], gold[name]),
            _ratio(2 * right[name], predicted[name] + gold[name]),
            gold[name],
        )
        for name in gold | predicted
    }
    return ClassReport(
        _ratio(right.total(), len(references)),
        classes,
        _mean(classes.values(), [1] * len(classes)),
        _mean(classes.values(), [row.support for row in classes.values()]),
    )


def _check_lengths(predictions: Sequence[Hashable], references: Sequence[Hashable]) -> None:
    if len(predictions) != len(references):
        raise ValueError(f"{len(predictions)} predictions for {len(references)} references; expected one a text")


def _ratio(part: float, whole: float) -> float:
    return part / whole if whole else 0.0


def _mean(rows: Collection[ClassRow], weights: list[int]) -> ClassRow:
    """Average rows; `math.fsum` gives the same last digit whatever order the classes come in."""
    precision, recall, f1 = (
        _ratio(math.fsum(row[place] * weight for row, weight in zip(rows, weights, strict=True)), sum(weights))
        for place in range(3)
    )
    return ClassRow(precision, recall, f1, sum(row.support for row in rows))
