"""Promises of the six as `evaluate` modules: collecting is computing, errors leave nothing behind, nothing is cast."""

import inspect
import math
from pathlib import Path
from typing import Any

import evaluate
import numpy as np
import pytest

from hf_toxspan.metrics.loading import NAMES, load
from hf_toxspan.scoring.catalogue import METRICS
from hf_toxspan.scoring.metric import REQUESTS

INPUTS: dict[str, dict[str, list[Any]]] = {
    "toxic_span_f1": {"predictions": [[[0, 4]], [[1, 3]], []], "references": [[[2, 4], [6, 7]], [], []]},
    "hard_soft_quad_f1": {
        "predictions": ["you | fool | others | hate [END]", "he | cold | others | hate [END]", "[END]"],
        "references": ["you | fool | others | hate [END]", "he | coat | others | hate [END]", "[END]"],
    },
    "rationale_plausibility": {
        "predictions": [[[0, 2], [4, 5]], [[0, 1]], []],
        "references": [[[0, 3]], [[1, 2]], []],
        "lengths": [6, 3, 2],
    },
    "rationale_faithfulness": {"full": [0.9, 0.6, 0.8], "without": [0.4, 0.7, 0.1], "only": [0.8, 0.6, 0.7]},
    "gmb_bias_auc": {
        "scores": [0.9, 0.2, 0.7, 0.6, 0.8, 0.5],
        "references": [1, 0, 1, 0, 0, 1],
        "groups": [["Women"], ["Women"], ["Arab"], ["Arab"], ["Arab"], ["Asian"]],
    },
    "vihos_char_f1": {
        "texts": ["you fool", "hello", "e\u0301 fool"],
        "predictions": [[[4, 7]], [], [[2, 6]]],
        "references": [[[4, 8]], [], [[3, 7]]],
    },
}
BINS = {"full": [0.8, 0.6], "without": [[0.7, 0.3], [0.6, 0.4]], "only": [[0.2, 0.6], [0.4, 0.6]]}
PROTOCOLS = [
    ("hard_soft_quad_f1", "ccl25", "state"),
    ("rationale_plausibility", "eraser", "rated"),
    ("gmb_bias_auc", "hatexplain", "rated"),
    ("vihos_char_f1", "vihatet5", "rated"),
]


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Let each test see what `evaluate` leaves in its cache."""
    monkeypatch.setattr(evaluate.config, "HF_METRICS_CACHE", tmp_path)
    return tmp_path


def single(name: str) -> dict[str, list[Any]]:
    """Return the inputs of one text."""
    return {column: values[:1] for column, values in INPUTS[name].items()}


def change(name: str, **changed: Any) -> dict[str, Any]:
    """Return the inputs of one text with some of them put in its place."""
    return {**single(name), **changed}


@pytest.mark.parametrize("name", NAMES)
def test_texts_added_in_parts_score_as_texts_given_at_once(name: str) -> None:
    inputs, metric = INPUTS[name], load(name)
    singular = {"predictions": "prediction", "references": "reference"}
    for place in range(len(next(iter(inputs.values())))):
        metric.add(**{singular.get(column, column): values[place] for column, values in inputs.items()})
    one_by_one = metric.compute()
    metric.add_batch(**{column: values[:1] for column, values in inputs.items()})
    metric.add_batch(**{column: values[1:] for column, values in inputs.items()})

    np.testing.assert_equal(metric.compute(), one_by_one)
    np.testing.assert_equal(load(name).compute(**inputs), one_by_one)


@pytest.mark.parametrize("name", NAMES)
def test_in_memory_and_in_numpy_is_the_same(name: str) -> None:
    inputs = INPUTS[name]
    arrays = {
        column: np.array(values) if isinstance(values[0], int | float) else values for column, values in inputs.items()
    }

    np.testing.assert_equal(load(name, keep_in_memory=True).compute(**arrays), load(name).compute(**inputs))


@pytest.mark.parametrize("name", NAMES)
def test_an_error_leaves_nothing_behind(name: str, cache: Path) -> None:
    metric, inputs = load(name), INPUTS[name]
    expected = load(name).compute(**inputs)
    first = next(iter(inputs))
    for wrong in ({first: inputs[first][:-1]}, {first: [None] * len(inputs[first])}, {"no_such_option": 1}):
        with pytest.raises(ValueError):
            metric.compute(**{**inputs, **wrong})
        np.testing.assert_equal(metric.compute(**inputs), expected)

    assert not list(cache.rglob("*.arrow")), "a file with a user's data stays behind"


def test_an_error_keeps_no_lock(monkeypatch: pytest.MonkeyPatch) -> None:
    metric = load("toxic_span_f1")
    with pytest.raises(ValueError, match="no_such_option"):
        metric.compute(**INPUTS["toxic_span_f1"], no_such_option=1)

    file, lock = metric._create_cache_file(timeout=0)
    lock.release()
    assert file.endswith("default_experiment-1-0.arrow")


def test_a_bad_batch_keeps_the_good_one_before_it() -> None:
    metric = load("toxic_span_f1")
    metric.add_batch(predictions=[[[0, 4]]], references=[[[2, 4]]])
    with pytest.raises(ValueError, match=r"predictions\[0\]"):
        metric.add_batch(predictions=[[[4, 0]]], references=[[]])

    assert metric.compute()["char_iou"] == 0.5


def test_texts_with_and_without_bins_can_follow_each_other() -> None:
    metric = load("rationale_faithfulness")
    with pytest.raises(ValueError, match="mixes them with numbers"):
        metric.compute(full=[0.9, 0.8], without=[0.5, [0.1]], only=[0.8, 0.9])

    assert metric.compute(**BINS)["comprehensiveness_bin_1"] == pytest.approx(0.05)
    assert metric.compute(**INPUTS["rationale_faithfulness"]).keys() == {"comprehensiveness", "sufficiency"}
    mixed = metric.compute(full=[0.8], without=[[0.7, 0.3]], only=[0.2])
    assert mixed.keys() == {*(f"comprehensiveness{bin}" for bin in ("", "_bin_1", "_bin_2")), "sufficiency"}


def test_bins_are_the_same_in_parts_and_at_once() -> None:
    metric = load("rationale_faithfulness")
    for place in range(2):
        metric.add(**{column: values[place] for column, values in BINS.items()})

    assert metric.compute() == metric.compute(**BINS)
    with pytest.raises(ValueError, match="without"):
        metric.compute(full=[0.8, 0.6], without=[[0.7], [0.6, 0.4]], only=[[0.2], [0.4]])


@pytest.mark.parametrize(("name", "first", "other"), PROTOCOLS)
def test_a_configuration_is_a_protocol(name: str, first: str, other: str) -> None:
    inputs = INPUTS[name]
    by_default, chosen = evaluate.load(name), evaluate.load(name, other)

    np.testing.assert_equal(chosen.compute(**inputs), by_default.compute(**inputs, protocol=other))
    np.testing.assert_equal(chosen.compute(**inputs, protocol=first), by_default.compute(**inputs))
    assert chosen.compute(**inputs) != by_default.compute(**inputs)


@pytest.mark.parametrize("name", ["toxic_span_f1", "rationale_faithfulness"])
def test_a_metric_of_one_protocol_has_no_configuration(name: str) -> None:
    with pytest.raises(ValueError, match="protocol"):
        load(name, "rated").compute(**INPUTS[name])


@pytest.mark.parametrize("name", [name for name, *_ in PROTOCOLS])
def test_an_unknown_configuration_is_told_with_the_known_ones(name: str) -> None:
    with pytest.raises(ValueError, match=r"protocol is 'mine'; expected one of .*(ccl25|eraser|hatexplain|vihatet5)"):
        load(name, "mine").compute(**INPUTS[name])


@pytest.mark.parametrize("name", NAMES)
def test_what_makes_a_score_readable_can_be_asked_for(name: str) -> None:
    inputs, metric = INPUTS[name], load(name)
    own = [column for column in inputs if METRICS[name].inputs[column].by_system]
    result = metric.compute(
        **inputs,
        confidence_level=0.9,
        n_resamples=50,
        seed=3,
        compare_to={column: inputs[column] for column in own},
        per_text=True,
        baselines=True,
    )
    scores = [score for score, value in result.items() if isinstance(value, float)]

    assert list(result["confidence_intervals"]) == list(result["comparison"]) == scores
    assert all(row["difference"] == 0 and row["p_value"] == 1 for row in result["comparison"].values())
    assert {len(column) for column in result["per_text"].values()} == {len(inputs[own[0]])}
    assert ("mark nothing" in result["baselines"]) == (name != "rationale_faithfulness"), "which needs `empty`"


def test_optional_inputs_reach_the_scorer() -> None:
    spans = load("toxic_span_f1").compute(
        **single("toxic_span_f1"), texts=["you fool"], annotator=[[[2, 4]]], baselines=True
    )
    ranked = load("rationale_plausibility").compute(
        **single("rationale_plausibility"), scores=[[0.9, 0.8, 0.1, 0.2, 0.7, 0.0]]
    )
    faithful = load("rationale_faithfulness").compute(**single("rationale_faithfulness"), empty=[0.3], baselines=True)

    assert list(spans["baselines"]) == ["mark nothing", "mark everything", "copy one annotator"]
    assert ranked["auprc"] == pytest.approx(0.85)
    assert faithful["baselines"]["mark everything"]["comprehensiveness"] == pytest.approx(0.6)


def test_metrics_of_the_same_inputs_combine() -> None:
    inputs = INPUTS["vihos_char_f1"]
    both = evaluate.combine(["toxic_span_f1", "vihos_char_f1"])
    spans = {column: inputs[column] for column in ("predictions", "references")}
    expected = {**load("toxic_span_f1").compute(**spans), **load("vihos_char_f1").compute(**inputs)}

    assert both.compute(**inputs) == expected
    for place in range(3):
        both.add(**{column: values[place] for column, values in inputs.items()})
    assert both.compute(texts=None) == expected


def test_two_protocols_of_a_metric_combine() -> None:
    protocols = {name: evaluate.load("vihos_char_f1", name) for name in ("vihatet5", "rated")}
    result = evaluate.combine(protocols, force_prefix=True).compute(**INPUTS["vihos_char_f1"])

    for name, metric in protocols.items():
        for score, value in metric.compute(**INPUTS["vihos_char_f1"]).items():
            assert result[f"{name}_{score}"] == value


@pytest.mark.parametrize("name", NAMES)
def test_help_lists_every_argument(name: str) -> None:
    metric = load(name)
    for text in (metric.inputs_description, inspect.getdoc(metric.compute) or ""):
        for argument in (*METRICS[name].inputs, *METRICS[name].options, *REQUESTS):
            assert f"    {argument}: " in text, argument


@pytest.mark.parametrize(
    ("name", "options", "expected"),
    [
        ("toxic_span_f1", {}, 0.0),
        ("hard_soft_quad_f1", {}, 0.0),
        ("hard_soft_quad_f1", {"protocol": "state"}, 0.0),
        ("rationale_plausibility", {}, 0.0),
        ("rationale_plausibility", {"protocol": "rated"}, 0.0),
        ("rationale_faithfulness", {}, math.nan),
        ("gmb_bias_auc", {}, math.nan),
        ("gmb_bias_auc", {"protocol": "rated"}, 0.0),
        ("vihos_char_f1", {}, 0.0),
        ("vihos_char_f1", {"protocol": "rated"}, 0.0),
    ],
)
def test_a_corpus_without_texts_has_a_defined_value(name: str, options: dict[str, str], expected: float) -> None:
    nothing: dict[str, list[Any]] = {column: [] for column in INPUTS[name]}
    scores = [value for value in load(name).compute(**nothing, **options).values() if isinstance(value, float)]

    assert scores == pytest.approx([expected] * len(scores), nan_ok=True)
    with pytest.raises(ValueError, match="no texts to resample"):
        load(name).compute(**nothing, **options, confidence_level=0.95)


@pytest.mark.parametrize("name", NAMES)
def test_nothing_given_is_an_error(name: str) -> None:
    with pytest.raises(ValueError):
        load(name).compute()


@pytest.mark.parametrize(
    ("name", "wrong", "message"),
    [
        ("toxic_span_f1", {"references": [[], []]}, "found 1 predictions, 2 references"),
        ("toxic_span_f1", {"references": None}, "the input 'references' is missing"),
        ("toxic_span_f1", {"predictions": "you fool"}, "expected a list with one value a text"),
        ("toxic_span_f1", {"predictions": [None]}, r"predictions\[0\]: None is not a list of spans"),
        ("toxic_span_f1", {"predictions": ["fool"]}, r"predictions\[0\]: 'fool' is not a list of spans"),
        ("toxic_span_f1", {"predictions": [[0, 4]]}, "span 0 is 0; expected a pair"),
        ("toxic_span_f1", {"predictions": [[[0, 4, 1]]]}, "expected a pair"),
        ("toxic_span_f1", {"predictions": [[[4, 0]]]}, r"span 0 is \[4, 0\)"),
        ("toxic_span_f1", {"predictions": [[[-1, 4]]]}, "expected 0 <= start < end"),
        ("toxic_span_f1", {"predictions": [[[2, 2]]]}, "expected 0 <= start < end"),
        ("toxic_span_f1", {"predictions": [[[0.5, 4]]]}, "expected two whole numbers"),
        ("toxic_span_f1", {"predictions": [[["0", "4"]]]}, "expected two whole numbers"),
        ("toxic_span_f1", {"predictions": [[[0, math.nan]]]}, "expected two whole numbers"),
        ("toxic_span_f1", {"texts": ["you"]}, "the length of the text"),
        ("toxic_span_f1", {"compare_to": {"predictions": []}}, "found 1 references, 0 predictions"),
        ("toxic_span_f1", {"compare_to": [[]]}, "expected the other system's"),
        ("hard_soft_quad_f1", {"predictions": [None]}, "None is not a string"),
        ("hard_soft_quad_f1", {"predictions": [1]}, "1 is not a string"),
        ("hard_soft_quad_f1", {"elements": "triple"}, "choose protocol='state'"),
        ("rationale_plausibility", {"lengths": [2.5]}, "2.5 is not a whole number"),
        ("rationale_plausibility", {"lengths": ["6"]}, "'6' is not a whole number"),
        ("rationale_plausibility", {"lengths": [4]}, "beyond the 4 tokens"),
        ("rationale_plausibility", {"predictions": [[[0, 2], [1, 3]]]}, "overlap"),
        ("rationale_plausibility", {"scores": [[0.5]]}, "1 scores for 6 tokens"),
        ("rationale_plausibility", {"scores": [[math.nan] * 6]}, "not a list of finite numbers"),
        ("rationale_faithfulness", {"without": [math.nan]}, "nan is not a finite number"),
        ("rationale_faithfulness", {"only": None}, "the input 'only' is missing"),
        ("rationale_faithfulness", {"only": ["0.8"]}, "'0.8' is not a finite number"),
        ("gmb_bias_auc", {"scores": [math.inf]}, "inf is not a finite number"),
        ("gmb_bias_auc", {"scores": ["0.9"]}, "'0.9' is not a finite number"),
        ("gmb_bias_auc", {"references": [0.5]}, "0.5 is not 0 or 1"),
        ("gmb_bias_auc", {"groups": ["Women"]}, "'Women' is not a list of names"),
        ("gmb_bias_auc", {"power": 0}, "power is 0"),
        ("vihos_char_f1", {"texts": [None]}, "None is not a string"),
        ("vihos_char_f1", {"predictions": [[[7, 4]]]}, "expected 0 <= start < end"),
    ],
)
def test_what_is_no_input_is_an_error_that_says_so(name: str, wrong: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        load(name).compute(**change(name, **wrong))


def test_an_added_text_is_checked_at_once() -> None:
    with pytest.raises(ValueError, match="expected two whole numbers"):
        load("toxic_span_f1").add(prediction=[[0.5, 4]], reference=[])
    with pytest.raises(ValueError, match="the input 'references' is missing"):
        load("toxic_span_f1").add(prediction=[])
    with pytest.raises(ValueError, match="texts"):
        load("toxic_span_f1").add_batch(predictions=[[]], references=[[]], texts=["optional ones go to compute"])
