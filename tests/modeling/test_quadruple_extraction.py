"""Promises of `hf_toxspan.modeling.quadruple_extraction`."""

import copy
from pathlib import Path

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from transformers import BertForSequenceClassification, PreTrainedTokenizerBase

from hf_toxspan.core.quadruples import NULL, Quadruple, format_quadruples, parse_quadruples
from hf_toxspan.core.spans import Span
from hf_toxspan.modeling.quadruple_encoder import QuadrupleEncoder
from hf_toxspan.modeling.quadruple_encoder_config import Decoding
from hf_toxspan.modeling.quadruple_extraction import CHUNK, ExtractedQuadruple, QuadrupleExtractor, write_found
from tests.toy_quadruples import build_encoder, teach

PIECES = [
    "they", "she", "are", "dumb", "idiot", "kind", "hello", "他", "笨", "người", "👩‍👩‍👧", "e\u0301", "\u200b",
    "|", "[SEP]", "[END]", "NULL", "\ud83d", " ", "\n", "\r\n", "\u2028", ".", "\u0301",
]  # fmt: skip
MIXED = st.lists(st.sampled_from(PIECES), max_size=12).map(" ".join) | st.lists(
    st.sampled_from(PIECES), max_size=9
).map("".join)


@pytest.fixture(scope="module")
def taught(tiny_tokenizer: PreTrainedTokenizerBase) -> QuadrupleEncoder:
    return teach(build_encoder(tiny_tokenizer), tiny_tokenizer)


@pytest.fixture
def extractor(taught: QuadrupleEncoder, tiny_tokenizer: PreTrainedTokenizerBase) -> QuadrupleExtractor:
    return QuadrupleExtractor(copy.deepcopy(taught), tiny_tokenizer)


@pytest.fixture(scope="module")
def drawn_by_lot(tiny_tokenizer: PreTrainedTokenizerBase) -> QuadrupleExtractor:
    """A model that marks anything anywhere."""
    return QuadrupleExtractor(build_encoder(tiny_tokenizer, lively=True), tiny_tokenizer)


def quadruples(found: list[ExtractedQuadruple]) -> list[Quadruple]:
    return [own.quadruple for own in found]


def test_quadruples_are_quoted_from_the_original_text(extractor: QuadrupleExtractor) -> None:
    found = extractor(["They are DUMB", "she are very good hello", "what is idiot"])

    assert [quadruples(own) for own in found] == [
        [Quadruple("They", "DUMB", "Region", True)],
        [Quadruple("she", "very good", "non-hate", False)],
        [Quadruple(NULL, "idiot", "others", True)],
    ]
    assert [(own.target_span, own.argument_span) for (own,) in found] == [
        (Span(0, 4), Span(9, 13)),
        (Span(0, 3), Span(8, 17)),
        (None, Span(8, 13)),
    ]
    assert all(0.2 < own.score <= 1 for (own,) in found)


def test_several_arguments_have_several_quadruples_each_with_its_own_target(extractor: QuadrupleExtractor) -> None:
    (found,) = extractor(["they are dumb and thank you friend hello she are kind"])

    assert quadruples(found) == [
        Quadruple("they", "dumb", "Region", True),
        Quadruple("she", "kind", "non-hate", False),
    ]


@pytest.mark.parametrize("text", ["", "  ", "\n\t", "\u200b", "|", " | [SEP] [END]\n|"])
def test_a_text_without_anything_to_say_has_none(extractor: QuadrupleExtractor, text: str) -> None:
    assert extractor([text]) == [[]]
    assert write_found([]) == "[END]" and parse_quadruples("[END]").rows == []


def test_no_texts_have_no_quadruples(extractor: QuadrupleExtractor) -> None:
    assert extractor([]) == []


@pytest.mark.parametrize("text", ["hello world", "你", "."])
def test_any_other_text_has_at_least_one(extractor: QuadrupleExtractor, text: str) -> None:
    (found,) = extractor([text])

    assert found and format_quadruples(quadruples(found))


