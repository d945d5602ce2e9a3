"""Promises of `hf_toxspan.modeling.masking`: numbers by hand on a classifier that adds up words."""

import copy
from collections.abc import Callable
from math import exp
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from transformers import BertForSequenceClassification, PreTrainedTokenizerBase

from hf_toxspan.core.spans import Span, find_all
from hf_toxspan.modeling.extraction import SpanExtractor
from hf_toxspan.modeling.masking import MASKINGS, Ablation, Readings, ablate

WORDS = {"stupid": [0.0, 2.0], "fool": [0.0, 1.0], "[CLS]": [0.0, 0.5], "[MASK]": [0.0, -0.25], "[UNK]": [0.0, -3.0]}
BIAS = [0.0, -1.5]  # with [CLS] a text without a known word has the toxic margin -1

PIECES = ["stupid", "fool", "ngu", "蠢", "hello", "you", "người", "😀", "\u200b", " ", "  ", "，"]
TEXT = st.lists(st.sampled_from(PIECES), max_size=9).map("".join) | st.text(max_size=12)

Build = Callable[..., Any]


@pytest.fixture
def extractor(adding_model: Build, tiny_tokenizer: PreTrainedTokenizerBase) -> SpanExtractor:
    return SpanExtractor(adding_model(WORDS, bias=BIAS), tiny_tokenizer)


def sigmoid(margin: float) -> float:
    return 1 / (1 + exp(-margin))


def one(extractor: SpanExtractor, text: str, quote: str, **options: Any) -> Ablation:
    return ablate(extractor, [text], {"it": [find_all(quote, text)]}, **options)["it"]


def margins(readings: Readings) -> list[float]:
    return np.log(readings.toxicity / (1 - readings.toxicity)).round(4).tolist()


def test_probabilities_are_those_computed_by_hand(extractor: SpanExtractor) -> None:
    found = one(extractor, "you stupid fool", "stupid")

    assert margins(found.full) == [2.0]
    assert margins(found.without) == [-0.25]  # "fool" and one mask are left
    assert margins(found.only) == [0.5]  # "stupid" and two masks
    assert [reading.toxic.tolist() for reading in found] == [[True], [False], [True]]
    np.testing.assert_allclose(
        found.without.probability, found.without.toxicity, atol=1e-6
    )  # that of "toxic", not of "clean"


@pytest.mark.parametrize(("masking", "margin"), [("mask", -0.25), ("unk", -3.0), ("attention", 0.0)])
def test_each_masking_puts_its_own_in_the_place_of_a_token(
    extractor: SpanExtractor, masking: str, margin: float
) -> None:
    assert margins(one(extractor, "you stupid fool", "stupid", masking=masking).without) == [margin]


def test_a_token_is_evidence_where_it_covers_one_character_of_a_span(extractor: SpanExtractor) -> None:
    inside, beside = ablate(extractor, ["you stupid fool"], {0: [[(9, 10)]], 1: [[(10, 11)]]}).values()

    assert margins(inside.without) == [-0.25]
    assert margins(beside.without) == margins(beside.full)


def test_special_tokens_stay(extractor: SpanExtractor) -> None:
    everything = one(extractor, "stupid fool", "stupid fool")

    assert margins(everything.without) == [-1.5]  # the bias, [CLS] and two masks


def test_the_whole_text_is_read_as_the_extraction_reads_it(
    taught_model: BertForSequenceClassification, tiny_tokenizer: PreTrainedTokenizerBase
) -> None:
    extractor = SpanExtractor(taught_model, tiny_tokenizer)
    texts = ["you fool", "", "hello world", "hello world " * 200 + "you idiot", " "]

    full = ablate(extractor, texts, {"none": [[] for _ in texts]})["none"].full

    explained = extractor(texts)
    np.testing.assert_allclose(full.probability, [explanation.score for explanation in explained], atol=1e-6)
    np.testing.assert_allclose(full.toxicity, [explanation.toxicity for explanation in explained], atol=1e-6)
    assert full.toxic.tolist() == [explanation.toxic for explanation in explained]


