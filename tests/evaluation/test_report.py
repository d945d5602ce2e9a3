"""The table of a model beside the trivial baselines."""

import json

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
