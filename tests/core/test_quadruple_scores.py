"""Promises of the scores of quadruples; all numbers of both official scorers are met."""

from typing import Any, get_args

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hf_toxspan.core.quadruple_scores import Elements, Protocol, tally_quadruples, tally_threshold_ties
from hf_toxspan.core.tallies import scores
from tests.conftest import GoldenCases

few = settings(max_examples=100, deadline=None)

GOOSE = "you | are a silly goose | others | hate [END]"
HELLO = "NULL | hello there | non-hate | non-hate [END]"
BOTH = "you | are a silly goose | others | hate [SEP] NULL | hello there | non-hate | non-hate [END]"

PIECE = st.builds(
    " | ".join,
    st.tuples(
        st.text("ab", min_size=1, max_size=3), st.text("abc", max_size=4), st.sampled_from("XY"), st.sampled_from("hn")
    ),
)
TEXT = st.lists(PIECE, max_size=3).map(" [SEP] ".join).map("{} [END]".format)
CORPUS = st.lists(st.tuples(TEXT, TEXT), max_size=4)
RULES = st.sampled_from([("ccl25", "quad"), *(("state", elements) for elements in get_args(Elements))])

Corpus = list[tuple[str, str]]
Rules = tuple[Protocol, Elements]


def score(corpus: Corpus, rules: Rules = ("ccl25", "quad")) -> dict[str, float]:
    predictions, references = [ours for ours, _ in corpus], [gold for _, gold in corpus]
    return scores(tally_quadruples(predictions, references, protocol=rules[0], elements=rules[1]))


def hard_and_soft(prediction: str, reference: str, rules: Rules = ("ccl25", "quad")) -> tuple[float, float]:
    found = score([(prediction, reference)], rules)
    return found["hard_f1"], found["soft_f1"]


def test_each_score_is_the_number_computed_by_hand() -> None:
    found = score([(f"you | a silly goose | others | hate [SEP] {HELLO}", BOTH), (GOOSE, GOOSE), (HELLO, "[END]")])

    # 4 predicted, 3 gold; equal: hello of the first text, the goose of the second; similar: the first goose as well
    assert found["hard_precision"] == pytest.approx(2 / 4)
    assert found["hard_recall"] == pytest.approx(2 / 3)
    assert found["hard_f1"] == pytest.approx(4 / 7)
    assert found["soft_precision"] == pytest.approx(3 / 4)
    assert found["soft_recall"] == pytest.approx(3 / 3)
    assert found["soft_f1"] == pytest.approx(6 / 7)
    assert found["average_f1"] == pytest.approx(5 / 7)


def test_the_columns_say_what_each_text_adds() -> None:
    tally = tally_quadruples([BOTH, "you | a silly goose | others | hate [END]"], [GOOSE, GOOSE])

    assert {name: column.tolist() for name, column in tally.columns.items()} == {
        "hard_matches": [1, 0],
        "soft_matches": [1, 1],
        "predicted": [2, 1],
        "gold": [1, 1],
        "malformed_predicted": [0, 0],
        "malformed_gold": [0, 0],
    }


def test_a_duplicate_is_an_error() -> None:
    found = score([(f"{GOOSE.removesuffix(' [END]')} [SEP] {GOOSE}", GOOSE)])

    assert (found["hard_precision"], found["hard_recall"]) == (0.5, 1.0)
    assert (found["soft_precision"], found["soft_recall"]) == (0.5, 1.0)


def test_matching_takes_the_first_gold_quadruple_not_the_best() -> None:
    gold = "t | abcdef | X | hate [SEP] t | abcghi | X | hate [END]"
    taken = "t | abcg | X | hate [SEP] t | cdef | X | hate [END]"
    spared = "t | cdef | X | hate [SEP] t | abcg | X | hate [END]"

    assert hard_and_soft(taken, gold) == (0.0, 0.5)
    assert hard_and_soft(spared, gold) == (0.0, 1.0)


