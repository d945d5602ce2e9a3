"""Promises of comprehensiveness and sufficiency."""

import math
import operator
from collections import Counter
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hf_toxspan.core import tallies
from hf_toxspan.core.alignment import token_labels, token_spans
from hf_toxspan.core.faithfulness import (
    entropy_falls,
    kl_divergences,
    random_spans,
    split_top_tokens,
    tally_faithfulness,
)
from hf_toxspan.core.spans import Span, from_mask
from tests.conftest import GoldenCases

few = settings(max_examples=60, deadline=None)

PROBABILITY = st.floats(0, 1)
TEXTS = st.lists(st.tuples(PROBABILITY, PROBABILITY, PROBABILITY), min_size=1, max_size=6)
NAMES = ("comprehensiveness", "sufficiency")
FIRST_ID, LAST_ID = 101, 102
"""What HateXplain puts around the rationale alone: BERT's [CLS] and [SEP]."""

Texts = list[tuple[float, float, float]]


def score(full: Any, without: Any, only: Any, *, clip: bool = False) -> dict[str, float]:
    return tallies.scores(tally_faithfulness(full, without, only, clip=clip))


def test_scores_have_the_numbers_computed_by_hand() -> None:
    scores = score([0.9, 0.8], [0.3, 0.9], [0.85, 0.2])

    assert scores == pytest.approx({"comprehensiveness": (0.6 - 0.1) / 2, "sufficiency": (0.05 + 0.6) / 2})


def test_a_negative_difference_counts_unless_it_is_clipped() -> None:
    assert score([0.5], [0.75], [0.75]) == {"comprehensiveness": -0.25, "sufficiency": -0.25}
    assert score([0.5], [0.75], [0.75], clip=True) == {"comprehensiveness": 0.0, "sufficiency": 0.0}


def test_bins_are_averaged_and_shown_one_by_one() -> None:
    scores = score([1.0, 0.5], [[1.0, 0.5, 0.0], [0.5, 0.5, 0.25]], [[0.0], [0.5]])

    assert scores == pytest.approx(
        {
            "comprehensiveness": (0.5 + 0.25 / 3) / 2,
            "comprehensiveness_bin_1": 0.0,
            "comprehensiveness_bin_2": 0.25,
            "comprehensiveness_bin_3": (1 + 0.25) / 2,
            "sufficiency": 0.5,
            "sufficiency_bin_1": 0.5,
        }
    )


def test_bins_are_clipped_one_by_one() -> None:
    assert score([0.5], [[1.0, 0.0]], [0.5], clip=True)["comprehensiveness"] == 0.25


def test_without_texts_both_are_undefined() -> None:
    assert all(math.isnan(value) for value in score([], [], []).values())


