"""Promises of `hf_toxspan.training.arguments`."""

from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest
from transformers import HfArgumentParser, TrainingArguments

from hf_toxspan.training.arguments import GradientConstrainedTrainingArguments

OURS = {
    *("warmup_epochs", "lambda_grad", "pgr_margin", "ppt_alpha", "ppt_percentile"),
    *("gradient_method", "constraint_share"),
    *("lambda_sem", "contrast_temperature", "contrast_gamma"),
}


def test_only_our_own_fields_are_added_each_with_help() -> None:
    added = {field.name: field for field in fields(GradientConstrainedTrainingArguments)}
    for field in fields(TrainingArguments):
        added.pop(field.name)

    assert added.keys() == OURS
    assert all(field.metadata["help"].endswith(".") for field in added.values())


def test_the_command_line_sets_them(tmp_path: Path) -> None:
    parser = HfArgumentParser(GradientConstrainedTrainingArguments)

    (args,) = parser.parse_args_into_dataclasses(
        ["--output_dir", str(tmp_path), "--warmup_epochs", "0.5", "--lambda_grad", "0", "--use_cpu",
         "--gradient_method", "one_sided"]
    )  # fmt: skip

    assert (args.warmup_epochs, args.lambda_grad, args.pgr_margin) == (0.5, 0.0, 0.5)
    assert (args.gradient_method, args.constraint_share) == ("one_sided", 1.0)


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("warmup_epochs", -0.5, r"\[0, inf\]"),
        ("lambda_grad", -1, r"\[0, inf\]"),
        ("lambda_grad", float("nan"), r"\[0, inf\]"),
        ("pgr_margin", 1.5, r"\[0, 1\]"),
        ("pgr_margin", -0.1, r"\[0, 1\]"),
        ("ppt_alpha", 2, r"\[0, 1\]"),
        ("ppt_percentile", 15, r"\[0, 1\]"),
        ("lambda_sem", -0.1, r"\[0, inf\]"),
        ("contrast_gamma", -1, r"\[0, inf\]"),
        ("contrast_temperature", 0, r"\[1e-06, inf\]"),
    ],
)
def test_a_value_out_of_range_is_named(tmp_path: Path, name: str, value: float, expected: str) -> None:
    with pytest.raises(ValueError, match=f"{name} is {value}; expected a number in {expected}"):
        GradientConstrainedTrainingArguments(tmp_path, use_cpu=True, **{name: value})


@pytest.mark.parametrize("share", [0, -0.5, 1.5, float("nan")])
def test_a_share_of_nothing_or_of_more_than_all_is_named(tmp_path: Path, share: float) -> None:
    with pytest.raises(ValueError, match=rf"constraint_share is {share}; expected a share in \(0, 1\]"):
        GradientConstrainedTrainingArguments(tmp_path, use_cpu=True, constraint_share=share)


def test_an_unknown_gradient_method_is_named(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"gradient_method is 'forward'; expected one of \('double_backward'"):
        GradientConstrainedTrainingArguments(tmp_path, use_cpu=True, gradient_method="forward")  # type: ignore[arg-type]


@pytest.mark.parametrize("edge", [{"pgr_margin": 0, "ppt_alpha": 1, "ppt_percentile": 0}, {"lambda_grad": 0}])
def test_the_ends_of_a_range_belong_to_it(tmp_path: Path, edge: dict[str, Any]) -> None:
    args = GradientConstrainedTrainingArguments(tmp_path, use_cpu=True, **edge)

    assert {name: getattr(args, name) for name in edge} == edge
