"""Promises of `hf_toxspan.modeling.evidence`: what is read off a gradient, and what off tags."""

import copy
import itertools
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from transformers import (
    BertForSequenceClassification,
    DistilBertConfig,
    DistilBertForSequenceClassification,
    GPT2Config,
    GPT2ForSequenceClassification,
    PreTrainedModel,
    PreTrainedTokenizerBase,
    RobertaConfig,
    RobertaForSequenceClassification,
)

from hf_toxspan.core.spans import Span
from hf_toxspan.modeling.evidence import SALIENCY_DECIMALS, Evidence, from_tags
from hf_toxspan.modeling.extraction import SpanExtractor
from hf_toxspan.modeling.extraction_config import TAGS, ExtractionConfig
from hf_toxspan.modeling.windows import Window
from hf_toxspan.tensor.saliency import METHODS

ROUNDING = 0.5 * 10**-SALIENCY_DECIMALS + 1e-5
"""How far a rounded saliency value may lie from an exact one."""


@pytest.fixture
def extractor(taught_model: BertForSequenceClassification, tiny_tokenizer: PreTrainedTokenizerBase) -> SpanExtractor:
    return SpanExtractor(taught_model, tiny_tokenizer)


def plain_saliency(model: PreTrainedModel, tokenizer: PreTrainedTokenizerBase, text: str) -> NDArray[np.float64]:
    """Saliency of one text as DESIGN.md words it, without a line of the package."""
    encoded = tokenizer(text, return_tensors="pt", return_offsets_mapping=True)
    offsets = encoded.pop("offset_mapping")[0].tolist()
    embeddings = model.get_input_embeddings()(encoded["input_ids"]).detach().requires_grad_()
    clean, toxic = model(inputs_embeds=embeddings, attention_mask=encoded["attention_mask"]).logits[0]
    (gradient,) = torch.autograd.grad(toxic - clean, embeddings)
    norms = [
        (start, end, norm)
        for (start, end), norm in zip(offsets, gradient[0].norm(dim=-1).tolist(), strict=True)
        if end > start
    ]
    values = np.zeros(len(text))
    for start, end, norm in norms:
        values[start:end] = norm / max(norm for _, _, norm in norms)
    return values


@pytest.mark.parametrize(
    "text", ["you are a stupid friend", "他真是个蠢货吧，呀！", "hello 😀 world", "bạn rất ngu, bạn"]
)
def test_saliency_is_the_gradient_norm_of_the_toxic_margin(extractor: SpanExtractor, text: str) -> None:
    (explanation,) = extractor([text], explain_all=True)

    expected = plain_saliency(extractor.model, extractor.tokenizer, text)
    np.testing.assert_allclose(explanation.saliency, expected, rtol=0, atol=ROUNDING)
    assert explanation.saliency.max() == 1


def test_the_model_stays_untouched(extractor: SpanExtractor) -> None:
    model = extractor.model
    model.classifier.bias.requires_grad_(False)
    weights = copy.deepcopy(model.state_dict())
    wanted = {name: parameter.requires_grad for name, parameter in model.named_parameters()}
    parameters = dict(model.named_parameters())

    extractor(["you fool", "hello"], explain_all=True)

    assert all(parameter.grad is None for parameter in model.parameters())
    assert {name: parameter.requires_grad for name, parameter in model.named_parameters()} == wanted
    assert all(parameters[name] is parameter for name, parameter in model.named_parameters())
    assert all(torch.equal(weight, weights[name]) for name, weight in model.state_dict().items())


@pytest.mark.parametrize("method", METHODS)
def test_the_config_chooses_among_all_methods(
    taught_model: BertForSequenceClassification, tiny_tokenizer: PreTrainedTokenizerBase, method: str
) -> None:
    extractor = SpanExtractor(taught_model, tiny_tokenizer, config=ExtractionConfig(saliency=method))
    encoded = tiny_tokenizer("he is so dumb", return_tensors="pt")
    embeddings = taught_model.get_input_embeddings()(encoded.pop("input_ids"))
    values = METHODS[method](
        lambda inputs: taught_model(inputs_embeds=inputs, **encoded).logits @ torch.tensor([-1.0, 1.0]), embeddings
    )[0, 1:-1].clamp(min=0)

    (explanation,) = extractor(["he is so dumb"], explain_all=True)

    starts = [0, 3, 6, 9]
    np.testing.assert_allclose(explanation.saliency[starts], values / values.max(), rtol=0, atol=ROUNDING)


def small(tokenizer: PreTrainedTokenizerBase) -> dict[str, Any]:
    return {"vocab_size": len(tokenizer), "pad_token_id": tokenizer.pad_token_id, "id2label": {0: "clean", 1: "toxic"}}


