"""Promises that every metric keeps: checked inputs, and the four things that make a score readable."""

import json
import math
import re
from typing import Any

import numpy as np
import pytest

from hf_toxspan.scoring.catalogue import METRICS
from hf_toxspan.scoring.metric import REQUESTS, compute
from hf_toxspan.scoring.toxic_span_f1 import TOXIC_SPAN_F1

GOLD = [[[4, 8]], [[0, 3], [5, 9]], [], [[2, 4]]]
GOOD = [[[4, 8]], [[0, 3]], [], [[2, 4]]]
POOR = [[[0, 8]], [], [[0, 1]], [[3, 9]]]
TEXTS = ["you fool.", "ngu, đồ ngu", "hello", "a fool, no"]


def score(**arguments: Any) -> dict[str, Any]:
    return compute(TOXIC_SPAN_F1, arguments)


def test_without_a_request_there_are_only_scores() -> None:
    result = score(predictions=GOOD, references=GOLD)

    assert all(isinstance(value, float) for value in result.values())
    assert result["char_precision"] == 1.0


def test_a_confidence_level_adds_an_interval_around_each_score() -> None:
    result = score(predictions=GOOD, references=GOLD, confidence_level=0.9, n_resamples=200)
    intervals = result.pop("confidence_intervals")

    assert intervals.keys() == result.keys()
    assert all(low <= result[name] <= high for name, (low, high) in intervals.items())


def test_another_system_is_compared_on_the_same_texts() -> None:
    comparison = score(predictions=GOOD, references=GOLD, compare_to={"predictions": POOR})["comparison"]

    poor = score(predictions=POOR, references=GOLD)
    good = score(predictions=GOOD, references=GOLD)
    assert comparison["char_f1"]["difference"] == pytest.approx(good["char_f1"] - poor["char_f1"])
    assert 0 < comparison["char_f1"]["p_value"] <= 1


def test_the_breakdown_has_a_line_a_text() -> None:
    columns = score(predictions=GOOD, references=GOLD, per_text=True)["per_text"]

    assert {len(column) for column in columns.values()} == {4}
    assert columns["shared_chars"] == [4, 3, 0, 2]


def test_trivial_systems_stand_beside_the_score() -> None:
    baselines = score(predictions=GOOD, references=GOLD, texts=TEXTS, annotator=GOLD, baselines=True)["baselines"]

    assert baselines.keys() == {"mark nothing", "mark everything", "copy one annotator"}
    assert baselines["mark nothing"]["char_f1"] == 0
    assert baselines["mark everything"]["char_recall"] == 1
    assert baselines["copy one annotator"]["char_f1"] == 1


def test_baselines_that_need_more_than_was_given_are_left_out() -> None:
    assert score(predictions=GOOD, references=GOLD, baselines=True)["baselines"].keys() == {"mark nothing"}


def test_everything_at_once_is_json() -> None:
    requests = {"confidence_level": 0.95, "n_resamples": 50, "compare_to": {"predictions": POOR}}
    result = score(predictions=GOOD, references=GOLD, texts=TEXTS, **requests, per_text=True, baselines=True)

    assert json.loads(json.dumps(result)) == result


def test_the_order_of_arguments_does_not_matter() -> None:
    assert score(references=GOLD, predictions=GOOD) == score(predictions=GOOD, references=GOLD)


def test_an_optional_input_that_is_none_is_not_there() -> None:
    assert score(predictions=GOOD, references=GOLD, texts=None) == score(predictions=GOOD, references=GOLD)


def test_the_inputs_are_not_changed() -> None:
    before = json.dumps([GOOD, GOLD])
    score(predictions=GOOD, references=GOLD, confidence_level=0.9, baselines=True)

    assert json.dumps([GOOD, GOLD]) == before


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"predictions": GOOD}, "the input 'references' is missing; it takes predictions, references, texts"),
        ({"prediction": GOOD, "references": GOLD}, "unknown argument 'prediction'"),
        ({"predictions": GOOD, "references": GOLD, "protocol": "x"}, "unknown argument 'protocol'"),
        ({"predictions": GOOD[:2], "references": GOLD}, "2 predictions, 4 references; expected one value a text"),
        ({"predictions": 7, "references": GOLD}, "predictions is 7; expected a list with one value a text"),
        ({"predictions": "abcd", "references": GOLD}, "predictions is 'abcd'"),
        ({"predictions": POOR, "references": GOLD, "texts": ["abc"] * 4}, r"predictions\[0\]: span 0 is \[0, 8\)"),
        ({"predictions": GOOD, "references": GOLD, "compare_to": POOR}, "compare_to is list; expected the other"),
        ({"predictions": GOOD, "references": GOLD, "compare_to": {"references": POOR}}, "'predictions': "),
        (
            {"predictions": GOOD, "references": GOLD, "compare_to": {"predictions": [[[2, 1]], [], [], []]}},
            r"compare_to\['predictions'\]\[0\]: span 0",
        ),
        ({"predictions": GOOD, "references": GOLD, "confidence_level": 95}, "confidence_level is 95"),
        ({"predictions": [], "references": [], "confidence_level": 0.9}, "no texts to resample"),
    ],
)
def test_a_wrong_argument_is_an_error_that_names_it(arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        score(**arguments)


@pytest.mark.parametrize(
    "request_", [{"per_text": "no"}, {"baselines": 1}, {"confidence_level": "a"}, {"confidence_level": 0.9, "seed": -1}]
)
def test_a_request_that_makes_no_sense_is_named(request_: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=f"{[*request_][-1]} is .*; expected"):
        score(predictions=GOOD, references=GOLD, **request_)


def test_numbers_of_numpy_are_numbers() -> None:
    requests = {"confidence_level": np.float32(0.9), "n_resamples": np.int64(20), "seed": np.int64(1)}

    assert "confidence_intervals" in score(predictions=GOOD, references=GOLD, **requests)


def test_an_interval_that_rests_on_fewer_draws_says_so() -> None:
    inputs = {"scores": [0.9, 0.2, 0.7, 0.1], "references": [1, 0, 1, 0], "groups": [["Women"]] * 2 + [["Men"]] * 2}
    result = compute(METRICS["gmb_bias_auc"], {**inputs, "confidence_level": 0.9, "n_resamples": 200})

    assert 0 < result["defined_draws"]["gmb_subgroup_auc"] < 200


@pytest.mark.parametrize(
    ("name", "option", "values"),
    [
        ("hard_soft_quad_f1", "protocol", ["ccl26", None, ["state"]]),
        ("hard_soft_quad_f1", "elements", ["target", 4]),
        ("rationale_plausibility", "iou_threshold", [0, -1, 2, math.nan, "0.5"]),
        ("rationale_faithfulness", "clip", ["no", None, 1]),
        ("gmb_bias_auc", "power", [0, math.inf, math.nan, "-5"]),
        ("gmb_bias_auc", "communities", ["Women", [1]]),
    ],
)
def test_a_wrong_option_is_named_with_what_was_expected(name: str, option: str, values: list[Any]) -> None:
    metric = METRICS[name]
    inputs = {name: [] for name, one in metric.inputs.items() if one.required}
    for value in values:
        message = f"{name}: {option} is {value!r}; expected {metric.options[option].kind.expected}"
        with pytest.raises(ValueError, match=re.escape(message)):
            compute(metric, {**inputs, option: value})


def test_what_can_be_requested_is_the_same_for_all() -> None:
    assert REQUESTS == ("confidence_level", "n_resamples", "seed", "compare_to", "per_text", "baselines")
