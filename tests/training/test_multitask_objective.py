"""Promises of `hf_toxspan.training.multitask_objective`: numbers by hand."""

import math
from typing import Literal

import pytest
import torch
from torch import Tensor

from hf_toxspan.modeling.rationale import RationaleOutput
from hf_toxspan.training.multitask_objective import Task, count_targets, task_sums, token_labels

CLEAN_TEXT, TOXIC_TEXT = 0, 1
OUT, BEGIN, HALF, NONE = [1.0, 0, 0], [0, 1.0, 0], [0.5, 0.25, 0.25], [0.0, 0, 0]


def batch() -> dict[str, Tensor]:
    """A clean text of two tokens, a toxic one of three, each between special tokens; padding behind the first."""
    return {
        "labels": torch.tensor([CLEAN_TEXT, TOXIC_TEXT]),
        "token_mask": torch.tensor([[0, 1, 1, 0, 0], [0, 1, 1, 1, 0]]),
        "tag_targets": torch.tensor([[NONE, OUT, OUT, NONE, NONE], [NONE, BEGIN, HALF, OUT, NONE]]),
    }


def output() -> RationaleOutput:
    """Both labels equally likely, all tags too; toxicity by hand, high where no token of the text stands."""
    toxicity = torch.tensor([[0.9, 0.2, 0.4, 0.9, 0.9], [0.9, 0.1, 0.7, 0.3, 0.9]])
    return RationaleOutput(torch.zeros(2, 2), torch.zeros(2, 5, 3), toxicity)


def task(sides: Literal["one_sided", "two_sided"] = "two_sided", weights: list[float] | None = None) -> Task:
    return Task((TOXIC_TEXT,), None if weights is None else torch.tensor(weights), sides)


def test_counts_by_hand() -> None:
    assert count_targets(batch(), task()).tolist() == [2, 5, 2, 1]
    assert count_targets(batch(), task("one_sided", [0.5, 2.0])).tolist() == [2.5, 5, 1, 1]


def test_sums_by_hand() -> None:
    labels, tags, inconsistency = task_sums(output(), batch(), task(), label_smoothing=0.0)

    assert labels.item() == pytest.approx(2 * math.log(2))
    assert tags.item() == pytest.approx(5 * math.log(3))
    assert inconsistency.item() == pytest.approx((0.2 + 0.4) / 2 + (1 - 0.7))


def test_one_side_and_class_weights_by_hand() -> None:
    labels, _, inconsistency = task_sums(output(), batch(), task("one_sided", [0.5, 2.0]), label_smoothing=0.0)

    assert labels.item() == pytest.approx(2.5 * math.log(2))
    assert inconsistency.item() == pytest.approx(0.3)


def test_a_token_is_toxic_where_most_annotators_say_so() -> None:
    labels = token_labels(batch()["tag_targets"])

    assert labels.tolist() == [[-100, 0, 0, -100, -100], [-100, 1, 0, 0, -100]]
