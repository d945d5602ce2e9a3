"""`SpanExtractor` with a rationale model, whose evidence is what it tagged."""

import unicodedata
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from transformers import BertForSequenceClassification, PreTrainedTokenizerBase

from hf_toxspan.core.spans import Span, intersect
from hf_toxspan.modeling.extraction import Explanation, SpanExtractor
from hf_toxspan.modeling.extraction_config import TAGS, ExtractionConfig
from hf_toxspan.modeling.rationale import RationaleForToxicSpans
from hf_toxspan.modeling.rationale_config import FUSIONS

Build = Callable[..., RationaleForToxicSpans]
PIECES = [
    "stupid", "idiot", "ngu", "蠢", "滚", "hello", "you", "người", "người", "他真是", "😀", "👩‍👩‍👧", "\u200b", "\0",
    "\ud83d", " ", "  ", "\n", ".", "，", "!",
]  # fmt: skip
MIXED = st.lists(st.sampled_from(PIECES), max_size=12).map("".join) | st.text(max_size=20)
FIXTURE = {"deadline": None, "derandomize": True, "suppress_health_check": [HealthCheck.function_scoped_fixture]}


@pytest.fixture
def extractor(taught_rationale_model: RationaleForToxicSpans, tiny_tokenizer: PreTrainedTokenizerBase) -> SpanExtractor:
    return SpanExtractor(taught_rationale_model, tiny_tokenizer)


@pytest.fixture
def lively(build_rationale: Build, tiny_tokenizer: PreTrainedTokenizerBase) -> SpanExtractor:
    """Its tags are as good as drawn by lot."""
    return SpanExtractor(build_rationale(lively=True), tiny_tokenizer)


def quotes(explanation: Explanation, text: str) -> list[str]:
    return [text[start:end] for start, end in explanation.spans]


def test_what_was_tagged_is_quoted_from_the_original_text(extractor: SpanExtractor) -> None:
    decomposed = unicodedata.normalize("NFD", "người bạn ngu")
    texts = [
        "you are a STUPID friend",
        "他真是个蠢货吧",
        "😀\u200b you, idiot!",
        decomposed,
        "you stupid idiot",
        "hello",
    ]

    found = extractor(texts)

    assert [quotes(explanation, text) for explanation, text in zip(found, texts, strict=True)] == [
        ["STUPID"],
        ["蠢"],
        ["idiot"],
        ["ngu"],
        ["stupid", "idiot"],
        [],
    ]
    assert [explanation.label for explanation in found] == ["toxic"] * 5 + ["clean"]


def test_saliency_is_the_toxicity_of_each_token(lively: SpanExtractor) -> None:
    text = "you are a stupid friend, 他真是个蠢货吧"
    encoded = lively.tokenizer(text, return_tensors="pt", return_offsets_mapping=True)
    offsets = encoded.pop("offset_mapping")[0].tolist()
    with torch.no_grad():
        output = lively.model(**encoded, token_mask=torch.tensor([[int(end > start) for start, end in offsets]]))

    (explanation,) = lively([text], explain_all=True)

    expected = np.zeros(len(text))
    for (start, end), toxicity in zip(offsets, output.toxicity[0].tolist(), strict=True):
        expected[start:end] = toxicity
    np.testing.assert_allclose(explanation.saliency, expected, rtol=0, atol=2e-4)
    assert explanation.probabilities == pytest.approx(output.logits.softmax(dim=-1)[0].tolist(), abs=1e-5)


@settings(max_examples=25, **FIXTURE)
@given(texts=st.lists(MIXED, min_size=1, max_size=9), batch_size=st.integers(2, 7))
def test_batch_size_never_changes_a_result(lively: SpanExtractor, texts: list[str], batch_size: int) -> None:
    alone = [lively([text], batch_size=1, explain_all=True)[0] for text in texts]

    together = lively(texts, batch_size=batch_size, explain_all=True)

    for one, other, text in zip(alone, together, texts, strict=True):
        assert (one.label, one.toxic, one.spans) == (other.label, other.toxic, other.spans)
        assert one.score == pytest.approx(other.score, abs=1e-4)
        np.testing.assert_allclose(one.saliency, other.saliency, rtol=0, atol=2e-4)
        assert other.saliency.shape == (len(text),)
        assert ((other.saliency >= 0) & (other.saliency <= 1)).all()


@settings(max_examples=25, **FIXTURE)
@given(text=MIXED, low=st.floats(0.01, 0.99), high=st.floats(0.01, 0.99))
def test_a_lower_threshold_takes_no_evidence_away(lively: SpanExtractor, text: str, low: float, high: float) -> None:
    low, high = sorted((low, high))

    more, less = (
        SpanExtractor(lively.model, lively.tokenizer, config=ExtractionConfig(TAGS, threshold=threshold))(
            [text], explain_all=True
        )[0]
        for threshold in (low, high)
    )

    assert intersect(more.spans, less.spans) == less.spans


