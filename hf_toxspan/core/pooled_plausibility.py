"""Rationale scores pooled over a corpus, as RATeD reports them: unlike HateXplain's, no text has a score of its own.

Runs of marked tokens are the spans. The counts of all texts are added before anything is divided, toxic or not:

* **span**: a predicted run is a hit if its best IoU with a gold run of its text reaches the threshold. Hits are counted
  among predictions and enter recall too, which can exceed 1 (``iou_*_micro`` of `core/plausibility.py`, on runs).
* **one_to_one**: the same, but each gold run is hit once, by the prediction with the highest IoU.
* **token**: accuracy, precision, recall and F1 of marked tokens, and the ``token_macro_*`` mean over marked and
  unmarked ones, of those that occur.

Give the tokens of the text alone: leave out padding and special tokens first, so that runs close over them; of BIO tags
RATeD marks the value 1 alone (``from_mask(tags == 1)``). These numbers lie far above HateXplain's on the same masks
(there each of the top 5 tokens is a span of its own).

Source: ``experiments/english/common/metrics.py`` of github.com/danny2904/RATeD.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from hf_toxspan.core.plausibility import TokenScores, precision_recall_f1, tally_plausibility
from hf_toxspan.core.ranking import Ranking, mid_ranks
from hf_toxspan.core.span_pairs import Spans, SpanTable, pair_spans, tabulate
from hf_toxspan.core.spans import merge, to_mask
from hf_toxspan.core.tallies import Sums, Tally, Values, ratio

COUNTED = {"span": "spans", "one_to_one": "spans", "token": "tokens"}
"""What each reading counts."""


def tally_pooled_plausibility(
    predictions: Sequence[Spans], references: Sequence[Spans], lengths: Sequence[int], *, iou_threshold: float = 0.5
) -> Tally:
    """Count runs and tokens, text by text.

    Args:
        predictions: Token spans ``[start, end)`` of each text; those that touch or overlap are one run.
        references: Gold token spans, in the same order.
        lengths: Number of tokens of each text.
        iou_threshold: Lowest IoU of a hit.

    Returns:
        The tally, with the scores ``span_{precision, recall, f1}``, ``one_to_one_{precision, recall, f1}``,
        ``token_accuracy``, ``token_{precision, recall, f1}`` and ``token_macro_{precision, recall, f1}``. A score with
        nothing to divide by is 0.

    Raises:
        ValueError: If the arguments differ in length.

    >>> from hf_toxspan.core.tallies import scores
    >>> tally = tally_pooled_plausibility([[[0, 2], [3, 4]], []], [[[0, 3]], [[1, 2]]], [4, 2])
    >>> {name: round(value, 3) for name, value in scores(tally).items() if name.endswith("f1")}
    {'span_f1': 0.5, 'one_to_one_f1': 0.5, 'token_f1': 0.571, 'token_macro_f1': 0.486}
    """
    ours, gold = ([merge(spans) for spans in side] for side in (predictions, references))
    counts = tally_plausibility(ours, gold, lengths, iou_threshold=iou_threshold).columns
    columns = {name: counts[name] for name in ("predicted_spans", "gold_spans")}
    columns["span_hits"] = counts["iou_hits"]
    columns["one_to_one_hits"] = one_to_one_hits(tabulate(ours), tabulate(gold), len(lengths), iou_threshold)
    columns["tokens"] = np.array(lengths, dtype=np.int64)
    columns |= {name: counts[name] for name in ("predicted_tokens", "gold_tokens", "token_hits")}
    return Tally(columns, _combine)


@dataclass(frozen=True)
class PooledRanking:
    """The tokens of a corpus in one ranking: a `Corpus` whose only score is the pooled ``average_precision``.

    Attributes:
        scores: One score a token, for each text.
        references: Gold token spans of each text.

    >>> from hf_toxspan.core import tallies
    >>> tallies.scores(PooledRanking([[0.9, 0.4], [0.5]], [[[0, 2]], []]))
    {'average_precision': 0.8333333333333333}
    """

    scores: Sequence[TokenScores]
    references: Sequence[Spans]

    def __post_init__(self) -> None:
        """Raise a ValueError if the two differ in length, or a text has no scores."""
        if len(self.scores) != len(self.references):
            raise ValueError(
                f"scores of {len(self.scores)} texts for {len(self.references)} references; expected one list a text"
            )
        for text, values in enumerate(self.scores):
            if values is None:
                raise ValueError(f"text {text} has no scores; a ranking of all tokens needs one a token of every text")

    @property
    def columns(self) -> Mapping[str, NDArray[Any]]:
        """Return the number of tokens of each text, (texts,)."""
        return {"tokens": np.array([len(values) for values in self.scores], dtype=np.int64)}

    def __len__(self) -> int:
        """Return the number of texts."""
        return len(self.references)

    def weighted(self, weights: Values) -> dict[str, Values]:
        """Score the corpus once for each row of weights, (draws, texts); 0 where no gold token has weight."""
        return {"average_precision": self._ranking.average_precision(np.asarray(weights, dtype=np.float64))}

    def joined(self, other: Self) -> Self:
        """Return these texts followed by those of another ranking (see `Corpus.joined`).

        Mid-ranks within each ranking replace its scores: a mixture compares tokens that different systems scored, and
        their scales may differ (attention sums to 1 over a text, probabilities do not). Its own score does not change.
        """
        ranks = [*self._ranks(), *other._ranks()]
        return replace(self, scores=ranks, references=[*self.references, *other.references])

    @cached_property
    def _ranking(self) -> Ranking:
        tokens = self.columns["tokens"]
        gold = (to_mask(spans, length) for spans, length in zip(self.references, tokens, strict=True))
        texts = np.repeat(np.arange(len(self)), tokens)
        return Ranking.of(np.concatenate([(), *self.scores]), np.concatenate([(), *gold]), texts=texts)

    def _ranks(self) -> list[Values]:
        """Return the mid-rank of each token among those of all texts, a list a text."""
        ranks = mid_ranks(np.concatenate([(), *self.scores]))
        return np.split(ranks, np.cumsum(self.columns["tokens"]))[:-1]


def one_to_one_hits(predicted: SpanTable, gold: SpanTable, texts: int, iou_threshold: float) -> NDArray[np.int64]:
    """Pair predicted with gold spans, the highest IoU first and each span once; count pairs that reach the threshold.

    Args:
        predicted: Predicted spans.
        gold: Gold spans.
        texts: Number of texts.
        iou_threshold: Lowest IoU of a pair.

    Returns:
        The number of pairs of each text, (texts,).

    >>> one_to_one_hits(tabulate([[[0, 1], [1, 2]]]), tabulate([[[0, 2]]]), 1, 0.5)
    array([1])
    """
    pairs = pair_spans(predicted, gold)
    hits = np.zeros(texts, dtype=np.int64)
    free, wanted = np.ones(len(predicted.text), dtype=bool), np.ones(len(gold.text), dtype=bool)
    order = np.argsort(-pairs.iou, kind="stable")
    for ours, theirs, iou in zip(*(column[order] for column in pairs), strict=True):
        if iou < iou_threshold:
            break
        if free[ours] and wanted[theirs]:
            free[ours] = wanted[theirs] = False
            hits[predicted.text[ours]] += 1
    return hits


def _combine(sums: Sums) -> dict[str, Values]:
    predicted, gold = sums["predicted_tokens"], sums["gold_tokens"]
    counts = {
        **sums,
        "predicted_others": sums["tokens"] - predicted,
        "gold_others": sums["tokens"] - gold,
        "other_hits": sums["tokens"] - predicted - gold + sums["token_hits"],
    }
    scores = {"token_accuracy": ratio(counts["token_hits"] + counts["other_hits"], counts["tokens"])}
    for reading, counted in COUNTED.items():
        scores |= precision_recall_f1(counts, reading, counted)
    others = precision_recall_f1(counts, "other", "others")
    classes = (predicted + gold > 0) + 1.0 * (counts["predicted_others"] + counts["gold_others"] > 0)
    for name in ("precision", "recall", "f1"):
        scores[f"token_macro_{name}"] = ratio(scores[f"token_{name}"] + others[f"other_{name}"], classes)
    return scores
