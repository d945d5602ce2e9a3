"""Promises of `hard_soft_quad_f1` as people call it."""

import pytest

from hf_toxspan.scoring.hard_soft_quad_f1 import HARD_SOFT_QUAD_F1
from hf_toxspan.scoring.metric import compute

GOLD = [
    "you | a fool | others | hate [END]",
    "they | nice | non-hate | non-hate [END]",
    "he | ugly | others | hate [END]",
]


def test_what_cannot_be_read_is_counted_beside_a_score_that_forgives_it() -> None:
    result = compute(HARD_SOFT_QUAD_F1, {"predictions": [*GOLD[:2], "he is ugly [END]"], "references": GOLD})

    assert result["hard_precision"] == 1.0
    assert result["malformed"] == {"predictions": 1, "references": 0}


def test_where_all_is_well_formed_there_are_only_scores() -> None:
    result = compute(HARD_SOFT_QUAD_F1, {"predictions": GOLD, "references": GOLD})

    assert all(isinstance(value, float) for value in result.values())


def test_marking_everything_quotes_whole_texts_with_the_most_frequent_labels() -> None:
    inputs = {
        "predictions": GOLD,
        "references": GOLD,
        "texts": ["you a fool", "they | nice", "ugly"],
        "baselines": True,
    }
    baselines = compute(HARD_SOFT_QUAD_F1, inputs)["baselines"]

    assert baselines["mark everything"]["hard_f1"] == 0
    assert baselines["mark nothing"]["soft_recall"] == 0
    whole = HARD_SOFT_QUAD_F1.baselines({"references": GOLD, "texts": ["they | nice", "a"]})["mark everything"]
    assert whole["predictions"][0] == "they / nice | they / nice | others | hate [END]"
    whole = HARD_SOFT_QUAD_F1.baselines({"references": GOLD[:1], "texts": ["a [SEP] b"]})["mark everything"]
    assert whole["predictions"] == ["a (SEP) b | a (SEP) b | others | hate [END]"]


def test_marking_everything_works_without_a_readable_reference() -> None:
    whole = HARD_SOFT_QUAD_F1.baselines({"references": ["broken"], "texts": ["a"]})["mark everything"]

    assert whole == {"predictions": ["a | a | non-hate | non-hate [END]"]}


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"protocol": "ccl26"}, "ccl26"),
        ({"elements": "triple"}, "triple"),
        ({"protocol": "state", "elements": "target"}, "target"),
    ],
)
def test_an_option_that_a_protocol_does_not_know_is_named(options: dict[str, str], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        compute(HARD_SOFT_QUAD_F1, {"predictions": GOLD, "references": GOLD, **options})
