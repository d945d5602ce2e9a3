"""Promises of the bias scores."""

import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import roc_auc_score

from hf_toxspan.core.bias import BiasCorpus, GroupBias, Skipped, power_mean, tally_bias
from hf_toxspan.core.resampling import intervals
from hf_toxspan.core.tallies import scores
from hf_toxspan.core.target_groups import (
    RATED_NAMES,
    community_counts,
    majority_groups,
    substring_groups,
    top_communities,
)
from tests.conftest import GoldenCases

few = settings(max_examples=60, deadline=None)

NAMES = ("gmb_subgroup_auc", "gmb_bpsn_auc", "gmb_bnsp_auc")
TEXTS = st.lists(
    st.tuples(
        st.sampled_from([0.0, 0.25, 0.5, 0.75, 1.0]),
        st.integers(0, 1),
        st.lists(st.sampled_from(["a", "b", "c"]), max_size=2, unique=True),
    ),
    max_size=12,
)
Texts = list[tuple[float, int, list[str]]]


def tally(texts: Texts, **options: Any) -> BiasCorpus:
    return tally_bias(*([list(column) for column in zip(*texts, strict=True)] if texts else ([], [], [])), **options)


def test_each_area_compares_the_texts_that_its_name_says() -> None:
    texts: Texts = [
        (0.8, 1, ["a"]), (0.3, 1, ["a"]), (0.5, 0, ["a"]), (0.1, 0, ["a"]),
        (0.4, 1, ["b"]), (0.9, 1, ["b"]), (0.2, 0, ["b"]), (0.6, 0, ["b"]),
    ]  # fmt: skip

    groups = tally(texts).per_group()

    # a: 0.8 beats 0.5 and 0.1, 0.3 beats 0.1; others' 0.4 beats 0.1, 0.9 both; 0.8 beats 0.2 and 0.6, 0.3 only 0.2
    assert groups["a"] == GroupBias(3 / 4, 3 / 4, 3 / 4, positives=2, negatives=2)
    # b: 0.4 beats 0.2, 0.9 both; others' 0.8 beats both, 0.3 only 0.2; 0.4 beats 0.1, 0.9 both
    assert groups["b"] == GroupBias(3 / 4, 3 / 4, 3 / 4, positives=2, negatives=2)
    assert scores(tally(texts)) == pytest.approx(dict.fromkeys(NAMES, 3 / 4))


def test_the_mean_leans_to_the_worst_group() -> None:
    texts: Texts = [(0.8, 1, ["a"]), (0.2, 0, ["a"]), (0.5, 1, ["b"]), (0.5, 0, ["b"])]

    # subgroup AUCs 1 and 1/2
    assert scores(tally(texts))["gmb_subgroup_auc"] == pytest.approx(((1 + 2**5) / 2) ** (-1 / 5))
    assert scores(tally(texts, power=1))["gmb_subgroup_auc"] == pytest.approx(3 / 4)


def test_a_text_that_names_no_scored_community_is_left_out_everywhere() -> None:
    texts: Texts = [(0.8, 1, ["a"]), (0.2, 0, ["a"]), (0.6, 1, ["b"]), (0.4, 0, ["b"])]
    outside: Texts = [(0.0, 1, []), (1.0, 0, ["c"])]

    assert scores(tally(texts + outside, communities=["a", "b"])) == scores(tally(texts))
    rated = scores(tally(texts + outside, communities=["a", "b"], protocol="rated"))
    assert rated["gmb_bpsn_auc"] < scores(tally(texts))["gmb_bpsn_auc"]


def test_a_group_of_one_class_is_skipped_and_named() -> None:
    texts: Texts = [(0.8, 1, ["a"]), (0.5, 0, ["a"]), (0.6, 1, ["b"]), (0.4, 1, ["b"])]
    corpus = tally(texts)

    # subgroup: a alone; BPSN: a alone, 0.5 between 0.6 and 0.4; BNSP: b alone, the same three texts
    assert scores(corpus) == pytest.approx({"gmb_subgroup_auc": 1.0, "gmb_bpsn_auc": 0.5, "gmb_bnsp_auc": 0.5})
    assert corpus.skipped() == [
        Skipped("gmb_subgroup_auc", "b", "2 toxic and 0 clean texts to compare; an AUC needs both"),
        Skipped("gmb_bpsn_auc", "b", "1 toxic and 0 clean texts to compare; an AUC needs both"),
        Skipped("gmb_bnsp_auc", "a", "1 toxic and 0 clean texts to compare; an AUC needs both"),
    ]
    assert math.isnan(corpus.per_group()["b"].subgroup_auc)


