"""Classification scores: accuracy and macro-F1."""

import math
from collections.abc import Hashable, Sequence
from typing import NamedTuple


class ClassScores(NamedTuple):
    """Scores of a classifier, each in [0, 1]."""

    accuracy: float
    macro_f1: float


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
    if len(predictions) != len(references):
        raise ValueError(f"{len(predictions)} predictions for {len(references)} references; expected one a text")
    if not references:
        return ClassScores(0.0, 0.0)
    pairs = list(zip(predictions, references, strict=True))
    f1 = []
    for name in set(predictions) | set(references):
        right = sum(ours == gold == name for ours, gold in pairs)
        f1.append(2 * right / sum((ours == name) + (gold == name) for ours, gold in pairs))
    macro_f1 = math.fsum(f1) / len(f1)  # exact in any order: a set of strings has another one in every process
    return ClassScores(sum(ours == gold for ours, gold in pairs) / len(pairs), macro_f1)