@pytest.mark.parametrize(
    ("without", "message"),
    [
        ([0.5], r"`without` has the shape \(1,\); expected one probability for each of the 2 texts"),
        ([[0.5], [0.5, 0.5]], "`without` holds lists of different lengths .* or as many for every text"),
        ([[], []], r"`without` has the shape \(2, 0\)"),
        ([[[0.5]], [[0.5]]], r"`without` has the shape \(2, 1, 1\)"),
    ],
)
def test_tables_of_another_shape_are_an_error(without: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        tally_faithfulness([0.5, 0.5], without, [0.5, 0.5])


@few
@given(TEXTS.flatmap(lambda texts: st.tuples(st.just(texts), st.permutations(texts))))
def test_scores_are_bounded_and_the_order_of_the_texts_does_not_matter(both: tuple[Texts, Texts]) -> None:
    first, second = (score(*zip(*texts, strict=True)) for texts in both)

    assert all(-1 <= value <= 1 for value in first.values())
    assert first == pytest.approx(second, abs=1e-12)


@few
@given(TEXTS)
def test_clipping_never_lowers_a_score_and_one_bin_is_the_same_as_none(texts: Texts) -> None:
    full, without, only = zip(*texts, strict=True)

    plain, clipped = score(full, without, only), score(full, without, only, clip=True)
    assert all(clipped[name] >= max(0, plain[name]) - 1e-12 for name in plain)
    binned = score(full, [[value] for value in without], only)
    assert binned["comprehensiveness"] == pytest.approx(plain["comprehensiveness"], abs=1e-12)


def test_entropy_and_divergence_have_the_numbers_computed_by_hand() -> None:
    full, altered = [[0.5, 0.25, 0.25], [4.0, 4.0, 0.0]], [[0.25, 0.25, 0.5], [8.0, 0.0, 0.0]]

    assert entropy_falls(full, altered) == pytest.approx([0, math.log(2)])
    assert kl_divergences(full, altered) == pytest.approx([math.log(2) / 4, math.log(2)])


def test_a_class_that_only_the_altered_text_can_have_makes_the_divergence_infinite() -> None:
    assert kl_divergences([[1.0, 0.0]], [[0.5, 0.5]]).tolist() == [math.inf]
    assert kl_divergences([[1.0, 0.0]], [[1.0, 0.0]]).tolist() == [0.0]


def test_equal_probabilities_neither_fall_nor_diverge() -> None:
    table = np.array([[0.2, 0.8], [0.0, 1.0]])

    assert entropy_falls(table, table).tolist() == kl_divergences(table, table).tolist() == [0.0, 0.0]
    assert entropy_falls(table[:0], table[:0]).shape == kl_divergences(table[:0], table[:0]).shape == (0,)


def test_of_equal_scores_the_later_token_is_taken() -> None:
    assert split_top_tokens([0.5, 0.5, 0.5], 1) == ([2], [0, 1])
    assert split_top_tokens([0.1, 0.9, 0.5, 0.5], 2) == ([1, 3], [0, 2])


def test_a_short_text_is_all_rationale_and_an_empty_one_has_none() -> None:
    assert split_top_tokens([0.5, 0.1], 5) == ([0, 1], [])
    assert split_top_tokens([], 5) == ([], [])


def test_a_rationale_without_tokens_is_an_error() -> None:
    with pytest.raises(ValueError, match="k is 0; expected at least 1 token"):
        split_top_tokens([0.5], 0)


def test_every_golden_case_is_met_to_1e_9(golden_cases: GoldenCases) -> None:
    cases = [
        case
        for case in golden_cases("eraser_hatexplain", "cli")
        if "classification_scores" in case["expected"]["score_file"]
    ]

    assert len(cases) >= 10
    assert [(case["name"], *difference) for case in cases for difference in _differences(case)] == []


def runs(spans: list[Span], tokens: list[Span]) -> list[int]:
    """Return the lengths, in tokens, of the runs of tokens that spans cover."""
    labels = token_labels(tokens, spans, tokens[-1].end)
    return sorted(end - start for start, end in from_mask(label == 1 for label in labels))


@few
@given(
    widths=st.lists(st.tuples(st.integers(1, 3), st.integers(0, 2)), min_size=1, max_size=9),
    marked=st.lists(st.booleans(), min_size=9, max_size=9),
    seed=st.integers(0, 9),
)
def test_random_spans_are_as_many_runs_of_as_many_tokens(
    widths: list[tuple[int, int]], marked: list[bool], seed: int
) -> None:
    ends = np.cumsum([sum(pair) for pair in widths]).tolist()
    tokens = [Span(end - width, end) for end, (width, _) in zip(ends, widths, strict=True)]
    spans = token_spans(tokens, [place for place in range(len(tokens)) if marked[place]])

    found, again = (random_spans(spans, tokens, np.random.default_rng(seed)) for _ in range(2))

    assert runs(found, tokens) == runs(spans, tokens)
    assert found == again


def test_every_arrangement_of_random_spans_is_equally_likely() -> None:
    tokens = [Span(place, place + 1) for place in range(6)]
    generator = np.random.default_rng(0)
    counts = Counter(str(random_spans([(0, 1), (2, 4)], tokens, generator)) for _ in range(6000))

    assert len(counts) == 12  # two of the four gaps around three free tokens, in two orders
    assert all(400 < count < 600 for count in counts.values())


def test_random_spans_of_no_evidence_and_of_all_of_it_are_the_same() -> None:
    tokens = [Span(0, 2), Span(3, 5)]
    generator = np.random.default_rng(0)

    assert random_spans([], tokens, generator) == random_spans([(2, 3)], tokens, generator) == []
    assert random_spans([], [], generator) == []
    assert random_spans([(0, 5)], tokens, generator) == tokens


def test_every_golden_split_of_tokens_is_met(golden_cases: GoldenCases) -> None:
    cases = golden_cases("eraser_hatexplain", "convert_data")

    assert len(cases) == 4
    for case in cases:
        inputs, expected = case["inputs"], case["expected"]
        splits = [split_top_tokens(post["soft"], inputs["topk"]) for post in inputs["posts"]]
        tokens = [post["tokens"] for post in inputs["posts"]]
        rationales = [[text[place] for place in split.rationale] for text, split in zip(tokens, splits, strict=True)]
        others = [[text[place] for place in split.others] for text, split in zip(tokens, splits, strict=True)]
        if inputs["bert_tokens"]:  # the wrap is added even where [CLS] or [SEP] is part of the rationale
            rationales = [[FIRST_ID, *text, LAST_ID] for text in rationales]
        assert [split.rationale for split in splits] == [sorted(places) for places in expected["topk_indices"]]
        assert rationales == expected["rationale_only"]
        assert others == expected["rationale_removed"]


def _differences(case: dict[str, Any]) -> Iterator[tuple[str, Any, Any]]:
    """Yield where our numbers differ from the official ones: the name, ours, theirs."""
    posts = [post for post in case["inputs"]["posts"] if post["pred_spans"] is not None]
    official = case["expected"]["score_file"]["classification_scores"]
    ours = score(_predicted(posts), *(_predicted(posts, name) for name in NAMES))
    expected = {name: official[name] for name in NAMES}
    for name in NAMES:
        tables = [[[*post[key].values()] for post in posts] for key in ("classification_scores", _key(name))]
        ours[f"{name}_entropy"] = float(np.mean(entropy_falls(*tables)))
        ours[f"{name}_kl"] = float(np.mean(kl_divergences(*tables)))
        expected |= {key: official[key] for key in (f"{name}_entropy", f"{name}_kl")}
    if "aopc_thresholds" in case["inputs"]:
        binned = score(_predicted(posts), *(_predicted_in_bins(posts, name) for name in NAMES))
        for name in NAMES:
            ours[f"{name}_aopc"], expected[f"{name}_aopc"] = binned[name], official[f"{name}_aopc"]
            for place, point in enumerate(official[f"{name}_aopc_points"], start=1):
                ours[f"{name}_aopc_{place}"], expected[f"{name}_aopc_{place}"] = binned[f"{name}_bin_{place}"], point
    for name, value in expected.items():
        if ours[name] != pytest.approx(float(value), abs=1e-9, rel=0, nan_ok=True):
            yield name, ours[name], value


def _key(name: str) -> str:
    return f"{name}_classification_scores"


def _predicted(posts: list[dict[str, Any]], name: str = "") -> list[float]:
    """Return the probabilities of the stated class for the whole texts, or for the texts altered for a score."""
    key = _key(name) if name else "classification_scores"
    return [post[key][post["classification"]] for post in posts]


def _predicted_in_bins(posts: list[dict[str, Any]], name: str) -> list[list[float]]:
    """Return the same for several rationales, (texts, bins), by rising share of tokens."""
    return [
        [
            point[_key(name)][post["classification"]]
            for point in sorted(post["thresholded_scores"], key=operator.itemgetter("threshold"))
        ]
        for post in posts
    ]
