"""The Chinese words."""

import re

from hf_toxspan.demo.words_en import ENGLISH
from hf_toxspan.demo.words_zh import CHINESE


def test_everything_is_in_chinese() -> None:
    assert {key for key, words in CHINESE.items() if not re.search("[\u4e00-\u9fff]", words)} == {"keys"}


def test_nothing_is_left_in_english() -> None:
    assert {key for key, words in CHINESE.items() if words == ENGLISH[key]} == {"keys"}
