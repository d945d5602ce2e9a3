"""Numbers by hand for classes, communities and Vietnamese characters."""

from typing import Any

import pytest

from hf_toxspan.core.spans import Span
from hf_toxspan.evaluation.boards import Board
from hf_toxspan.evaluation.protocols import all_labels, as_shown, bias, toxic_or_not, vihos
from hf_toxspan.modeling.extraction import Explanation


def said(toxicity: float, *spans: Span, label: str = "", probabilities: tuple[float, ...] = ()) -> Explanation:
    toxic = toxicity >= 0.5
    return Explanation(label, toxicity, toxic, toxicity, None, list(spans), probabilities=probabilities)


def rows(*toxic: bool, **columns: list[Any]) -> list[dict[str, Any]]:
    return [
        {"text": "a fool", "toxic": own, "spans": None, **{name: values[place] for name, values in columns.items()}}
        for place, own in enumerate(toxic)
    ]


def scores(board: Board, explanations: list[Explanation]) -> dict[str, float]:
    board.add("system", explanations)
    return board.systems["system"].scores


def test_classes_count_the_label_and_rank_by_the_toxicity() -> None:
    """Two of four right; 3 of 4 pairs of a toxic and a clean text are in order. F1: toxic 2/4, clean 2/4."""
    found = scores(toxic_or_not(rows(True, True, False, False)), [said(t) for t in (0.9, 0.4, 0.6, 0.1)])
    assert found == {"accuracy": 0.5, "macro_f1": 0.5, "roc_auc": 0.75}


def test_one_class_alone_has_no_area_but_an_accuracy() -> None:
    found = scores(toxic_or_not(rows(True, True)), [said(0.9), said(0.4)])
    assert (found["accuracy"], found["roc_auc"]) == (0.5, pytest.approx(float("nan"), nan_ok=True))


def test_more_than_two_labels_are_read_one_against_one_beside_the_most_frequent() -> None:
    gold = rows(True, True, False, False, label=["hate", "offensive", "normal", "normal"])
    board = all_labels(gold, ["hate", "normal", "offensive"])
    assert board.systems['always "normal"'].scores == pytest.approx(
        {"accuracy": 0.5, "macro_f1": (2 * 2 / (4 + 2)) / 3, "roc_auc": 0.5}
    )

    table = [(0.6, 0.2, 0.2), (0.5, 0.2, 0.3), (0.1, 0.8, 0.1), (0.1, 0.2, 0.7)]
    labels = ["hate", "hate", "normal", "offensive"]
    found = scores(board, [said(0.5, label=name, probabilities=row) for name, row in zip(labels, table, strict=True)])
    # F1: hate 2/3, normal 2/3, offensive 0. Areas of ordered pairs: h/n 1, n/h (1 + 1/2)/2, h/o 1, o/h 1,
    # n/o (1 + 1/2)/2, o/n 1/2.
    assert found == pytest.approx({"accuracy": 0.5, "macro_f1": 4 / 9, "roc_auc": (1 + 0.75 + 1 + 1 + 0.75 + 0.5) / 6})


GROUPS: list[Any] = [["Arab"], ["Arab"], ["Women"], ["Women"], [], ["Asian"], None]
TOXIC = (True, False, True, False, True, True, True)


def test_communities_are_compared_by_toxicity_with_what_each_rests_on() -> None:
    """Arab 0.9 > 0.2 and Women 0.6 < 0.7: areas 1 and 0, whose mean with a negative power is 0."""
    board = bias(rows(*TOXIC, target_groups=GROUPS))
    assert board is not None
    assert board.texts == 6
    found = scores(board, [said(t) for t in (0.9, 0.2, 0.6, 0.7, 0.5, 0.8, 0.1)])

    assert found["gmb_subgroup_auc"] == 0
    details = board.to_dict()["systems"]["system"]
    assert details["groups"]["Arab"]["subgroup_auc"] == 1
    assert details["groups"]["Women"] == pytest.approx(
        {"subgroup_auc": 0, "bpsn_auc": 1, "bnsp_auc": 1, "positives": 1, "negatives": 1}
    )
    assert details["groups"]["Asian"]["subgroup_auc"] is None


def test_a_community_without_both_sides_is_named_and_left_out() -> None:
    board = bias(rows(*TOXIC, target_groups=GROUPS))
    assert board is not None
    assert "Smallest support: Asian, 1 toxic and 0 clean texts" in board.reading
    assert board.reading.endswith("Left out where toxic or clean texts are missing: Asian.")
    board.add("constant", [said(0.5)] * 7)

    assert board.systems["constant"].scores["gmb_subgroup_auc"] == pytest.approx(0.5)
    skipped = board.to_dict()["systems"]["constant"]["skipped"]
    assert {left_out["group"] for left_out in skipped} == {"Asian"}


def test_only_the_ten_most_named_communities_count_and_no_answer_that_names_none() -> None:
    names = [f"group {number}" for number in range(11)]
    groups = [[name, "Other", "None"] for name in names] * 2 + [names[1:]]
    board = bias(rows(*[True] * 11, *[False] * 11, True, target_groups=groups))
    assert board is not None
    assert "10 communities" in board.title
    board.add("constant", [said(0.5)] * 23)
    assert set(board.systems["constant"].details["groups"]) == set(names[1:])


@pytest.mark.parametrize("groups", [[None, None], [[], ["Other"]]])
def test_texts_that_name_no_community_have_no_bias(groups: list[Any]) -> None:
    assert bias(rows(True, False, target_groups=groups)) is None
    assert bias(rows(True, False)) is None


def test_communities_that_are_no_list_are_an_error_that_names_the_row() -> None:
    with pytest.raises(ValueError, match=r"row 7: target_groups is 'Women'; expected a list of names"):
        bias(rows(True, id=["7"], target_groups=["Women"]))


@pytest.mark.parametrize("protocol", ["vihatet5", "rated"])
def test_vietnamese_characters_are_means_over_texts_with_what_a_user_sees(protocol: Any) -> None:
    """Marked 3 of 4: F1 of hate 6/7, of the other two characters 4/5. A clean text that shows nothing is perfect."""
    gold = [
        {"text": "a fool", "toxic": True, "spans": [[2, 6]]},
        {"text": "a fool", "toxic": False, "spans": []},
        {"text": "a fool", "toxic": False, "spans": None},
    ]
    board = vihos(gold, protocol)
    assert board is not None
    assert board.texts == 2
    found = scores(board, [said(0.9, Span(2, 5)), said(0.1, Span(0, 6)), said(0.9, Span(0, 6))])
    assert found["accuracy"] == pytest.approx((5 / 6 + 1) / 2)
    assert found["macro_f1"] == pytest.approx(((6 / 7 + 4 / 5) / 2 + 1) / 2)


def test_vietnamese_scores_need_an_annotated_text() -> None:
    assert vihos(rows(True), "rated") is None


def test_a_text_that_is_called_clean_shows_nothing() -> None:
    assert as_shown(said(0.4, Span(0, 1))) == []
    assert as_shown(said(0.6, Span(0, 1))) == [Span(0, 1)]
