"""Promises of the scores of Vietnamese hate spans."""

import ast
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import accuracy_score, f1_score

from hf_toxspan.core.offsets import from_offsets, to_offsets
from hf_toxspan.core.spans import Span, check, size, to_mask
from hf_toxspan.core.tallies import Tally, scores
from hf_toxspan.core.vihos_scores import add_tags, tagged_spans, tally_answers, tally_quotes, tally_vihos
from tests.conftest import GoldenCases

few = settings(max_examples=60, deadline=None)

ENDS = st.integers(0, 9)
SPANS = st.lists(st.tuples(ENDS, ENDS).map(lambda pair: Span(min(pair), max(pair))), max_size=3)
ROWS = st.lists(st.tuples(st.text("abé̉ ", max_size=8), SPANS, SPANS), max_size=5)

Row = tuple[str, list[Span], list[Span]]


def tally(rows: list[Row], protocol: Any = "vihatet5") -> Tally:
    texts, predictions, references = ([row[place] for row in rows] for place in range(3))
    return tally_vihos(texts, predictions, references, protocol=protocol)


def columns(tally: Tally, *names: str) -> list[list[float]]:
    return np.stack([tally.columns[name] for name in names], axis=1).tolist()


def test_a_text_has_the_numbers_computed_by_hand() -> None:
    found = scores(tally([("abcdefgh", [Span(0, 4)], [Span(2, 5)])], "rated"))

    # 2 hate and 3 clean characters agree; F1 of hate 4/7, of clean 6/9; 3 gold characters are hate, 5 clean
    assert found == pytest.approx(
        {
            "accuracy": 5 / 8,
            "weighted_f1": (3 * 4 / 7 + 5 * 6 / 9) / 8,
            "macro_f1": (4 / 7 + 6 / 9) / 2,
            "binary_f1": 4 / 7,
        }
    )


def test_the_scores_of_a_corpus_are_means_over_texts() -> None:
    rows: list[Row] = [("ab", [Span(0, 1)], [Span(0, 1)]), ("abcd", [Span(0, 4)], [])]

    assert columns(tally(rows), "accuracy", "weighted_f1", "macro_f1") == [[1.0] * 3, [0.0] * 3]
    assert scores(tally(rows)) == {"accuracy": 0.5, "weighted_f1": 0.5, "macro_f1": 0.5}


def test_a_class_that_does_not_occur_does_not_count() -> None:
    clean = scores(tally([("abc", [], [])], "rated"))

    assert clean == {"accuracy": 1.0, "weighted_f1": 1.0, "macro_f1": 1.0, "binary_f1": 0.0}


def test_positions_outside_the_vector_are_ignored() -> None:
    inside = scores(tally([("abc", [Span(0, 1)], [Span(0, 2)])]))

    assert scores(tally([("abc", [Span(-5, 1), Span(7, 9)], [Span(0, 2), Span(3, 4)])])) == inside


def test_the_vector_is_as_long_as_the_raw_text_or_as_its_nfc_form() -> None:
    decomposed = "e\u0323\u0302 abc"  # seven characters, five in NFC
    rows: list[Row] = [(decomposed, [Span(4, 7)], [Span(5, 7)])]

    assert scores(tally(rows))["accuracy"] == pytest.approx(6 / 7)
    assert scores(tally(rows, "rated"))["accuracy"] == pytest.approx(4 / 5)


@pytest.mark.parametrize("protocol", ["vihatet5", "rated"])
def test_an_empty_text_scores_one_and_no_texts_zero(protocol: Any) -> None:
    assert set(scores(tally([("", [], [Span(0, 2)])], protocol)).values()) == {1.0}
    assert set(scores(tally([], protocol)).values()) == {0.0}


def test_wrong_arguments_are_named() -> None:
    with pytest.raises(ValueError, match="protocol is 'vihate'; expected one of vihatet5, rated"):
        tally_vihos([], [], [], protocol="vihate")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="1 predictions and 2 references for 2 texts"):
        tally_vihos(["a", "b"], [[]], [[], []])
    with pytest.raises(ValueError, match="unit is 'word'; expected one of char, syllable"):
        tally_quotes([], [], [], unit="word")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="task is 'vihos'; expected one of vihsd, victsd"):
        tally_answers([], [], task="vihos")  # type: ignore[arg-type]


@few
@given(ROWS)
def test_each_text_has_the_scores_of_scikit_learn(rows: list[Row]) -> None:
    found = tally(rows, "vihatet5").columns
    for place, (text, predicted, gold) in enumerate(rows):
        if not text:
            continue
        ours, truth = to_mask(predicted, len(text)), to_mask(gold, len(text))
        assert found["accuracy"][place] == pytest.approx(accuracy_score(truth, ours), abs=1e-12)
        for average in ("weighted", "macro"):
            expected = f1_score(truth, ours, average=average)
            assert found[f"{average}_f1"][place] == pytest.approx(expected, abs=1e-12)