def distilbert(tokenizer: PreTrainedTokenizerBase) -> PreTrainedModel:
    settings = DistilBertConfig(**small(tokenizer), dim=16, hidden_dim=32, n_layers=2, n_heads=2)
    return DistilBertForSequenceClassification(settings)


def roberta(tokenizer: PreTrainedTokenizerBase) -> PreTrainedModel:
    settings = RobertaConfig(
        **small(tokenizer), hidden_size=16, num_hidden_layers=2, num_attention_heads=2, intermediate_size=32,
        max_position_embeddings=40, type_vocab_size=1,
    )  # fmt: skip
    return RobertaForSequenceClassification(settings)


@pytest.mark.parametrize("build", [distilbert, roberta])
def test_encoders_without_token_types_work_at_any_length(tiny_tokenizer: PreTrainedTokenizerBase, build: Any) -> None:
    torch.manual_seed(0)
    model = build(tiny_tokenizer).eval()
    texts = ["you are a stupid friend", "hello " * 200 + "you idiot"]

    short, long = SpanExtractor(model, tiny_tokenizer)(texts, explain_all=True)

    expected = plain_saliency(model, tiny_tokenizer, texts[0])
    np.testing.assert_allclose(short.saliency, expected, rtol=0, atol=ROUNDING)
    assert long.saliency.shape == (len(texts[1]),)
    assert (long.saliency[-5:] > 0).all()


def test_a_decoder_gives_the_same_for_any_batch_size(tiny_tokenizer: PreTrainedTokenizerBase) -> None:
    """Its classifier reads the last position and can't tell padding from text when it is given embeddings."""
    torch.manual_seed(0)
    config = GPT2Config(**small(tiny_tokenizer), n_embd=16, n_layer=2, n_head=2, n_positions=64)
    extractor = SpanExtractor(GPT2ForSequenceClassification(config).eval(), tiny_tokenizer)
    texts = ["you are a stupid friend", "hello", "they are trash and garbage and ugly"]

    for alone, together in zip(
        extractor(texts, batch_size=1, explain_all=True), extractor(texts, explain_all=True), strict=True
    ):
        assert alone.label == together.label
        np.testing.assert_allclose(alone.saliency, together.saliency, rtol=0, atol=ROUNDING)


O, B, I = [0.9, 0.1, 0.0], [0.2, 0.7, 0.1], [0.2, 0.1, 0.7]  # noqa: E741  the names that everybody gives them
NOTHING = Span(0, 0)


def window(offsets: list[tuple[int, int]], text: int = 0) -> Window:
    """A window of these tokens between two special ones."""
    spans = [NOTHING, *(Span(*span) for span in offsets), NOTHING]
    return Window(text, [5] * len(spans), [0] * len(spans), spans)


def probabilities(*rows: list[float]) -> NDArray[np.float32]:
    """Tags of tokens between two special ones, which are as toxic as can be."""
    certain = [0.0, 1.0, 0.0]
    return np.array([certain, *rows, certain], dtype=np.float32)


def read(
    text: str,
    windows: list[Window],
    tags: list[NDArray[np.float32]],
    *,
    threshold: float = 0.5,
    share: float | None = None,
) -> Evidence:
    (evidence,) = from_tags([text], windows, tags, ExtractionConfig(TAGS, threshold=threshold, share=share)).values()
    return evidence


def test_tags_are_read_as_computed_by_hand() -> None:
    text = "oh you poor fool"
    tokens = [(0, 2), (3, 6), (7, 11), (12, 16)]

    evidence = read(text, [window(tokens)], [probabilities(O, B, I, B)])

    assert evidence.spans == [Span(3, 11), Span(12, 16)]
    assert evidence.saliency[[0, 3, 7, 12]].tolist() == pytest.approx([0.1, 0.8, 0.8, 0.8])
    assert evidence.saliency[[2, 6, 11]].tolist() == [0, 0, 0]


@pytest.mark.parametrize(
    ("threshold", "quoted"), [(0.05, ["a b", "c"]), (0.5, ["b", "c"]), (0.79, ["b", "c"]), (0.9, [])]
)
def test_the_threshold_says_how_toxic_a_marked_token_is(threshold: float, quoted: list[str]) -> None:
    tags = [probabilities([0.9, 0.1, 0.0], [0.2, 0.1, 0.7], [0.2, 0.7, 0.1])]

    evidence = read("a b c", [window([(0, 1), (2, 3), (4, 5)])], tags, threshold=threshold)

    assert [text for text in ("a b c"[start:end] for start, end in evidence.spans)] == quoted


