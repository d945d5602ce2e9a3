"""Disguises: what they touch, that they can be undone, and that a seed decides."""

import itertools
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hf_toxspan.core.spans import Span
from hf_toxspan.obfuscation.normaliser import KINDS, Normaliser, build_normaliser
from hf_toxspan.obfuscation.perturbation import perturb

few = settings(max_examples=60, deadline=None)

CHINESE, LATIN = ["垃圾", "蠢货", "智障", "走狗", "不要脸"], ["fool", "stupid", "loser", "shut up", "Clown"]
OFFERS = {
    "invisible": CHINESE + LATIN,
    "width": LATIN,
    "homoglyph": LATIN,
    "traditional": ["蠢货", "不要脸"],
    "spacing": CHINESE + LATIN,
    "leet": ["fool", "stupid", "loser", "shut up"],
    "split": CHINESE,
    "emoji": ["走狗", "Clown"],
    "pinyin": CHINESE,
    "homophone": CHINESE,
}
"""Words to which a kind always has something to offer."""


@pytest.fixture(scope="module")
def normalise() -> Normaliser:
    return build_normaliser(terms=["clown", *CHINESE, *LATIN, "shut", "up"])


def test_every_kind_is_tested() -> None:
    assert set(OFFERS) == set(KINDS)


@pytest.mark.parametrize("kind", KINDS)
@few
@given(seed=st.integers(0, 10**6), data=st.data())
def test_a_disguise_differs_and_is_undone(normalise: Normaliser, kind: str, seed: int, data: st.DataObject) -> None:
    word = data.draw(st.sampled_from(OFFERS[kind]))
    before, after = ("他是", "，真的") if word in CHINESE else ("you are a ", ", ok")
    disguised = perturb(before + word + after, [(len(before), len(before) + len(word))], kind, Random(seed))
    assert disguised.text != disguised.original
    assert normalise(disguised.text).text.lower() == disguised.original.lower()


@pytest.mark.parametrize("kind", KINDS)
@few
@given(seed=st.integers(0, 99), data=st.data())
def test_nothing_outside_the_spans_is_touched_and_they_are_found_again(
    kind: str, seed: int, data: st.DataObject
) -> None:
    text = data.draw(st.text(alphabet="ab FOOl傻货蠢 走狗é\u0301😀\ud83d.", max_size=14))
    ends = sorted(data.draw(st.sets(st.integers(0, len(text)), max_size=4)))
    spans = [Span(*pair) for pair in itertools.pairwise(ends)]  # they touch
    disguised = perturb(text, spans, kind, Random(seed))
    moved = [disguised.from_original(span) for span in spans]
    assert [disguised.to_original(span) for span in moved] == spans
    outside = [text[start:end] for start, end in _between(spans, len(text))]
    assert [disguised.text[start:end] for start, end in _between(moved, len(disguised.text))] == outside


def _between(spans: list[Span], length: int) -> list[tuple[int, int]]:
    borders = [0, *(border for span in spans for border in span), length]
    return list(zip(borders[::2], borders[1::2], strict=True))


@pytest.mark.parametrize("kind", KINDS)
def test_the_seed_decides(kind: str) -> None:
    def made(seed: int) -> str:
        return perturb("他是走狗, Stupid clown", [(2, 4), (6, 18)], kind, Random(seed)).text

    assert [made(seed) for seed in range(5)] == [made(seed) for seed in range(5)]


@pytest.mark.parametrize(("kind", "word"), [("leet", "垃圾"), ("width", "垃圾"), ("split", "fool"), ("pinyin", "fool")])
def test_a_kind_that_has_nothing_to_offer_changes_nothing(kind: str, word: str) -> None:
    disguised = perturb(word, [(0, len(word))], kind, Random(0))
    assert (disguised.text, disguised.edits) == (word, ())


def test_a_homophone_is_no_common_word() -> None:
    written = {perturb("智障", [(0, 2)], "homophone", Random(seed)).text for seed in range(200)}
    assert len(written) > 20
    assert not {"纸张", "智障"} & written


def test_an_unknown_kind_is_told() -> None:
    with pytest.raises(ValueError, match=r"\['rot13'\]; expected some of"):
        perturb("fool", [(0, 4)], "rot13", Random(0))
