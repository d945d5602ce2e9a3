"""Promises of `gmb_bias_auc` as people call it."""

import math

import pytest

from hf_toxspan.scoring.gmb_bias_auc import GMB_BIAS_AUC
from hf_toxspan.scoring.metric import compute

INPUTS = {
    "scores": [0.9, 0.2, 0.6, 0.7, 0.1],
    "references": [1, 0, 1, 0, 0],
    "groups": [["Women"], ["Women"], ["Men"], ["Men"], ["Asian"]],
}


def test_each_group_has_its_areas_and_the_skipped_ones_a_reason() -> None:
    result = compute(GMB_BIAS_AUC, INPUTS)

    assert result["groups"]["Women"]["subgroup_auc"] == 1.0
    assert result["groups"]["Men"]["subgroup_auc"] == 0.0
    assert math.isnan(result["groups"]["Asian"]["subgroup_auc"])
    assert [one["group"] for one in result["skipped"] if one["score"] == "gmb_subgroup_auc"] == ["Asian"]


def test_one_score_for_all_texts_ranks_by_chance() -> None:
    baselines = compute(GMB_BIAS_AUC, {**INPUTS, "baselines": True, "annotator": [1, 0, 1, 0, 0]})["baselines"]

    assert baselines["mark everything"] == baselines["mark nothing"]
    assert baselines["mark everything"]["gmb_subgroup_auc"] == pytest.approx(0.5)
    assert baselines["copy one annotator"]["gmb_subgroup_auc"] == 1.0


def test_only_listed_communities_count() -> None:
    result = compute(GMB_BIAS_AUC, {**INPUTS, "communities": ["Women"], "per_text": True})

    assert list(result["groups"]) == ["Women"]
    assert result["per_text"]["groups"] == [("Women",), ("Women",), (), (), ()]


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"scores": [math.nan] * 5}, r"scores\[0\]: nan is not a finite number"),
        ({"references": [1, 0, 2, 0, 0]}, r"references\[2\]: 2 is not 0 or 1"),
        ({"groups": ["Women"] * 5}, r"groups\[0\]: 'Women' is not a list of names"),
        ({"power": 0}, "power is 0"),
        ({"protocol": "jigsaw"}, "protocol is 'jigsaw'; expected one of hatexplain, rated"),
    ],
)
def test_a_wrong_value_is_named(changed: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        compute(GMB_BIAS_AUC, {**INPUTS, **changed})
