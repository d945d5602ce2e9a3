"""The table of a model beside the trivial baselines."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from rich.console import Console
from transformers import PreTrainedModel, PreTrainedTokenizerBase

from hf_toxspan.evaluation.report import Report, add_model, start_report
from hf_toxspan.modeling.extraction import SpanExtractor

ROWS = [
    {"text": "you fool", "toxic": True, "spans": [[4, 8]]},
    {"text": "a nice day", "toxic": False, "spans": []},
    {"text": "你好", "toxic": False, "spans": None},
]


def test_marking_everything_reaches_overlap_one_but_not_char_one() -> None:
    scores = start_report(ROWS, data="three texts").systems["mark everything"]
    assert scores.explained is not None
    assert scores.explained.overlap_f1 == 1.0
    assert scores.explained.char_f1 == pytest.approx(2 * 4 / (8 + 4))
    assert scores.classes.accuracy == pytest.approx(1 / 3)


def test_end_to_end_scores_count_what_is_marked_in_clean_texts() -> None:
    scores = start_report(ROWS, data="three texts").systems["mark everything"]
    assert scores.end_to_end is not None
    assert scores.end_to_end.char_f1 == pytest.approx(2 * 4 / (8 + 10 + 4))


def test_rows_without_span_labels_leave_the_span_scores_out() -> None:
    scores = start_report(ROWS[2:], data="one text").systems["mark nothing"]
    assert (scores.explained, scores.end_to_end) == (None, None)
    assert scores.classes.accuracy == 1.0


def test_the_lexicon_stands_in_the_table_only_when_given() -> None:
    assert set(start_report(ROWS, data="d", lexicon=["fool"]).systems) == {
        "mark everything",
        "mark nothing",
        "lexicon (1 terms)",
    }
    assert set(start_report(ROWS, data="d").systems) == {"mark everything", "mark nothing"}


def test_no_rows_are_an_error_that_names_the_data() -> None:
    with pytest.raises(ValueError, match=r"empty\.jsonl has no rows"):
        start_report([], data="empty.jsonl")


def test_a_model_is_scored_on_the_same_rows_and_survives_json(
    tiny_model: PreTrainedModel, tiny_tokenizer: PreTrainedTokenizerBase
) -> None:
    report = start_report(ROWS, data="three texts")
    scores = add_model(report, "tiny", SpanExtractor(tiny_model, tiny_tokenizer), ROWS)
    stored = json.loads(json.dumps(report.to_dict()))
    assert stored["systems"]["tiny"]["explained"] == scores.explained._asdict()
    assert (stored["rows"], stored["toxic"], stored["annotated"]) == (3, 1, 2)


def shown(report: Report, *, width: int) -> str:
    console = Console(record=True, width=width)
    console.print(report.to_tables())
    return console.export_text()


def test_the_table_shows_overlap_never_without_char_f1_and_iou() -> None:
    text = shown(start_report(ROWS, data="three texts"), width=80)
    for word in ("overlap", "IoU", "rec.", "macro-F1", "mark everything", "as shown"):
        assert word in text
    assert "66.7" in text


def test_the_table_fits_a_terminal_of_80_columns() -> None:
    narrow = shown(start_report(ROWS, data="three texts", lexicon=["fool"]), width=80)
    assert "…" not in narrow
    assert "lexicon (1 terms)" in narrow


def test_the_sample_is_never_shown_without_saying_what_it_is() -> None:
    assert "word list" in shown(start_report(ROWS, data="sample:dev"), width=200)
    assert "word list" not in shown(start_report(ROWS, data="three texts"), width=200)


def test_faithfulness_stands_in_the_report_only_where_it_was_asked_for(
    taught_model: PreTrainedModel, tiny_tokenizer: PreTrainedTokenizerBase
) -> None:
    extractor = SpanExtractor(taught_model, tiny_tokenizer)
    plain, asked = (start_report(ROWS, data="three texts", lexicon=["fool"]) for _ in range(2))
    add_model(plain, "taught", extractor, ROWS)
    add_model(asked, "taught", extractor, ROWS, masking="unk")

    assert "faithfulness" not in plain.to_dict() and "Faithfulness" not in shown(plain, width=80)
    stored = json.loads(json.dumps(asked.to_dict(), allow_nan=False))["faithfulness"]["taught"]
    assert asked.to_dict() | {"faithfulness": None} == plain.to_dict() | {"faithfulness": None}
    assert (stored["masking"], stored["texts"]) == ("unk", 1)
    text = shown(asked, width=80)
    for words in ("random spans", "lexicon (1 terms)", "mark everything", "unknown token", "Drop beyond random spans"):
        assert words in text
    assert "…" not in text


def test_a_model_that_shows_no_evidence_has_no_numbers_but_a_sentence(
    taught_model: PreTrainedModel, tiny_tokenizer: PreTrainedTokenizerBase
) -> None:
    report = start_report(ROWS[1:], data="clean texts")
    add_model(report, "taught", SpanExtractor(taught_model, tiny_tokenizer), ROWS[1:], masking="mask")

    assert "Of 0 texts called toxic by taught, 0 show evidence" in shown(report, width=80)


WORDS = [
    {"text": "you stupid fool", "label": "hate", "toxic": True, "spans": [[4, 15]], "target_groups": ["Women"]},
    {"text": "hello friend", "label": "normal", "toxic": False, "spans": [], "target_groups": ["Women", "Arab"]},
    {"text": "dumb and ugly", "label": "offensive", "toxic": True, "spans": [[0, 4]], "target_groups": ["Arab"]},
    {"text": "nice", "label": "normal", "toxic": False, "spans": None, "target_groups": []},
]
"""Rows with everything but words."""
WITH_WORDS: list[dict[str, Any]] = [{**row, "tokens": str(row["text"]).split()} for row in WORDS]


@pytest.fixture
def three_labels(adding_model: Callable[..., Any], tiny_tokenizer: PreTrainedTokenizerBase) -> SpanExtractor:
    """Labels in another order than the alphabet's; it takes "dumb" for hate."""
    model = adding_model(
        {"stupid": [0.0, 3.0, 0.0], "fool": [0.0, 2.0, 0.0], "dumb": [0.0, 3.0, 1.0], "ugly": [0.0, 0.0, 1.0]},
        bias=[1.0, 0.0, 0.0],
        labels=("normal", "hate", "offensive"),
    )
    return SpanExtractor(model, tiny_tokenizer, toxic_labels=["hate", "offensive"])


