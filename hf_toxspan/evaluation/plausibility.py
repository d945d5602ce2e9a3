"""Would people mark the same words? HateXplain's reading, and the runs of words that a user sees.

Five gold words score .24 one by one and .55 joined to runs (`evaluate_metrics/rationale_plausibility`), so both
readings stand in the report, each beside what marks everything and nothing. Texts that nobody annotated are in neither.
"""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from hf_toxspan.core.alignment import token_labels
from hf_toxspan.core.faithfulness import split_top_tokens
from hf_toxspan.core.plausibility import tally_plausibility
from hf_toxspan.core.pooled_plausibility import PooledRanking, tally_pooled_plausibility
from hf_toxspan.core.spans import Span, from_mask, to_mask
from hf_toxspan.core.tallies import Corpus, Together
from hf_toxspan.evaluation.boards import Board
from hf_toxspan.evaluation.protocols import Rows, as_shown
from hf_toxspan.modeling.extraction import Explanation

TOP = 5
"""Tokens that HateXplain takes for a prediction."""

ORACLE = "oracle: gold first"
"""A ranking of the gold characters above all others."""

Tokens = Sequence[Sequence[Span]]
"""Characters of the tokens of each text."""


class _Text(NamedTuple):
    """An annotated text: its place among the rows, its tokens' characters, and what is marked, in tokens."""

    place: int
    length: int
    tokens: Sequence[Span]
    gold: list[Span]

    def runs(self, spans: Sequence[Sequence[int]]) -> list[Span]:
        """Return the runs of tokens that share a character with a span."""
        return from_mask(np.equal(token_labels(self.tokens, spans, self.length), 1))

    def values(self, explanation: Explanation) -> NDArray[np.float64]:
        """Return the highest saliency of each token's characters; 1 and 0 for a system that only marks."""
        chars = explanation.saliency
        if chars is None:
            return to_mask(self.runs(as_shown(explanation)), len(self.tokens)).astype(np.float64)
        return np.array([chars[start:end].max(initial=0.0) for start, end in self.tokens])


def word_tokens(rows: Rows) -> list[list[Span]] | None:
    """Find the words that rows bring as ``tokens``: joined by single blanks they are the text.

    Args:
        rows: The rows.

    Returns:
        The characters of each text's words, none for a text without annotation; None where an annotated row has no such
        words, or no row is annotated.

    >>> word_tokens([{"text": "you fool", "spans": [[4, 8]], "tokens": ["you", "fool"]}])
    [[Span(start=0, end=3), Span(start=4, end=8)]]
    """
    annotated = [row for row in rows if row["spans"] is not None]
    if not annotated or any(" ".join(_words(row)) != row["text"] for row in annotated):
        return None
    return [[] if row["spans"] is None else _places(row["tokens"]) for row in rows]


def _words(row: Mapping[str, Any]) -> list[str]:
    words = row.get("tokens")
    return words if isinstance(words, list) and all(isinstance(word, str) for word in words) else []


def _places(words: Sequence[str]) -> list[Span]:
    ends = np.cumsum([len(word) + 1 for word in words]) - 1
    return [Span(int(end) - len(word), int(end)) for word, end in zip(words, ends, strict=True)]


