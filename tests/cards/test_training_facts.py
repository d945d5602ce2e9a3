"""Promises of the record of a training run."""

import json
from typing import Any

import pytest

from hf_toxspan.cards.training_facts import TrainingFacts

FACTS = TrainingFacts(
    trainer="T",
    made_by="hf_toxspan 0.1.0",
    arguments={"learning_rate": 5e-5, "a|b": "c|d"},
    texts={"train": 480},
    epochs=4.0,
    steps=120,
    seconds=600.0,
    device="cpu, 2 threads",
    evaluations=[{"epoch": float(n), "step": n, "eval_loss": 0.5, "eval_runtime": 3.0} for n in range(20)],
)


def test_it_comes_back_from_json() -> None:
    stored = json.loads(json.dumps(FACTS.to_dict()))
    assert TrainingFacts.from_dict(stored, where="x") == FACTS


@pytest.mark.parametrize("stored", [None, [], {}, {"training": 2, "trainer": "T", "made_by": "x"}, {"training": 1}])
def test_something_else_is_refused(stored: Any) -> None:
    with pytest.raises(ValueError, match="x is no record of a training run"):
        TrainingFacts.from_dict(stored, where="x")


def test_an_unknown_field_is_told() -> None:
    with pytest.raises(ValueError, match="x has pickle; this version knows arguments"):
        TrainingFacts.from_dict({**FACTS.to_dict(), "pickle": 1}, where="x")


def test_the_time_is_told_with_what_it_is_of() -> None:
    assert FACTS.time() == "10 min on cpu, 2 threads"
    assert TrainingFacts("T", "x").time() == "not measured"
    assert TrainingFacts("T", "x", seconds=9000, resumed=True, processes=2).time() == (
        "2.5 h, 2 processes for the last part of an interrupted run; what came before is not in it"
    )


def test_tables_show_what_was_logged_and_no_run_times() -> None:
    lines = FACTS.evaluations_table().splitlines()
    assert lines[0] == "| epoch | step | loss |"
    assert len(lines) == 14 and lines[-1] == "| 19.0 | 19 | 0.5 |"
    assert FACTS.arguments_table().splitlines()[-1] == "| a\\|b | c\\|d |"
    assert TrainingFacts("T", "x").arguments_table() == ""