@pytest.mark.parametrize("between", ["|", "\n", " [SEP] ", "\u2028"])
def test_a_span_ends_before_what_no_field_can_hold(extractor: QuadrupleExtractor, between: str) -> None:
    (whole,) = extractor(["they are ugly trash"])
    (torn,) = extractor([f"they are ugly{between}trash"])

    assert quadruples(whole) == [Quadruple("they", "ugly trash", "Region", True)]
    assert {own.argument for own in quadruples(torn)} <= {"ugly", "trash"} and torn
    assert parse_quadruples(write_found(torn)).problems == []


@settings(max_examples=60, deadline=None, derandomize=True)
@given(texts=st.lists(MIXED, min_size=1, max_size=6), batch_size=st.integers(2, 7))
def test_batch_size_never_changes_a_result_and_all_of_it_can_be_written(
    drawn_by_lot: QuadrupleExtractor, texts: list[str], batch_size: int
) -> None:
    alone = [drawn_by_lot([text], batch_size=1)[0] for text in texts]

    together = drawn_by_lot(texts, batch_size=batch_size)

    for text, one, other in zip(texts, alone, together, strict=True):
        assert [own[:3] for own in one] == [own[:3] for own in other]
        assert [own.score for own in one] == pytest.approx([own.score for own in other], abs=2e-3)
        for quadruple, target, argument, score in other:
            assert quadruple.argument == text[slice(*argument)] and 0 <= score <= 1
            assert quadruple.target == (NULL if target is None else text[slice(*target)])
        rows, problems = parse_quadruples(write_found(other))
        assert rows == quadruples(other) and (problems == [] or not other)
        assert len(set(rows)) == len(rows)


def test_no_span_splits_what_a_reader_sees_as_one_character(drawn_by_lot: QuadrupleExtractor) -> None:
    text = "e\u0301 kind 👩‍👩‍👧 no\u0308te"
    borders = [0, 2, *range(3, 8), 8, 13, 14, 15, 17, 18, 19]

    (found,) = drawn_by_lot([text])

    for _, target, argument, _ in found:
        assert set(target or ()) | set(argument) <= set(borders)


def test_a_long_text_is_read_to_its_end(extractor: QuadrupleExtractor) -> None:
    text = "hello " * 640 + "they are dumb"

    (found,) = extractor([text])

    assert (Span(len(text) - 13, len(text) - 9), Span(len(text) - 4, len(text))) in [own[1:3] for own in found]


def test_more_texts_than_are_held_at_once_keep_their_order(extractor: QuadrupleExtractor) -> None:
    texts = ["they are dumb", "she are kind", "what is idiot"] * (CHUNK // 2)

    found = extractor(texts)

    assert len(found) == len(texts) > CHUNK
    assert found == found[:3] * (CHUNK // 2)


def test_the_config_says_how_spans_are_chosen_unless_the_argument_does(
    extractor: QuadrupleExtractor, tiny_tokenizer: PreTrainedTokenizerBase
) -> None:
    model, text = extractor.model, "they are dumb and thank you friend hello she are kind"
    model.config.decoding = Decoding(bonus=-99.0).to_dict()

    (few,) = QuadrupleExtractor(model, tiny_tokenizer)([text])
    (many,) = QuadrupleExtractor(model, tiny_tokenizer, decoding=Decoding(bonus=0.0))([text])
    (always,) = QuadrupleExtractor(model, tiny_tokenizer, decoding=Decoding(target_floor=-99.0))(["what is idiot"])

    assert (len(few), len(many)) == (1, 2)
    assert always[0].target_span is not None


def test_a_saved_model_is_loaded_with_its_tokenizer(
    extractor: QuadrupleExtractor, tiny_tokenizer: PreTrainedTokenizerBase, tmp_path: Path
) -> None:
    extractor.model.to(torch.bfloat16).save_pretrained(tmp_path)
    tiny_tokenizer.save_pretrained(tmp_path)

    loaded = QuadrupleExtractor.from_pretrained(tmp_path)

    assert loaded.model.dtype == torch.float32 and not loaded.model.training
    assert quadruples(loaded(["they are dumb"])[0]) == [Quadruple("they", "dumb", "Region", True)]


def test_another_model_is_refused(
    tiny_model: BertForSequenceClassification, tiny_tokenizer: PreTrainedTokenizerBase
) -> None:
    with pytest.raises(TypeError, match="model is a BertForSequenceClassification; expected a QuadrupleEncoder"):
        QuadrupleExtractor(tiny_model, tiny_tokenizer)
