"""Promises of the control extractor, top-k."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hf_toxspan.core.spans import Span
from hf_toxspan.core.top_k import extract_top, tune_top

TEXTS = st.text(alphabet="ab傻货é\u0301 \n,😀ไ", max_size=20)


@pytest.mark.parametrize(
    ("k", "expected"),
    [(0, []), (1, [(4, 8)]), (2, [(0, 3), (4, 8)]), (3, [(0, 3), (4, 9)]), (9, [(0, 3), (4, 9)])],
)
def test_words_enter_by_their_largest_saliency(k: int, expected: list[tuple[int, int]]) -> None:
    saliency = [0.1, 0.5, 0.1, 0, 0.2, 0.2, 0.9, 0.2, 0.3]  # blanks never enter, and nothing without saliency

    assert extract_top(saliency, "you fool!", k) == expected


def test_in_chinese_each_character_is_a_unit_and_neighbours_join() -> None:
    assert extract_top([0.1, 0.2, 0.8, 0.9, 0.3], "他是蠢货吧", 2) == [Span(2, 4)]


@given(TEXTS, st.integers(0, 8), st.data())
@settings(max_examples=60, deadline=None)
def test_a_larger_k_only_adds(text: str, k: int, data: st.DataObject) -> None:
    saliency = data.draw(st.lists(st.floats(0, 1), min_size=len(text), max_size=len(text)))

    def marked(k: int) -> set[int]:
        return {place for start, end in extract_top(saliency, text, k) for place in range(start, end)}

    assert marked(k) <= marked(k + 1)
    assert not any(text[place].isspace() for place in marked(k))


def test_the_k_with_the_best_character_f1_is_chosen_the_first_of_equals() -> None:
    texts, saliency = ["蠢货啊", "笨蛋吧"], [np.array([1.0, 0.9, 0.1]), np.array([0.8, 0.9, 0.2])]

    assert tune_top(saliency, texts, [[[0, 2]], [[0, 2]]]) == 2
    assert tune_top(saliency, texts, [[], []], grid=[7, 3]) == 7


def test_uneven_lists_are_refused() -> None:
    with pytest.raises(ValueError, match="zip"):
        tune_top([np.zeros(1)], ["a", "b"], [[]])
