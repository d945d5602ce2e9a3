"""Promises of `hf_toxspan.evaluation.quadruple_report`."""

import json
from io import StringIO

import pytest
from rich.console import Console

from hf_toxspan.core.quadruple_scores import tally_quadruples
from hf_toxspan.core.tallies import scores
from hf_toxspan.evaluation.quadruple_report import COMMONEST, commonest, start_quadruple_report
from tests.toy_quadruples import quad, row

ROWS = [
    row("they are dumb", quad("they are dumb", "they", "dumb", ["Region"])),
    row("he|she is kind", quad("he|she is kind", "she", "kind", hateful=False)),
    row("what a dumb idea", quad("what a dumb idea", None, "dumb", ["others"])),
]
TRAIN = [
    *(row(f"they are {word}", quad(f"they are {word}", "they", word, ["Region"])) for word in ("dumb", "ugly")),
    *(row(f"she is {word}", quad(f"she is {word}", "she", word, hateful=False)) for word in ("nice", "kind", "good")),
]


def test_the_commonest_target_is_named_of_every_text_with_its_group() -> None:
    assert commonest(TRAIN, ["hello [END]| world"]) == ["she | hello (END)/ world | non-hate | non-hate [END]"]
    assert commonest([row("hello"), *TRAIN[:1]], ["hello"]) == ["they | hello | Region | hate [END]"]


def test_training_rows_without_quadruples_are_refused() -> None:
    with pytest.raises(ValueError, match="the training rows have no quadruples"):
        commonest([row("hello")], ["hello"])


def test_systems_stand_beside_the_trivial_ones_under_both_protocols() -> None:
    report = start_quadruple_report(TRAIN, ROWS, data="toys")

    measured = report.add("perfect", report.references)

    assert list(report.systems) == ["mark nothing", "mark everything", COMMONEST, "perfect"]
    assert report.references[2] == "NULL | dumb | others | hate [END]"
    for protocol in ("ccl25", "state"):
        assert measured[protocol].scores["average_f1"] == 1.0
        assert measured[protocol].intervals["hard_f1"][:2] == (1.0, 1.0)
        assert report.systems["mark nothing"][protocol].scores["average_f1"] == 0.0
        found = commonest(TRAIN, [own["text"] for own in ROWS])
        expected = scores(tally_quadruples(found, report.references, protocol=protocol))
        assert report.systems[COMMONEST][protocol].scores == expected


def test_pieces_that_can_not_be_read_are_counted() -> None:
    report = start_quadruple_report(TRAIN, ROWS, data="toys")

    measured = report.add("careless", ["they | dumb [END]", "", report.references[2]])

    assert measured["ccl25"].details == {"malformed": {"predictions": 1, "references": 0}}
    assert measured["ccl25"].scores["hard_precision"] == 1.0  # forgiven
    assert measured["state"].scores["hard_precision"] == 0.5


def test_the_tables_fit_eighty_columns_and_the_scores_are_plain_json() -> None:
    report = start_quadruple_report(TRAIN, ROWS, data="toys")
    report.add("one right", [report.references[0], "[END]", "[END]"])
    report.notes.append("to be known")
    console = Console(width=80, record=True, file=StringIO())

    console.print(report.to_tables())

    told = console.export_text()
    assert "50.0 (0.0, 100.0)" in told  # P = 1, R = 1/3
    assert all(name in told for name in ("Quadruples (ccl25)", "Quadruples (state)", "mark everything", "to be known"))
    stored = json.loads(json.dumps(report.to_dict()))
    assert stored["rows"] == 3 and stored["systems"]["one right"]["state"]["hard_f1"] == 0.5
    assert stored["systems"]["one right"]["ccl25"]["confidence_intervals"]["hard_f1"] == [0.0, 1.0]


def test_no_rows_are_refused() -> None:
    with pytest.raises(ValueError, match="toys has no rows; expected at least one text to score"):
        start_quadruple_report(TRAIN, [], data="toys")