def test_an_area_of_zero_makes_the_mean_zero_and_is_dropped_by_rated() -> None:
    texts: Texts = [(0.1, 1, ["a"]), (0.5, 0, ["a"]), (0.9, 1, ["b"]), (0.3, 0, ["b"])]

    assert scores(tally(texts))["gmb_subgroup_auc"] == 0.0
    assert tally(texts).skipped() == []
    assert scores(tally(texts, protocol="rated"))["gmb_subgroup_auc"] == 1.0
    assert tally(texts, protocol="rated").skipped()[0] == Skipped("gmb_subgroup_auc", "a", "AUC 0, which RATeD drops")


def test_a_draw_without_one_class_of_a_group_has_no_mean() -> None:
    texts: Texts = [(0.8, 1, ["a"]), (0.5, 0, ["a"]), (0.6, 1, ["b"]), (0.4, 0, ["b"])]
    weights = np.array([[1.0, 0.0, 1.0, 1.0], [2.0, 1.0, 1.0, 3.0]])

    assert np.isnan(tally(texts).weighted(weights)["gmb_subgroup_auc"]).tolist() == [True, False]
    assert tally(texts, protocol="rated").weighted(weights)["gmb_subgroup_auc"].tolist() == [1.0, 1.0]


@pytest.mark.parametrize("texts", [[], [(0.5, 1, [])], [(0.5, 1, ["a"])]])
def test_nothing_to_compare_is_nan_and_zero_in_rated(texts: Texts) -> None:
    assert all(math.isnan(value) for value in scores(tally(texts)).values())
    assert scores(tally(texts, protocol="rated")) == dict.fromkeys(NAMES, 0.0)
    assert len(tally(texts)) == len(texts)


def test_a_named_community_without_texts_is_skipped() -> None:
    texts: Texts = [(0.8, 1, ["a"]), (0.5, 0, ["a"])]

    assert scores(tally(texts, communities=["a", "z"]))["gmb_subgroup_auc"] == 1.0
    assert tally(texts, communities=["a", "z", "a"]).per_group()["z"][3:] == (0, 0)


def test_the_columns_say_what_is_known_of_each_text() -> None:
    columns = tally([(0.8, 1, ["a", "c"]), (0.5, 0, [])], communities=["a"]).columns

    lists = {name: column.tolist() for name, column in columns.items()}
    assert lists == {"score": [0.8, 0.5], "reference": [True, False], "groups": [("a",), ()]}


def test_intervals_of_the_means_hold_them_in_blocks_of_any_size(monkeypatch: pytest.MonkeyPatch) -> None:
    texts: Texts = [(number % 7 / 7, number % 2, ["ab"[number % 3 == 0]]) for number in range(60)]
    found = intervals(tally(texts), n_resamples=100)

    assert all(found[name].low <= value <= found[name].high for name, value in scores(tally(texts)).items())
    monkeypatch.setattr("hf_toxspan.core.bias.BLOCK", 240)
    assert intervals(tally(texts), n_resamples=100) == found


def test_wrong_arguments_are_named() -> None:
    with pytest.raises(ValueError, match="1 scores, 2 references and 1 lists of groups; expected one each a text"):
        tally_bias([0.5], [1, 0], [[]])
    with pytest.raises(ValueError, match="power is 0"):
        tally_bias([], [], [], power=0)
    with pytest.raises(ValueError, match="protocol is 'hatexplane'; expected one of hatexplain, rated"):
        tally_bias([], [], [], protocol="hatexplane")  # type: ignore[arg-type]