@pytest.mark.parametrize("rules", [("ccl25", "quad"), ("state", "quad")])
@pytest.mark.parametrize("change", [("others", "Sexism, others"), (" hate", " non-hate"), ("others", "Others")])
def test_other_labels_are_wrong_both_hard_and_soft(change: tuple[str, str], rules: Rules) -> None:
    assert hard_and_soft(GOOSE.replace(*change), GOOSE, rules) == (0.0, 0.0)


def test_the_order_of_groups_matters() -> None:
    gold = GOOSE.replace("others", "Sexism, Racism")

    assert hard_and_soft(gold.replace("Sexism, Racism", "Racism, Sexism"), gold) == (0.0, 0.0)


@pytest.mark.parametrize(
    ("prediction", "reference", "ccl25", "state"),
    [
        ("you|are a silly goose|others|hate [END]", GOOSE, (1, 1), (0, 0)),
        (GOOSE.replace("you ", "you  "), GOOSE, (1, 1), (0, 1)),
        ("ab | c | others | hate [END]", "ax | c | others | hate [END]", (0, 0), (0, 1)),
        ("you | silly [END]", "you | silly [END]", (0, 0), (1, 0)),
        ("you | a|b | others | hate [END]", "you | a|b | others | hate [END]", (0, 0), (1, 1)),
        (f"{GOOSE} you are", GOOSE, (0, 0), (0, 0)),
        (GOOSE.replace("silly", "si[END]lly"), GOOSE, (0, 1), (1, 1)),
        (GOOSE.replace("hate", "hate [END]"), GOOSE, (0, 0), (1, 1)),
        (f"{GOOSE.removesuffix('[END]')}[SEP] a goose", GOOSE, (1, 1), (2 / 3, 2 / 3)),
        (GOOSE.removesuffix(" [END]"), GOOSE, (1, 1), (1, 1)),
        ("diet | c | others | hate [END]", "tide | c | others | hate [END]", (0, 0), (0, 0)),
        ("tide | c | others | hate [END]", "diet | c | others | hate [END]", (0, 0), (0, 1)),
    ],
)
def test_the_protocols_part_where_their_tables_say(
    prediction: str, reference: str, ccl25: tuple[float, float], state: tuple[float, float]
) -> None:
    assert hard_and_soft(prediction, reference) == pytest.approx(ccl25)
    assert hard_and_soft(prediction, reference, ("state", "quad")) == pytest.approx(state)


@pytest.mark.parametrize(
    ("prediction", "right"),
    [
        ("you | are a silly goose | Sexism | hate [END]", ["triple", "pair", "argument"]),
        ("you | are a silly goose | others | non-hate [END]", ["pair", "argument"]),
        ("he | are a silly goose | others | hate [END]", ["argument"]),
        ("you | hello | others | hate [END]", []),
    ],
)
def test_elements_choose_what_is_compared(prediction: str, right: list[Elements]) -> None:
    found = {elements: hard_and_soft(prediction, GOOSE, ("state", elements)) for elements in get_args(Elements)}

    assert found == {elements: (1.0, 1.0) if elements in right else (0.0, 0.0) for elements in get_args(Elements)}


def test_pieces_without_four_fields_count_but_never_match_in_parts_of_a_quadruple() -> None:
    found = score([("you | silly [END]", "you | silly [END]")], ("state", "pair"))

    assert (found["hard_f1"], found["soft_f1"]) == (0.0, 0.0)
    assert score([(f"{GOOSE} [SEP] goose", GOOSE)], ("state", "pair"))["hard_precision"] == 0.5


@pytest.mark.parametrize("text", ["", "[END]", " [END]", "[SEP]", " \n"])
def test_texts_without_quadruples_score_zero(text: str) -> None:
    assert set(score([(text, text)]).values()) == {0.0}
    assert set(score([(text, text)], ("state", "quad")).values()) == {0.0}
    assert set(score([(text, GOOSE), (GOOSE, text)]).values()) == {0.0}


def test_no_texts_score_zero() -> None:
    assert set(score([]).values()) == {0.0}
    assert scores(tally_threshold_ties([], [])) == {"tied_share": 0.0}


