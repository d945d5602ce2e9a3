"""Promises of `hf_toxspan.pipelines.registration`, each in a fresh process where the order of imports matters."""

import warnings
from pathlib import Path

import pytest
from transformers.pipelines import PIPELINE_REGISTRY

from hf_toxspan.modeling.checkpoint import PACKAGED_MODEL
from hf_toxspan.pipelines.cascade_judge import CASCADE_TASK
from hf_toxspan.pipelines.registration import PIPELINES, register_tasks
from hf_toxspan.pipelines.toxic_quadruple_extraction import QUADRUPLE_TASK
from hf_toxspan.pipelines.toxic_span_extraction import TASK, ToxicSpanExtractionPipeline
from tests.fresh import run_fresh

OURS_FIRST = "import hf_toxspan; from transformers import pipeline"
THEIRS_FIRST = "from transformers import pipeline; import hf_toxspan"


@pytest.mark.parametrize("imports", [OURS_FIRST, THEIRS_FIRST])
def test_either_package_may_be_imported_first(folder: Path, imports: str) -> None:
    code = f"{imports}; print(pipeline('{TASK}', model={str(folder)!r})('you fool')['spans'][0]['text'])"

    assert run_fresh(code, {"HF_HUB_OFFLINE": "1"}) == ("fool\n", "")


@pytest.mark.parametrize(("task", "place"), PIPELINES.items())
def test_the_class_of_a_task_may_be_imported_before_all_else(task: str, place: tuple[str, str]) -> None:
    code = (
        f"from {place[0]} import {place[1]} as ours; from transformers.pipelines import PIPELINE_REGISTRY as known; "
        f"print([known.supported_tasks[task]['impl'].__name__ for task in {list(PIPELINES)}])"
    )
    assert run_fresh(code) == (f"{[name for _, name, _ in PIPELINES.values()]}\n", "")


def test_the_names_of_the_tasks_are_those_of_their_modules() -> None:
    assert list(PIPELINES) == [TASK, CASCADE_TASK, QUADRUPLE_TASK]


def test_registering_twice_is_silent_and_changes_nothing() -> None:
    before = PIPELINE_REGISTRY.supported_tasks[TASK]

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        register_tasks()
        register_tasks()

    assert PIPELINE_REGISTRY.supported_tasks[TASK] is before
    assert before["impl"] is ToxicSpanExtractionPipeline


def test_without_a_name_the_packaged_model_is_used() -> None:
    _, targeted, _ = PIPELINE_REGISTRY.check_task(TASK)

    assert targeted["default"]["model"] == (PACKAGED_MODEL, "main")