def test_the_threshold_of_the_checkpoint_is_used_unless_another_is_given(
    build_rationale: Build, tiny_tokenizer: PreTrainedTokenizerBase
) -> None:
    model = build_rationale(lively=True, span_extraction={"saliency": "tags", "threshold": 0.001})
    text = "you are a nice friend"

    (all_of_it,) = SpanExtractor(model, tiny_tokenizer)([text], explain_all=True)
    (nothing,) = SpanExtractor(model, tiny_tokenizer, config=ExtractionConfig(TAGS, threshold=0.999999))(
        [text], explain_all=True
    )

    assert sum(end - start for start, end in all_of_it.spans) > sum(end - start for start, end in nothing.spans)


def test_a_long_text_is_read_to_its_end_and_spans_cross_the_borders_of_windows(extractor: SpanExtractor) -> None:
    """128 tokens a window, so that some border falls into one of the runs of 60 insults."""
    text = ("hello world " * 40 + "蠢" * 60 + " ") * 6

    (explanation,) = extractor([text])

    assert explanation.spans == [Span(start + 480, start + 540) for start in range(0, len(text), 541)]


@pytest.mark.parametrize("blank", ["", "   ", "\n\t", "\u3000", "\u200b\u200d", "\x01"])
def test_a_blank_text_is_clean_for_certain(lively: SpanExtractor, blank: str) -> None:
    quiet, other = lively([blank, "you"])
    (asked,) = lively([blank], explain_all=True)

    assert (quiet.label, quiet.score, quiet.saliency, quiet.spans) == ("clean", 1.0, None, [])
    assert (asked.spans, asked.saliency.tolist()) == ([], [0.0] * len(blank))
    assert other.score < 1


def test_clean_texts_are_explained_on_request_only(extractor: SpanExtractor) -> None:
    (given,) = extractor(["hello world"])
    (asked,) = extractor(["hello world"], explain_all=True)

    assert (given.toxic, given.saliency, given.spans) == (False, None, [])
    assert (asked.toxic, asked.spans) == (False, [])
    assert asked.saliency is not None and 0 < asked.saliency.max() < 0.5


def test_one_forward_pass_is_all_that_it_takes(extractor: SpanExtractor) -> None:
    passes: list[Any] = []
    extractor.model.register_forward_hook(lambda *_: passes.append(torch.is_grad_enabled()))

    extractor(["you fool", "hello"], explain_all=True)

    assert passes == [False]


def test_threads_may_share_an_extractor(extractor: SpanExtractor) -> None:
    texts = ["you fool " * length for length in range(1, 6)]
    expected = [explanation.spans for explanation in extractor(texts)]

    with ThreadPoolExecutor(8) as threads:
        found = list(threads.map(lambda _: [explanation.spans for explanation in extractor(texts)], range(40)))

    assert found == [expected] * 40


@pytest.mark.parametrize("guard", [torch.no_grad, torch.inference_mode, torch.enable_grad])
def test_a_callers_gradient_mode_makes_no_difference(extractor: SpanExtractor, guard: Any) -> None:
    (expected,) = extractor(["you fool"])

    with guard():
        (found,) = extractor(["you fool"])

    assert (found.score, found.spans) == (expected.score, expected.spans)


@pytest.mark.parametrize("fusion", FUSIONS)
def test_spans_can_be_read_off_the_gradient_too(
    build_rationale: Build, tiny_tokenizer: PreTrainedTokenizerBase, fusion: str
) -> None:
    model = build_rationale(lively=True, fusion=fusion).double()
    text = "you are a stupid friend"
    encoded = tiny_tokenizer(text, return_tensors="pt")
    embeddings = model.get_input_embeddings()(encoded.pop("input_ids")).detach().requires_grad_()
    token_mask = torch.tensor([[0, 1, 1, 1, 1, 1, 0]])
    clean, toxic = model(inputs_embeds=embeddings, token_mask=token_mask, **encoded).logits[0]
    (gradient,) = torch.autograd.grad(toxic - clean, embeddings)
    norms = gradient[0, 1:-1].norm(dim=-1)

    (explanation,) = SpanExtractor(model, tiny_tokenizer, config=ExtractionConfig("gradient_norm"))(
        [text], explain_all=True
    )

    np.testing.assert_allclose(explanation.saliency[[0, 4, 8, 10, 17]], norms / norms.max(), rtol=0, atol=6e-5)
    assert explanation.spans


def test_a_classifier_that_does_not_tag_is_told_so(
    tiny_model: BertForSequenceClassification, tiny_tokenizer: PreTrainedTokenizerBase
) -> None:
    tiny_model.config.span_extraction = {"saliency": "tags"}

    with pytest.raises(
        ValueError, match=r"read off 'tags', but BertForSequenceClassification does not tag; expected a"
    ):
        SpanExtractor(tiny_model, tiny_tokenizer)(["you fool"])
