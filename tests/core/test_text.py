"""Promises of `hf_toxspan.core.text`."""

import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from hf_toxspan.core.text import clusters, content_of, fingerprint, replace_lone_surrogates

ANY_TEXT = st.text(st.one_of(st.characters(exclude_categories=[]), st.characters(categories=["Cs"])))


@given(ANY_TEXT)
def test_replacing_keeps_the_length_and_every_other_character(text: str) -> None:
    clean = replace_lone_surrogates(text)

    assert len(clean) == len(text)
    assert all(
        new == old or ("\ud800" <= old <= "\udfff" and new == "\ufffd") for old, new in zip(text, clean, strict=True)
    )


@given(ANY_TEXT)
def test_the_result_is_utf8_and_stays_when_replaced_again(text: str) -> None:
    clean = replace_lone_surrogates(text)

    clean.encode("utf-8")
    assert replace_lone_surrogates(clean) == clean


def test_emoji_and_all_other_characters_stay() -> None:
    assert replace_lone_surrogates("傻😀e\u0301\u200b\0") == "傻😀e\u0301\u200b\0"


def test_each_half_of_a_broken_pair_becomes_one_character() -> None:
    assert replace_lone_surrogates("\ud83d\ude00") == "\ufffd\ufffd"


def test_the_empty_text_stays_empty() -> None:
    assert replace_lone_surrogates("") == ""


@given(ANY_TEXT)
def test_one_content_has_one_fingerprint_however_it_is_written(text: str) -> None:
    assert fingerprint(text.upper().lower()) == fingerprint(" ".join(text.lower().upper().lower()))


def test_fingerprints_tell_contents_apart() -> None:
    assert fingerprint("你好，朋友！") == fingerprint("你 好朋友") != fingerprint("你好")
    assert fingerprint("...") == ""


@given(
    st.text(
        st.one_of(st.characters(exclude_categories=[]), st.sampled_from("aeo\u0301\u0302\u0323ｶﾞ한\u1112\u1161\u11ab"))
    )
)
def test_clusters_are_normalised_as_the_whole_is(text: str) -> None:
    parts = clusters(text)

    assert "".join(parts) == text
    assert "".join(unicodedata.normalize("NFC", part) for part in parts) == unicodedata.normalize("NFC", text)


def test_no_character_that_joins_the_one_before_begins_a_cluster() -> None:
    """Every canonical composition of two characters, as this Python's tables have them, stays in one part."""
    for code in range(0x110000):
        parts = unicodedata.decomposition(chr(code)).split()
        if len(parts) == 2 and not parts[0].startswith("<"):
            assert len(clusters("".join(chr(int(part, 16)) for part in parts))) == 1, hex(code)


def test_texts_of_signs_alone_are_told_apart_by_their_signs() -> None:
    assert content_of("?!") != content_of("...") and content_of("A b!") == content_of("ab")
    assert content_of("\ud800!") == "\ufffd!"
