"""Promises of `rationale_plausibility` as people call it."""

import pytest

from hf_toxspan.scoring.metric import compute
from hf_toxspan.scoring.rationale_plausibility import RATIONALE_PLAUSIBILITY

INPUTS = {"predictions": [[[0, 1], [1, 2]], []], "references": [[[0, 2]], [[1, 2]]], "lengths": [4, 3]}
SCORES = [[0.9, 0.8, 0.1, 0.2], [0.3, 0.2, 0.1]]


def test_both_protocols_are_there() -> None:
    eraser = compute(RATIONALE_PLAUSIBILITY, {**INPUTS, "scores": SCORES})
    rated = compute(RATIONALE_PLAUSIBILITY, {**INPUTS, "scores": SCORES, "protocol": "rated"})

    assert eraser["iou_recall"] == 1.0  # (2 + 0) / 2: two hits on the one gold span of the first text
    assert {"auprc", "average_precision", "roc_auc"} <= eraser.keys()
    assert rated["span_f1"] == pytest.approx(2 / 3)  # touching spans are one run: P 1, R 1/2
    assert 0 < rated["average_precision"] < 1


def test_trivial_systems_rank_tokens_where_the_system_does() -> None:
    with_scores = compute(RATIONALE_PLAUSIBILITY, {**INPUTS, "scores": SCORES, "baselines": True})["baselines"]
    without = compute(RATIONALE_PLAUSIBILITY, {**INPUTS, "baselines": True, "annotator": [[[0, 2]], []]})["baselines"]

    assert "auprc" in with_scores["mark everything"]
    assert "auprc" not in without["mark everything"]
    assert with_scores["mark everything"]["token_recall"] == 1
    assert without["copy one annotator"]["token_recall"] == 0.5


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"predictions": [[[0, 2], [1, 3]], []]}, r"predictions\[0\]: .*overlap"),
        ({"predictions": [[], [[1, 9]]]}, r"predictions\[1\]: .*\[1, 9\)"),
        ({"scores": [[0.1], [0.2]]}, r"predictions\[0\]: "),
        ({"scores": [[0.1, float("nan"), 1, 1], [0.1, 0.2, 0.3]]}, r"scores\[0\]: "),
        ({"lengths": [4, -3]}, r"lengths\[1\]: -3 is not a whole number"),
        ({"protocol": "hatexplain"}, "protocol is 'hatexplain'; expected one of eraser, rated"),
    ],
)
def test_a_wrong_value_is_named(changed: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        compute(RATIONALE_PLAUSIBILITY, {**INPUTS, **changed})
