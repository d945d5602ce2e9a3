"""`gmb_bias_auc` through `evaluate`: the numbers of HateXplain's notebook and of RATeD's script."""

import math
from typing import Any

import pytest

from hf_toxspan.core.target_groups import RATED_NAMES, majority_groups, substring_groups
from hf_toxspan.metrics.loading import load
from tests.conftest import GoldenCases

METRIC = load("gmb_bias_auc", keep_in_memory=True)
AREAS = ("subgroup", "bpsn", "bnsp")
# The notebook chooses texts by the annotators' label and takes the truth from the model's file: here they contradict.
TWO_TRUTHS = {"hand_ground_truth_of_model_file_wins"}


def targets(post: dict[str, Any]) -> list[list[str]]:
    return [annotator["target"] for annotator in post["annotators"]]


def toxicity(scores: dict[str, Any]) -> float:
    return scores["toxic"] if scores["classification"] == "toxic" else 1 - scores["non-toxic"]


def test_every_golden_case_of_the_notebook_is_met_to_1e_9(golden_cases: GoldenCases) -> None:
    met = 0
    for case in golden_cases("gmb_bias", "notebook"):
        expected = case["expected"]
        if expected.get("error") == "KeyError" or case["name"] in TWO_TRUTHS:
            continue
        posts = [post for post in case["inputs"]["posts"] if post["in_test"]]
        for model in case["inputs"]["models"]:
            found = METRIC.compute(
                scores=[toxicity(post["scores"][model]) for post in posts],
                references=[int(post["scores"][model]["ground_truth"] == "toxic") for post in posts],
                groups=[majority_groups(targets(post)) for post in posts],
                communities=expected["communities"],
            )
            _compare(found, expected, model, case["name"])
        met += 1
    assert met == 57


def _compare(found: dict[str, Any], expected: dict[str, Any], model: str, name: str) -> None:
    for area in AREAS:
        official = {group: float(value) for group, value in expected["auc"][model][area].items()}
        ours = {group: values[f"{area}_auc"] for group, values in found["groups"].items()}
        assert ours == pytest.approx(official, abs=1e-9, nan_ok=True), name
        undefined = [group for group, value in official.items() if math.isnan(value)]
        skipped = [one["group"] for one in found["skipped"] if one["score"] == f"gmb_{area}_auc"]
        assert skipped == undefined, name  # the notebook's mean is nan there, ours goes over the others
        if not undefined and "gmb" in expected:
            assert found[f"gmb_{area}_auc"] == pytest.approx(expected["gmb"][model][area], abs=1e-9), name


def test_every_golden_case_of_rated_is_met_to_1e_9(golden_cases: GoldenCases) -> None:
    for case in golden_cases("rated_en", "bias"):
        inputs, expected = case["inputs"], case["expected"]
        found = METRIC.compute(
            scores=inputs["y_prob"],
            references=inputs["y_true"],
            groups=[substring_groups(targets(item)) for item in inputs["items"]],
            communities=RATED_NAMES,
            protocol="rated",
        )
        ours = [found[f"gmb_{area}_auc"] for area in AREAS]
        assert ours == pytest.approx([expected[f"GMB-{area}"] for area in ("Sub", "BPSN", "BNSP")], abs=1e-9), case
