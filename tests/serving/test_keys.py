"""API keys."""

import pytest

from hf_toxspan.serving.keys import Keys

KEY, OTHER = "k" * 32, "o" * 32


def test_without_keys_everyone_may_pass() -> None:
    assert not Keys()
    assert Keys().open({}, {})


@pytest.mark.parametrize(
    ("headers", "query"),
    [
        ({"authorization": f"Bearer {KEY}"}, {}),
        ({"authorization": f"bearer  {KEY} "}, {}),
        ({"x-api-key": OTHER}, {}),
        ({"x-goog-api-key": KEY}, {}),
        ({}, {"key": KEY}),
        ({"authorization": "Basic abc"}, {"key": OTHER}),
    ],
)
def test_a_key_opens_wherever_clients_put_it(headers: dict[str, str], query: dict[str, str]) -> None:
    assert Keys([KEY, OTHER]).open(headers, query)


@pytest.mark.parametrize(
    ("headers", "query"),
    [
        ({}, {}),
        ({}, {"key": ""}),
        ({}, {"key": KEY[:-1]}),
        ({}, {"key": KEY + "k"}),
        ({}, {"key": "\ud800" + KEY}),
        ({"authorization": KEY}, {}),
        ({"authorization": f"Basic {KEY}"}, {}),
        ({"x-api-key": KEY.upper()}, {}),
    ],
)
def test_anything_else_does_not(headers: dict[str, str], query: dict[str, str]) -> None:
    assert not Keys([KEY]).open(headers, query)


@pytest.mark.parametrize("key", ["", "short", "k" * 15, "with blanks in the middle", "ключ" * 8, "k" * 20 + "\n"])
def test_a_key_that_could_be_guessed_or_not_be_sent_is_refused_without_showing_it(key: str) -> None:
    with pytest.raises(ValueError, match="API key 2 has") as refused:
        Keys([KEY, key])
    assert not key or key not in str(refused.value)


def test_keys_do_not_show() -> None:
    assert KEY not in repr(Keys([KEY]))
    assert KEY not in str(vars(Keys([KEY])))
