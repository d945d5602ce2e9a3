"""Trivial systems that every score stands beside: mark everything, mark nothing, a lexicon."""

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

from hf_toxspan.core.lexicon import Lexicon, mine
from hf_toxspan.core.spans import Span, merge, trim
from hf_toxspan.modeling.extraction import Explanation

System = Callable[[str], list[Span]]


def everything(text: str) -> list[Span]:
    """Mark the whole text: overlap F1 is then 1, which is why overlap is never shown alone.

    >>> everything("ab")
    [Span(start=0, end=2)]
    """
    return trim([(0, len(text))], text)


def nothing(_: str) -> list[Span]:
    """Mark nothing.

    >>> nothing("ab")
    []
    """
    return []


def lexicon(terms: Collection[str]) -> System:
    """Mark every occurrence of given terms.

    >>> lexicon(["fool"])("You FOOL")
    [Span(start=4, end=8)]
    """
    return Lexicon(terms).mark


def mine_lexicon(rows: Sequence[Mapping[str, Any]]) -> dict[str, float]:
    """Mine terms from training rows: from gold spans against the rest where there are any, else toxic against clean.

    Args:
        rows: Rows with ``text``, ``toxic`` and ``spans``.

    Returns:
        Terms with their log-odds; empty where one side has no text.
    """
    annotated = [row for row in rows if row["spans"]]
    if annotated:
        inside = [row["text"][start:end] for row in annotated for start, end in row["spans"]]
        outside = [piece for row in annotated for piece in _rest(row["text"], row["spans"])]
        outside += [row["text"] for row in rows if not row["toxic"]]
        return mine(inside, outside)
    return mine([row["text"] for row in rows if row["toxic"]], [row["text"] for row in rows if not row["toxic"]])


def _rest(text: str, spans: Sequence[Sequence[int]]) -> list[str]:
    """Return what lies between the spans."""
    borders = [0, *(border for span in merge(spans) for border in span), len(text)]
    return [text[start:end] for start, end in zip(borders[::2], borders[1::2], strict=True) if end > start]


def explain(system: System, texts: Sequence[str]) -> list[Explanation]:
    """Run a trivial system: a text is toxic where it marks something.

    Args:
        system: From text to spans.
        texts: The texts.

    Returns:
        One explanation a text; probabilities are 0 or 1, there is no saliency.
    """
    marked = [system(text) for text in texts]
    return [
        Explanation("toxic" if spans else "clean", 1.0, bool(spans), float(bool(spans)), None, spans)
        for spans in marked
    ]
