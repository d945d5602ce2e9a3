"""Promises of pairing: predictions meet their references, and what does not fit is named by file and line."""

import json
from pathlib import Path
from typing import Any

import pytest

from hf_toxspan.cli.pairing import load_pairs
from hf_toxspan.core.offsets import standard_error
from hf_toxspan.scoring.catalogue import METRICS
from hf_toxspan.scoring.metric import compute
from tests.conftest import GoldenCases

SPANS = METRICS["toxic_span_f1"]


@pytest.fixture
def write(tmp_path: Path) -> Any:
    """Write records, one a line, or a text as it is."""

    def write(name: str, content: str | list[Any]) -> Path:
        path = tmp_path / name
        lines = content if isinstance(content, str) else "".join(json.dumps(record) + "\n" for record in content)
        path.write_text(lines, encoding="utf-8", newline="")
        return path

    return write


def test_records_are_matched_by_id_in_the_order_of_the_references(write: Any) -> None:
    said = write("a.jsonl", [{"id": "y", "spans": [[0, 1]]}, {"id": "x", "spans": []}])
    known = write("b.jsonl", [{"id": "x", "spans": [[4, 8]]}, {"id": "y", "spans": [[0, 1]]}])
    paired = load_pairs(SPANS, said, known)

    assert paired.inputs == {"predictions": [[], [[0, 1]]], "references": [[[4, 8]], [[0, 1]]]}
    assert paired.where("predictions", 0) == f"{said}, line 2: predictions"
    assert paired.where("references", 0) == f"{known}, line 1: references"
    assert (paired.names, paired.matched_by) == (["x", "y"], "id")


def test_records_without_ids_are_matched_by_order(write: Any) -> None:
    said = write("a.jsonl", [{"spans": [[0, 1]]}, {"spans": []}])
    known = write("b.jsonl", [{"spans": [[0, 2]], "text": "ab"}, {"spans": [], "text": "cd"}])

    assert load_pairs(SPANS, said, known).inputs == {
        "predictions": [[[0, 1]], []],
        "references": [[[0, 2]], []],
        "texts": ["ab", "cd"],
    }


def test_what_a_system_said_never_stands_in_for_a_reference(write: Any) -> None:
    said = write("a.jsonl", [{"id": 1, "spans": [[0, 4]], "text": "fool"}])
    known = write("b.jsonl", [{"id": 1, "label": "toxic"}])

    with pytest.raises(ValueError, match=r"b\.jsonl, line 1: no column for references \(gold spans\)"):
        load_pairs(SPANS, said, known)


def test_ids_of_csv_and_json_are_the_same(write: Any) -> None:
    said = write("a.csv", 'id,spans\n1,"[]"\n')
    paired = load_pairs(SPANS, said, write("b.jsonl", [{"id": 1, "spans": [[0, 1]]}]))

    assert (paired.matched_by, paired.missing) == ("id", 0)


def test_csv_cells_hold_json(write: Any) -> None:
    said = write("a.csv", 'id,spans\n1,"[[0, 4]]"\n')
    known = write("b.csv", 'id,text,spans\n1,fool,"[[0, 4]]"\n')

    assert load_pairs(SPANS, said, known).inputs["predictions"] == [[[0, 4]]]


def test_the_output_of_extract_is_scored_as_it_is(write: Any) -> None:
    found = {"id": 1, "text": "you fool", "spans": [{"start": 4, "end": 8, "text": "fool", "score": 1.0}]}
    paired = load_pairs(SPANS, write("a.jsonl", [found]), write("b.jsonl", [{"id": 1, "spans": [[4, 8]]}]))

    assert paired.inputs["texts"] == ["you fool"]
    assert compute(SPANS, paired.inputs)["char_f1"] == 1


