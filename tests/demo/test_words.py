"""Every language says everything, and what visitors send is never read as a format."""

from string import Formatter

import pytest

from hf_toxspan.demo.words import EXAMPLES, LANGUAGES, NAMES, Refused, check_language, say


def places(words: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(words) if name}


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_language_has_every_word_with_the_same_places(language: str) -> None:
    words = LANGUAGES[language]
    assert words.keys() == LANGUAGES["en"].keys()
    assert {key: places(value) for key, value in words.items()} == {k: places(v) for k, v in LANGUAGES["en"].items()}
    assert language in NAMES


def test_what_is_put_in_is_no_format() -> None:
    assert "{0.__class__}" in say("en", "wrong_type", name="{0.__class__}")


def test_a_refusal_reads_as_english_in_a_traceback() -> None:
    assert str(Refused("too_big", megabytes=4)).startswith("This file is larger than 4 MB")


def test_an_unknown_language_is_refused_with_those_there_are() -> None:
    assert check_language("vi") == "vi"
    with pytest.raises(ValueError, match="'fr'; expected one of en, zh, vi"):
        check_language("fr")


def test_examples_are_in_the_pages_languages() -> None:
    assert {language for _, language in EXAMPLES} == set(LANGUAGES)