LAWS = settings(
    max_examples=40, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@LAWS
@given(texts=st.lists(TEXT, max_size=5), masking=st.sampled_from(sorted(MASKINGS)))
def test_to_mask_nothing_changes_nothing_and_to_mask_everything_leaves_only_nothing(
    taught_model: BertForSequenceClassification,
    tiny_tokenizer: PreTrainedTokenizerBase,
    texts: list[str],
    masking: str,
) -> None:
    extractor = SpanExtractor(taught_model, tiny_tokenizer)
    everything = [[Span(0, len(text))] if text else [] for text in texts]

    nothing, all_of_it = ablate(
        extractor, texts, {"nothing": [[] for _ in texts], "everything": everything}, masking=masking
    ).values()

    for same, other in (
        (nothing.without, nothing.full),
        (all_of_it.only, nothing.full),
        (all_of_it.without, nothing.only),
    ):
        for ours, theirs in zip(same, other, strict=True):
            np.testing.assert_array_equal(ours, theirs)


@LAWS
@given(texts=st.lists(TEXT, min_size=1, max_size=9), batch_size=st.integers(2, 7), data=st.data())
def test_batch_size_never_changes_a_result(
    taught_model: BertForSequenceClassification,
    tiny_tokenizer: PreTrainedTokenizerBase,
    texts: list[str],
    batch_size: int,
    data: st.DataObject,
) -> None:
    extractor = SpanExtractor(taught_model, tiny_tokenizer)
    ends = [data.draw(st.integers(0, len(text))) for text in texts]
    spans = [[Span(0, end)] if end else [] for end in ends]

    together = ablate(extractor, texts, {"it": spans}, batch_size=batch_size)["it"]

    for place, text in enumerate(texts):
        alone = ablate(extractor, [text], {"it": [spans[place]]}, batch_size=1)["it"]
        for ours, theirs in zip(together, alone, strict=True):
            np.testing.assert_allclose(ours.toxicity[place], theirs.toxicity[0], atol=1e-5)
            np.testing.assert_allclose(ours.probability[place], theirs.probability[0], atol=1e-5)


def test_in_a_long_text_evidence_is_masked_in_every_window_and_another_one_may_decide(
    adding_model: Build, tiny_tokenizer: PreTrainedTokenizerBase
) -> None:
    """Windows of six words, one of them shared: "stupid" stands in both of the first two, "fool" in the last."""
    model = adding_model(WORDS | {"[MASK]": [0.0, 0.0]}, bias=BIAS, max_position_embeddings=8)
    extractor = SpanExtractor(model, tiny_tokenizer)
    text = "you you you you you stupid you you you you you fool"
    stupid, fool = tiny_tokenizer.convert_tokens_to_ids(["stupid", "fool"])
    assert [(stupid in window.ids, fool in window.ids) for window in extractor.windows([text])] == [
        (True, False), (True, False), (False, True)
    ]  # fmt: skip

    found = one(extractor, text, "stupid")

    assert margins(found.full) == [1.0]  # a window with "stupid"
    assert margins(found.without) == [0.0]  # the window with "fool"
    assert margins(found.only) == [1.0]


def test_texts_without_evidence_and_without_a_word_are_read_as_they_are(extractor: SpanExtractor) -> None:
    texts = ["", "you fool", " \n"]

    found = ablate(extractor, texts, {"it": [[], [], []]})["it"]

    assert found.full.probability[[0, 2]].tolist() == found.only.probability[[0, 2]].tolist() == [1.0, 1.0]
    assert found.full.toxicity[[0, 2]].tolist() == [0.0, 0.0]
    assert found.without.toxicity.tolist() == found.full.toxicity.tolist()
    assert margins(Readings(*(column[1:2] for column in found.only))) == [-1.5]  # two masks


def test_no_texts_and_no_rationales_are_no_accident(extractor: SpanExtractor) -> None:
    assert [len(column) for reading in ablate(extractor, [], {"it": []})["it"] for column in reading] == [0] * 9
    assert ablate(extractor, ["you"], {}) == {}


def test_a_tokenizer_that_pads_on_the_left_makes_no_difference(extractor: SpanExtractor) -> None:
    texts = ["you stupid fool", "hello " * 9 + "fool"]
    spans = [find_all("fool", text) for text in texts]
    expected = ablate(extractor, texts, {"it": spans})["it"]
    tokenizer = copy.deepcopy(extractor.tokenizer)
    tokenizer.padding_side = "left"

    found = ablate(SpanExtractor(extractor.model, tokenizer), texts, {"it": spans})["it"]

    for ours, theirs in zip(found, expected, strict=True):
        np.testing.assert_array_equal(ours.toxicity, theirs.toxicity)


def test_of_three_labels_the_predicted_one_is_followed_beside_the_toxic_ones_together(
    adding_model: Build, tiny_tokenizer: PreTrainedTokenizerBase
) -> None:
    words = {"fool": [0.0, 1.0, 0.0], "idiot": [0.0, 0.0, 3.0]}
    model = adding_model(words, bias=[0.0, 0.0, 0.0], labels=("clean", "offensive", "hateful"))
    extractor = SpanExtractor(model, tiny_tokenizer, toxic_labels=["offensive", "hateful"])

    found = one(extractor, "you fool idiot", "idiot")

    both, rest = 1 + exp(1) + exp(3), 2 + exp(1)
    assert found.full.probability.tolist() == pytest.approx([exp(3) / both])
    assert found.full.toxicity.tolist() == pytest.approx([1 - 1 / both])
    assert found.without.probability.tolist() == pytest.approx([1 / rest])  # of "hateful", though "offensive" leads
    assert found.without.toxicity.tolist() == pytest.approx([1 - 1 / rest])
    assert found.without.toxic.tolist() == [True]


def test_a_multi_label_model_is_followed_by_its_strongest_label(
    adding_model: Build, tiny_tokenizer: PreTrainedTokenizerBase
) -> None:
    words = {"fool": [1.0, 0.0], "idiot": [0.0, 3.0]}
    model = adding_model(
        words, bias=[-1.0, -1.0], labels=("insult", "threat"), problem_type="multi_label_classification"
    )

    found = one(SpanExtractor(model, tiny_tokenizer), "you fool idiot", "idiot")

    assert found.full.probability.tolist() == pytest.approx([sigmoid(2)])
    assert found.without.probability.tolist() == pytest.approx([sigmoid(-1)])  # of "threat"
    assert found.without.toxicity.tolist() == pytest.approx([sigmoid(0)])  # of "insult"


def test_equal_copies_are_read_once(extractor: SpanExtractor) -> None:
    read: list[int] = []
    extractor.model.register_forward_pre_hook(
        lambda _module, _args, given: read.append(len(given["input_ids"])), with_kwargs=True
    )
    texts = ["you fool", "you fool", "hello stupid world"]
    everything = [[Span(0, len(text))] for text in texts]

    ablate(extractor, texts, {"nothing": [[], [], []], "everything": everything})

    assert sum(read) == 4  # two texts that differ, and each with all of its tokens masked


def test_no_gradient_is_kept(extractor: SpanExtractor) -> None:
    with torch.enable_grad():
        one(extractor, "you fool", "fool")
    assert all(parameter.grad is None for parameter in extractor.model.parameters())


def test_a_model_without_the_token_is_refused_with_the_ways_that_it_has(extractor: SpanExtractor) -> None:
    tokenizer = copy.deepcopy(extractor.tokenizer)
    tokenizer.mask_token = None
    without = SpanExtractor(extractor.model, tokenizer)

    with pytest.raises(ValueError, match=r"masking is 'mask', but .* no such token .*; choose 'unk' or 'attention'"):
        one(without, "you fool", "fool")
    assert margins(one(without, "you fool", "fool", masking="attention").without) == [-1.0]


def test_a_token_that_the_model_has_no_embedding_for_is_refused(extractor: SpanExtractor) -> None:
    tokenizer = copy.deepcopy(extractor.tokenizer)
    tokenizer.add_special_tokens({"mask_token": "<new mask>"})

    with pytest.raises(ValueError, match="choose 'unk' or 'attention'"):
        one(SpanExtractor(extractor.model, tokenizer), "you fool", "fool")


@pytest.mark.parametrize(
    ("spans", "masking", "message"),
    [
        ([[]], "delete", "masking is 'delete'; expected one of mask, unk, attention"),
        ([[], []], "mask", "mine: got spans for 2 texts; expected one list for each of the 1"),
        ([[(4, 9)]], "mask", r"mine, text 0: span 0 is \[4, 9\); expected .* 8, the length of the text"),
    ],
)
def test_what_does_not_fit_is_named(extractor: SpanExtractor, spans: Any, masking: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        ablate(extractor, ["you fool"], {"mine": spans}, masking=masking)
