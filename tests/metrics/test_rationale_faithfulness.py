"""`rationale_faithfulness` through `evaluate`: the numbers of ERASER's script."""

from operator import itemgetter
from typing import Any

import pytest

from hf_toxspan.metrics.loading import load
from tests.conftest import GoldenCases

METRIC = load("rationale_faithfulness", keep_in_memory=True)
ALTERED = {"without": "comprehensiveness", "only": "sufficiency"}


def test_every_golden_case_is_met_to_1e_9(golden_cases: GoldenCases) -> None:
    met = 0
    for case in golden_cases("eraser_hatexplain", "cli"):
        official = case["expected"]["score_file"].get("classification_scores")
        if official is None:
            continue
        posts = [post for post in case["inputs"]["posts"] if post["pred_spans"] is not None]
        full = [post["classification_scores"][post["classification"]] for post in posts]
        altered = {
            name: [post[f"{score}_classification_scores"][post["classification"]] for post in posts]
            for name, score in ALTERED.items()
        }
        expected = {score: official[score] for score in ALTERED.values()}
        assert METRIC.compute(full=full, **altered) == pytest.approx(expected, abs=1e-9, rel=0), case["name"]
        if "aopc_thresholds" in case["inputs"]:
            binned = METRIC.compute(full=full, **{name: _bins(posts, score) for name, score in ALTERED.items()})
            expected = {score: official[f"{score}_aopc"] for score in ALTERED.values()}
            assert {name: binned[name] for name in expected} == pytest.approx(expected, abs=1e-9, rel=0), case["name"]
        met += 1
    assert met == 10


def _bins(posts: list[dict[str, Any]], score: str) -> list[list[float]]:
    """Return the probabilities for the rationales of rising length, (texts, bins)."""
    return [
        [
            point[f"{score}_classification_scores"][post["classification"]]
            for point in sorted(post["thresholded_scores"], key=itemgetter("threshold"))
        ]
        for post in posts
    ]
