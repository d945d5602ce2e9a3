"""Promises of `hf_toxspan.recipes.distillation`."""

import json
from dataclasses import fields
from pathlib import Path

import pytest
from transformers import PreTrainedModel, PreTrainedTokenizerBase, pipeline

import hf_toxspan  # noqa: F401  (registers the task)
from hf_toxspan.modeling.extraction import SpanExtractor
from hf_toxspan.recipes import distillation
from hf_toxspan.recipes.rated_rows import RatedOptions, load_rows


@pytest.fixture
def options(rated_options: RatedOptions) -> distillation.DistilOptions:
    """The taught classifier is the teacher; the student gets its encoder."""
    own = {own.name: getattr(rated_options, own.name) for own in fields(rated_options)}
    return distillation.DistilOptions(**{**own, "model": None, "teacher": rated_options.model})


def test_the_teachers_spans_take_the_place_of_the_rows_own(
    options: distillation.DistilOptions, taught_model: PreTrainedModel, tiny_tokenizer: PreTrainedTokenizerBase
) -> None:
    rows = load_rows(options)
    teacher = SpanExtractor(taught_model, tiny_tokenizer)

    taught = distillation.teach(rows, teacher)

    assert list(taught.train["text"]) == list(rows.train["text"])
    explained = teacher(list(rows.train["text"]), explain_all=True)
    for row, explanation in zip(taught.train, explained, strict=True):
        assert row["spans"] == ([list(span) for span in explanation.spans] if row["toxic"] else [])
    assert taught.dev is rows.dev


def test_the_student_learns_what_the_teacher_shows_and_is_measured_beside_it(
    options: distillation.DistilOptions,
) -> None:
    result = distillation.run(options)

    assert list(result.report.systems)[-2:] == ["teacher", "student"]
    assert result.agreement > 0.8
    assert result.speedup > 0
    stored = json.loads(Path(options.output, "report.json").read_text(encoding="utf-8"))
    assert (stored["agreement"], stored["speedup"]) == (result.agreement, result.speedup)
    pipe = pipeline("toxic-span-extraction", model=options.output)
    assert [span["text"] for span in pipe("this is garbage and not nice")["spans"]] == ["garbage"]
