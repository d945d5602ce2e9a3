"""Homophones and pinyin: a known term is heard, a common word never is one."""

import pytest

from hf_toxspan.core.rewriting import Replacement, Step, unchanged
from hf_toxspan.obfuscation.sounds import homophone_step, pinyin_step

TERMS = ["垃圾", "智障", "不要脸", "滚"]


def done(step: Step, text: str) -> str:
    return unchanged(text).rewrite("step", step(text)).text


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("你这辣鸡!", "你这垃圾!"),
        ("布要莲", "不要脸"),
        ("垃圾", "垃圾"),
        ("一些纸张", "一些纸张"),
        ("棍", "棍"),
        ("辣 鸡", "辣 鸡"),
        ("laji", "laji"),
        ("制章程", "制章程"),
    ],
)
def test_a_term_is_heard_in_other_characters(written: str, meant: str) -> None:
    assert done(homophone_step(TERMS), written) == meant


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("你这LaJi!", "你这垃圾!"),
        ("la ji", "垃圾"),
        ("la圾 垃ji", "垃圾 垃圾"),
        ("bu yaolian", "不要脸"),
        ("laj i", "laj i"),
        ("gun", "gun"),
        ("lajis", "lajis"),
        ("la  ji", "la  ji"),
    ],
)
def test_a_term_is_read_in_pinyin(written: str, meant: str) -> None:
    assert done(pinyin_step(TERMS), written) == meant


def test_short_words_of_other_languages_are_no_pinyin() -> None:
    assert done(pinyin_step(["阿三", "恶意", "她妈"]), "as an e yi tama tam a") == "as an e yi 她妈 tam a"


def test_the_first_of_terms_that_sound_alike_is_meant() -> None:
    assert homophone_step(["他妈", "她妈"])("塔玛") == [Replacement(0, 2, "他妈")]
    assert homophone_step(["她妈", "他妈"])("塔玛") == [Replacement(0, 2, "她妈")]


def test_terms_of_other_scripts_and_none_at_all_find_nothing() -> None:
    assert (homophone_step(["fool", "a"])("辣鸡"), pinyin_step([])("laji")) == ([], [])