def test_the_json_has_intervals_of_the_spans_of_the_table() -> None:
    report = start_report(ROWS, data="d", lexicon=["fool"])
    stored = json.loads(json.dumps(report.to_dict(), allow_nan=False))

    for part, board in (("explained", "spans_explained"), ("end_to_end", "spans_as_shown")):
        for name, scores in stored["systems"].items():
            measured = stored["protocols"][board]["systems"][name]
            assert {own: measured[own] for own in scores[part]} == pytest.approx(scores[part])
            low, high = measured["confidence_intervals"]["char_f1"]
            assert low <= measured["char_f1"] <= high
    assert stored["protocols"]["spans_explained"]["columns"]["char F1"] == "char_f1"
    assert stored["protocols"]["spans_explained"]["reading"]
    assert stored["made_by"].startswith("hf_toxspan ")


def test_rows_decide_what_is_measured() -> None:
    spans = {"spans_explained", "spans_as_shown"}
    unmarked = [{**row, "spans": None} for row in ROWS]
    assert set(start_report(unmarked, data="d").boards) == {"toxic_or_not"}
    assert set(start_report(ROWS, data="d").boards) == {"toxic_or_not", *spans}
    assert set(start_report(WORDS, data="d").boards) == {"toxic_or_not", "bias", *spans}
    plausibility = {"plausibility_top5", "plausibility_runs", "plausibility_pooled"}
    assert set(start_report(WITH_WORDS, data="d").boards) == {"toxic_or_not", "bias", *spans, *plausibility}
    vihos = {"vihos_vihatet5", "vihos_rated"}
    assert set(start_report(ROWS, data="d", benchmark="vihos").boards) == {"toxic_or_not", *spans, *vihos}
    clean = [{**row, "toxic": False} for row in WITH_WORDS]
    assert set(start_report(clean, data="d").boards) == {"toxic_or_not", "bias", "spans_as_shown"}


def test_every_board_holds_the_same_systems_and_the_model(three_labels: SpanExtractor) -> None:
    report = start_report(WITH_WORDS, data="four texts", lexicon=["fool"])
    add_model(report, "model", three_labels, WITH_WORDS)

    trivial = ["mark everything", "mark nothing", "lexicon (1 terms)"]
    for name, board in report.boards.items():
        expected = {"labels": ['always "normal"'], "plausibility_top5": [*trivial, "oracle: gold first"]}
        assert list(board.systems) == [*expected.get(name, trivial), "model"]
    stored = json.loads(json.dumps(report.to_dict(), allow_nan=False))["protocols"]
    assert stored["toxic_or_not"]["systems"]["model"]["roc_auc"] == 1
    assert stored["plausibility_pooled"]["texts"] == 3


def test_labels_of_the_data_are_read_where_they_are_the_models_in_any_order(three_labels: SpanExtractor) -> None:
    """Right are "hate" and twice "normal"; F1: hate 2/3, normal 1, offensive 0."""
    report = start_report(WORDS, data="four texts")
    add_model(report, "model", three_labels, WORDS)

    scores = report.boards["labels"].systems["model"].scores
    assert (scores["accuracy"], scores["macro_f1"]) == (0.75, pytest.approx(5 / 9))
    # hate and offensive: 0.98 against 0.84 for hate, but for offensive 0.11 against 0.01: all in order
    assert scores["roc_auc"] == 1
    assert report.notes == []


