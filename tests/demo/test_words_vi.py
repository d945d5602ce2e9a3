"""The Vietnamese words."""

import unicodedata

from hf_toxspan.demo.words_en import ENGLISH
from hf_toxspan.demo.words_vi import VIETNAMESE


def test_nothing_is_left_in_english_but_names() -> None:
    assert {key for key, words in VIETNAMESE.items() if words == ENGLISH[key]} == {"gradient", "keys"}


def test_letters_are_composed() -> None:
    assert all(unicodedata.is_normalized("NFC", words) for words in VIETNAMESE.values())
