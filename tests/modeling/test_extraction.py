"""Promises of `hf_toxspan.modeling.extraction`."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from transformers import (
    BertForSequenceClassification,
    PreTrainedTokenizerBase,
)

from hf_toxspan.core.spans import Span
from hf_toxspan.modeling.evidence import SALIENCY_DECIMALS
from hf_toxspan.modeling.extraction import Explanation, SpanExtractor
from hf_toxspan.modeling.labels import UnknownToxicLabelsError

ROUNDING = 0.5 * 10**-SALIENCY_DECIMALS + 1e-5
"""How far a rounded saliency value may lie from an exact one."""

PIECES = [
    "stupid", "idiot", "ngu", "蠢", "滚", "hello", "you", "người", "người", "他真是", "😀", "👩‍👩‍👧", "\u200b", "\0",
    "\ud83d", " ", "  ", "\n", ".", "，", "!",
]  # fmt: skip
MIXED = st.lists(st.sampled_from(PIECES), max_size=12).map("".join) | st.text(max_size=20)


@pytest.fixture
def extractor(taught_model: BertForSequenceClassification, tiny_tokenizer: PreTrainedTokenizerBase) -> SpanExtractor:
    return SpanExtractor(taught_model, tiny_tokenizer)


def quotes(explanation: Explanation, text: str) -> list[str]:
    return [text[start:end] for start, end in explanation.spans]


def test_evidence_is_quoted_from_the_original_text(extractor: SpanExtractor) -> None:
    texts = [
        "you are a STUPID friend",
        "他真是个蠢货吧",
        "😀\u200b you, idiot!",
        "người bạn ngu",
    ]  # the last one decomposed

    found = extractor(texts)

    assert [quotes(explanation, text) for explanation, text in zip(found, texts, strict=True)] == [
        ["STUPID"],
        ["蠢"],
        ["idiot"],
        ["ngu"],
    ]
    assert all(explanation.toxic and explanation.label == "toxic" for explanation in found)


def test_clean_texts_are_explained_on_request_only(extractor: SpanExtractor) -> None:
    (given,) = extractor(["hello world"])
    (asked,) = extractor(["hello world"], explain_all=True)

    assert (given.label, given.toxic, given.saliency, given.spans) == ("clean", False, None, [])
    assert (asked.label, asked.score) == (given.label, given.score)
    assert asked.saliency is not None
    assert asked.spans


def test_score_is_the_probability_of_the_label_and_toxicity_that_of_the_toxic_ones(extractor: SpanExtractor) -> None:
    texts = ["you fool", "hello world"]
    with torch.no_grad():
        logits = [extractor.model(**extractor.tokenizer(text, return_tensors="pt")).logits[0] for text in texts]

    toxic, clean = extractor(texts)

    assert [toxic.score, clean.score] == pytest.approx([float(row.softmax(-1).max()) for row in logits], abs=1e-6)
    assert [toxic.toxicity, clean.toxicity] == pytest.approx([float(row.softmax(-1)[1]) for row in logits], abs=1e-6)
    assert toxic.probabilities == pytest.approx(logits[0].softmax(-1).tolist(), abs=1e-6)


@pytest.mark.parametrize("blank", ["", "   ", "\n\t", "\u3000", "\u200b\u200d", "\x01"])
def test_a_blank_text_is_clean_for_certain(extractor: SpanExtractor, blank: str) -> None:
    (quiet,) = extractor([blank])
    (asked,) = extractor([blank], explain_all=True)

    assert quiet == Explanation(
        "clean", 1.0, toxic=False, toxicity=0.0, saliency=None, spans=[], probabilities=(1.0, 0.0)
    )
    assert (asked.score, asked.spans, asked.saliency.tolist()) == (1.0, [], [0.0] * len(blank))


def test_no_texts_have_no_explanations(extractor: SpanExtractor) -> None:
    assert extractor([]) == []


@settings(max_examples=30, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(texts=st.lists(MIXED, min_size=1, max_size=9), batch_size=st.integers(2, 7))
def test_batch_size_never_changes_a_result(extractor: SpanExtractor, texts: list[str], batch_size: int) -> None:
    alone = [extractor([text], batch_size=1, explain_all=True)[0] for text in texts]

    together = extractor(texts, batch_size=batch_size, explain_all=True)

    for one, other, text in zip(alone, together, texts, strict=True):
        assert (one.label, one.toxic, one.spans) == (other.label, other.toxic, other.spans)
        assert one.score == pytest.approx(other.score, abs=1e-5)
        np.testing.assert_allclose(one.saliency, other.saliency, rtol=0, atol=2 * ROUNDING)
        assert other.saliency.shape == (len(text),)
        assert ((other.saliency >= 0) & (other.saliency <= 1)).all()


def test_padding_has_no_influence(extractor: SpanExtractor) -> None:
    short, long = "you fool", "hello world " * 50

    (alone,) = extractor([short], explain_all=True)
    padded, _ = extractor([short, long], explain_all=True)

    assert (padded.label, padded.spans) == (alone.label, alone.spans)
    np.testing.assert_allclose(padded.saliency, alone.saliency, rtol=0, atol=2 * ROUNDING)


def test_a_long_text_is_read_to_its_end(extractor: SpanExtractor) -> None:
    text = "hello world " * 640 + "you idiot"  # ten times the 128 tokens of the encoder

    (explanation,) = extractor([text])

    assert explanation.label == "toxic"
    assert quotes(explanation, text) == ["idiot"]
    assert explanation.spans == [Span(len(text) - 5, len(text))]


def test_a_clean_text_with_one_toxic_window_is_toxic(extractor: SpanExtractor) -> None:
    texts = ["hello world " * 300, "hello " * 300 + "fool" + " world" * 300]

    assert [explanation.label for explanation in extractor(texts)] == ["clean", "toxic"]


def test_a_hundred_thousand_characters_are_no_obstacle(extractor: SpanExtractor) -> None:
    text = ("thank you, hello world. " * 4200)[:99_994] + "stupid"

    (explanation,) = extractor([text], explain_all=True)

    assert len(text) == len(explanation.saliency) == 100_000
    assert explanation.spans[-1] == Span(99_994, 100_000)


def test_threads_may_share_an_extractor(extractor: SpanExtractor) -> None:
    texts = ["you fool " * length for length in range(1, 6)]
    expected = [explanation.spans for explanation in extractor(texts)]
    parameters = list(extractor.model.parameters())

    with ThreadPoolExecutor(8) as threads:
        found = list(threads.map(lambda _: [explanation.spans for explanation in extractor(texts)], range(40)))

    assert found == [expected] * 40
    assert all(one is other for one, other in zip(extractor.model.parameters(), parameters, strict=True))


@pytest.mark.parametrize("guard", [torch.no_grad, torch.inference_mode, torch.enable_grad])
def test_a_callers_gradient_mode_makes_no_difference(extractor: SpanExtractor, guard: Any) -> None:
    (expected,) = extractor(["you fool"])

    with guard():
        (found,) = extractor(["you fool"])

    assert (found.score, found.spans) == (expected.score, expected.spans)
    assert found.saliency.tolist() == expected.saliency.tolist()


def test_the_argument_says_which_labels_are_toxic(
    taught_model: BertForSequenceClassification, tiny_tokenizer: PreTrainedTokenizerBase
) -> None:
    del taught_model.config.toxic_labels
    taught_model.config.id2label = {0: "LABEL_0", 1: "LABEL_1"}

    with pytest.raises(UnknownToxicLabelsError, match="LABEL_0"):
        SpanExtractor(taught_model, tiny_tokenizer)
    (found,) = SpanExtractor(taught_model, tiny_tokenizer, toxic_labels=["LABEL_1"])(["you fool"])

    assert (found.label, found.toxic, found.spans) == ("LABEL_1", True, [Span(4, 8)])