@pytest.mark.parametrize(
    ("share", "quoted"), [(None, []), (1.0, ["b"]), (0.97, ["b"]), (0.8, ["b", "c"]), (0.1, ["a b", "c"])]
)
def test_a_share_of_the_highest_toxicity_is_evidence_where_nothing_reaches_the_threshold(
    share: float | None, quoted: list[str]
) -> None:
    tags = [probabilities([0.88, 0.12, 0.0], [0.6, 0.1, 0.3], [0.65, 0.3, 0.05])]

    evidence = read("a b c", [window([(0, 1), (2, 3), (4, 5)])], tags, threshold=0.5, share=share)

    assert [text for text in ("a b c"[start:end] for start, end in evidence.spans)] == quoted


def test_a_share_never_takes_evidence_away_and_none_is_made_of_nothing() -> None:
    places = [window([(0, 1), (2, 3), (4, 5)])]
    clear = [probabilities(O, B, [0.4, 0.5, 0.1])]
    assert (
        read("a b c", places, clear, share=1.0).spans == read("a b c", places, clear).spans == [Span(2, 3), Span(4, 5)]
    )
    for least in (0.0, 0.09):
        assert read("a b c", places, [probabilities(*[[1 - least, least, 0.0]] * 3)], share=0.1).spans == []


def test_a_token_is_read_where_it_stands_further_from_the_border() -> None:
    """Six characters in windows of four, of which two are shared: one from each window."""
    windows = [window([(i, i + 1) for i in range(4)]), window([(i, i + 1) for i in range(2, 6)])]

    evidence = read("abcdef", windows, [probabilities(*[O] * 4), probabilities(B, I, I, I)])

    assert evidence.saliency.tolist() == pytest.approx([0.1, 0.1, 0.1, 0.8, 0.8, 0.8])
    assert evidence.spans == [Span(3, 6)]


def test_a_span_across_the_border_of_windows_is_one() -> None:
    """The second window has the start of the span for an inside, or its own first token for a beginning."""
    windows = [window([(0, 1), (2, 3), (4, 5), (6, 7)]), window([(4, 5), (6, 7), (8, 9), (10, 11)])]

    evidence = read("a b c d e f", windows, [probabilities(O, O, B, O), probabilities(B, I, I, O)])

    assert evidence.spans == [Span(4, 9)]


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_windows_say_the_same_as_one_that_holds_the_whole_text(data: st.DataObject) -> None:
    """Where all windows agree on each token it does not matter which one is read: none is lost, none read twice."""
    lengths = data.draw(st.lists(st.integers(1, 3), min_size=1, max_size=12))
    gaps = [data.draw(st.integers(0, 1)) for _ in lengths]
    ends = list(itertools.accumulate(length + gap for length, gap in zip(lengths, gaps, strict=True)))
    tokens = [(end - length, end) for end, length in zip(ends, lengths, strict=True)]
    tags = [data.draw(st.sampled_from([O, B, I])) for _ in tokens]
    size = data.draw(st.integers(1, 6))
    step = data.draw(st.integers(-(-size // 2), size))  # at most half of a window is shared, as `OVERLAP` has it
    starts = range(0, max(len(tokens) - (size - step), 1), step)
    cut = [slice(start, start + size) for start in starts]

    evidence = read("x" * ends[-1], [window(tokens[own]) for own in cut], [probabilities(*tags[own]) for own in cut])

    whole = read("x" * ends[-1], [window(tokens)], [probabilities(*tags)])
    assert evidence.spans == whole.spans
    assert evidence.saliency.tolist() == whole.saliency.tolist()


def test_each_text_gets_its_own_evidence() -> None:
    windows = [window([(0, 1)], text=1), window([(0, 1), (1, 2)], text=3)]

    found = from_tags(["", "a", "", "bc"], windows, [probabilities(B), probabilities(O, B)], ExtractionConfig(TAGS))

    assert {text: own.spans for text, own in found.items()} == {1: [Span(0, 1)], 3: [Span(1, 2)]}
    assert [len(own.saliency) for own in found.values()] == [1, 2]
    assert from_tags([], [], [], ExtractionConfig(TAGS)) == {}


def test_pieces_of_one_character_are_read_as_one_and_a_grapheme_is_never_split() -> None:
    """Bytes of an emoji, and a letter apart from its accent."""
    text = "😀e\u0301"
    tokens = [(0, 1), (0, 1), (1, 2), (2, 3)]

    evidence = read(text, [window(tokens)], [probabilities(O, B, B, O)])

    assert evidence.saliency.tolist() == pytest.approx([0.8, 0.8, 0.1])
    assert evidence.spans == [Span(0, 3)]


def test_the_last_bits_of_a_probability_move_no_border() -> None:
    even = [0.5, 0.25, 0.25]
    shaken = [[0.5 + shift, 0.25 - shift, 0.25] for shift in (-1e-6, 0.0, 1e-6)]

    found = [read("a", [window([(0, 1)])], [probabilities(row)]).spans for row in (even, *shaken)]

    assert found == [[Span(0, 1)]] * 4
