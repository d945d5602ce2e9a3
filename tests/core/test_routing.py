"""Promises of the gate: closed ends, ends by label, a calibration that keeps what is more probable, JSON and back."""

import math
import pickle
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hf_toxspan.core.routing import (
    EVERYTHING,
    NOTHING,
    RATED_ENGLISH,
    RATED_VIETNAMESE,
    Region,
    Route,
)

SHARES = st.floats(0, 1)
ENDS = st.tuples(SHARES, SHARES).map(lambda pair: (min(pair), max(pair)))
TEMPERATURES = st.floats(0.05, 20)
REGIONS = st.builds(
    lambda ends, **others: Region(*ends, **others),
    ENDS,
    measure=st.sampled_from(["confidence", "toxicity"]),
    by_label=st.dictionaries(st.text(max_size=5), ENDS, max_size=3),
    temperature=TEMPERATURES,
)


@st.composite
def distributions(draw: Any) -> dict[str, float]:
    weights = draw(st.lists(st.floats(0, 1), min_size=2, max_size=5).filter(lambda found: sum(found) > 1e-3))
    return {f"label {place}": weight / math.fsum(weights) for place, weight in enumerate(weights)}


def clean_or_toxic(toxicity: float) -> tuple[str, dict[str, float], float]:
    label = "toxic" if toxicity >= 0.5 else "clean"
    return label, {"clean": 1 - toxicity, "toxic": toxicity}, toxicity


@pytest.mark.parametrize(
    ("toxicity", "ask"),
    [(0.45, True), (math.nextafter(0.45, 0), False), (0.98, True), (math.nextafter(0.98, 1), False), (0.7, True)],
)
def test_both_ends_belong_to_the_region(toxicity: float, ask: bool) -> None:
    assert RATED_ENGLISH.route(*clean_or_toxic(toxicity)) == Route(toxicity, ask)


def test_confidence_is_that_of_the_most_probable_label_whichever_it_is() -> None:
    three = {"hatespeech": 0.3, "normal": 0.45, "offensive": 0.25}
    assert Region(0.4, 0.5).route("normal", three, 0.55) == Route(0.45, True)
    assert Region(0.4, 0.5, "toxicity").route("normal", three, 0.55) == Route(0.55, False)


@pytest.mark.parametrize(
    ("toxicity", "ask"),
    [(0.901, False), (0.90, True), (0.6, True), (0.4, True), (0.021, True), (0.0199, False)],
)
def test_the_vietnamese_gate_accepts_sure_toxic_and_surer_clean_texts(toxicity: float, ask: bool) -> None:
    assert RATED_VIETNAMESE.route(*clean_or_toxic(toxicity)).ask is ask


def test_clean_at_exactly_its_threshold_is_accepted() -> None:
    assert not RATED_VIETNAMESE.route("clean", {"clean": 0.98, "toxic": 0.02}, 0.02).ask


def test_probabilities_that_do_not_sum_to_one_are_those_of_a_multi_label_model() -> None:
    several = {"insult": 0.3, "threat": 0.1, "obscene": 0.2}
    assert Region().value(several, 0.3) == 0.7
    assert Region(temperature=2).value(several, 0.3) == pytest.approx(1 - 1 / (1 + (0.7 / 0.3) ** 0.5))


def test_without_probabilities_the_toxicity_alone_says_how_sure_the_backbone_is() -> None:
    assert Region().value({}, 0.2) == 0.8


@given(REGIONS, distributions())
def test_everything_and_nothing_ask_always_and_never(region: Region, probabilities: dict[str, float]) -> None:
    toxicity = min(sum(list(probabilities.values())[1:]), 1.0)
    assert 0 <= region.value(probabilities, toxicity) <= 1
    assert EVERYTHING.route("label 0", probabilities, toxicity).ask
    assert not NOTHING.route("label 0", probabilities, toxicity).ask


