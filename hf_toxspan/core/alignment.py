"""Alignment of characters and tokens, in both directions.

Offsets are what a fast tokenizer returns: one ``(start, end)`` pair of character positions a token, ``(0, 0)`` for
special tokens and padding. Several tokens may share characters (byte-level pieces of one emoji), and a token may
carry leading blanks; both are handled here and nowhere else.
"""

from collections.abc import Iterable, Sequence
from itertools import accumulate

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hf_toxspan.core.spans import Span, SpanLike, from_mask, merge, to_mask

IGNORED = -100
"""Label of a token that no loss and no score looks at (the convention of `torch.nn.CrossEntropyLoss`)."""

Offsets = Sequence[Sequence[int]] | NDArray[np.int_]


def strip_blanks(offsets: Offsets, text: str) -> list[Span]:
    """Take leading and trailing white space out of each token's range; a token of blanks alone becomes empty.

    >>> strip_blanks([(0, 0), (0, 2), (2, 5), (5, 6)], "ab cd ")
    [Span(start=0, end=0), Span(start=0, end=2), Span(start=3, end=5), Span(start=5, end=5)]
    """
    stripped = []
    for start, end in offsets:
        piece = text[start:end]
        first = start + len(piece) - len(piece.lstrip())
        stripped.append(Span(first, first + len(piece.strip())) if piece.strip() else Span(start, start))
    return stripped


def token_labels(offsets: Offsets, spans: Iterable[SpanLike] | None, length: int) -> list[int]:
    """Label each token 1 where it shares a character with a span, 0 where not, `IGNORED` where it has no characters.

    Args:
        offsets: Character range of each token, best without blanks (`strip_blanks`).
        spans: Character spans of the text, or None where the text was not annotated.
        length: Number of characters of the text.

    Returns:
        One label a token; all `IGNORED` when `spans` is None.

    >>> token_labels([(0, 0), (0, 2), (2, 4), (0, 0)], [[3, 4]], 4)
    [-100, 0, 1, -100]
    >>> token_labels([(0, 2)], None, 2)
    [-100]
    """
    if spans is None:
        return [IGNORED] * len(offsets)
    marked = np.concatenate(([0], np.cumsum(to_mask(spans, length))))  # characters marked before each position
    return [int(marked[end] > marked[start]) if end > start else IGNORED for start, end in offsets]


def token_spans(offsets: Offsets, marked: Iterable[int]) -> list[Span]:
    """Return the characters of the marked tokens as normalised spans; blanks between two tokens stay outside.

    >>> token_spans([(0, 0), (0, 2), (2, 4), (5, 6)], [1, 2, 3])
    [Span(start=0, end=4), Span(start=5, end=6)]
    """
    chosen = [(int(offsets[token][0]), int(offsets[token][1])) for token in marked]
    return from_mask(to_mask(chosen, max((end for _, end in chosen), default=0)))


def joined_offsets(tokens: Sequence[str]) -> list[Span]:
    """Say where each token stands in the text that joins them all by single blanks.

    >>> joined_offsets(["đồ", "", "ngu"])
    [Span(start=0, end=2), Span(start=3, end=3), Span(start=4, end=7)]
    """
    starts = accumulate((len(token) + 1 for token in tokens), initial=0)
    return [Span(start, start + len(token)) for start, token in zip(starts, tokens, strict=False)]


def run_spans(offsets: Offsets, runs: Iterable[SpanLike]) -> list[Span]:
    """Return the characters of each run of tokens, what lies between its tokens included, as normalised spans.

    Args:
        offsets: Character range of each token.
        runs: Half-open ranges of tokens, none empty.

    Returns:
        Character spans; a run of tokens without characters has none.

    >>> run_spans(joined_offsets(["you", "poor", "fool", "you"]), [[1, 3]])
    [Span(start=4, end=13)]
    """
    return merge((int(offsets[first][0]), int(offsets[behind - 1][1])) for first, behind in runs)


def char_values(offsets: Offsets, values: ArrayLike, length: int) -> NDArray[np.float64]:
    """Give each character the value of its token: the largest where tokens share it, zero where there is none.

    Args:
        offsets: Character range of each token (windows of one text may be joined: characters then occur twice).
        values: One value >= 0 a token.
        length: Number of characters of the text.

    Returns:
        One value a character, shape ``(length,)``.

    >>> char_values([(0, 0), (0, 2), (3, 4)], [9.0, 0.5, 1.0], 4).tolist()
    [0.5, 0.5, 0.0, 1.0]
    """
    spread = np.zeros(length)
    for (start, end), value in zip(offsets, np.asarray(values, dtype=float).tolist(), strict=True):
        if end - start == 1:
            spread[start] = max(spread[start], value)
        elif end > start:
            np.maximum(spread[start:end], value, out=spread[start:end])
    return spread
