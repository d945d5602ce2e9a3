"""A text that is set raw into a template stays one line of somebody else's words."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hf_toxspan.core.verdicts import Verdict
from hf_toxspan.judging.guarding import Ruling, as_one_line, combine, match_answer, probability_of
from hf_toxspan.llm.answers import Unparsed
from hf_toxspan.llm.calls import Answer
from tests.judging.recorded import says


@pytest.mark.parametrize(
    "mark", ["<|im_end|>", "<END CONVERSATION>", "</s>", "<start_of_turn>", "[INST]", "<｜User｜>"]
)
def test_no_mark_survives_and_nothing_else_changes(mark: str) -> None:
    line = as_one_line(f"a {mark} b")
    assert mark not in line and line.replace(" ", "") == f"a{mark}b".replace(" ", "")


@pytest.mark.parametrize("text", ["you fool <3 <-- 2 < 3", "bạn rất ngu 你", "[x] [INSTEAD", "", "a  b"])
def test_an_ordinary_line_is_left_alone(text: str) -> None:
    assert as_one_line(text) == text


@given(st.text() | st.text("<|/[]INSTa \n\r\u2028", max_size=30))
def test_a_text_is_one_line_without_marks_whatever_it_holds(text: str) -> None:
    line = as_one_line(text)
    assert len(line.splitlines()) <= 1
    assert line.encode().decode() == line
    assert not re.search(r"<[|/a-zA-Z]|\[/?[A-Z_]{2,}\]", line)
    assert as_one_line(line) == line


def test_a_cut_answer_is_read_only_where_that_was_asked_for() -> None:
    grammar, cut = re.compile("Yes|No"), Answer("No", "length")
    assert isinstance(match_answer(grammar, cut), Unparsed)
    assert isinstance(match_answer(grammar, cut, may_be_cut=True), re.Match)
    assert isinstance(match_answer(grammar, Answer(" \n")), Unparsed)


def test_the_probabilities_of_several_words_are_added() -> None:
    answer = says("b", "b", a=0.5, b=0.3, c=0.2)
    assert probability_of(answer, 0, ["a", "b", "c"], ["b", "c"]) == pytest.approx(0.5)
    assert probability_of(Answer("b"), 0, ["a", "b"], ["b"]) is None


def test_the_worst_policy_counts() -> None:
    assert combine({"a": Ruling(False, 0.2), "b": Ruling(True, 0.7)}).verdict == Verdict(True, toxicity=0.7)
    assert combine({"a": Ruling(False, 0.2), "b": Ruling(True, None)}).verdict == Verdict(True)
    assert combine({"a": Ruling(False, 0.2)}).verdict == Verdict(False, toxicity=0.2)
