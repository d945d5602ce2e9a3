"""A text written another way that still knows where each of its characters comes from.

A step says which stretches to replace by what; the rest is done here: where a span of the new text lies in the
original, where one of the original lies now, and which steps had a hand in it. The same algebra undoes an obfuscation
(normalise, read, quote from the original) and makes one (perturb a row, move its spans)::

    original   你 這 個 蠢 . 货          steps   traditional  [1, 2) 這 -> 这, [2, 3) 個 -> 个
    text       你 这 个 蠢 货                    spacing      [4, 5) .  -> nothing
    sources    0  1  2  3  5             蠢货, at [3, 5), stands for 蠢.货 at [3, 6) of the original
"""

import bisect
import itertools
import unicodedata
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from hf_toxspan.core.spans import Span, SpanLike
from hf_toxspan.core.text import clusters


class Replacement(NamedTuple):
    """A stretch ``[start, end)``, at least one character, and what stands there from now on; ``""`` takes it out."""

    start: int
    end: int
    text: str


class Edit(NamedTuple):
    """What a step changed: its name and stretches of the original, in order."""

    step: str
    spans: list[Span]


Step = Callable[[str], list[Replacement]]
"""Finds what to replace in a text, from left to right, without overlap."""


@dataclass(frozen=True, eq=False)
class Rewriting:
    """An original text, what became of it, and the way back.

    Attributes:
        original: The text as it was written.
        text: The text as it stands now.
        starts: Where the characters begin that a character of `text` stands for, shape ``(len(text),)``, sorted.
        ends: Where they end, likewise; every character stands for at least one.
        edits: What was changed, in the order of the steps.

    >>> rewriting = unchanged("蠢.货").rewrite("spacing", [Replacement(1, 2, "")])
    >>> rewriting.text, rewriting.to_original((0, 2)), rewriting.steps((0, 3))
    ('蠢货', Span(start=0, end=3), ['spacing'])
    """

    original: str
    text: str
    starts: NDArray[np.intp]
    ends: NDArray[np.intp]
    edits: tuple[Edit, ...] = ()

    def rewrite(self, step: str, replacements: Iterable[Replacement]) -> "Rewriting":
        """Carry out the replacements of a step; those that change nothing don't count.

        Args:
            step: Its name.
            replacements: Stretches of `text`, from left to right, without overlap.

        Returns:
            The next rewriting of the same original; this one where nothing changes.

        Raises:
            ValueError: If a stretch is empty, overlaps the one before it or lies outside the text.
        """
        changes = [change for change in replacements if change.text != self.text[change.start : change.end]]
        if not changes:
            return self
        _check(changes, len(self.text))
        pieces: list[str] = []
        sources: list[NDArray[np.intp]] = []  # of characters of `text`: the first and the last one behind each new one
        done = 0
        for start, end, text in [*changes, Replacement(len(self.text), len(self.text), "")]:
            kept = np.arange(done, start)
            pieces += [self.text[done:start], text]
            sources += [np.stack([kept, kept]), np.repeat([[start], [end - 1]], len(text), axis=1)]
            done = end
        first, last = np.concatenate(sources, axis=1)
        edit = Edit(step, [self.to_original(change[:2]) for change in changes])
        return Rewriting(self.original, "".join(pieces), self.starts[first], self.ends[last], (*self.edits, edit))

    def to_original(self, span: SpanLike) -> Span:
        """Return the characters of the original that a span of `text`, not an empty one, stands for."""
        return Span(int(self.starts[span[0]]), int(self.ends[span[1] - 1]))

    def from_original(self, span: SpanLike) -> Span:
        """Return the characters of `text` that stand for any of a span of the original; empty where none is left."""
        start = int(np.searchsorted(self.ends, span[0], side="right"))
        return Span(start, max(start, int(np.searchsorted(self.starts, span[1], side="left"))))

    def steps(self, span: SpanLike) -> list[str]:
        """Name the steps that changed characters of a span of the original, in their order."""
        return [edit.step for edit in self.edits if _meets(edit.spans, span)]


def unchanged(text: str) -> Rewriting:
    """Begin a rewriting: every character stands for itself.

    >>> unchanged("ab").to_original((1, 2))
    Span(start=1, end=2)
    """
    places = np.arange(len(text))
    return Rewriting(text, text, places, places + 1)


def composed(text: str) -> Rewriting:
    r"""Begin a rewriting with the text in NFC: a composed character stands for its letter and all its marks.

    >>> rewriting = composed("no\u0302\u0301i")
    >>> rewriting.text, rewriting.to_original((1, 2)), rewriting.to_original((2, 3))
    ('nối', Span(start=1, end=4), Span(start=4, end=5))
    """
    return unchanged(text).rewrite("composed", find_decomposed(text))


def find_decomposed(text: str) -> list[Replacement]:
    r"""Write the text in NFC: a letter with its marks becomes one character where there is one.

    >>> find_decomposed("no\u0302i")
    [Replacement(start=1, end=3, text='ô')]
    """
    if unicodedata.is_normalized("NFC", text):
        return []
    parts = clusters(text)
    ends = itertools.accumulate(map(len, parts))
    forms = ((part, end, unicodedata.normalize("NFC", part)) for part, end in zip(parts, ends, strict=True))
    return [Replacement(end - len(part), end, form) for part, end, form in forms if form != part]


def _meets(stretches: list[Span], span: SpanLike) -> bool:
    """Tell whether a span shares a character with one of the stretches, which are sorted."""
    first = bisect.bisect_right(stretches, span[0], key=lambda stretch: stretch.end)
    return first < len(stretches) and stretches[first].start < span[1]


def _check(changes: list[Replacement], length: int) -> None:
    for change in changes:
        if not 0 <= change.start < change.end <= length:
            raise ValueError(f"{change} is no stretch of a text of {length} characters; expected 0 <= start < end")
    for before, after in itertools.pairwise(changes):
        if after.start < before.end:
            raise ValueError(f"{after} begins before {before} ends; expected replacements in order, without overlap")
