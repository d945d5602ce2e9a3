"""Promises of `hf_toxspan.training.counting_trainer` beyond those of the trainers built on it."""

from pathlib import Path

import pytest
from transformers import BertForSequenceClassification

from hf_toxspan.training.arguments import ConstraintArguments
from hf_toxspan.training.counting_trainer import CountingTrainer


class Bare(CountingTrainer):
    """A trainer that counts nothing."""

    PARTS = ("loss_ce",)
    LABEL_NAMES = ["labels"]  # noqa: RUF012


def test_the_toxic_labels_are_written_into_the_config(
    tiny_model: BertForSequenceClassification, tmp_path: Path
) -> None:
    del tiny_model.config.toxic_labels  # the names alone say it

    Bare(tiny_model, ConstraintArguments(tmp_path, use_cpu=True))

    assert tiny_model.config.toxic_labels == ["toxic"]


def test_labels_that_are_not_exclusive_are_refused(tiny_model: BertForSequenceClassification, tmp_path: Path) -> None:
    tiny_model.config.problem_type = "multi_label_classification"

    with pytest.raises(ValueError, match="expected a single-label classifier"):
        Bare(tiny_model, ConstraintArguments(tmp_path, use_cpu=True))


def test_span_scores_need_a_tokenizer_that_gives_offsets(
    tiny_model: BertForSequenceClassification, tmp_path: Path
) -> None:
    with pytest.raises(ValueError, match="gives no character offsets"):
        Bare(tiny_model, ConstraintArguments(tmp_path, use_cpu=True), eval_rows=[])
