"""Promises of the table of spans and of its pairs."""

from hypothesis import given, settings
from hypothesis import strategies as st

from hf_toxspan.core.span_pairs import pair_spans, tabulate

few = settings(max_examples=60, deadline=None)

SPANS = st.lists(st.tuples(st.integers(-2, 6), st.integers(-2, 6)), max_size=4)
CORPUS = st.lists(st.tuples(SPANS, SPANS), max_size=5)

Corpus = list[tuple[list[tuple[int, int]], list[tuple[int, int]]]]


def test_no_spans_make_an_empty_table_and_no_pairs() -> None:
    for texts in ([], [[], []]):
        assert [column.size for column in tabulate(texts)] == [0, 0, 0]
        assert [column.size for column in pair_spans(tabulate(texts), tabulate(texts))] == [0, 0, 0]


def test_spans_are_paired_within_their_text() -> None:
    pairs = pair_spans(tabulate([[[0, 2], [4, 6]], [[0, 2]], []]), tabulate([[[0, 4]], [], [[0, 2]]]))

    assert [column.tolist() for column in pairs] == [[0, 1], [0, 0], [0.5, 0.0]]


def test_spans_without_tokens_have_no_iou() -> None:
    pairs = pair_spans(tabulate([[[2, 2], [4, 2]]]), tabulate([[[2, 2], [4, 2], [0, 6]]]))

    assert not pairs.iou.any()


@few
@given(CORPUS)
def test_the_table_holds_the_distinct_spans_in_order(corpus: Corpus) -> None:
    texts = [spans for spans, _ in corpus]

    expected = sorted({(text, *span) for text, spans in enumerate(texts) for span in spans})
    assert [*zip(*(column.tolist() for column in tabulate(texts)), strict=True)] == expected


@few
@given(CORPUS)
def test_the_iou_is_that_of_sets_of_tokens(corpus: Corpus) -> None:
    predicted, gold = (tabulate([text[side] for text in corpus]) for side in (0, 1))

    pairs = pair_spans(predicted, gold)

    found = []
    for ours, theirs, iou in zip(*(column.tolist() for column in pairs), strict=True):
        assert predicted.text[ours] == gold.text[theirs]
        tokens = set(range(predicted.start[ours], predicted.end[ours]))
        others = set(range(gold.start[theirs], gold.end[theirs]))
        assert iou == (len(tokens & others) / len(tokens | others) if tokens | others else 0)
        found.append((ours, theirs))
    assert found == sorted(set(found))
    assert len(found) == sum(len(set(ours)) * len(set(theirs)) for ours, theirs in corpus)
