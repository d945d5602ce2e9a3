"""Evidence is measured beside random evidence, on the texts where a user sees it."""

import json
from collections.abc import Callable, Sequence
from math import exp
from typing import Any

import numpy as np
import pytest
from transformers import BertForSequenceClassification, PreTrainedTokenizerBase

from hf_toxspan.core.spans import Span
from hf_toxspan.evaluation import baselines
from hf_toxspan.evaluation.faithfulness import (
    EVIDENCE,
    RANDOM_RANKING,
    RANDOM_SPANS,
    SALIENCY,
    Faithfulness,
    measure,
)
from hf_toxspan.modeling.extraction import Explanation, SpanExtractor
from hf_toxspan.modeling.extraction_config import ExtractionConfig

TRIVIAL = {"mark everything": baselines.everything, "mark nothing": baselines.nothing}
TEN = "you are stupid and a fool so he is kind"
"""Ten words: the bins of 1, 5 and 10 % hold one of them, those of 20 and 50 % two and five."""

Build = Callable[..., Any]


@pytest.fixture
def extractor(adding_model: Build, tiny_tokenizer: PreTrainedTokenizerBase) -> SpanExtractor:
    """The toxic margin is 3 for "stupid" and 2 for "fool", less 1.5."""
    model = adding_model({"stupid": [0.0, 3.0], "fool": [0.0, 2.0]}, bias=[0.0, -1.5])
    return SpanExtractor(model, tiny_tokenizer, config=ExtractionConfig("gradient_x_input"))


def sigmoid(margin: float) -> float:
    return 1 / (1 + exp(-margin))


def run(extractor: SpanExtractor, texts: Sequence[str], **options: Any) -> Faithfulness:
    return measure(extractor, texts, extractor(texts), baselines=TRIVIAL, **options)


def test_scores_are_those_computed_by_hand(extractor: SpanExtractor) -> None:
    measured = run(extractor, [TEN])

    evidence = measured.rationales[EVIDENCE].scores
    assert evidence == pytest.approx(
        {
            "comprehensiveness": sigmoid(3.5) - sigmoid(-1.5),
            "sufficiency": 0.0,
            "confidence_drop": sigmoid(3.5) - sigmoid(-1.5),
            "flipped": 1.0,
            "marked": 0.2,
        },
        abs=1e-6,
    )


def test_a_ranking_is_taken_away_share_by_share(extractor: SpanExtractor) -> None:
    scores = run(extractor, [TEN]).rationales[SALIENCY].scores

    one, two = sigmoid(3.5) - sigmoid(0.5), sigmoid(3.5) - sigmoid(-1.5)  # without "stupid", and without "fool" too
    assert [scores[f"comprehensiveness_bin_{place}"] for place in range(1, 6)] == pytest.approx(
        [one, one, one, two, two], abs=1e-6
    )
    assert scores["comprehensiveness"] == pytest.approx((3 * one + 2 * two) / 5, abs=1e-6)
    assert scores["sufficiency_bin_1"] == pytest.approx(sigmoid(3.5) - sigmoid(1.5), abs=1e-6)
    assert scores["flipped"] == pytest.approx(2 / 5)
    assert scores["marked"] == pytest.approx((3 * 0.1 + 0.2 + 0.5) / 5)


def test_to_mark_everything_wins_and_to_mark_nothing_loses_whatever_the_model(extractor: SpanExtractor) -> None:
    measured = run(extractor, [TEN, "you fool"]).rationales

    everything, nothing = measured["mark everything"].scores, measured["mark nothing"].scores
    assert (everything["sufficiency"], everything["marked"], everything["flipped"]) == (0, 1, 1)
    assert everything["comprehensiveness"] >= max(own.scores["comprehensiveness"] for own in measured.values())
    assert (nothing["comprehensiveness"], nothing["marked"], nothing["flipped"]) == (0, 0, 0)
    assert nothing["sufficiency"] == everything["comprehensiveness"]


def test_only_texts_called_toxic_that_show_evidence_count(extractor: SpanExtractor) -> None:
    texts = ["you fool", "hello world", "", "he is a fool"]
    explanations = extractor(texts, explain_all=True)
    explanations[3] = Explanation("toxic", 0.6, True, 0.6, explanations[3].saliency, [])

    measured = measure(extractor, texts, explanations, baselines={})

    assert (measured.predicted_toxic, measured.texts) == (2, 1)
    assert measured.rationales[EVIDENCE].scores == run(extractor, ["you fool"]).rationales[EVIDENCE].scores