@pytest.mark.parametrize("tally", [tally_quadruples, tally_threshold_ties])
def test_another_number_of_predictions_than_references_is_an_error(tally: Any) -> None:
    with pytest.raises(ValueError, match="1 predictions for 2 references; expected one string a text"):
        tally([GOOSE], [GOOSE, GOOSE])


def test_unknown_rules_are_errors_that_name_the_known_ones() -> None:
    with pytest.raises(ValueError, match="protocol is 'ccl'; expected one of 'ccl25', 'state'"):
        score([], ("ccl", "quad"))  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="elements is 'target'; expected one of 'quad', 'triple', 'pair', 'argument'"):
        score([], ("state", "target"))  # type: ignore[arg-type]
    with pytest.raises(
        ValueError, match="elements is 'pair', but 'ccl25' compares 'quad' only; choose protocol='state'"
    ):
        score([], ("ccl25", "pair"))


def test_ties_are_the_soft_decisions_at_exactly_one_half() -> None:
    gold = "ab | abcd | X | hate [SEP] ab | abcd | Y | hate [END]"
    predictions = (
        "ax | abcd | X | hate [SEP] ax | abxy | X | hate [SEP] ax | wxyz | X | hate [SEP] ab | abcd | X | hate [END]"
    )
    tally = tally_threshold_ties([predictions, HELLO], [gold, HELLO])

    assert {name: column.tolist() for name, column in tally.columns.items()} == {"decisions": [4, 1], "ties": [2, 0]}
    assert scores(tally) == {"tied_share": 2 / 5}


@few
@given(CORPUS)
def test_without_ties_a_ratio_of_one_half_would_change_nothing(corpus: Corpus) -> None:
    predictions, references = [ours for ours, _ in corpus], [gold for _, gold in corpus]
    ties = tally_threshold_ties(predictions, references).columns["ties"]
    strict = tally_quadruples(predictions, references).columns["soft_matches"]
    swapped = tally_quadruples(references, predictions, protocol="state")  # takes the ratios in the order of "ccl25"

    one_each = (swapped.columns["predicted"] <= 1) & (swapped.columns["gold"] <= 1)  # greed can't interfere
    assert np.array_equal((swapped.columns["soft_matches"] - strict)[one_each], ties[one_each])


@few
@given(CORPUS, RULES)
def test_every_score_is_between_zero_and_one_and_soft_is_no_lower(corpus: Corpus, rules: Rules) -> None:
    found = score(corpus, rules)

    assert all(0.0 <= value <= 1.0 for value in found.values())
    assert found["average_f1"] == pytest.approx((found["hard_f1"] + found["soft_f1"]) / 2)


@few
@given(st.lists(TEXT.filter(lambda text: "|" in text), min_size=1, max_size=4), RULES)
def test_perfect_predictions_score_one(texts: list[str], rules: Rules) -> None:
    assert set(score([(text, text) for text in texts], rules).values()) == {1.0}


@few
@given(CORPUS.flatmap(lambda corpus: st.tuples(st.just(corpus), st.permutations(corpus))), RULES)
def test_the_order_of_the_texts_does_not_matter(both: tuple[Corpus, Corpus], rules: Rules) -> None:
    assert score(both[0], rules) == pytest.approx(score(both[1], rules), abs=1e-12)


@few
@given(TEXT, RULES)
def test_a_string_matches_itself_as_it_matches_its_pieces_written_apart(text: str, rules: Rules) -> None:
    """Equal strings take a short way; the same pieces behind another blank do not."""
    assert score([(text, text)], rules) == score([(text, " " + text)], rules)


@few
@given(TEXT, TEXT, RULES)
def test_swapping_the_sides_swaps_hard_precision_and_recall(prediction: str, reference: str, rules: Rules) -> None:
    ours, theirs = score([(prediction, reference)], rules), score([(reference, prediction)], rules)

    assert (ours["hard_precision"], ours["hard_recall"]) == (theirs["hard_recall"], theirs["hard_precision"])


