"""`rationale_plausibility` through `evaluate`: the numbers of ERASER's script as HateXplain runs it, and of RATeD's."""

from typing import Any

import pytest

from hf_toxspan.core.spans import from_mask
from hf_toxspan.metrics.loading import load
from tests.conftest import GoldenCases

METRIC = load("rationale_plausibility", keep_in_memory=True)
NAMES = {"p": "precision", "r": "recall", "f1": "f1"}
# A span that is turned round or starts below 0: the official script takes it, we name it.
NO_SPANS = {"hand_inverted_prediction", "hand_negative_start"}


def inputs_of(posts: list[dict[str, Any]]) -> dict[str, Any]:
    """Posts without a result are texts in which nothing was predicted and nothing is ranked."""
    soft = [None if post["pred_spans"] is None else post["soft"] for post in posts]
    return {
        "predictions": [post["pred_spans"] or [] for post in posts],
        "references": [post["gold_spans"] or [] for post in posts],
        "lengths": [len(post["tokens"]) for post in posts],
        "scores": soft if any(soft) else None,
    }


def official_scores(part: dict[str, Any]) -> dict[str, float]:
    """Return the official numbers by our names, of the first IoU threshold."""
    named = {"iou": part["iou_scores"][0]} if "iou_scores" in part else {}
    named |= {"token": part["token_prf"]} if "error" not in part.get("token_prf", {"error": 1}) else {}
    scores = {}
    for reading, kinds in named.items():
        macro, micro = (kinds.get(kind) or kinds[f"instance_{kind}"] for kind in ("macro", "micro"))
        scores |= {f"{reading}_{NAMES[key]}": macro[key] for key in NAMES}
        scores |= {f"{reading}_{NAMES[key]}_micro": micro[key] for key in NAMES}
    return scores | {
        name.removesuffix("_score"): float(value) for name, value in part.get("token_soft_metrics", {}).items()
    }


def test_every_golden_case_of_eraser_is_met_to_1e_9(golden_cases: GoldenCases) -> None:
    for case in golden_cases("eraser_hatexplain", "cli"):
        inputs, expected = inputs_of(case["inputs"]["posts"]), case["expected"]
        if case["name"] in NO_SPANS or "invalid" in expected["score_file"].get("message", ""):
            with pytest.raises(ValueError, match=r"(predictions|references)\[\d+\]: "):
                METRIC.compute(**inputs)
            continue
        found = METRIC.compute(**inputs, iou_threshold=case["inputs"]["iou_thresholds"][0])
        official = official_scores(expected["score_file"]) | official_scores(expected.get("functions", {}))
        assert official, case["name"]
        ours = {name: found[name] for name in official}
        assert ours == pytest.approx(official, abs=1e-9, rel=0, nan_ok=True), case["name"]


def test_every_golden_case_of_rated_is_met_to_1e_9(golden_cases: GoldenCases) -> None:
    for case in golden_cases("rated_en", "tokens"):
        inputs, expected = case["inputs"], case["expected"]
        special = inputs["special_tokens_mask"] or [[0] * len(row) for row in inputs["attention_mask"]]
        kept = [
            [mask == 1 and not extra for mask, extra in zip(*masks, strict=True)]
            for masks in zip(inputs["attention_mask"], special, strict=True)
        ]

        def only(rows: list[list[float]], kept: list[list[bool]] = kept) -> list[list[float]]:
            pairs = zip(rows, kept, strict=True)
            return [[value for value, keep in zip(row, keeps, strict=True) if keep] for row, keeps in pairs]

        found = METRIC.compute(
            predictions=[from_mask([value == 1 for value in row]) for row in only(inputs["preds"])],
            references=[from_mask([value == 1 for value in row]) for row in only(inputs["labels"])],
            lengths=[sum(keeps) for keeps in kept],
            scores=None if inputs["probs"] is None else only(inputs["probs"]),
            protocol="rated",
            iou_threshold=inputs["iou_threshold"],
        )
        assert found["span_f1"] == pytest.approx(expected["span_f1_eraser"], abs=1e-9), case["name"]
        assert found["one_to_one_f1"] == pytest.approx(expected["span_f1_greedy_one_to_one"], abs=1e-9), case["name"]
        tokens = expected["token_metrics"]
        if "error" not in tokens:
            assert found["token_f1"] == pytest.approx(tokens["f1_pos"], abs=1e-9), case["name"]
            assert found["token_macro_f1"] == pytest.approx(tokens["f1"], abs=1e-9), case["name"]
            # where there is nothing to rank the official value is missing, ours 0
            pooled = 0.0 if tokens["auprc"] is None else tokens["auprc"]
            assert found.get("average_precision", 0.0) == pytest.approx(pooled, abs=1e-9), case["name"]
