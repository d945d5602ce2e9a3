"""The ablation's table: each system beside the one before, on the same texts."""

import pytest

from hf_toxspan.evaluation.quadruple_ablation import ablate, predicted_string, to_markdown

GOLD = {str(number): f"you | word {number} | others | hate [END]" for number in range(20)}


def row(argument: str, group: str = "others", hateful: bool = True) -> dict[str, object]:
    groups = [] if group == "non-hate" else [group]
    return {"quadruples": [{"target": "you", "argument": argument, "groups": groups, "hateful": hateful}]}


def answers(right: int) -> dict[str, dict[str, object]]:
    """A system that is right about the first texts."""
    return {name: row(f"word {name}" if int(name) < right else "none of that kind at all") for name in GOLD}


def test_the_string_of_a_row_is_what_the_scorers_read() -> None:
    two = {"quadruples": [*row("a")["quadruples"], *row("b", "non-hate", False)["quadruples"]]}  # type: ignore[misc]
    assert predicted_string(two) == "you | a | others | hate [SEP] you | b | non-hate | non-hate [END]"
    assert predicted_string({"error": "failed: gone"}) == "[END]"


def test_each_system_is_scored_and_compared_with_the_one_before() -> None:
    found = ablate("data", GOLD, {"base": answers(5), "+TR": answers(15)}, n_resamples=200)
    base, tr = found.steps
    assert (base.scores["hard_f1"], tr.scores["hard_f1"], base.gain) == (0.25, 0.75, None)
    assert tr.gain is not None and tr.gain["hard_f1"].difference == 0.5 and tr.gain["average_f1"].p_value < 0.02
    assert base.intervals["hard_f1"].low < 0.25 < base.intervals["hard_f1"].high


def test_a_text_without_an_answer_counts_as_answered_with_nothing() -> None:
    gone = {**answers(20), "3": {"error": "failed: gone", "quadruples": []}}
    (step,) = ablate("data", GOLD, {"x": gone}, n_resamples=50).steps
    assert step.undecided == 1 and step.scores["hard_f1"] == pytest.approx(2 * 1 * 0.95 / 1.95)


def test_only_texts_that_all_have_are_scored() -> None:
    some = {name: own for name, own in answers(20).items() if int(name) < 4}
    assert ablate("data", GOLD, {"x": answers(20), "y": some}, n_resamples=50).texts == 4
    with pytest.raises(ValueError, match="no id of data is in all of the files"):
        ablate("data", GOLD, {"x": {"other": row("a")}})
    with pytest.raises(ValueError, match="there is no system"):
        ablate("data", GOLD, {})


def test_the_papers_rows_stand_beside_those_of_their_names() -> None:
    written = to_markdown(ablate("data", GOLD, {"base": answers(5), "mine": answers(6)}, n_resamples=50))
    lines = written.splitlines()
    assert lines[2].endswith("| 23.70 / 47.03 / 35.37 |") or lines[2].endswith("| 23.70 / 47.03 / 35.36 |")
    assert lines[3].startswith("| mine |") and lines[3].endswith("|  |")
    assert "20 texts" in written and "paired permutation test" in written
