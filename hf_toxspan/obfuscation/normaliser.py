"""The second reading of a text: every kind of obfuscation undone, one after the other, with the way back."""

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass

from hf_toxspan.core.normalisation import find_invisible, find_width, leet_step, spacing_step
from hf_toxspan.core.rewriting import Rewriting, Step, unchanged
from hf_toxspan.obfuscation.scripts import homoglyph_step, traditional_step
from hf_toxspan.obfuscation.sounds import homophone_step, pinyin_step
from hf_toxspan.obfuscation.spellings import emoji_step, split_step

_STEPS: dict[str, Callable[[Collection[str]], Step]] = {
    "width": lambda _: find_width,
    "invisible": lambda _: find_invisible,
    "traditional": lambda _: traditional_step(),
    "spacing": spacing_step,
    "leet": leet_step,
    "homoglyph": lambda _: homoglyph_step(),  # once the word stands in one piece: "f.о.0.l" mixes scripts as a whole
    "split": split_step,
    "emoji": emoji_step,
    "pinyin": pinyin_step,
    "homophone": homophone_step,
}
KINDS = tuple(_STEPS)
"""The kinds of obfuscation, in the order in which they are undone: what joins and cleans a word comes first."""
NEED_TERMS = frozenset({"split", "emoji", "pinyin", "homophone"})
"""Kinds that can't be undone without knowing which words may be meant."""


@dataclass(frozen=True)
class Normaliser:
    """Undo obfuscated spellings; built by `build_normaliser`.

    Attributes:
        steps: What is done, by the name of its kind.
    """

    steps: tuple[tuple[str, Step], ...]

    def __call__(self, text: str) -> Rewriting:
        """Return the text as it may have been meant, with the way back; unchanged where nothing is obfuscated."""
        rewriting = unchanged(text)
        for name, step in self.steps:
            rewriting = rewriting.rewrite(name, step(rewriting.text))
        return rewriting


def build_normaliser(kinds: Iterable[str] = KINDS, terms: Iterable[str] = ()) -> Normaliser:
    """Prepare the steps of a normaliser; tables are loaded here, not at the first text.

    Args:
        kinds: Which kinds of `KINDS` to undo.
        terms: The words that are looked for in disguise, such as a list of insults or a mined lexicon.

    Returns:
        A function of texts.

    Raises:
        ValueError: If a kind is unknown, or needs terms and there are none.
        ImportError: If a kind needs a library that is not installed.

    >>> normalise = build_normaliser(["spacing", "leet"])
    >>> rewriting = normalise("you f.0.0.l")
    >>> rewriting.text, rewriting.to_original((4, 8)), rewriting.steps((4, 11))
    ('you fool', Span(start=4, end=11), ['spacing', 'leet'])
    """
    chosen, terms = check_kinds(kinds), list(dict.fromkeys(terms))
    if not terms and (lacking := [kind for kind in chosen if kind in NEED_TERMS]):
        raise ValueError(
            f"{', '.join(lacking)} can't be undone without the words that may be meant, and there are no terms; pass "
            f"some, or choose from {', '.join(kind for kind in KINDS if kind not in NEED_TERMS)}"
        )
    return Normaliser(tuple((kind, _STEPS[kind](terms)) for kind in chosen))


def check_kinds(kinds: Iterable[str]) -> Sequence[str]:
    """Return the kinds in their order, each once.

    Args:
        kinds: Names.

    Returns:
        Those of `KINDS` that were given.

    Raises:
        ValueError: If one is unknown, or none is given.

    >>> check_kinds(["leet", "spacing"])
    ['spacing', 'leet']
    """
    given = set(kinds)
    unknown = sorted(given - set(KINDS))
    if unknown or not given:
        raise ValueError(f"kinds of obfuscation are {unknown or 'none'}; expected some of {', '.join(KINDS)}")
    return [kind for kind in KINDS if kind in given]