def test_random_evidence_is_of_the_same_size_and_the_same_in_every_run(
    taught_model: BertForSequenceClassification, tiny_tokenizer: PreTrainedTokenizerBase
) -> None:
    extractor = SpanExtractor(taught_model, tiny_tokenizer)
    texts = ["you fool and idiot, so ugly", "hello 蠢蛋 world 滚", "he is very dumb " * 3]

    first, again, other = (run(extractor, texts, seed=seed) for seed in (0, 0, 1))

    assert first == again
    assert first.rationales[RANDOM_SPANS] != other.rationales[RANDOM_SPANS]
    assert first.rationales[RANDOM_RANKING] != other.rationales[RANDOM_RANKING]
    for random, ours in ((RANDOM_SPANS, EVIDENCE), (RANDOM_RANKING, SALIENCY)):
        assert first.rationales[random].scores["marked"] == pytest.approx(first.rationales[ours].scores["marked"])


def texts_with_one_reason(count: int) -> list[str]:
    generator = np.random.default_rng(0)
    words = np.array(["you", "are", "so", "very", "kind", "world", "friend", "hello"])
    return [" ".join(np.insert(generator.choice(words, 9), generator.integers(9), "fool")) for _ in range(count)]


def test_evidence_that_is_the_reason_gets_beyond_random_spans(extractor: SpanExtractor) -> None:
    measured = run(extractor, texts_with_one_reason(40))

    beyond = measured.beyond_random[EVIDENCE]["confidence_drop"]
    assert beyond.p_value < 0.01
    assert 0.3 < beyond.low <= beyond.difference <= beyond.high
    assert measured.beyond_random[SALIENCY]["comprehensiveness"].p_value < 0.01


def test_evidence_that_is_drawn_by_lot_does_not(extractor: SpanExtractor) -> None:
    texts = texts_with_one_reason(40)
    generator = np.random.default_rng(5)
    drawn = []
    for text, explanation in zip(texts, extractor(texts), strict=True):
        start = sum(len(word) + 1 for word in text.split()[: generator.integers(10)])
        span = Span(start, start + 1)
        drawn.append(Explanation("toxic", explanation.score, True, explanation.toxicity, np.zeros(len(text)), [span]))

    beyond = measure(extractor, texts, drawn, baselines={}).beyond_random[EVIDENCE]["confidence_drop"]

    assert beyond.low < 0 < beyond.high
    assert beyond.p_value > 0.05


def test_batch_size_changes_no_number(
    taught_model: BertForSequenceClassification, tiny_tokenizer: PreTrainedTokenizerBase
) -> None:
    extractor = SpanExtractor(taught_model, tiny_tokenizer)
    texts = ["you fool " * length for length in range(1, 9)] + ["hello " * 200 + "idiot"]

    one, many = (run(extractor, texts, batch_size=size) for size in (1, 32))

    for name, measured in one.rationales.items():
        assert measured.scores == pytest.approx(many.rationales[name].scores, abs=1e-5)


def test_where_no_evidence_is_shown_there_are_no_numbers(extractor: SpanExtractor) -> None:
    assert run(extractor, ["hello world", ""]) == Faithfulness("mask", 0, 0, {}, {})
    assert run(extractor, []) == Faithfulness("mask", 0, 0, {}, {})


def test_all_of_it_is_plain_json_without_nan(extractor: SpanExtractor) -> None:
    measured = run(extractor, [TEN], masking="attention")

    stored = json.loads(json.dumps(measured.to_dict(), allow_nan=False))

    assert (stored["masking"], stored["predicted_toxic"], stored["texts"]) == ("attention", 1, 1)
    assert list(stored["rationales"]) == [EVIDENCE, RANDOM_SPANS, *TRIVIAL, SALIENCY, RANDOM_RANKING]
    evidence = stored["rationales"][EVIDENCE]
    assert evidence["confidence_intervals"]["confidence_drop"] == [evidence["confidence_drop"]] * 2  # one text
    assert set(stored["beyond_random"]) == {EVIDENCE, SALIENCY}
