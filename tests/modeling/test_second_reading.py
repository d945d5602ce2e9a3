"""The second reading with a real model: which reading decides, and where its evidence lies in the text as written."""

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from transformers import BertForSequenceClassification, PreTrainedTokenizerBase

from hf_toxspan.core.rewriting import Replacement, unchanged
from hf_toxspan.core.spans import Span
from hf_toxspan.modeling.extraction import Explanation, SpanExtractor
from hf_toxspan.modeling.second_reading import SecondReading, carry_back
from hf_toxspan.obfuscation.normaliser import build_normaliser

PIECES = [
    "fool ",
    "f.o.o.l ",
    "f00l ",
    "hello ",
    "蠢",
    "蠢.货",
    "貨 ",
    "😀",
    "\u200b",
    "\ud83d",
    "people ",
    " ",
    "st\u200bupid ",
]


@pytest.fixture
def extractor(taught_model: BertForSequenceClassification, tiny_tokenizer: PreTrainedTokenizerBase) -> SpanExtractor:
    return SpanExtractor(taught_model, tiny_tokenizer)


@pytest.fixture
def reader(extractor: SpanExtractor) -> SecondReading:
    return SecondReading(extractor, build_normaliser(["invisible", "traditional", "spacing", "leet"]))


def quotes(explanation: Explanation, text: str) -> list[str]:
    return [text[start:end] for start, end in explanation.spans]


def test_what_only_the_second_reading_finds_is_quoted_as_written(
    extractor: SpanExtractor, reader: SecondReading
) -> None:
    texts = ["hello you f00l", "people are s.t.u.p.i.d people"]
    assert [explanation.toxic for explanation in extractor(texts)] == [False, False]
    found = reader(texts)
    assert [explanation.label for explanation in found] == ["toxic", "toxic"]
    assert [quotes(one, text) for one, text in zip(found, texts, strict=True)] == [["f00l"], ["s.t.u.p.i.d"]]
    assert [one.read_as and one.read_as.text for one in found] == ["hello you fool", "people are stupid people"]


def test_a_text_that_is_not_obfuscated_is_read_once(extractor: SpanExtractor, reader: SecondReading) -> None:
    texts = ["you fool", "hello world", "", "bạn rất ngu 😀"]
    first, second = extractor(texts), reader(texts)
    assert [one.spans for one in first] == [two.spans for two in second]
    assert [one.toxicity for one in first] == [two.toxicity for two in second]
    assert all(two.read_as is None for two in second)


def test_a_toxic_text_never_becomes_clean_by_its_second_reading(extractor: SpanExtractor) -> None:
    def without(text: str):  # noqa: ANN202
        return unchanged(text).rewrite("whitewash", [Replacement(4, 8, "friend")])

    (first,), (second,) = extractor(["you fool"]), SecondReading(extractor, without)(["you fool"])
    assert (second.label, second.spans, second.read_as) == (first.label, first.spans, None)


def test_where_both_readings_are_toxic_the_second_gives_the_evidence(reader: SecondReading) -> None:
    text = "you fool and you f00l"
    (found,) = reader([text])
    assert quotes(found, text) == ["fool", "f00l"]


def test_saliency_has_a_value_for_each_character_as_written(reader: SecondReading) -> None:
    text = "you f.0.0.l"
    (found,) = reader([text], explain_all=True)
    assert found.saliency is not None and found.saliency.shape == (len(text),)
    assert found.saliency[4:11:2].min() > 0.5
    assert found.saliency[5:11:2].tolist() == [0.0, 0.0, 0.0]


def test_carrying_back_has_the_numbers_computed_by_hand() -> None:
    rewriting = unchanged("a🐕 b").rewrite("emoji", [Replacement(1, 3, "dog")])
    read = Explanation("toxic", 0.9, True, 0.9, np.array([0.1, 0.2, 0.9, 0.3, 0.4]), [Span(1, 2), Span(3, 4)])
    back = carry_back(read, rewriting)
    assert back.spans == [Span(1, 3)]
    assert back.saliency is not None and back.saliency.tolist() == [0.1, 0.9, 0.9, 0.4]
    assert (back.label, back.score, back.read_as) == ("toxic", 0.9, rewriting)


@settings(max_examples=20, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(texts=st.lists(st.lists(st.sampled_from(PIECES), max_size=8).map("".join), max_size=8), size=st.integers(2, 7))
def test_batch_size_never_changes_a_result(reader: SecondReading, texts: list[str], size: int) -> None:
    alone = [reader([text], batch_size=1, explain_all=True)[0] for text in texts]
    together = reader(texts, batch_size=size, explain_all=True)
    for one, other, text in zip(alone, together, texts, strict=True):
        assert (one.label, one.spans, one.read_as is None) == (other.label, other.spans, other.read_as is None)
        assert one.score == pytest.approx(other.score, abs=1e-5)
        assert all(0 <= start < end <= len(text) for start, end in other.spans)


@settings(max_examples=20, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(texts=st.lists(st.lists(st.sampled_from(PIECES), max_size=8).map("".join), max_size=8))
def test_a_second_reading_only_adds_toxic_texts(
    extractor: SpanExtractor, reader: SecondReading, texts: list[str]
) -> None:
    once, twice = extractor(texts), reader(texts)
    assert all(two.toxic for one, two in zip(once, twice, strict=True) if one.toxic)


def test_a_switch_in_place_of_a_normaliser_is_refused(
    taught_model: BertForSequenceClassification, tiny_tokenizer: PreTrainedTokenizerBase
) -> None:
    with pytest.raises(TypeError, match=r"the second reading is True; expected a function"):
        SecondReading(SpanExtractor(taught_model, tiny_tokenizer), True)  # type: ignore[arg-type]
