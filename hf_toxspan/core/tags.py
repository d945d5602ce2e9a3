"""BIO tags: O outside, B the first token of a span, I the others; from spans to tags and back."""

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from hf_toxspan.core.alignment import Offsets
from hf_toxspan.core.spans import Span, SpanLike, merge

TAGS = ("O", "B", "I")
OUTSIDE, BEGIN, INSIDE = range(3)


def tag_tokens(offsets: Offsets, spans: Iterable[SpanLike]) -> list[int]:
    """Tag each token that shares a character with a span: B for the first token of a span, I for the next ones.

    RATeD-V gives B only where token and span begin at one character, so that a span which begins inside a token has no
    B at all; here it has one. Tokens without characters are O.

    Args:
        offsets: Character range of each token, in text order.
        spans: Character spans.

    Returns:
        One tag a token.

    >>> tag_tokens([(0, 0), (0, 3), (4, 6), (6, 8), (8, 9)], [[5, 8]])
    [0, 0, 1, 2, 0]
    """
    left = merge(spans)
    tags, reached = [], 0  # where the tokens so far end
    for start, end in offsets:
        while left and end > start and left[0].end <= start:
            left.pop(0)
        covered = bool(left) and end > start and left[0].start < end
        tags.append((INSIDE if left[0].start < reached else BEGIN) if covered else OUTSIDE)
        reached = max(reached, end)
    return tags


def tag_targets(offsets: Offsets, annotators: Sequence[Iterable[SpanLike]]) -> NDArray[np.float32]:
    """Return what a tagger should say of each token: the share of the annotators that give it each tag.

    With one annotator these are hard labels (one-hot); with several they are a soft rationale. Tokens without
    characters, and all tokens where nobody annotated, get no target: zeros, which no loss looks at.

    Args:
        offsets: Character range of each token, in text order.
        annotators: The spans of each annotator.

    Returns:
        Shape (tokens, 3).

    >>> tag_targets([(0, 0), (0, 3), (4, 6)], [[[0, 6]], [[0, 3]]]).tolist()
    [[0.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.5, 0.0, 0.5]]
    """
    targets = np.zeros((len(offsets), len(TAGS)), dtype=np.float32)
    for spans in annotators:
        for token, tag in enumerate(tag_tokens(offsets, spans)):
            targets[token, tag] += 1 / len(annotators)
    targets[[end <= start for start, end in offsets]] = 0
    return targets


def decode_tags(probabilities: NDArray[np.floating], *, threshold: float = 0.5) -> list[int]:
    """Read a valid sequence of tags off the probabilities: an I follows a B or an I.

    A token is marked where its toxicity P(B) + P(I), the one that the classifier rests on, reaches the threshold. A
    marked token behind an unmarked one is B, the others are what is likelier of B and I. (The most likely sequence as a
    whole, by Viterbi, calls a token O where B and I share its toxicity: tests/benchmarks/README.md compares. Ours.)

    Args:
        probabilities: Shape (tokens, 3), in the order of `TAGS`.
        threshold: Toxicity from which a token is marked.

    Returns:
        One tag a token.

    >>> decode_tags(np.array([[0.4, 0.2, 0.4], [0.1, 0.1, 0.8], [0.1, 0.6, 0.3], [0.9, 0.1, 0.0]]))
    [1, 2, 1, 0]
    """
    marked = probabilities[:, BEGIN:].sum(axis=1) >= threshold
    first = marked & ~np.append(False, marked)[: len(marked)]
    begins = first | (probabilities[:, BEGIN] > probabilities[:, INSIDE])
    tags: list[int] = np.where(marked, np.where(begins, BEGIN, INSIDE), OUTSIDE).tolist()
    return tags


def tagged_spans(tags: Sequence[int], offsets: Offsets) -> list[Span]:
    """Return the characters of each run of tags, blanks between its tokens included.

    Args:
        tags: One tag a token; a valid sequence.
        offsets: Character range of each token, in text order; tokens without characters are passed over.

    Returns:
        Normalised spans: runs that touch are one.

    >>> tagged_spans([1, 2, 0, 1], [(0, 4), (5, 7), (8, 9), (10, 12)])
    [Span(start=0, end=7), Span(start=10, end=12)]
    """
    spans: list[Span] = []
    for tag, (start, end) in zip(tags, offsets, strict=True):
        if tag == OUTSIDE or end <= start:
            continue
        if tag == INSIDE and spans:
            spans[-1] = Span(spans[-1].start, max(int(end), spans[-1].end))
        else:
            spans.append(Span(int(start), int(end)))
    return merge(spans)
