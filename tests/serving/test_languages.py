"""The light guess at a language."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hf_toxspan.serving.languages import detect, supports


@pytest.mark.parametrize(
    ("text", "languages"),
    [
        ("What a stupid idea, you fool.", ["en"]),
        ("fool", ["en"]),
        ("café", ["en"]),
        ("ｆｏｏｌ", ["en"]),
        ("𝗳𝗼𝗼𝗹", ["en"]),
        ("你这个蠢货", ["zh"]),
        ("Sao mày ngu vậy", ["vi"]),
        ("sao ma\u0300y ngu va\u0323\u0302y", ["vi"]),
        ("đồ ngu", ["vi"]),
        ("thang nay ngu khong", ["vi"]),
        ("du bist dumm und hässlich", ["de"]),
        ("eres un idiota", ["es"]),
        ("お前は馬鹿だ", ["ja"]),
        ("당신은 바보", ["ko"]),
        ("Ты дурак", ["ru"]),
        ("hello 你好世界朋友", ["zh", "en"]),
        ("what is 蠢 in this long sentence of mine", ["en"]),
        ("12345 😡 !!!", ["und"]),
        ("\ud800", ["und"]),
        ("   ", ["und"]),
        ("", ["und"]),
    ],
)
def test_the_language_is_guessed(text: str, languages: list[str]) -> None:
    assert detect(text) == languages


@given(st.text(st.characters(codec=None)))
def test_any_text_has_a_language_or_is_undetermined(text: str) -> None:
    found = detect(text)
    assert found
    assert len(set(found)) == len(found)


@pytest.mark.parametrize("code", ["zh", "zh-Hant", "ZH-cn", "zh_TW", "en-GB"])
def test_a_variety_of_a_supported_language_is_supported(code: str) -> None:
    assert supports(("zh", "en"), code)


@pytest.mark.parametrize("code", ["de", "zhx", "", "und", "x-zh"])
def test_other_languages_are_not(code: str) -> None:
    assert not supports(("zh", "en"), code)


def test_a_variety_alone_is_supported_alone() -> None:
    assert supports(("hi-Latn",), "hi-latn")
    assert not supports(("hi-Latn",), "hi")


def test_without_a_list_every_language_is_supported() -> None:
    assert supports((), "und")
