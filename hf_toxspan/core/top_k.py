"""The extractor that BiCSE is measured against: the k most salient words or characters of a text.

It is the control of the ToxiTrace paper (arXiv 2604.12321). What counts as one unit is ours: a word where a script
writes blanks, a single character where it does not.
"""

import re
from collections.abc import Iterable

import numpy as np
from numpy.typing import ArrayLike

from hf_toxspan.core.span_scores import score_spans
from hf_toxspan.core.spans import Span, SpanLike, merge
from hf_toxspan.core.text import WORD

_UNIT = re.compile(rf"{WORD.pattern}|\S")

GRID = tuple(range(1, 31))
"""Values of k that `tune_top` tries."""


def extract_top(saliency: ArrayLike, text: str, k: int) -> list[Span]:
    """Mark the k units with the largest saliency; units that touch become one span.

    Args:
        saliency: One value >= 0 a character, shape ``(len(text),)``; a unit's value is its largest.
        text: The text.
        k: How many units; fewer where fewer have any saliency. Of equals the first.

    Returns:
        Normalised spans.

    >>> extract_top([0, 0, 0, 0, 0.9, 0.9, 1.0, 0.4], "you fool", 1)
    [Span(start=4, end=8)]
    >>> extract_top([0.1, 0.0, 0.2, 0.7, 0.9], "他是个蠢货", 3)
    [Span(start=2, end=5)]
    """
    values = np.asarray(saliency, dtype=float)
    units = [Span(*found.span()) for found in _UNIT.finditer(text)]
    strengths = [values[start:end].max() for start, end in units]
    ranked = sorted(range(len(units)), key=lambda place: -strengths[place])
    return merge(units[place] for place in ranked[:k] if strengths[place] > 0)


def tune_top(
    saliencies: Iterable[ArrayLike],
    texts: Iterable[str],
    references: Iterable[Iterable[SpanLike]],
    *,
    grid: Iterable[int] = GRID,
) -> int:
    """Choose the k with the best pooled character F1 on development texts; the first of equals.

    Args:
        saliencies: Character saliency of each text.
        texts: The texts.
        references: Gold spans of each text.
        grid: Candidates, in order of preference.

    Returns:
        The best candidate.

    >>> tune_top([[0.2, 1.0, 0.5]], ["蠢笨货"], [[[0, 3]]])
    3
    """
    rows, gold = list(zip(saliencies, texts, strict=True)), list(references)

    def char_f1(k: int) -> float:
        return score_spans([extract_top(values, text, k) for values, text in rows], gold).char_f1

    return max(grid, key=char_f1)