@few
@given(TEXTS, st.sampled_from(["hatexplain", "rated"]))
def test_scores_are_between_zero_and_one_or_undefined(texts: Texts, protocol: Any) -> None:
    assert all(0.0 <= value <= 1.0 or math.isnan(value) for value in scores(tally(texts, protocol=protocol)).values())


@few
@given(TEXTS.flatmap(lambda texts: st.tuples(st.just(texts), st.permutations(texts))))
def test_the_order_of_the_texts_does_not_matter(both: tuple[Texts, Texts]) -> None:
    first, second = (scores(tally(texts, communities=["a", "b", "c"])) for texts in both)

    assert first == pytest.approx(second, abs=1e-12, nan_ok=True)


@few
@given(TEXTS)
def test_perfect_scores_reach_one_or_are_undefined(texts: Texts) -> None:
    perfect = scores(tally([(float(truth), truth, groups) for _, truth, groups in texts]))

    assert all(value == 1.0 or math.isnan(value) for value in perfect.values())


@few
@given(TEXTS)
def test_only_the_order_of_the_scores_matters(texts: Texts) -> None:
    squared = [(score**2, truth, groups) for score, truth, groups in texts]

    assert scores(tally(squared)) == pytest.approx(scores(tally(texts)), abs=1e-12, nan_ok=True)


@few
@given(TEXTS)
def test_turning_scores_and_truths_round_swaps_bpsn_and_bnsp(texts: Texts) -> None:
    turned = scores(tally([(1 - score, 1 - truth, groups) for score, truth, groups in texts]))
    subgroup, bpsn, bnsp = scores(tally(texts)).values()

    assert list(turned.values()) == pytest.approx([subgroup, bnsp, bpsn], abs=1e-12, nan_ok=True)


@few
@given(TEXTS, st.data())
def test_a_weight_counts_like_copies_of_a_text(texts: Texts, data: st.DataObject) -> None:
    copies = data.draw(st.lists(st.integers(1, 3), min_size=len(texts), max_size=len(texts)))
    repeated = [text for text, times in zip(texts, copies, strict=True) for _ in range(times)]
    weighted = tally(texts).weighted(np.array([copies], dtype=float).reshape(1, len(texts)))

    found = {name: float(values[0]) for name, values in weighted.items()}
    assert found == pytest.approx(scores(tally(repeated)), abs=1e-12, nan_ok=True)


def test_corpora_with_other_communities_cannot_be_joined() -> None:
    with pytest.raises(ValueError, match=r"\('a',\), -5.0, 'hatexplain'\) against .*'b'.* expected the same ones"):
        tally([(0.5, 1, ["a"])]).joined(tally([(0.5, 1, ["b"])]))


@few
@given(TEXTS)
def test_areas_are_those_of_scikit_learn(texts: Texts) -> None:
    for group, bias in tally(texts).per_group().items():
        inside = [(score, truth) for score, truth, groups in texts if group in groups]
        outside = [(score, truth) for score, truth, groups in texts if groups and group not in groups]
        for area, pairs in (
            (bias.subgroup_auc, inside),
            (bias.bpsn_auc, [pair for pair in inside if not pair[1]] + [pair for pair in outside if pair[1]]),
            (bias.bnsp_auc, [pair for pair in inside if pair[1]] + [pair for pair in outside if not pair[1]]),
        ):
            assert area == pytest.approx(_auc(pairs), abs=1e-12, nan_ok=True)


def _auc(pairs: list[tuple[float, int]]) -> float:
    values, truths = [score for score, _ in pairs], [truth for _, truth in pairs]
    return float(roc_auc_score(truths, values)) if len(set(truths)) == 2 else math.nan


@few
@given(st.lists(st.floats(0.01, 1), min_size=1, max_size=5), st.sampled_from([-5.0, -1.0, 1.0, 2.0]))
def test_a_power_mean_lies_between_the_least_and_the_greatest_value(values: list[float], power: float) -> None:
    mean = float(power_mean(np.array(values), power))

    assert min(values) - 1e-12 <= mean <= max(values) + 1e-12