@few
@given(
    ROWS.flatmap(lambda rows: st.tuples(st.just(rows), st.permutations(rows))), st.sampled_from(["vihatet5", "rated"])
)
def test_scores_are_bounded_and_do_not_depend_on_the_order(both: tuple[list[Row], list[Row]], protocol: Any) -> None:
    first, second = (scores(tally(rows, protocol)) for rows in both)

    assert first == pytest.approx(second, abs=1e-12)
    assert all(0.0 <= value <= 1.0 for value in first.values())


@few
@given(ROWS.filter(bool))
def test_perfect_predictions_score_one(rows: list[Row]) -> None:
    assert scores(tally([(text, gold, gold) for text, _, gold in rows])) == dict.fromkeys(
        ["accuracy", "weighted_f1", "macro_f1"], 1.0
    )


def test_quotes_mark_every_occurrence_as_it_is_written() -> None:
    found = tally_quotes(["aba ABA", "aaa"], [["aba"], ["aa"]], [["aba", "ABA"], ["aaa"]])

    assert columns(found, "iou", "accuracy") == [[3 / 6, 4 / 7], [1.0, 1.0]]
    assert scores(found)["iou"] == pytest.approx(3 / 4)


def test_a_syllable_is_marked_by_one_of_its_characters() -> None:
    found = tally_quotes(["bad word !"], [["d"]], [["word"]], unit="syllable")

    # gold: the second of three; predicted: the first and the second
    assert columns(found, "accuracy", "binary_f1") == [[pytest.approx(2 / 3), pytest.approx(2 / 3)]]


def test_a_letter_outside_the_list_divides_a_syllable() -> None:
    # "kh", "a" and "!" with one of two marks; "khi" and "!" where the letter is in the list
    assert tally_quotes(["khịa!"], [["a"]], [[]], unit="syllable").columns["accuracy"] == pytest.approx(2 / 3)
    assert tally_quotes(["khia!"], [["a"]], [[]], unit="syllable").columns["accuracy"] == pytest.approx(1 / 2)


@pytest.mark.parametrize(("text", "unit"), [("", "char"), ("", "syllable"), ("  ", "syllable")])
def test_a_text_without_units_scores_one(text: str, unit: Any) -> None:
    assert set(scores(tally_quotes([text], [["a"]], [[]], unit=unit)).values()) == {1.0}


@pytest.mark.parametrize(
    ("text", "output", "spans"),
    [
        ("you fool", "you [HATE]fool[HATE]", [(4, 8)]),
        ("You fool", "you [hate]FOOL[Hate]", [(4, 8)]),
        ("you fool", "[HATE]you fool", []),
        ("you fool", "[HATE]you[HATE] [HATE]fool", [(0, 3)]),
        ("you fool", "[HATE][HATE]you fool", []),
        ("you fool", "[HATE] fool [HATE]", []),
        ("aaa b", "[HATE]aa[HATE]", [(0, 3)]),
        ("e\u0323\u0302 ab", "\u1ec7 [HATE]ab[HATE]", [(2, 4)]),
        ("", "", []),
    ],
)
def test_tags_are_found_in_the_text(text: str, output: str, spans: list[tuple[int, int]]) -> None:
    assert tagged_spans(text, output) == spans


def test_tags_are_written_once_round_joined_spans_inside_the_text() -> None:
    assert add_tags("abcdef", [[4, 9], [1, 2], [2, 3], [1, 2]]) == "a[HATE]bc[HATE]d[HATE]ef[HATE]"
    assert add_tags("abc", []) == "abc"


@few
@given(st.text("ab c", max_size=9), SPANS)
def test_written_tags_are_found_again(text: str, spans: list[Span]) -> None:
    found = tagged_spans(text, add_tags(text, spans))

    check(found, length=len(text))
    assert (to_mask(found, len(text)) >= to_mask(spans, len(text))).all()
    assert size(tagged_spans(text, text)) == 0