def test_a_missing_prediction_is_an_error_or_an_empty_one(write: Any) -> None:
    said = write("a.jsonl", [{"id": 1, "spans": [[0, 1]]}, {"id": 3, "spans": []}])
    known = write("b.jsonl", [{"id": 1, "spans": [[0, 1]]}, {"id": 2, "spans": [[0, 1]]}])

    with pytest.raises(ValueError, match=r"b\.jsonl, line 2: the id '2' has no prediction; pass --missing empty"):
        load_pairs(SPANS, said, known)
    paired = load_pairs(SPANS, said, known, missing="empty")
    assert (list(paired.inputs["predictions"][1]), paired.missing, paired.unused) == ([], 1, 1)


@pytest.mark.parametrize(
    ("said", "known", "message"),
    [
        ([{"id": 1, "spans": []}, {"id": 5, "spans": []}], None, r"a\.jsonl, line 2: the id '5' has no reference"),
        ([{"id": 1, "spans": []}] * 2, None, r"a\.jsonl, line 2: the id 1 stands at .*a\.jsonl, line 1 already"),
        ([{"id": [1], "spans": []}], None, r"a\.jsonl, line 1: the id is \[1\]; expected a string"),
        ([{"id": True, "spans": []}], None, r"a\.jsonl, line 1: the id is True; expected a string"),
        ([{"id": "1", "spans": []}, {"spans": []}], None, r"a\.jsonl, line 2: no id, but other records of the file"),
        ([{"id": 8, "spans": []}], None, r"no id occurs in both files: '8' at .*a\.jsonl, line 1, '1' at .*b\.jsonl"),
        (
            [{"id": 1, "spans": [], "text": "ab"}],
            [{"id": 1, "spans": [], "text": " ab"}],
            r"a\.jsonl, line 1: the text",
        ),
        ([{"spans": []}, {"spans": []}], None, r"a\.jsonl holds 2 records, .*b\.jsonl 1, and not both have ids"),
        ([{"id": 1, "marks": []}], None, r"a\.jsonl, line 1: no column for predictions \(a system's spans\); looked"),
        ([{"id": 1, "spans": []}], [{"id": 1, "label": 1}], r"b\.jsonl, line 1: no column for references"),
        ([], [], "holds no record; expected at least one text"),
        ('{"id": 1, "spans": [[0, 1]}\n', None, r"a\.jsonl, line 1: invalid JSON"),
        ('{"id": 1, "spans": NaN}\n', None, r"a\.jsonl, line 1: invalid JSON .NaN"),
        ("[1]\n", None, r"a\.jsonl, line 1: holds"),
    ],
)
def test_what_does_not_fit_is_named(write: Any, said: Any, known: Any, message: str) -> None:
    references = write("b.jsonl", [{"id": 1, "spans": [[0, 1]]}] if known is None else known)
    with pytest.raises(ValueError, match=message):
        load_pairs(SPANS, write("a.jsonl", said), references)


def test_a_column_of_another_name_can_be_pointed_at(write: Any) -> None:
    said = write("a.jsonl", [{"marks": [[0, 1]]}])
    known = write("b.jsonl", [{"spans": [[0, 1]]}])

    assert load_pairs(SPANS, said, known, columns={"predictions": "marks"}).inputs["predictions"] == [[[0, 1]]]
    with pytest.raises(ValueError, match=r"no column for texts .*; looked for content, found spans"):
        load_pairs(SPANS, said, known, columns={"predictions": "marks", "texts": "content"})


def test_an_optional_column_is_there_for_all_texts_or_none(write: Any) -> None:
    said = write("a.jsonl", [{"spans": []}, {"spans": []}])
    known = write("b.jsonl", [{"spans": [], "text": "a"}, {"spans": []}])

    with pytest.raises(ValueError, match=r"b\.jsonl, line 2: no column for texts"):
        load_pairs(SPANS, said, known)
    with pytest.raises(ValueError, match=r"b\.jsonl, line 1: no column for texts"):
        load_pairs(SPANS, said, write("b.jsonl", [{"spans": []}, {"spans": [], "text": "a"}]))


