"""Promises of a board: every system is scored alike, and what is undefined is no number."""

import json

import numpy as np
import pytest

from hf_toxspan.core.tallies import Tally, means
from hf_toxspan.evaluation.baselines import everything, explain, nothing
from hf_toxspan.evaluation.boards import Board, Measured, without_nan

TEXTS = ["you fool", "hello"]


def board(**options: object) -> Board:
    """Score the share of texts that are called toxic."""
    return Board(
        "toxic", {"share": "share"}, "", 2, lambda said: means({"share": [one.toxic for one in said]}), **options
    )  # type: ignore[arg-type]


def test_systems_are_scored_in_the_order_they_were_added() -> None:
    found = board()
    found.add("everything", explain(everything, TEXTS))
    found.add("nothing", explain(nothing, TEXTS))

    assert list(found.systems) == ["everything", "nothing"]
    stored = found.to_dict()
    assert (stored["protocol"], stored["texts"]) == ("toxic", 2)
    assert stored["systems"]["everything"] == {"share": 1.0, "confidence_intervals": {"share": [1.0, 1.0]}}
    assert stored["systems"]["nothing"]["share"] == 0


def test_details_come_from_the_corpus_that_is_scored() -> None:
    found = board(details=lambda corpus: {"texts": len(corpus)})
    found.add("nothing", explain(nothing, TEXTS))

    assert found.to_dict()["systems"]["nothing"]["texts"] == 2


def test_an_undefined_score_is_null_in_json() -> None:
    undefined = Tally({"texts": np.ones(2)}, lambda sums: {"auc": sums["texts"] * np.nan})

    stored = json.loads(json.dumps(Measured.of(undefined).to_dict(), allow_nan=False))
    assert stored == {"auc": None, "confidence_intervals": {"auc": [None, None]}}


def test_the_same_seed_gives_the_same_interval() -> None:
    corpus = means({"right": np.arange(20) % 3 == 0})
    assert Measured.of(corpus, seed=1) == Measured.of(corpus, seed=1)
    low, high, _ = Measured.of(corpus).intervals["right"]
    assert 0 < low < 7 / 20 < high < 1


@pytest.mark.parametrize("value", [0.5, None, "nan", [1, {"a": True}]])
def test_plain_values_stay(value: object) -> None:
    assert without_nan(value) == value