@given(distributions(), TEMPERATURES)
def test_temperature_is_a_power_of_each_probability_renormalised(
    probabilities: dict[str, float], temperature: float
) -> None:
    powers = [value ** (1 / temperature) for value in probabilities.values()]
    expected = max(powers) / sum(powers)
    assert Region(temperature=temperature).value(probabilities, 0.5) == pytest.approx(expected)


@given(SHARES, SHARES, TEMPERATURES)
def test_temperature_keeps_the_order_of_texts_and_their_side_of_one_half(
    first: float, second: float, temperature: float
) -> None:
    region = Region(measure="toxicity", temperature=temperature)
    low, high = (region.value({}, value) for value in sorted((first, second)))
    assert low <= high
    assert (low > 0.5) <= (min(first, second) > 0.5) and (high < 0.5) <= (max(first, second) < 0.5)


@given(SHARES, TEMPERATURES)
def test_two_labels_are_calibrated_alike_as_a_distribution_and_as_odds(toxicity: float, temperature: float) -> None:
    region = Region(temperature=temperature)
    _, probabilities, _ = clean_or_toxic(toxicity)
    assert region.value(probabilities, toxicity) == pytest.approx(region.value({}, toxicity))


@pytest.mark.parametrize("tiny", [5e-324, 1e-300])
def test_a_sharp_temperature_meets_tiny_probabilities_without_overflow(tiny: float) -> None:
    assert Region(measure="toxicity", temperature=0.05).value({}, tiny) == 0
    assert Region(temperature=0.05).value({"clean": 1.0, "toxic": tiny}, tiny) == 1


@given(REGIONS)
def test_a_region_survives_json_and_pickle(region: Region) -> None:
    assert Region.from_json(region.to_json()) == region
    assert Region.from_json(region.to_json({"rows": 1922})) == region
    assert pickle.loads(pickle.dumps(region)) == region
    assert hash(Region.from_json(region.to_json())) == hash(region)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"low": 0.8, "high": 0.2}, "0.8 and 0.2"),
        ({"low": math.nan}, "nan"),
        ({"high": 1.2}, "1.2"),
        ({"low": -0.1}, "-0.1"),
        ({"low": "0.5"}, "'0.5'"),
        ({"low": True}, "True"),
        ({"temperature": 0}, "temperature is 0"),
        ({"temperature": math.nan}, "temperature is nan"),
        ({"temperature": math.inf}, "temperature is inf"),
        ({"measure": "doubt"}, "measure is 'doubt'"),
        ({"by_label": {"clean": (0.9, 0.1)}}, "label 'clean' are 0.9 and 0.1"),
        ({"by_label": {"clean": 0.9}}, "label 'clean' are 0.9"),
        ({"by_label": [0.1]}, "by_label is"),
    ],
)
def test_a_value_out_of_range_is_quoted(values: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Region(**values)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"hgih": 1}', r"\['hgih'\]"),
        ("[0.1, 0.2]", "JSON object"),
        ("{", "no JSON"),
        ('{"by_label": {"clean": [0.9, 0.1]}}', "0.9 and 0.1"),
        ('{"low": NaN}', "nan"),
    ],
)
def test_a_broken_region_file_says_what_is_wrong(text: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Region.from_json(text)


def test_ends_of_a_label_that_the_backbone_lacks_are_an_error() -> None:
    with pytest.raises(ValueError, match=r"\['clean'\].*\['normal', 'offensive'\]"):
        RATED_VIETNAMESE.check_labels(["normal", "offensive"])


def test_sums_in_single_precision_may_lie_a_hair_out_of_range() -> None:
    assert Region(measure="toxicity").value({}, 1.0000001) == 1
    assert Region().value({"clean": -1e-8, "toxic": 1.0000001}, 1.0000001) == 1


@pytest.mark.parametrize(("probabilities", "toxicity"), [({}, math.nan), ({"a": math.nan, "b": 0.5}, 0.5), ({}, 1.5)])
def test_what_is_no_probability_is_never_taken_for_a_sure_one(probabilities: dict[str, float], toxicity: float) -> None:
    with pytest.raises(ValueError, match=r"nan|1\.5"):
        Region().route("a", probabilities, toxicity)