@few
@given(
    st.sampled_from(["vihsd", "victsd"]),
    st.lists(
        st.tuples(st.sampled_from(["CLEAN", "offensive", "none", "NONE", "Clean", ""]), st.integers(0, 1)), min_size=1
    ),
)
def test_answers_have_the_scores_of_scikit_learn_with_its_arguments_exchanged(task: Any, pairs: Any) -> None:
    answers, gold = [answer for answer, _ in pairs], [number for _, number in pairs]
    numbers = {"vihsd": {"CLEAN": 0, "offensive": 1}, "victsd": {"none": 0, "NONE": 0}}[task]
    ours = [numbers.get(answer, 2 if task == "vihsd" else 1) for answer in answers]

    assert scores(tally_answers(answers, gold, task=task)) == pytest.approx(
        {
            "accuracy": accuracy_score(gold, ours),
            "weighted_f1": f1_score(ours, gold, average="weighted"),
            "macro_f1": f1_score(ours, gold, average="macro"),
        },
        abs=1e-12,
    )


def test_no_answers_score_zero() -> None:
    assert set(scores(tally_answers([], [], task="vihsd")).values()) == {0.0}


NAMES = ("accuracy", "weighted_f1", "macro_f1")


def test_every_golden_case_of_vihatet5_is_met_to_1e_9(golden_cases: GoldenCases) -> None:
    found = golden_cases("vihos_char", "vihatet5")

    assert len(found) == 105
    for case in found:
        rows, expected = case["inputs"]["rows"], case["expected"]
        texts, gold = [row["content"] for row in rows], [ast.literal_eval(row["index_spans"]) for row in rows]
        predictions = [tagged_spans(row["content"], row["output"]) for row in rows]
        assert [str(to_offsets(spans)) for spans in predictions] == expected["output_spans"], case["name"]
        _compare_tags(texts, gold, expected["tagged_targets"])
        ours = tally_vihos(texts, predictions, [from_offsets(offsets) for offsets in gold])
        if "error" in expected:  # an empty text, where scikit-learn stops: 1
            assert texts == [""] and set(scores(ours).values()) == {1.0}, case["name"]
            continue
        _compare_means(list(scores(ours).values()), expected, case["name"])
        if "per_row" in expected:
            assert columns(ours, *NAMES) == [pytest.approx(row, abs=1e-9) for row in expected["per_row"]], case["name"]
        for task, pairs in case["inputs"]["classification"].items():
            answers = tally_answers([answer for answer, _ in pairs], [gold for _, gold in pairs], task=task)
            official = [expected[task][name] for name in ("accuracy", "f1_weighted", "f1_macro")]
            assert list(scores(answers).values()) == pytest.approx(official, abs=1e-9), case["name"]


def _compare_tags(texts: list[str], gold: list[list[int]], official: list[str]) -> None:
    for text, offsets, target in zip(texts, gold, official, strict=True):
        # the script garbles a text whose offsets are not ascending or reach beyond its end
        if offsets == sorted(set(offsets)) and all(offset < len(text) for offset in offsets):
            assert add_tags(text, from_offsets(offsets)) == target


def _compare_means(ours: list[float], expected: dict[str, Any], name: str) -> None:
    assert ours == pytest.approx(list(expected["vihos"].values()), abs=1e-9), name
    assert ours == pytest.approx([float(line.split(": ")[1]) for line in expected["printed"]], abs=1e-9), name
    assert ours == pytest.approx(expected["rounded_csv_row"], abs=0.5e-4 + 1e-9), name  # four digits


def test_every_golden_case_of_rated_is_met_to_1e_9(golden_cases: GoldenCases) -> None:
    found = golden_cases("vihos_char", "rated_vn")

    assert len(found) == 16
    for case in found:
        rows, expected = case["inputs"]["rows"], case["expected"]
        texts = [row["text"] for row in rows]
        spans = ([from_offsets(row[f"{side}_indices"]) for row in rows] for side in ("pred", "gold"))
        ours = tally_vihos(texts, *spans, protocol="rated")
        quotes = [[row[f"{side}_strings"] for row in rows] for side in ("pred", "gold")]
        _compare_rows(columns(ours, *expected["order"]), expected["per_row"], case["name"])
        if "mean" in expected:
            means = [scores(ours)[name] for name in expected["order"]]
            assert means == pytest.approx(expected["mean"], abs=1e-9), case["name"]
        chars = columns(tally_quotes(texts, *quotes), "iou", "binary_f1", "macro_f1")
        _compare_rows(chars, expected["calculate_char_metrics_iou_binaryf1_macrof1"], case["name"])
        syllables = columns(tally_quotes(texts, *quotes, unit="syllable"), "accuracy", "binary_f1", "macro_f1")
        _compare_rows(syllables, expected["calculate_syllable_metrics_acc_binaryf1_macrof1"], case["name"])


def _compare_rows(ours: list[list[float]], official: list[list[float]], name: str) -> None:
    """Compare row by row; where a text has no units, RATeD returns fewer values, all 1."""
    for row, values in zip(ours, official, strict=True):
        assert row == pytest.approx(values if len(values) == len(row) else [1.0] * len(row), abs=1e-9), name
