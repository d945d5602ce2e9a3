"""Promises of reports as a card reads them."""

from typing import Any

import pytest

from hf_toxspan.cards.reports import Score, compare, read_report
from tests.cards.reports import quadruple_report, span_report, system


def test_the_last_system_is_the_model_unless_told_otherwise() -> None:
    assert read_report(span_report(), where="r").model == "runs/v1"
    assert read_report(span_report(), where="r", system="mark everything").model == "mark everything"
    with pytest.raises(ValueError, match="r has no system 'x'; expected one of 'mark everything'"):
        read_report(span_report(), where="r", system="x")


def test_folders_of_this_machine_are_not_told() -> None:
    read = read_report(span_report(), where="r")
    assert (read.data, read.source) == ("cold:dev.csv", "cold:/home/me/dev.csv")
    assert read_report(span_report(), where="r", name="COLD dev").data == "COLD dev"


def test_a_score_brings_its_interval_or_none() -> None:
    protocol = read_report(span_report(), where="r").protocols["toxic_or_not"]
    assert protocol.score("runs/v1", "macro_f1") == Score(0.5, 0.1, 0.9)
    assert protocol.score("runs/v1", "nothing") == Score(None)
    assert protocol.score("nobody", "macro_f1") == Score(None)


def test_an_undefined_score_is_no_number() -> None:
    stored = span_report()
    stored["protocols"]["toxic_or_not"]["systems"]["runs/v1"]["roc_auc"] = None
    read = read_report(stored, where="r")
    assert read.protocols["toxic_or_not"].score("runs/v1", "roc_auc").value is None


def test_a_report_of_before_has_scores_without_intervals() -> None:
    spans = {name: 0.4 for name in ("overlap_f1", "char_f1", "char_iou", "text_char_f1")}
    own = {"classes": {"macro_f1": 0.5, "accuracy": 0.6}, "explained": spans, "end_to_end": None}
    read = read_report({"data": "d", "rows": 2, "systems": {"mine": own}}, where="r")

    assert set(read.protocols) == {"toxic_or_not", "spans_explained"}
    assert read.protocols["spans_explained"].score("mine", "char_f1") == Score(0.4)


def test_quadruples_have_a_protocol_for_each_rule() -> None:
    read = read_report(quadruple_report(), where="r")
    assert set(read.protocols) == {"quadruples_ccl25", "quadruples_state"}
    assert read.protocols["quadruples_ccl25"].score("encoder", "average_f1") == Score(0.25, 0.2, 0.3)


@pytest.mark.parametrize("stored", [None, [], {}, {"data": "d"}, {"data": "d", "rows": 1, "systems": {}}, "x"])
def test_something_else_is_refused(stored: Any) -> None:
    with pytest.raises(ValueError, match=r"r holds .*; expected a report with data, rows and systems"):
        read_report(stored, where="r")


def test_another_model_stands_beside_on_the_same_data() -> None:
    ours = [read_report(span_report(data=data), where="r") for data in ("a.csv", "b.csv")]
    teacher = read_report(span_report(data="b.csv", model="runs/teacher", value=0.8), where="t")

    first, second = compare(ours, teacher, name="teacher", where="t")

    assert first == ours[0]
    protocol = second.protocols["toxic_or_not"]
    assert list(protocol.systems) == ["mark everything", "lexicon (3 terms)", "runs/v1", "teacher"]
    assert protocol.score("teacher", "macro_f1").value == 0.8
    assert second.model == "runs/v1"


def test_other_data_and_other_texts_are_refused() -> None:
    ours = [read_report(span_report(), where="r")]
    with pytest.raises(ValueError, match=r"t is about other\.csv, the reports about cold"):
        compare(ours, read_report(span_report(data="other.csv"), where="t"), name="t", where="t")
    fewer = {**span_report(), "rows": 3}
    with pytest.raises(ValueError, match=r"t is about 3 texts .* expected two reports on the same texts"):
        compare(ours, read_report(fewer, where="t"), name="t", where="t")


def test_a_protocol_that_only_one_has_stays() -> None:
    ours, other = span_report(), span_report(model="t")
    ours["protocols"]["mine"] = {"protocol": "M", "columns": {"a": "a"}, "systems": {"runs/v1": system(0.1)}}
    (read,) = compare([read_report(ours, where="r")], read_report(other, where="t"), name="t", where="t")
    assert list(read.protocols["mine"].systems) == ["runs/v1"]