@pytest.mark.parametrize("protocol", ["ccl25", "state"])
def test_pieces_without_four_fields_are_counted_and_empty_ones_are_not(protocol: str) -> None:
    texts = ["you | a fool | others | hate [SEP] you | others [SEP] [END]", "[END]", "", "broken [END]"]
    columns = tally_quadruples(texts, ["[END]"] * 4, protocol=protocol).columns  # type: ignore[arg-type]

    assert columns["malformed_predicted"].tolist() == [1, 0, 0, 1]
    assert columns["malformed_gold"].tolist() == [0, 0, 0, 0]


def unequal(ours: dict[str, float], official: dict[str, float], names: dict[str, str]) -> list[str]:
    return [name for name, theirs in names.items() if abs(ours[name] - official[theirs]) > 1e-9]


def test_every_golden_corpus_of_ccl25_is_met_to_1e_9(golden_cases: GoldenCases) -> None:
    cases = golden_cases("quad_ccl25", "corpus")

    assert len(cases) >= 329
    assert [case["name"] for case in cases if _missed_ccl25(**case["inputs"], expected=case["expected"])] == []


def _missed_ccl25(gold: list[dict[str, Any]], pred: list[dict[str, Any]], expected: dict[str, Any]) -> list[str]:
    """Align by id as the official script does: only gold ids count, the last of a repeated id stands."""
    references = {row["id"]: row["output"] for row in gold}
    predictions = {row["id"]: row["output"] for row in pred}
    tally = tally_quadruples([predictions.get(name, "") for name in references], list(references.values()))
    names = {name: name.replace("average", "avg") for name in scores(tally)}
    assert set(names.values()) == expected.keys() - {"printed"}
    printed = [f"{kind}: {scores(tally)[name]:.4f}" for kind, name in PRINTED.items()]
    return unequal(scores(tally), expected, names) + [line for line in expected["printed"] if line not in printed]


PRINTED = {"Hard Score": "hard_f1", "Soft Score": "soft_f1", "Score": "average_f1"}


def test_every_golden_parse_of_ccl25_is_met(golden_cases: GoldenCases) -> None:
    """A string against itself, and against its official quadruples written cleanly, has these and no others."""
    cases = golden_cases("quad_ccl25", "parse")
    pairs = [
        (text, [" | ".join(quadruple.values()) for quadruple in quadruples])
        for case in cases
        for text, quadruples in zip(case["inputs"]["output_text"], case["expected"]["quadruples"], strict=True)
    ]

    assert len(pairs) >= 175
    tally = tally_quadruples([text for text, _ in pairs], [" [SEP] ".join(pieces) + "[END]" for _, pieces in pairs])
    assert tally.columns["predicted"].tolist() == [len(pieces) for _, pieces in pairs]
    assert tally.columns["hard_matches"].tolist() == [len(pieces) for _, pieces in pairs]


def test_every_golden_case_of_state_is_met_to_1e_9(golden_cases: GoldenCases) -> None:
    cases = golden_cases("quad_state")

    assert len(cases) >= 318
    assert [case["name"] for case in cases if _missed_state(case["inputs"]["records"], case["expected"])] == []


def _missed_state(records: list[dict[str, str]], expected: dict[str, dict[str, Any]]) -> list[str]:
    cells = {"quad": "quad", "triple": "triple", "pair": "pair", "argument": "single"}
    assert expected.keys() == {f"{cell}_{kind}" for cell in cells.values() for kind in ("hard", "soft")}
    missed = []
    for elements, cell in cells.items():
        corpus = [(record["response"], record["output"]) for record in records]
        found = score(corpus, ("state", elements))
        for kind in ("hard", "soft"):
            official = expected[f"{cell}_{kind}"]
            missed += unequal(found, official, {f"{kind}_{name}": name for name in ("precision", "recall", "f1")})
            labels = {"precision": "Precision", "recall": "Recall", "f1": "F1 Score"}
            printed = [f"{label}: {found[f'{kind}_{name}']:.4f}" for name, label in labels.items()]
            missed += [] if printed == official["printed"] else [f"{cell}_{kind}"]
    return missed
