"""Rows get spans with their provenance, and what could not be annotated says so."""

from collections.abc import Sequence
from typing import Any

import pytest
from transformers import BertForSequenceClassification, PreTrainedTokenizerFast

from hf_toxspan.annotation.annotators import Annotation, ClueAnnotator, LexiconAnnotator, annotate_rows, to_annotate
from hf_toxspan.core.spans import Span
from hf_toxspan.modeling.extraction import SpanExtractor

FOOL = Annotation([Span(4, 8)], "lexicon", "annotated")
NOTHING = Annotation(None, None, "nothing")


def row(text: str = "you fool", *, toxic: bool = True, spans: Any = None, **more: Any) -> dict[str, Any]:
    return {"id": "1", "text": text, "label": "x", "toxic": toxic, "spans": spans, **more}


class Scripted:
    """Returns one annotation for all texts, and remembers them."""

    name = "scripted"

    def __init__(self, annotation: Annotation) -> None:
        self.annotation = annotation
        self.seen: list[str] = []

    def annotate(self, texts: Sequence[str]) -> list[Annotation]:
        self.seen += texts
        return [self.annotation for _ in texts]


def columns(row: dict[str, Any]) -> tuple[Any, ...]:
    return row["spans"], row["span_source"], row["span_status"], row["span_detail"], row["span_annotator"]


def test_a_lexicon_marks_what_it_knows_and_says_where_it_knows_nothing() -> None:
    annotator = LexiconAnnotator(["fool", "傻"], "words.txt")
    assert annotator.name == "lexicon words.txt (2 terms)"
    assert annotator.annotate(["😀 you FOOL", "你傻", "you", ""]) == [
        Annotation([Span(6, 10)], "lexicon", "annotated"),
        Annotation([Span(1, 2)], "lexicon", "annotated"),
        NOTHING,
        NOTHING,
    ]


def test_clues_are_given_whatever_label_the_classifier_gives(
    taught_model: BertForSequenceClassification, tiny_tokenizer: PreTrainedTokenizerFast
) -> None:
    annotator = ClueAnnotator(SpanExtractor(taught_model, tiny_tokenizer), "taught", batch_size=1, quiet=True)
    texts = ["you are so stupid", "hello world", "   "] * 6
    stupid, hello, blank = annotator.annotate(texts)[:3]
    assert (stupid.spans, stupid.source, stupid.status) == ([Span(11, 17)], "clue", "annotated")
    assert (hello.source, blank) == ("clue", NOTHING)
    assert annotator.annotate(texts) == ClueAnnotator(annotator.extractor, "taught", quiet=True).annotate(texts)
    assert annotator.name == "clues of taught"


def test_only_toxic_rows_without_spans_are_annotated() -> None:
    rows = [row(), row("given", spans=[[0, 5]]), row("none", spans=[]), row("clean", toxic=False)]
    annotator = Scripted(FOOL)
    annotated = annotate_rows(rows, annotator)
    assert annotator.seen == ["you fool"]
    assert [columns(one) for one in annotated] == [
        ([[4, 8]], "lexicon", "annotated", None, "scripted"),
        ([[0, 5]], None, "given", None, None),
        ([], None, "given", None, None),
        (None, None, "clean", None, None),
    ]


def test_rows_keep_their_fields_and_order_and_are_not_changed() -> None:
    rows = [row(str(n), toxic=n % 2 == 0, own={"n": n}) for n in range(6)]
    before = [dict(one) for one in rows]
    annotated = annotate_rows(rows, Scripted(NOTHING))
    assert rows == before
    assert [{name: one[name] for name in before[0]} for one in annotated] == before


def test_clean_rows_become_empty_only_when_asked() -> None:
    rows = [row(toxic=False), row(toxic=False, spans=[[0, 3]])]
    assert [one["spans"] for one in annotate_rows(rows, Scripted(FOOL))] == [None, [[0, 3]]]
    assert [one["spans"] for one in annotate_rows(rows, Scripted(FOOL), clean_as_empty=True)] == [[], [[0, 3]]]


@pytest.mark.parametrize("found", [FOOL, NOTHING])
def test_replacing_takes_new_spans_and_never_loses_old_ones(found: Annotation) -> None:
    old = row(spans=[[0, 8]], span_source="clue", span_status="annotated", span_detail=None, span_annotator="before")
    (new,) = annotate_rows([old], Scripted(found), replace=True)
    if found is FOOL:
        assert columns(new) == ([[4, 8]], "lexicon", "annotated", None, "scripted")
    else:
        assert columns(new) == ([[0, 8]], "clue", "nothing", None, "before")


def test_a_second_pass_fills_the_gaps_of_the_first() -> None:
    first = annotate_rows([row(), row("you")], LexiconAnnotator(["fool"], "words"))
    assert [one["span_status"] for one in first] == ["annotated", "nothing"]
    assert to_annotate(first) == [1]
    second = annotate_rows(first, Scripted(Annotation([Span(0, 3)], "clue", "annotated")))
    assert second[0] == first[0]
    assert columns(second[1]) == ([[0, 3]], "clue", "annotated", None, "scripted")


def test_no_rows_give_no_rows() -> None:
    assert annotate_rows([], Scripted(FOOL)) == []