def test_labels_of_other_words_are_never_guessed_but_named(
    taught_model: PreTrainedModel, tiny_tokenizer: PreTrainedTokenizerBase
) -> None:
    report = start_report(WORDS, data="four texts")
    add_model(report, "taught", SpanExtractor(taught_model, tiny_tokenizer), WORDS)

    assert "labels" not in report.boards
    (note,) = report.notes
    assert note == (
        "taught tells clean, toxic apart, the data hate, normal, offensive: its labels are read as toxic or not alone."
    )
    assert "taught tells clean, toxic apart" in shown(report, width=200)


def test_a_model_whose_labels_are_not_exclusive_is_read_as_toxic_or_not_alone(
    adding_model: Callable[..., Any], tiny_tokenizer: PreTrainedTokenizerBase
) -> None:
    names = ("hate", "normal", "offensive")
    model = adding_model({}, bias=[0.0] * 3, labels=names, problem_type="multi_label_classification")
    report = start_report(WORDS, data="four texts")
    add_model(report, "model", SpanExtractor(model, tiny_tokenizer, toxic_labels=["hate", "offensive"]), WORDS)

    assert "labels" not in report.boards
    assert "apart, each by itself" in report.notes[0]


def test_plausibility_without_words_counts_the_models_tokens_on_request(three_labels: SpanExtractor) -> None:
    with_words, asked, plain = (start_report(rows, data="d") for rows in (WITH_WORDS, WORDS, WORDS))
    add_model(with_words, "model", three_labels, WITH_WORDS)
    add_model(asked, "model", three_labels, WORDS, plausibility=True)
    add_model(plain, "model", three_labels, WORDS)

    assert "plausibility_top5" not in plain.boards
    assert "tokens of model" in asked.boards["plausibility_top5"].title
    for name in ("plausibility_top5", "plausibility_runs", "plausibility_pooled"):  # each word is one token
        assert asked.boards[name].systems == with_words.boards[name].systems
    assert asked.systems == with_words.systems == plain.systems


def test_plausibility_without_evidence_to_compare_with_is_an_error(three_labels: SpanExtractor) -> None:
    rows = [{**row, "spans": None} for row in WORDS]
    with pytest.raises(ValueError, match="my rows: no toxic text has spans; plausibility needs at least one"):
        add_model(start_report(rows, data="my rows"), "model", three_labels, rows, plausibility=True)


def test_tokens_that_are_not_the_text_are_named() -> None:
    rows = [{**row, "tokens": ["you"]} for row in WORDS]
    (note,) = start_report(rows, data="d").notes
    assert "no words for plausibility" in note


def test_published_numbers_stand_only_beside_their_benchmark() -> None:
    plain, known = (start_report(WITH_WORDS, data="d", benchmark=name) for name in (None, "hatexplain"))

    assert "published" not in plain.to_dict() and "test part" not in shown(plain, width=80)
    stored = known.to_dict()["published"]
    assert (stored["benchmark"], stored["part"]) == ("hatexplain", "test")
    assert {"system": "backbone", "source": "RATeD", "scores": {"span_f1": 0.442}} in stored["plausibility_pooled"]
    text = shown(known, width=80)
    for words in ("published, test part:", "BERT-HX (notebook)", "not measured here: labels, faithfulness"):
        assert words in text


def test_an_unknown_benchmark_is_an_error_that_lists_those_known() -> None:
    with pytest.raises(ValueError, match="benchmark is 'eraser'; expected one of hatexplain, vihos"):
        start_report(ROWS, data="d", benchmark="eraser")


@pytest.mark.parametrize("benchmark", ["hatexplain", "vihos"])
def test_all_tables_together_fit_a_terminal_of_80_columns(benchmark: str, three_labels: SpanExtractor) -> None:
    rows = [{**row, "annotator_spans": [row["spans"]] if row["spans"] else []} for row in WITH_WORDS]
    report = start_report(rows, data="four texts", lexicon=["fool"], benchmark=benchmark)
    add_model(report, "model", three_labels, rows, masking="unk")

    text = shown(report, width=80)
    assert "…" not in text
    assert text == "\n".join(line[:80] for line in text.split("\n"))
    for name in ("Classes: hate, normal, offensive", "Plausibility: top 5 words", "copy one annotator", "Bias"):
        assert name in text
    places = [text.index(name) for name in ("Spans", "top 5", "toxic texts", "all texts", "Bias", "Faithfulness")]
    assert places == sorted(places)
