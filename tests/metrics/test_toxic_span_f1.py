"""`toxic_span_f1` through `evaluate`: the numbers of the golden corpora."""

import pytest

from hf_toxspan.core.offsets import from_offsets
from hf_toxspan.metrics.loading import load
from tests.conftest import GoldenCases

METRIC = load("toxic_span_f1", keep_in_memory=True)
PARTS = {"overlap": "overlap", "char": "char_micro"}


def test_every_golden_corpus_is_met_to_1e_9(golden_cases: GoldenCases) -> None:
    for case in golden_cases("span_overlap"):
        rows, expected = case["inputs"]["rows"], case["expected"]
        found = METRIC.compute(
            predictions=[row["pred"] for row in rows],
            references=[row["gold"] for row in rows],
            texts=[row["text"] for row in rows],
        )
        official = {
            f"{ours}_{name}": expected[theirs][name]
            for ours, theirs in PARTS.items()
            for name in ("precision", "recall", "f1")
        }
        official["char_iou"] = expected["iou_micro"]
        official |= {f"text_char_{name}": expected["macro"][name] for name in ("f1", "iou")}
        assert found == pytest.approx(official, abs=1e-9, rel=0), case["name"]


def test_every_golden_corpus_of_semeval_is_met_to_1e_9(golden_cases: GoldenCases) -> None:
    for case in golden_cases("semeval_char_f1", "rows"):
        spans = {side: [from_offsets(row[side]) for row in case["inputs"]["rows"]] for side in ("pred", "gold")}
        if any(span.start < 0 for side in spans.values() for text in side for span in text):
            with pytest.raises(ValueError, match="expected 0 <= start < end"):  # the official script takes any number
                METRIC.compute(predictions=spans["pred"], references=spans["gold"])
            continue
        found = METRIC.compute(predictions=spans["pred"], references=spans["gold"], per_text=True)
        assert found["text_char_f1"] == pytest.approx(case["expected"]["mean_f1"], abs=1e-9), case["name"]
        assert found["per_text"]["char_f1"] == pytest.approx(case["expected"]["per_row_f1"], abs=1e-9), case["name"]
