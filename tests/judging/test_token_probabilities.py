"""The probability of a word is read where the tokens tell it, and is missing where they do not."""

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hf_toxspan.judging.token_probabilities import choice_probabilities
from hf_toxspan.llm.calls import Answer


def token(said: str, *listed: tuple[str, float], probability: float | None = None, **more: Any) -> dict[str, Any]:
    """Write a token as a server does; its probability is that under which it is listed, or the one given."""
    alternatives = [{"token": other, "logprob": math.log(p)} for other, p in listed]
    own = dict(listed).get(said, probability if probability is not None else 1.0)
    return {"token": said, "logprob": math.log(own), "top_logprobs": alternatives, **more}


def read(text: str, start: int, choices: list[str], *tokens: dict[str, Any]) -> dict[str, float] | None:
    return choice_probabilities(Answer(text, logprobs=list(tokens)), start, choices)


def test_the_words_share_what_the_alternatives_hold() -> None:
    found = read("yes", 0, ["yes", "no"], token("yes", ("yes", 0.6), ("no", 0.2), ("maybe", 0.2)))
    assert found == pytest.approx({"yes": 0.75, "no": 0.25})


def test_a_word_begins_inside_a_token_after_a_blank_or_a_quotation_mark() -> None:
    sure = [token('{"', ('{"', 1.0)), token("label", ("label", 1.0)), token('":', ('":', 1.0))]
    last = token(' "clean', (' "clean', 0.5), (' "tox', 0.25), ('"clean', 0.15), ('"', 0.1))
    text = '{"label": "clean"}'
    found = read(text, text.index("clean"), ["clean", "toxic"], *sure, last, token('"}', ('"}', 1.0)))
    assert found == pytest.approx({"clean": 0.65 / 0.9, "toxic": 0.25 / 0.9})


def test_other_ways_to_begin_a_word_count_for_it() -> None:
    found = read(
        "yes", 0, ["yes", "no"], token("yes", ("yes", 0.3), (" yes", 0.2), ("y", 0.1), ("No", 0.1), ("n", 0.3))
    )
    assert found == pytest.approx({"yes": 0.6 / 0.9, "no": 0.3 / 0.9})


def test_a_later_token_decides_between_words_that_begin_alike() -> None:
    tokens = [token("tox", ("tox", 0.8), ("c", 0.2)), token("ic", ("ic", 0.75), ("in", 0.25))]
    assert read("toxic", 0, ["toxic", "toxin", "clean"], *tokens) == pytest.approx(
        {"toxic": 0.6, "toxin": 0.2, "clean": 0.2}
    )


def test_a_word_that_begins_another_ends_where_the_next_token_says_so() -> None:
    label = token("hate", ("hate", 0.9), ("clean", 0.1))
    end = token('"', ('"', 0.5), ("/off", 0.5))
    found = read('hate"', 0, ["hate", "hate/offensive", "clean"], label, end)
    assert found == pytest.approx({"hate": 0.45, "hate/offensive": 0.45, "clean": 0.1})


def test_words_that_no_token_tells_apart_have_no_probability() -> None:
    assert read("tox", 0, ["toxic", "toxin"], token("tox", ("tox", 0.9), ("toxin", 0.1))) is None
    ambiguous = token("clean", ("clean", 0.5), ("tox", 0.5))
    assert read("clean", 0, ["toxic", "toxin", "clean"], ambiguous) is None
    hardly = token("clean", ("clean", 0.8), ("tox", 0.001), ("toxic", 0.199 - 1e-9), ("toxin", 1e-9))
    assert read("clean", 0, ["toxic", "toxin", "clean"], hardly) is not None


def test_a_word_that_only_begins_like_a_choice_is_not_that_choice() -> None:
    found = read("no", 0, ["no", "yes"], token("no", ("no", 0.5), ("normal", 0.3), ("yes", 0.1), ("yes,", 0.1)))
    assert found == pytest.approx({"no": 0.5 / 0.7, "yes": 0.2 / 0.7})
    assert read("normal", 0, ["no", "yes"], token("normal", ("normal", 0.9), ("yes", 0.1))) is None


