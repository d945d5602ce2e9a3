"""Promises of `hf_toxspan.training.metrics`."""

import pytest
from transformers import BertForSequenceClassification, PreTrainedTokenizerBase

from hf_toxspan.core.spans import Span
from hf_toxspan.modeling.extraction import Explanation, SpanExtractor
from hf_toxspan.training.metrics import predict, score_rows, span_metrics

ROWS = [
    {"text": "hello you stupid friend", "toxic": True, "spans": [[10, 16]]},
    {"text": "hello world", "toxic": False, "spans": []},
    {"text": "hello friend", "toxic": True, "spans": [[6, 12]]},  # which the model calls clean
    {"text": "you fool", "toxic": True, "spans": None},
    {"text": "he is nice", "toxic": False, "spans": None},
]


@pytest.fixture
def extractor(taught_model: BertForSequenceClassification, tiny_tokenizer: PreTrainedTokenizerBase) -> SpanExtractor:
    return SpanExtractor(taught_model, tiny_tokenizer)


def said(toxic: bool, *spans: Span) -> Explanation:
    return Explanation("toxic" if toxic else "clean", 0.9, toxic, 0.9 if toxic else 0.1, None, list(spans))


def test_predictions_keep_the_order_and_explain_annotated_toxic_rows_always(extractor: SpanExtractor) -> None:
    found = predict(extractor, ROWS, batch_size=2)

    assert [explanation.toxic for explanation in found] == [True, False, False, True, False]
    assert [explanation.saliency is not None for explanation in found] == [True, False, True, True, False]
    assert [len(explanation.saliency) for explanation in (found[0], found[2])] == [23, 12]


def test_clean_annotated_rows_are_explained_on_request_and_nothing_else_changes(extractor: SpanExtractor) -> None:
    found, usual = predict(extractor, ROWS, explain_clean=True), predict(extractor, ROWS)

    assert [explanation.saliency is not None for explanation in found] == [True, True, True, True, False]
    assert [explanation.label for explanation in found] == [explanation.label for explanation in usual]
    assert score_rows(found, ROWS) == score_rows(usual, ROWS)


def test_both_protocols_are_scored_by_hand() -> None:
    """Explained: 6 + 6 gold characters, 6 + 3 marked, all of them gold. End to end the third row shows nothing."""
    explanations = [said(True, Span(10, 16)), said(False), said(False, Span(6, 9)), said(True), said(True)]

    scores = score_rows(explanations, ROWS)

    assert scores.explained is not None
    assert scores.end_to_end is not None
    assert (scores.explained.overlap_f1, scores.explained.char_precision, scores.explained.char_recall) == (1, 1, 0.75)
    assert (scores.end_to_end.char_precision, scores.end_to_end.char_recall) == (1, 0.5)
    assert scores.classes.accuracy == pytest.approx(3 / 5)  # toxic rows 0 and 3, clean row 1


def test_rows_without_annotation_have_class_scores_only(extractor: SpanExtractor) -> None:
    scores = score_rows(predict(extractor, ROWS[3:]), ROWS[3:])

    assert (scores.classes.accuracy, scores.explained, scores.end_to_end) == (1, None, None)
    assert span_metrics(extractor, ROWS[3:]) == {}


def test_span_metrics_are_those_of_the_annotated_rows(extractor: SpanExtractor) -> None:
    scores = score_rows(predict(extractor, ROWS[:3]), ROWS[:3])
    assert scores.explained is not None
    assert scores.end_to_end is not None

    metrics = span_metrics(extractor, ROWS)

    assert metrics == {
        **scores.explained._asdict(),
        "char_f1_end_to_end": scores.end_to_end.char_f1,
        "char_iou_end_to_end": scores.end_to_end.char_iou,
    }
    assert metrics["char_f1_end_to_end"] == pytest.approx(2 / 3)  # 6 of 12 characters, none of them wrong
