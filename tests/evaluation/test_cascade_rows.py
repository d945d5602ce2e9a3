"""Promises of reading judged rows: three systems with the same sums, no answer that is guessed."""

from typing import Any

import pytest

from hf_toxspan.core.tallies import scores
from hf_toxspan.core.verdicts import MergeRules
from hf_toxspan.evaluation.cascade_rows import JudgedRow, read_cases, tally_cases
from tests.evaluation.judged_rows import gold_row, judged, said_row

CLEAN = {"normal": 0.6, "offensive": 0.3, "hatespeech": 0.1}
HATE = {"normal": 0.2, "offensive": 0.2, "hatespeech": 0.6}
OFFENSIVE = {"normal": 0.1, "offensive": 0.7, "hatespeech": 0.2}


def test_three_systems_are_scored_by_hand() -> None:
    rows = [judged("offensive", CLEAN, "offensive"), judged("normal", HATE, "hatespeech", out="normal")]
    rows += [judged("hatespeech", HATE, "normal"), judged("offensive", OFFENSIVE, "offensive")]
    backbone, merged, judge = tally_cases(read_cases(rows), toxic_or_not=False)

    assert judge is not None
    assert [scores(own)["accuracy"] for own in (backbone, merged, judge)] == [0.5, 0.75, 0.5]
    # backbone: 24 characters marked, 8 of 12 found; merged: 8 marked, all of them right
    assert scores(backbone)["char_f1"] == pytest.approx(2 * 8 / (24 + 12))
    assert scores(merged)["char_f1"] == pytest.approx(2 * 8 / (8 + 12))
    assert backbone.columns.keys() == merged.columns.keys() == judge.columns.keys()


def test_toxic_or_not_forgives_the_wrong_toxic_label() -> None:
    cases = read_cases([judged("offensive", HATE, "normal"), judged("normal", CLEAN, "hatespeech")])
    assert scores(tally_cases(cases, toxic_or_not=False)[0])["accuracy"] == 0.5
    assert scores(tally_cases(cases, toxic_or_not=True)[0])["accuracy"] == 1
    assert scores(tally_cases(cases, toxic_or_not=True)[1])["accuracy"] == 0


def test_without_an_answer_the_backbone_stands_and_the_question_is_counted() -> None:
    cases = read_cases([judged("hatespeech", HATE, None), judged("offensive", OFFENSIVE, "normal")])
    assert (cases.merged[0], cases.judge[0]) == (cases.backbone[0], cases.backbone[0])
    assert cases.statuses == {"unparsed": 1, "judged": 1}


def test_a_judge_that_names_no_label_is_scored_alone_where_only_one_fits() -> None:
    three = read_cases([judged("hatespeech", HATE, True), judged("normal", HATE, False)])
    assert tally_cases(three, toxic_or_not=False)[2] is None
    alone = tally_cases(three, toxic_or_not=True)[2]
    assert alone is not None and scores(alone)["accuracy"] == 1

    two = read_cases([judged("offensive", {"normal": 0.9, "offensive": 0.1}, own) for own in (True, False)])
    alone = tally_cases(two, toxic_or_not=False)[2]
    assert alone is not None and scores(alone)["accuracy"] == 0.5


def test_rules_merge_the_two_answers_anew() -> None:
    rows = [judged("hatespeech", HATE, "normal"), judged("offensive", OFFENSIVE, "normal")]
    assert read_cases(rows).merged[0].label == "normal"
    kept = read_cases(rows, MergeRules(keep_toxic=0.8)).merged[0]
    assert (kept.label, kept.toxic, kept.spans) == ("hatespeech", True, ((0, 8),))


def test_data_with_other_labels_are_scored_as_toxic_or_not() -> None:
    abusive = {**gold_row("offensive"), "label": "abusive"}
    cases = read_cases([JudgedRow("line", said_row(own, None), abusive) for own in (CLEAN, HATE, OFFENSIVE)])
    assert not cases.same_labels
    assert scores(tally_cases(cases, toxic_or_not=True)[0])["accuracy"] == pytest.approx(2 / 3)


def test_texts_without_span_labels_have_no_say_in_the_span_score() -> None:
    bare = JudgedRow("line 2", said_row(OFFENSIVE, None), gold_row("offensive", annotated=False))
    marked = judged("offensive", OFFENSIVE, "offensive")
    only, both = (tally_cases(read_cases(rows), toxic_or_not=True)[0] for rows in ([marked], [marked, bare]))
    assert scores(only)["char_f1"] == scores(both)["char_f1"]
    assert "char_f1" not in scores(tally_cases(read_cases([bare]), toxic_or_not=True)[0])


def test_independent_labels_are_told_from_exclusive_ones() -> None:
    independent = judged("offensive", {"offensive": 0.9, "hatespeech": 0.8, "normal": 0.1}, "offensive")
    assert read_cases([independent]).multi_label
    assert not read_cases([judged("normal", CLEAN, "normal")]).multi_label


def _broken(**changes: Any) -> JudgedRow:
    row = judged("offensive", OFFENSIVE, "offensive")
    return row._replace(said={**row.said, **changes})


@pytest.mark.parametrize(
    ("row", "message"),
    [
        (_broken(judge=None), "was not judged; run hf-toxspan judge --region all"),
        (_broken(backbone="offensive"), "backbone has no label, toxicity"),
        (_broken(judge={"status": "judged"}), "judge has no toxic, label"),
        (_broken(judge={**_broken().said["judge"], "toxic": None}), "the judge's toxic is None"),
        (_broken(spans=[[0, 3]]), "a span has no start, end"),
        (
            _broken(backbone={**_broken().said["backbone"], "toxicity": float("nan")}),
            "probability of being toxic is nan",
        ),
        (_broken(backbone={**_broken().said["backbone"], "spans": [[0, 99]]}), r"\[0, 99\)"),
        (_broken(toxic=False), "'offensive' is toxic=False, elsewhere it is True"),
        (JudgedRow("judged.jsonl, line 1", {"label": "normal"}, gold_row("normal")), "hf-toxspan judge wrote"),
    ],
)
def test_a_row_of_another_form_is_named(row: JudgedRow, message: str) -> None:
    with pytest.raises(ValueError, match=rf"judged.jsonl, line 1: .*{message}"):
        read_cases([row, judged("hatespeech", HATE, "hatespeech"), judged("normal", CLEAN, "normal")])


def test_labels_that_decide_must_be_known_to_be_toxic_or_not_and_all_of_them_to_merge_anew() -> None:
    unseen = judged("offensive", HATE, "offensive")
    with pytest.raises(ValueError, match=r"the labels \['hatespeech'\]"):
        read_cases([unseen])
    fine = judged("offensive", OFFENSIVE, "offensive")
    assert read_cases([fine]).labels == {"offensive": True}
    with pytest.raises(ValueError, match=r"the labels \['hatespeech', 'normal'\]"):
        read_cases([fine], MergeRules())


def test_rows_of_two_backbones_are_not_mixed() -> None:
    other = judged("normal", {"normal": 0.9, "offensive": 0.1}, "normal")
    with pytest.raises(ValueError, match=r"probabilities of \['normal', 'offensive'\]"):
        read_cases([judged("normal", CLEAN, "normal"), other])