def test_an_optional_column_is_not_asked_of_a_missing_prediction(write: Any) -> None:
    metric = METRICS["rationale_plausibility"]
    said = write("a.jsonl", [{"id": 2, "spans": []}])
    known = write(
        "b.jsonl", [{"id": 1, "spans": [], "tokens": ["you"]}, {"id": 2, "spans": [], "tokens": ["you", "fool"]}]
    )
    inputs = load_pairs(metric, said, known, missing="empty").inputs

    assert inputs == {"predictions": [(), []], "references": [[], []], "lengths": [1, 2]}


def test_a_missing_prediction_that_no_empty_one_can_stand_for_is_told(write: Any) -> None:
    said = write("a.jsonl", [{"id": 1, "toxicity": 0.5}])
    known = write("b.jsonl", [{"id": 1, "toxic": 1, "groups": []}, {"id": 2, "toxic": 0, "groups": []}])

    with pytest.raises(ValueError, match=r"b\.jsonl, line 2: no prediction, which gmb_bias_auc can't score"):
        load_pairs(METRICS["gmb_bias_auc"], said, known, missing="empty")


def test_the_probability_of_a_label_is_not_taken_for_toxicity(write: Any) -> None:
    """What `extract` writes calls a clean text clean with a score of 0.99."""
    said = write("a.jsonl", [{"label": "clean", "score": 0.99, "spans": []}])

    with pytest.raises(ValueError, match=r"no column for scores .*looked for toxicity, scores, found label, score"):
        load_pairs(METRICS["gmb_bias_auc"], said, write("b.jsonl", [{"toxic": 0, "groups": []}]))


def test_a_missing_file_is_told(write: Any, tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"no\.jsonl"):
        load_pairs(SPANS, tmp_path / "no.jsonl", write("b.jsonl", []))


# Where the official evaluation of SemEval-2021 stops, and what we say there.
STOPS = {
    "file_missing_line_exit": r"gold\.tsv, line 3: the id '2' has no prediction",
    "file_wrong_id": r"gold\.tsv, line 3: the id '2' has no prediction",
    "file_repeated_pred_id_exit": r"predictions\.tsv, line 2: id 0 stands in .* line 1 already",
    "file_syntax_error_is_not_caught": r"predictions\.tsv, line 2: the value is",
    "file_no_tab": r"predictions\.tsv, line 2: holds",
    "file_trailing_blank_line_fails": r"predictions\.tsv, line 4: holds",
    "file_integer_prediction_type_error": r"predictions\.tsv, line 1: the value is '5'",
    "file_repeated_gold_id": r"gold\.tsv, line 2: id 0 stands in .* line 1 already",
    "file_empty_files": "holds no record",  # there nan
}
# Where it counts an unusable prediction as empty, or as letters that match nothing: with `missing="empty"` so do we.
REPAIRS = {
    "file_invalid_literal_value_error_becomes_empty",
    "file_bare_name_becomes_empty",
    "file_string_prediction",
}


def test_every_golden_pair_of_semeval_files_is_met_to_1e_9(golden_cases: GoldenCases, write: Any) -> None:
    found = golden_cases("semeval_char_f1", "files")

    assert len(found) == 18
    for case in found:
        name, expected = case["name"], case["expected"]
        said = write("predictions.tsv", case["inputs"]["pred_file"])
        known = write("gold.tsv", case["inputs"]["gold_file"])
        if name in STOPS:
            with pytest.raises(ValueError, match=STOPS[name]):
                load_pairs(SPANS, said, known)
            continue
        paired = load_pairs(SPANS, said, known, missing="empty" if name in REPAIRS else "error")
        corpus = SPANS.tally(paired.inputs, {})
        assert corpus.columns["char_f1"].mean() == pytest.approx(expected["mean_f1"], abs=1e-9), name
        error = standard_error(corpus.columns["char_f1"])
        assert error == pytest.approx(float(expected["sem"]), abs=1e-9, nan_ok=True), name
