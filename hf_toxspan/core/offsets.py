"""Character offsets, the form in which SemEval-2021 task 5 and ViHOS write spans: ``[3, 4, 5, 9]`` for [3, 6), [9, 10).

The SemEval-2021 score of predictions is ``text_char_f1`` of `core/span_scores.py`; its column ``char_f1`` holds the
value of each text and `standard_error` its error. `agreement` scores annotators against one another in the same way.
"""

import math
from collections.abc import Iterable, Sequence
from itertools import combinations

import numpy as np
from numpy.typing import ArrayLike

from hf_toxspan.core.span_scores import tally_spans
from hf_toxspan.core.spans import Span, SpanLike, merge


def to_offsets(spans: Iterable[SpanLike]) -> list[int]:
    """List the characters that the spans mark, each once, in order.

    >>> to_offsets([[9, 10], [3, 6], [4, 5]])
    [3, 4, 5, 9]
    """
    return [offset for span in merge(spans) for offset in range(*span)]


def from_offsets(offsets: Iterable[int]) -> list[Span]:
    """Join runs of offsets to spans; order and repetition do not matter.

    The inverse of `to_offsets` on normalised spans.

    >>> from_offsets([9, 4, 3, 5, 4])
    [Span(start=3, end=6), Span(start=9, end=10)]
    """
    return merge((offset, offset + 1) for offset in offsets)


def agreement(annotators: Sequence[Iterable[SpanLike]]) -> float:
    """Return the mean character F1 of every two annotators of one text; two who mark nothing agree fully.

    Source: `pairwise_operator` with `f1` in metrics.py of SemEval-2021 task 5.

    Args:
        annotators: The spans of each annotator.

    Returns:
        Agreement in [0, 1]; nan with fewer than two annotators.

    Raises:
        ValueError: If an offset does not fit into 64 bits.

    >>> agreement([[[0, 2]], [[0, 2]], [[1, 3]]])
    0.6666666666666666
    """
    pairs = list(combinations(map(list, annotators), 2))
    if not pairs:
        return math.nan
    return float(tally_spans([first for first, _ in pairs], [second for _, second in pairs]).columns["char_f1"].mean())


def standard_error(values: ArrayLike) -> float:
    """Return the standard error of a mean over texts: the sample standard deviation by the root of the number.

    Source: `scipy.stats.sem`, which SemEval-2021 task 5 reports.

    Args:
        values: One value a text.

    Returns:
        The error; nan with fewer than two texts.

    >>> round(standard_error([1.0, 0.0, 0.5]), 4)
    0.2887
    """
    column = np.asarray(values, dtype=np.float64)
    return float(column.std(ddof=1) / math.sqrt(len(column))) if len(column) > 1 else math.nan
