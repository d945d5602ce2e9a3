"""Promises of `hf_toxspan.data.words`."""

import logging

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hf_toxspan.core.spans import to_mask
from hf_toxspan.data.blemishes import Blemishes
from hf_toxspan.data.words import locate

LETTERS = st.sampled_from("傻蠢😀e\u0301đ\u200b")


@given(st.lists(st.text(LETTERS, min_size=1, max_size=3), max_size=3), st.text(LETTERS, max_size=12))
def test_a_character_is_marked_where_and_only_where_a_word_covers_it(words: list[str], text: str) -> None:
    spans, unmatched = locate(words, text, where="line 1", blemishes=Blemishes())

    covered = [
        any(
            text.startswith(word, begin)
            for word in words
            for begin in range(position - len(word) + 1, position + 1)
            if begin >= 0
        )
        for position in range(len(text))
    ]
    assert to_mask(spans or [], len(text)).tolist() == covered
    assert unmatched == list(dict.fromkeys(word for word in words if word not in text))


def test_words_of_which_none_occurs_leave_a_text_without_annotation() -> None:
    assert locate(["丑"], "真蠢", where="line 1", blemishes=Blemishes()).spans is None
    assert locate([], "真蠢", where="line 1", blemishes=Blemishes()).spans == []


def test_each_word_without_a_place_is_counted_once_a_text(caplog: pytest.LogCaptureFixture) -> None:
    blemishes = Blemishes()
    locate(["丑", "蠢", "丑", "笨"], "真蠢", where="line 1", blemishes=blemishes)

    with caplog.at_level(logging.WARNING):
        blemishes.warn("a.json")

    assert "do not occur in their text, in `unmatched` instead of `spans`: 2 (first: line 1)" in caplog.text


@pytest.mark.parametrize("words", [[1], "蠢", {"蠢": 1}])
def test_what_is_no_list_of_strings_is_named(words: object) -> None:
    with pytest.raises(ValueError, match=r"line 1: the toxic words are .*; expected a list of strings"):
        locate(words, "真蠢", where="line 1", blemishes=Blemishes())
