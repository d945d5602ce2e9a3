"""Span algebra: half-open character ranges of the original text.

A span counts Unicode code points, so ``text[span.start:span.end]`` is the quoted evidence. All functions are pure and
accept any iterable of pairs; "normalised" means sorted, merged and without empty spans.
"""

import math
from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray


class Span(NamedTuple):
    """A half-open character range ``[start, end)`` of the original text."""

    start: int
    end: int


SpanLike = Sequence[int]


def check(spans: Iterable[SpanLike], *, length: int | None = None, allow_empty: bool = False) -> list[Span]:
    """Return the spans as `Span` objects in the given order, or say which one is wrong.

    Args:
        spans: Pairs ``[start, end)``.
        length: Number of characters of the text; no bound when None.
        allow_empty: Let a span end where it starts.

    Returns:
        The same spans, one `Span` each.

    Raises:
        ValueError: If a span is not a pair of whole numbers, is empty, turned round or outside the text.

    >>> check([[0, 2], (4, 5)], length=5)
    [Span(start=0, end=2), Span(start=4, end=5)]
    """
    checked = []
    limit = math.inf if length is None else length
    for position, span in enumerate(spans):
        if type(span) in _PLAIN and len(span) == 2 and type(span[0]) is type(span[1]) is int:
            start, end = span  # nearly all: the general checks take three times as long
        else:
            start, end = _whole_ends(position, span)
        if not 0 <= start <= end <= limit or (start == end and not allow_empty):
            order = "0 <= start <= end" if allow_empty else "0 <= start < end"
            bound = "" if length is None else f" <= {length}, the length of the text"
            raise ValueError(f"span {position} is [{start}, {end}); expected {order}{bound}")
        checked.append(Span(start, end))
    return checked


_PLAIN = {list, tuple, Span}


def _whole_ends(position: int, span: object) -> tuple[int, int]:
    if isinstance(span, str) or not isinstance(span, Sequence) or len(span) != 2:
        raise ValueError(f"span {position} is {span!r}; expected a pair [start, end)")
    start, end = span
    if not (_is_whole(start) and _is_whole(end)):
        raise ValueError(f"span {position} is {span!r}; expected two whole numbers [start, end)")
    return int(start), int(end)


def _is_whole(value: object) -> bool:
    return isinstance(value, int | np.integer) and not isinstance(value, bool)


def merge(spans: Iterable[SpanLike], *, gap: int = 0) -> list[Span]:
    """Join spans that touch, overlap, or lie at most `gap` characters apart; drop empty ones; sort.

    >>> merge([Span(0, 2), Span(2, 5), Span(9, 10)])
    [Span(start=0, end=5), Span(start=9, end=10)]
    >>> merge([[4, 6], [0, 3]], gap=1)
    [Span(start=0, end=6)]
    """
    merged: list[Span] = []
    for start, end in sorted((span[0], span[1]) for span in spans if span[1] > span[0]):
        if merged and start <= merged[-1].end + gap:
            merged[-1] = Span(merged[-1].start, max(merged[-1].end, end))
        else:
            merged.append(Span(start, end))
    return merged


def intersect(first: Iterable[SpanLike], second: Iterable[SpanLike]) -> list[Span]:
    """Return the characters that both sides mark, as normalised spans.

    >>> intersect([[0, 5], [8, 9]], [[3, 10]])
    [Span(start=3, end=5), Span(start=8, end=9)]
    """
    left, right = merge(first), merge(second)
    shared, i, j = [], 0, 0
    while i < len(left) and j < len(right):
        start, end = max(left[i].start, right[j].start), min(left[i].end, right[j].end)
        if start < end:
            shared.append(Span(start, end))
        if left[i].end <= right[j].end:
            i += 1
        else:
            j += 1
    return shared


def size(spans: Iterable[SpanLike]) -> int:
    """Count the characters that the spans mark, each once.

    >>> size([[0, 3], [2, 4]])
    4
    """
    return sum(span.end - span.start for span in merge(spans))


def to_mask(spans: Iterable[SpanLike], length: int) -> NDArray[np.bool_]:
    """Mark each character of a text of `length` characters that lies in a span; parts outside are cut off.

    >>> to_mask([[1, 3]], 4).tolist()
    [False, True, True, False]
    """
    mask = np.zeros(length, dtype=bool)
    for start, end in spans:
        mask[max(start, 0) : max(end, 0)] = True
    return mask


def from_mask(mask: Iterable[bool] | NDArray[np.bool_]) -> list[Span]:
    """Return the runs of true values as spans; the inverse of `to_mask` on normalised spans.

    >>> from_mask([False, True, True, False, True])
    [Span(start=1, end=3), Span(start=4, end=5)]
    """
    flags = np.asarray(mask if isinstance(mask, np.ndarray) else list(mask), dtype=bool)
    edges = np.flatnonzero(np.diff(np.concatenate(([False], flags, [False])).astype(np.int8)))
    return [Span(int(start), int(end)) for start, end in zip(edges[::2], edges[1::2], strict=True)]


def trim(spans: Iterable[SpanLike], text: str) -> list[Span]:
    """Take white space off both ends of each span; drop a span that was nothing else.

    >>> trim([[0, 4]], " ab ")
    [Span(start=1, end=3)]
    """
    trimmed = []
    for start, end in spans:
        quoted = text[start:end]
        if quoted.strip():
            trimmed.append(Span(start + len(quoted) - len(quoted.lstrip()), start + len(quoted.rstrip())))
    return trimmed


def find_all(quote: str, text: str) -> list[Span]:
    """Locate every occurrence of a quoted string, overlapping ones too; an empty quote is found nowhere.

    >>> find_all("aa", "aaa b aa")
    [Span(start=0, end=2), Span(start=1, end=3), Span(start=6, end=8)]
    """
    found: list[Span] = []
    position = text.find(quote) if quote else -1
    while position >= 0:
        found.append(Span(position, position + len(quote)))
        position = text.find(quote, position + 1)
    return found
