"""Promises of a card's tables: this model first, all others beside it, who is better is said."""

from hf_toxspan.cards.reports import read_report
from hf_toxspan.cards.score_tables import bias_sections, faithfulness_sections, score_sections
from tests.cards.reports import span_report, system


def test_every_protocol_has_a_table_with_all_systems_of_all_data() -> None:
    reports = [read_report(span_report(data=name), where="r") for name in ("a.csv", "b.csv")]

    labels, spans = score_sections(reports)

    assert (labels.title, spans.title) == ("Title of toxic_or_not", "Title of spans_explained")
    lines = labels.table.splitlines()
    assert lines[0] == "| data | system | macro-F1 | accuracy | AUROC |"
    assert lines[2].startswith("| a.csv (1,200 texts) | **this model** | 50.0 [10.0, 90.0] |")
    assert [line.split(" | ")[1] for line in lines[3:]] == [
        "mark everything", "lexicon (3 terms)", "**this model**", "mark everything", "lexicon (3 terms)",
    ]  # fmt: skip
    assert labels.reading == "How to read toxic_or_not."


def test_who_is_better_is_said() -> None:
    (labels, _) = score_sections([read_report(span_report(value=0.5), where="r")])
    assert labels.better == "Better than this model in macro-F1: cold:dev.csv: lexicon (3 terms)."
    (labels, _) = score_sections([read_report(span_report(value=0.9), where="r")])
    assert labels.better == ""


def test_a_ceiling_is_no_rival() -> None:
    stored = span_report(value=0.9)
    stored["protocols"]["toxic_or_not"]["systems"] |= {"oracle: gold first": system(1.0), "runs/v1": system(0.9)}
    (labels, _) = score_sections([read_report(stored, where="r", system="runs/v1")])
    assert "oracle: gold first" in labels.table and labels.better == ""


def test_nothing_measured_is_nothing_shown() -> None:
    assert score_sections([]) == bias_sections([]) == faithfulness_sections([]) == []
    read = read_report({**span_report(), "protocols": {}}, where="r")
    assert bias_sections([read]) == faithfulness_sections([read]) == []


def test_bias_is_told_of_all_systems_and_of_each_community() -> None:
    means, communities = bias_sections([read_report(span_report(), where="r")])

    assert "**this model** | 50.0 [40.0, 60.0] |" in means.table
    assert communities.title == "this model, by community (cold:dev.csv)"
    assert communities.table.splitlines()[-1] == "| Women | 70.0 | 60.0 | undefined | 30 | 12 |"


def test_faithfulness_is_told_where_it_was_measured() -> None:
    names = ("comprehensiveness", "sufficiency", "confidence_drop", "flipped", "marked")
    own = {**dict.fromkeys(names, 0.5), "confidence_intervals": {name: [0.4, 0.6] for name in names}}
    measured = {"masking": "mask", "texts": 7, "predicted_toxic": 9, "rationales": {"evidence shown": own}}
    stored = {**span_report(), "faithfulness": {"runs/v1": measured}}

    (section,) = faithfulness_sections([read_report(stored, where="r")])

    assert section.title == "cold:dev.csv: 7 texts called toxic; words are replaced by: mask"
    assert section.table.splitlines()[-1].startswith("| evidence shown | 50.0 [40.0, 60.0] |")
    empty = {**span_report(), "faithfulness": {"runs/v1": {**measured, "texts": 0}}}
    assert faithfulness_sections([read_report(empty, where="r")]) == []


def test_a_name_of_a_folder_is_told_without_it() -> None:
    stored = span_report()
    stored["protocols"]["toxic_or_not"]["systems"] = {
        "/home/me/teacher": {"macro_f1": 0.9}, "runs/v1": {"macro_f1": 0.5},
    }  # fmt: skip
    (labels, _) = score_sections([read_report(stored, where="r")])
    assert "/home" not in labels.table and "| teacher | 90.0 |" in labels.table
