"""Three readings of the same evidence, by hand, and on HateXplain what its metric card says of trivial systems."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from hf_toxspan.core.spans import Span, from_mask
from hf_toxspan.data.files import read_rows
from hf_toxspan.evaluation import baselines
from hf_toxspan.evaluation.plausibility import ORACLE, ceilings, plausibility_boards, word_tokens
from hf_toxspan.modeling.extraction import Explanation

LONG = "you are so very dumb and a fool too"
ROWS: list[dict[str, Any]] = [
    {"text": LONG, "toxic": True, "spans": [[11, 20], [27, 31]], "tokens": LONG.split()},
    {"text": "a nice day", "toxic": False, "spans": [], "tokens": ["a", "nice", "day"]},
    {"text": "ugly", "toxic": True, "spans": None, "tokens": None},
]
"""In words: "very dumb" and "fool" of nine; nothing of three; not annotated."""


def explained(text: str, values: dict[str, float], *spans: Span, toxic: bool = True) -> Explanation:
    """Give the characters of some words a saliency."""
    saliency = np.zeros(len(text))
    for word, value in values.items():
        start = text.index(word)
        saliency[start : start + len(word)] = value
    return Explanation("", 0.9, toxic, 0.9 if toxic else 0.1, saliency, list(spans))


SAID = [
    explained(LONG, {"dumb": 1.0, "fool": 0.9, "so": 0.8, "too": 0.7, "and": 0.6}, Span(11, 17)),
    explained("a nice day", {"day": 0.5}, Span(7, 10), toxic=False),
    explained("ugly", {"ugly": 1.0}, Span(0, 4)),
]


def scores(protocol: str, said: list[Explanation], rows: list[dict[str, Any]] | None = None) -> dict[str, float]:
    rows = ROWS if rows is None else rows
    tokens = word_tokens(rows)
    assert tokens is not None
    board = plausibility_boards(rows, tokens, whose="words")[protocol]
    board.add("system", said)
    return board.systems["system"].scores


def test_words_are_the_rows_tokens_where_they_are_the_text() -> None:
    words = word_tokens(ROWS)
    assert words is not None
    assert [LONG[start:end] for start, end in words[0]] == LONG.split()
    assert words[2] == []


@pytest.mark.parametrize("tokens", [None, [], ["a", "nice"], ["a", "nice", " day"], 3, [1, 2]])
def test_tokens_that_are_not_the_text_are_no_words(tokens: object) -> None:
    assert word_tokens([ROWS[0], {**ROWS[1], "tokens": tokens}]) is None


def test_without_annotation_there_are_no_words() -> None:
    assert word_tokens(ROWS[2:]) is None


def test_the_official_reading_takes_five_words_one_by_one_whatever_the_label() -> None:
    """Of dumb, fool, so, too, and: dumb is half of "very dumb", fool is fool. P 2/5, R 2/2; tokens P 2/5, R 2/3."""
    found = scores("plausibility_top5", SAID)

    assert (found["iou_precision"], found["iou_recall"]) == (2 / 5, 1)
    assert found["iou_f1"] == pytest.approx(2 * 0.4 / 1.4)
    assert found["token_f1"] == pytest.approx(2 * 2 / (5 + 3))
    # "very" ties with the three other words of saliency 0 at the end: 3 gold of 9
    assert found["average_precision"] == pytest.approx((1 + 1 + 3 / 9) / 3)
    clean = [explained(LONG, {"dumb": 1.0, "fool": 0.9, "so": 0.8, "too": 0.7, "and": 0.6}, toxic=False), *SAID[1:]]
    assert scores("plausibility_top5", clean) == found


def test_shown_spans_are_runs_of_the_words_they_touch() -> None:
    """The span "very d" touches "very dumb": one of one run right, one of two found; 2 of 2 and 2 of 3 words."""
    found = scores("plausibility_runs", SAID)

    assert (found["iou_precision"], found["iou_recall"]) == (1, 0.5)
    assert found["token_f1"] == pytest.approx(0.8)
    assert scores("plausibility_runs", [explained(LONG, {}, Span(11, 17), toxic=False), *SAID[1:]])["iou_f1"] == 0


def test_the_pooled_reading_counts_clean_texts_too() -> None:
    """Marked in the clean text: one run of one word, wrong."""
    shown = [SAID[0], explained("a nice day", {"day": 0.95}, Span(7, 10)), SAID[2]]
    found = scores("plausibility_pooled", shown)

    assert (found["span_precision"], found["span_recall"]) == (1 / 2, 1 / 2)
    assert found["token_f1"] == pytest.approx(2 * 2 / (3 + 3))
    # all 12 words in one ranking: dumb, day, fool, ..., and "very" with the six of saliency 0
    assert found["average_precision"] == pytest.approx((1 + 2 / 3 + 3 / 12) / 3)
    assert scores("plausibility_pooled", SAID)["span_precision"] == 1


def test_a_system_that_only_marks_stands_with_its_runs() -> None:
    said = baselines.explain(baselines.everything, [row["text"] for row in ROWS])
    found = scores("plausibility_top5", said)

    assert found["iou_f1"] == 0
    assert found["token_f1"] == pytest.approx(2 * 3 / (9 + 3))
    assert found["average_precision"] == pytest.approx(3 / 9)


def test_an_oracle_and_one_annotator_are_ceilings() -> None:
    rows = [{**row, "annotator_spans": lists} for row, lists in zip(ROWS, ([[[27, 31]], []], [], None), strict=True)]
    known = ceilings(rows)

    assert scores("plausibility_top5", known[ORACLE], rows)["average_precision"] == 1
    assert scores("plausibility_top5", known[ORACLE], rows)["token_f1"] == pytest.approx(2 * 3 / (5 + 3))
    assert scores("plausibility_runs", known["copy one annotator"], rows)["iou_recall"] == 0.5


def test_without_annotators_on_every_toxic_text_there_is_no_such_ceiling() -> None:
    assert set(ceilings(ROWS)) == {ORACLE}
    assert set(ceilings([{**row, "annotator_spans": []} for row in ROWS])) == {ORACLE}


def test_trivial_systems_on_hatexplain_score_what_its_metric_card_says(real_data: Path) -> None:
    rows = read_rows(real_data / "hatexplain" / "dev.jsonl.gz").to_list()
    words = word_tokens(rows)
    assert words is not None
    for row, own in zip(rows, words, strict=True):
        row["annotator_spans"] = [
            [[own[run.start].start, own[run.end - 1].end] for run in from_mask(mask)] for mask in row["rationales"]
        ]
    boards = plausibility_boards(rows, words, whose="words")
    systems = {"everything": baselines.explain(baselines.everything, [row["text"] for row in rows])} | ceilings(rows)
    for board in boards.values():
        for name, said in systems.items():
            board.add(name, said)

    def percent(protocol: str, system: str, *names: str) -> list[float]:
        return [round(100 * boards[protocol].systems[system].scores[name], 1) for name in names]

    assert (boards["plausibility_top5"].texts, boards["plausibility_pooled"].texts) == (1141, 1922)
    assert percent("plausibility_top5", "everything", "iou_f1", "token_f1", "auprc") == [28.3, 51.6, 70.6]
    assert percent("plausibility_top5", ORACLE, "iou_f1", "token_f1") == [23.5, 60.8]
    assert percent("plausibility_runs", "copy one annotator", "iou_f1", "token_f1") == [73.5, 77.9]
    assert percent("plausibility_pooled", "everything", "token_f1") == [38.0]