def test_a_power_mean_counts_what_it_is_told_to() -> None:
    values = np.array([[0.2, 0.5], [math.nan, 1.0]])

    assert power_mean(values, -1, where=np.array([[True, True], [False, False]])).tolist() == [0.2, 0.5]
    assert np.isnan(power_mean(values, -1)).tolist() == [True, False]
    assert np.isnan(power_mean(values, -1, where=False)).all()


def test_every_golden_case_of_rated_is_met_to_1e_9(golden_cases: GoldenCases) -> None:
    found = golden_cases("rated_en", "bias")

    assert len(found) == 26
    for case in found:
        inputs, expected = case["inputs"], case["expected"]
        groups = [substring_groups([answers["target"] for answers in item["annotators"]]) for item in inputs["items"]]
        corpus = tally_bias(inputs["y_prob"], inputs["y_true"], groups, communities=RATED_NAMES, protocol="rated")
        official = [expected[name] for name in ("GMB-Sub", "GMB-BPSN", "GMB-BNSP")]
        assert list(scores(corpus).values()) == pytest.approx(official, abs=1e-9), case["name"]


def test_every_golden_case_of_the_hatexplain_notebook_is_met_to_1e_9(golden_cases: GoldenCases) -> None:
    found = golden_cases("gmb_bias", "notebook")

    assert len(found) == 59
    for case in found:
        posts, expected = case["inputs"]["posts"], case["expected"]
        answers = [[given["target"] for given in post["annotators"]] for post in posts]
        communities = top_communities(answers)
        if expected.get("error") == "KeyError":  # no post says "Other", where the notebook stops
            assert communities == ["African", "Islam", "Jewish"], case["name"]
            continue
        assert communities == expected["communities"], case["name"]
        assert community_counts(answers) == expected["community_counts"], case["name"]
        groups = [majority_groups(lists) for post, lists in zip(posts, answers, strict=True) if post["in_test"]]
        posts = [post for post in posts if post["in_test"]]
        # the notebook chooses the texts of an area by the annotators' label and takes the truth from the model's file
        sides = np.array([post["final_label"] != "non-toxic" for post in posts])
        for model in case["inputs"]["models"]:
            toxicity = [_score(post["scores"][model]) for post in posts]
            truths = [post["scores"][model]["ground_truth"] == "toxic" for post in posts]
            chosen = tally_bias(toxicity, sides, groups, communities=communities).selected
            corpus = replace(tally_bias(toxicity, truths, groups, communities=communities), selected=chosen)
            _compare(corpus, expected, model, case["name"])
            for area, counts in expected["positives_negatives"].items():
                ours = [[int((row & sides).sum()), int((row & ~sides).sum())] for row in chosen[area]]
                assert dict(zip(communities, ours, strict=True)) == counts, case["name"]


def _score(given: dict[str, Any]) -> float:
    return float(given["toxic"] if given["classification"] == "toxic" else 1 - given["non-toxic"])


def _compare(corpus: BiasCorpus, expected: dict[str, Any], model: str, name: str) -> None:
    ours, per_group = scores(corpus), corpus.per_group()
    for area, areas in expected["auc"][model].items():
        official = {group: float(value) for group, value in areas.items()}
        found = {group: getattr(bias, f"{area}_auc") for group, bias in per_group.items()}
        assert found == pytest.approx(official, abs=1e-9, nan_ok=True), name
        mean = ours[f"gmb_{area}_auc"]
        if "gmb" not in expected:  # ZeroDivisionError on an AUC of 0: the limit
            assert 0.0 in official.values() and mean == 0.0, name
        elif math.isnan(float(expected["gmb"][model][area])):  # one class only: skipped, named, the rest counts
            undefined = [group for group, value in official.items() if math.isnan(value)]
            assert [skip.group for skip in corpus.skipped() if skip.score == f"gmb_{area}_auc"] == undefined, name
            rest = np.array([value for value in official.values() if not math.isnan(value)])
            assert mean == pytest.approx(np.mean(rest**-5.0) ** -0.2, abs=1e-9), name
        else:
            assert mean == pytest.approx(expected["gmb"][model][area], abs=1e-9), name