def plausibility_boards(rows: Rows, tokens: Tokens, *, whose: str) -> dict[str, Board]:
    """Set up the three plausibility protocols.

    Args:
        rows: The rows; at least one is toxic and annotated.
        tokens: Characters of each text's tokens.
        whose: Which tokens they are, for the titles.

    Returns:
        Boards without systems: HateXplain's top tokens and runs on the toxic annotated texts, and RATeD's pooled
        reading of the runs on all annotated texts.
    """
    texts = [_text(row, place, tokens[place]) for place, row in enumerate(rows) if row["spans"] is not None]
    toxic = [text for text in texts if rows[text.place]["toxic"]]
    ranked = {"IoU F1": "iou_f1", "token\nF1": "token_f1", "AUPRC": "auprc", "average\nprecision": "average_precision"}
    shown = "The runs of tokens that the shown spans touch, none where the text is called clean"
    return {
        "plausibility_top5": Board(
            f"Plausibility: top {TOP} {whose}, each a span",
            ranked,
            "HateXplain's official reading (there of word pieces), ERASER's scorer: toxic texts, whatever their "
            "predicted label. Systems that rank nothing stand with the runs they mark. Only "
            f"{TOP} spans of one token can't match long evidence: read it beside marking everything. Equal scores "
            "flatter AUPRC, not average precision.",
            len(toxic),
            lambda explanations: _tally_top(toxic, explanations),
        ),
        "plausibility_runs": Board(
            f"Plausibility: runs of {whose}, toxic texts",
            {name: ranked[name] for name in ("IoU F1", "token\nF1")},
            f"{shown}; ERASER's scorer, means over the toxic texts.",
            len(toxic),
            lambda explanations: tally_plausibility(*_shown(toxic, explanations)),
        ),
        "plausibility_pooled": Board(
            f"Plausibility: runs of {whose}, all texts",
            {"span\nIoU F1": "span_f1", "token\nF1": "token_f1", "average\nprecision": "average_precision"},
            f"{shown}; counts pooled over the toxic and the clean texts (RATeD's reading). Average precision ranks the "
            "tokens of all texts together; saliency that is scaled text by text says little there.",
            len(texts),
            lambda explanations: _tally_pooled(texts, explanations),
        ),
    }


def ceilings(rows: Rows) -> dict[str, list[Explanation]]:
    """Return what people reach: one annotator's own marks, and an oracle that ranks the gold characters first.

    Args:
        rows: The rows.

    Returns:
        One explanation a row, by the system's name; no annotator where a toxic annotated row lacks
        ``annotator_spans``.
    """
    own = [row.get("annotator_spans") or [] for row in rows]
    gold = [row["spans"] or [] for row in rows]
    found = {ORACLE: [_marks(row, spans, rank=True) for row, spans in zip(rows, gold, strict=True)]}
    if all(lists for row, lists in zip(rows, own, strict=True) if row["toxic"] and row["spans"] is not None):
        found["copy one annotator"] = [
            _marks(row, lists[0] if lists else []) for row, lists in zip(rows, own, strict=True)
        ]
    return found


def _marks(row: Mapping[str, Any], spans: Sequence[Sequence[int]], *, rank: bool = False) -> Explanation:
    saliency = to_mask(spans, len(row["text"])).astype(np.float64) if rank else None
    return Explanation("toxic", 1.0, True, 1.0, saliency, [Span(*span) for span in spans])


def _text(row: Mapping[str, Any], place: int, tokens: Sequence[Span]) -> _Text:
    text = _Text(place, len(row["text"]), tokens, [])
    return text._replace(gold=text.runs(row["spans"]))


def _shown(
    texts: Sequence[_Text], explanations: Sequence[Explanation]
) -> tuple[list[list[Span]], list[list[Span]], list[int]]:
    """Return the shown runs, the gold runs and the number of tokens of each text."""
    return (
        [text.runs(as_shown(explanations[text.place])) for text in texts],
        [text.gold for text in texts],
        [len(text.tokens) for text in texts],
    )


def _tally_top(texts: Sequence[_Text], explanations: Sequence[Explanation]) -> Corpus:
    values = [text.values(explanations[text.place]) for text in texts]
    marked, gold, lengths = _shown(texts, explanations)
    predictions = [
        runs
        if explanations[text.place].saliency is None
        else [Span(token, token + 1) for token in split_top_tokens(own.tolist(), TOP).rationale]
        for text, own, runs in zip(texts, values, marked, strict=True)
    ]
    return tally_plausibility(predictions, gold, lengths, scores=values)


def _tally_pooled(texts: Sequence[_Text], explanations: Sequence[Explanation]) -> Corpus:
    marked, gold, lengths = _shown(texts, explanations)
    values = [text.values(explanations[text.place]) for text in texts]
    return Together((tally_pooled_plausibility(marked, gold, lengths), PooledRanking(values, gold)))
