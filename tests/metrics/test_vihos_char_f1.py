"""`vihos_char_f1` through `evaluate`: the numbers of ViHateT5's script and of RATeD's."""

import ast

import pytest

from hf_toxspan.core.offsets import from_offsets
from hf_toxspan.metrics.loading import load
from tests.conftest import GoldenCases

METRIC = load("vihos_char_f1", keep_in_memory=True)
NAMES = {"accuracy": "accuracy", "weighted_f1": "f1_weighted", "macro_f1": "f1_macro"}


def test_every_golden_case_of_vihatet5_is_met_to_1e_9(golden_cases: GoldenCases) -> None:
    for case in golden_cases("vihos_char", "vihatet5"):
        rows, expected = case["inputs"]["rows"], case["expected"]
        found = METRIC.compute(
            texts=[row["content"] for row in rows],
            predictions=[from_offsets(ast.literal_eval(offsets)) for offsets in expected["output_spans"]],
            references=[from_offsets(ast.literal_eval(row["index_spans"])) for row in rows],
        )
        if "error" in expected:  # an empty text, at which the official script stops
            assert set(found.values()) == {1.0}, case["name"]
            continue
        official = {ours: expected["vihos"][theirs] for ours, theirs in NAMES.items()}
        assert found == pytest.approx(official, abs=1e-9, rel=0), case["name"]


def test_every_golden_case_of_rated_is_met_to_1e_9(golden_cases: GoldenCases) -> None:
    for case in golden_cases("vihos_char", "rated_vn"):
        rows, expected = case["inputs"]["rows"], case["expected"]
        spans = {side: [from_offsets(row[f"{side}_indices"]) for row in rows] for side in ("pred", "gold")}
        if any(span.start < 0 for side in spans.values() for text in side for span in text):
            with pytest.raises(ValueError, match="expected 0 <= start < end"):  # the official script ignores it
                METRIC.compute(texts=[row["text"] for row in rows], predictions=spans["pred"], references=spans["gold"])
            continue
        found = METRIC.compute(
            texts=[row["text"] for row in rows],
            predictions=spans["pred"],
            references=spans["gold"],
            protocol="rated",
            per_text=True,
        )
        rows_found = zip(*(found["per_text"][name] for name in expected["order"]), strict=True)
        for ours, official in zip(rows_found, expected["per_row"], strict=True):
            assert list(ours) == pytest.approx(official if len(official) == 4 else [1.0] * 4, abs=1e-9), case["name"]