def test_what_is_not_listed_counts_for_what_it_could_be() -> None:
    """The fifth place of five holds 0.04: an unlisted "no" may have as much."""
    flat = token("yes", ("yes", 0.8), ("a", 0.05), ("b", 0.05), ("c", 0.04), ("d", 0.04))
    assert read("yes", 0, ["yes", "no"], flat) is None
    assert read("yes", 0, ["yes", "no"], token("yes", ("yes", 0.999), ("a", 0.0005), ("b", 0.0005))) == {
        "yes": 1.0,
        "no": 0.0,
    }
    assert read("yes", 0, ["yes", "no"], token("yes", probability=0.7)) is None


def test_bytes_spell_what_strings_can_not() -> None:
    first, second = "é".encode()[:1], "é".encode()[1:]
    tokens = [token("\ufffd", bytes=list(first)), token("\ufffd", bytes=list(second))]
    last = token(" yes", (" yes", 0.75), (" no", 0.25))
    assert read("é yes", 2, ["yes", "no"], *tokens, last) == pytest.approx({"yes": 0.75, "no": 0.25})
    assert read("é yes", 2, ["yes", "no"], token("\ufffd"), token("\ufffd"), last) is None


def test_blanks_that_the_server_cut_off_the_text_do_no_harm() -> None:
    tokens = [token("\n\n"), token(" safe", (" safe", 0.75), (" unsafe", 0.25)), token("<|eot_id|>")]
    assert read("safe", 0, ["safe", "unsafe"], *tokens) == pytest.approx({"safe": 0.75, "unsafe": 0.25})


YES = token("yes", ("yes", 0.75), ("no", 0.25))
UNUSABLE: dict[str, list[Any] | None] = {
    "no log-probabilities": None,
    "no tokens": [],
    "tokens of another text": [token("no", ("no", 0.75), ("yes", 0.25))],
    "no string": [{**YES, "token": 7}],
    "no number": [{**YES, "logprob": "-0.1"}],
    "nan": [{**YES, "logprob": math.nan}],
    "a probability above 1": [{**YES, "logprob": 2.0}],
    "no list": [{**YES, "top_logprobs": {"yes": -0.1}}],
    "alternatives that are none": [{**YES, "top_logprobs": [None]}],
    "an alternative that is nan": [{**YES, "top_logprobs": [{"token": "no", "logprob": math.nan}]}],
    "no alternatives": [{**YES, "top_logprobs": []}],
    "no field": [{"token": "yes"}],
    "bytes beyond a byte": [{**YES, "token": "x", "bytes": [300]}],
}


@pytest.mark.parametrize("tokens", UNUSABLE.values(), ids=UNUSABLE)
def test_what_a_server_leaves_out_or_gets_wrong_is_no_number(tokens: list[Any] | None) -> None:
    assert choice_probabilities(Answer("yes", logprobs=tokens), 0, ["yes", "no"]) is None
    assert choice_probabilities(Answer("yes", logprobs=[YES]), 0, ["yes", "no"]) is not None


ALTERNATIVES = st.lists(st.dictionaries(st.sampled_from(["token", "logprob"]), st.text(max_size=3) | st.floats()))
VALUES = st.text(max_size=4) | st.floats() | st.none() | st.lists(st.integers(), max_size=3) | ALTERNATIVES
TOKENS = st.lists(st.dictionaries(st.sampled_from(["token", "logprob", "bytes", "top_logprobs"]), VALUES), max_size=3)


@given(TOKENS, st.text(max_size=5), st.integers(0, 6))
def test_nonsense_never_raises_and_is_never_half_a_number(tokens: list[Any], text: str, start: int) -> None:
    found = choice_probabilities(Answer(text, logprobs=tokens), start, ["a", "b"])
    assert found is None or sum(found.values()) == pytest.approx(1)


@given(st.lists(st.floats(0.01, 1), min_size=3, max_size=3), st.integers(0, 2))
def test_single_tokens_give_the_softmax_over_the_words(weights: list[float], chosen: int) -> None:
    words = ["Safe", "Unsafe", "Controversial"]
    total = sum(weights)
    listed = [(" " + word, weight / total) for word, weight in zip(words, weights, strict=True)]
    said = " " + words[chosen]
    found = read(said, 1, words, token(said, *listed))
    assert found == pytest.approx(dict(zip(words, (weight / total for weight in weights), strict=True)))
