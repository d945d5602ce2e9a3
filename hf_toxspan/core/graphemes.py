"""What a reader sees as one character: letters with their marks, emoji of several parts, flags, jamo syllables.

Borders are those of Unicode's extended grapheme clusters (UAX #29), as the `regex` package finds them.
"""

from collections.abc import Iterable

import regex

from hf_toxspan.core.spans import Span, SpanLike, merge

CLUSTER = regex.compile(r"\X")


def widen(spans: Iterable[SpanLike], text: str) -> list[Span]:
    r"""Widen spans until none begins or ends inside a grapheme cluster, and join those that then touch.

    Args:
        spans: Character spans of the text; empty ones are dropped.
        text: The text.

    Returns:
        Normalised spans.

    >>> widen([(0, 1)], "e\u0301")  # e and its accent
    [Span(start=0, end=2)]
    >>> widen([(2, 3)], "a👩‍👧b")  # the joiner inside a family
    [Span(start=1, end=4)]
    """
    given = merge(spans)
    if not given or (text.isascii() and "\r\n" not in text):
        return given
    wide = [cluster.span() for cluster in CLUSTER.finditer(text) if len(cluster[0]) > 1]
    starts = {place: start for start, end in wide for place in range(start, end)}
    ends = {place: end for start, end in wide for place in range(start, end)}
    return merge((starts.get(span.start, span.start), ends.get(span.end - 1, span.end)) for span in given)
