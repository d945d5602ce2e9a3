"""Promises of `rationale_faithfulness` as people call it."""

import pytest

from hf_toxspan.scoring.metric import compute
from hf_toxspan.scoring.rationale_faithfulness import RATIONALE_FAITHFULNESS

INPUTS = {"full": [0.9, 0.6], "without": [0.4, 0.7], "only": [0.8, 0.6]}


def test_scores_are_not_clipped_unless_asked() -> None:
    assert compute(RATIONALE_FAITHFULNESS, INPUTS)["comprehensiveness"] == pytest.approx((0.5 - 0.1) / 2)
    assert compute(RATIONALE_FAITHFULNESS, {**INPUTS, "clip": True})["comprehensiveness"] == pytest.approx(0.5 / 2)


def test_trivial_rationales_need_the_models_answer_to_an_empty_text() -> None:
    assert compute(RATIONALE_FAITHFULNESS, {**INPUTS, "baselines": True})["baselines"] == {}
    found = compute(RATIONALE_FAITHFULNESS, {**INPUTS, "empty": [0.5, 0.5], "baselines": True})["baselines"]

    assert found["mark nothing"] == pytest.approx({"comprehensiveness": 0, "sufficiency": 0.25})
    assert found["mark everything"] == pytest.approx({"comprehensiveness": 0.25, "sufficiency": 0})


def test_bins_give_their_mean_and_each_of_them() -> None:
    result = compute(RATIONALE_FAITHFULNESS, {**INPUTS, "without": [[0.9, 0.5], [0.6, 0.4]]})

    assert result["comprehensiveness"] == pytest.approx(((0.0 + 0.4) / 2 + (0.0 + 0.2) / 2) / 2)
    assert result["comprehensiveness_bin_2"] == pytest.approx((0.4 + 0.2) / 2)


def test_another_system_brings_all_three() -> None:
    with pytest.raises(ValueError, match=r"expected the other system's \{'full': "):
        compute(RATIONALE_FAITHFULNESS, {**INPUTS, "compare_to": {"only": [0.1, 0.2]}})
    other = {"full": [0.9, 0.6], "without": [0.9, 0.6], "only": [0.8, 0.6]}
    comparison = compute(RATIONALE_FAITHFULNESS, {**INPUTS, "compare_to": other})["comparison"]
    assert comparison["comprehensiveness"]["difference"] == pytest.approx(0.2)


def test_systems_with_other_bins_are_not_compared() -> None:
    other = {"full": [0.9, 0.6], "without": [[0.9, 0.6]] * 2, "only": [0.8, 0.6]}
    with pytest.raises(ValueError, match="expected the same ones"):
        compute(RATIONALE_FAITHFULNESS, {**INPUTS, "compare_to": other})
