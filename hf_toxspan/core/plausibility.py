"""Do predicted rationales agree with those of people? The scores of ERASER, as HateXplain reports them.

A rationale is a span of tokens, half-open. Three readings of the spans, and one of soft scores:

* **iou**: a predicted span is a hit if its best IoU with a gold span of its text reaches the threshold. Precision is
  the mean over texts with a predicted span, recall the mean over texts with a gold span, F1 that of the two means. Hits
  are counted among predictions and enter recall too: two that hit one gold span push **recall and F1 above 1**.
* **exact**: a predicted span is right if it is a gold span. Means over the texts with any span, of F1 too.
* **token**: the same for tokens. Means over the texts with any token on either side.
* **auprc**, **average_precision**, **roc_auc**: how well one score a token ranks the gold tokens of its text. ``auprc``
  (trapezoid) is a mean over all texts with scores: one without gold tokens adds 0.5, one of gold tokens only adds 1.
  The other two leave both kinds out.

``*_micro`` pools the counts of all texts. A text with nothing predicted and nothing gold enters no mean of the first
three. Marking whole texts is a strong baseline under iou and token: show it beside every result.

Source: DeYoung et al., ACL 2020 (``rationale_benchmark/metrics.py``), as Mathew et al., AAAI 2021, call it. Its `main`
skips the spans of all texts if the first one has none predicted, and fails where nothing at all is predicted or gold;
here every text counts, and a score with nothing to divide by is 0 (ours).
"""

from collections.abc import Sequence
from itertools import chain, pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hf_toxspan.core.ranking import Ranking
from hf_toxspan.core.span_pairs import Spans, pair_spans, tabulate
from hf_toxspan.core.span_scores import tally_spans
from hf_toxspan.core.spans import Span, from_mask, to_mask
from hf_toxspan.core.tallies import Sums, Tally, Values, f1, ratio

TokenScores = Sequence[float] | NDArray[np.floating]

COUNTED = {"iou": "spans", "exact": "spans", "token": "tokens"}
"""What each reading counts."""


def tally_plausibility(
    predictions: Sequence[Spans],
    references: Sequence[Spans],
    lengths: Sequence[int],
    *,
    scores: Sequence[TokenScores | None] | None = None,
    iou_threshold: float = 0.5,
) -> Tally:
    """Count what the ERASER scores are made of, text by text.

    Spans are taken as given: one that occurs twice counts once, spans that touch are not merged, and one without tokens
    (empty or turned round) is a prediction that hits nothing. `check_rationale` refuses what the official script does.

    Args:
        predictions: Token spans ``[start, end)`` of each text.
        references: Gold token spans, in the same order.
        lengths: Number of tokens of each text.
        scores: One score a token, or None for a text without; nothing is ranked when None.
        iou_threshold: Lowest IoU of a hit.

    Returns:
        The tally, with the scores ``{iou, exact, token}_{precision, recall, f1}``, each also as ``_micro``; with
        `scores` also ``auprc``, ``average_precision`` and ``roc_auc``, each nan where no text enters its mean.

    Raises:
        ValueError: If the arguments differ in length, or a text's scores from its tokens.

    >>> from hf_toxspan.core import tallies
    >>> tally = tally_plausibility([[[0, 2], [4, 5]], []], [[[0, 3]], [[1, 2]]], [6, 3])
    >>> tally.columns["token_f1"].round(4).tolist()
    [0.6667, 0.0]
    >>> results = tallies.scores(tally)
    >>> results["iou_precision"], results["iou_recall"], results["iou_f1"], results["iou_f1_micro"]
    (0.5, 0.5, 0.5, 0.5)
    """
    _check_texts(predictions, references, lengths, scores)
    columns = _counts(predictions, references, iou_threshold)
    for reading, counted in COUNTED.items():
        columns |= precision_recall_f1(columns, reading, counted)
    columns |= {
        "has_predicted_spans": columns["predicted_spans"] > 0,
        "has_gold_spans": columns["gold_spans"] > 0,
        "has_spans": columns["predicted_spans"] + columns["gold_spans"] > 0,
        "has_tokens": columns["predicted_tokens"] + columns["gold_tokens"] > 0,
    }
    if scores is not None:
        columns |= _rankings(references, scores)
    return Tally(columns, _combine)


def agreed_spans(masks: Sequence[Sequence[int]], *, votes: int = 1) -> list[Span]:
    """Return the runs of tokens that at least `votes` annotators marked.

    HateXplain scores against the union (1 vote); 2 votes are the majority of its three annotators.

    Args:
        masks: One 0/1 mask an annotator, all of one length; none at all means that nothing is marked.
        votes: Lowest number of annotators.

    Returns:
        Token spans.

    >>> agreed_spans([[0, 1, 1, 0], [0, 0, 1, 1], [0, 0, 0, 0]])
    [Span(start=1, end=4)]
    >>> agreed_spans([[0, 1, 1, 0], [0, 0, 1, 1], [0, 0, 0, 0]], votes=2)
    [Span(start=2, end=3)]
    """
    return from_mask(np.sum(masks, axis=0) >= votes) if len(masks) else []


def check_rationale(predicted: Spans, gold: Spans, length: int, scores: TokenScores | None = None) -> None:
    """Refuse what the official script refuses of one text.

    Spans must end inside the text, predicted spans must not share a token unless they are equal, and there must be one
    score a token. Empty and turned-round spans and negative starts pass, as they do there. Gold spans must end inside
    the text too (ours: there an IndexError, or unnoticed).

    Args:
        predicted: Token spans.
        gold: Gold token spans.
        length: Number of tokens.
        scores: One score a token; None where there are none.

    Raises:
        ValueError: If the text breaks a rule.

    >>> check_rationale([[0, 2], [1, 3]], [], 3)
    Traceback (most recent call last):
        ...
    ValueError: the predicted spans [0, 2) and [1, 3) overlap; merge them or keep one
    """
    if scores is not None and len(scores) != length:
        raise ValueError(f"{len(scores)} scores for {length} tokens; expected one a token")
    for start, end in chain(predicted, gold):
        if end > length:
            raise ValueError(
                f"span [{start}, {end}) ends beyond the {length} tokens of the text; expected end <= {length}"
            )
    filled = sorted({(start, end) for start, end in predicted if start < end})
    for (start, end), (later, stop) in pairwise(filled):
        if later < end:
            raise ValueError(
                f"the predicted spans [{start}, {end}) and [{later}, {stop}) overlap; merge them or keep one"
            )


def precision_recall_f1(counts: Sums, reading: str, counted: str, suffix: str = "") -> dict[str, Values]:
    """Divide the hits of a reading by what is predicted and by what is gold, element by element.

    >>> counts = {"span_hits": np.ones(1), "predicted_runs": np.full(1, 2.0), "gold_runs": np.ones(1)}
    >>> precision_recall_f1(counts, "span", "runs")
    {'span_precision': array([0.5]), 'span_recall': array([1.]), 'span_f1': array([0.66666667])}
    """
    right = counts[f"{reading}_hits"]
    precision, recall = ratio(right, counts[f"predicted_{counted}"]), ratio(right, counts[f"gold_{counted}"])
    return {
        f"{reading}_precision{suffix}": precision,
        f"{reading}_recall{suffix}": recall,
        f"{reading}_f1{suffix}": f1(precision, recall),
    }


def _counts(predictions: Sequence[Spans], references: Sequence[Spans], iou_threshold: float) -> dict[str, NDArray[Any]]:
    """Count spans, tokens and what is right of them, (texts,) each."""
    predicted, gold = tabulate(predictions), tabulate(references)
    pairs = pair_spans(predicted, gold)
    best = np.zeros(len(predicted.text))
    np.maximum.at(best, pairs.predicted, pairs.iou)
    equal = (predicted.start[pairs.predicted] == gold.start[pairs.gold]) & (
        predicted.end[pairs.predicted] == gold.end[pairs.gold]
    )
    texts, tokens = len(references), tally_spans(predictions, references).columns
    return {
        "predicted_spans": np.bincount(predicted.text, minlength=texts),
        "gold_spans": np.bincount(gold.text, minlength=texts),
        "iou_hits": np.bincount(predicted.text[best >= iou_threshold], minlength=texts),
        "exact_hits": np.bincount(predicted.text[pairs.predicted[equal]], minlength=texts),
        "predicted_tokens": tokens["predicted_chars"],
        "gold_tokens": tokens["gold_chars"],
        "token_hits": tokens["shared_chars"],
    }


def _rankings(gold: Sequence[Spans], scores: Sequence[TokenScores | None]) -> dict[str, NDArray[Any]]:
    """Return how well each text's scores rank its gold tokens, and in which means it counts: (texts,) each."""
    given = [() if ranked is None else ranked for ranked in scores]
    sizes = [len(ranked) for ranked in given]
    masks = [to_mask(spans, size) for spans, size in zip(gold, sizes, strict=True)]
    flat, truths = np.concatenate([(), *given]), np.concatenate([(), *masks])
    true = np.array([mask.sum() for mask in masks])
    has_scores, has_both = np.array([ranked is not None for ranked in scores]), (true > 0) & (true < sizes)
    ranking = Ranking.of(flat, truths, lengths=sizes)
    return {
        "auprc": np.where(has_scores, ranking.pr_auc(), 0),
        "average_precision": np.where(has_both, ranking.average_precision(), 0),
        "roc_auc": np.where(has_both, ranking.roc_auc(), 0),
        "has_scores": has_scores,
        "has_gold_and_other_tokens": has_both,
    }


def _combine(sums: Sums) -> dict[str, Values]:
    precision = ratio(sums["iou_precision"], sums["has_predicted_spans"])
    recall = ratio(sums["iou_recall"], sums["has_gold_spans"])
    scores = {"iou_precision": precision, "iou_recall": recall, "iou_f1": f1(precision, recall)}
    for reading in ("exact", "token"):
        for name in (f"{reading}_precision", f"{reading}_recall", f"{reading}_f1"):
            scores[name] = ratio(sums[name], sums[f"has_{COUNTED[reading]}"])
    for reading, counted in COUNTED.items():
        scores |= precision_recall_f1(sums, reading, counted, "_micro")
    if "auprc" in sums:
        scores["auprc"] = ratio(sums["auprc"], sums["has_scores"], empty=np.nan)
        for name in ("average_precision", "roc_auc"):
            scores[name] = ratio(sums[name], sums["has_gold_and_other_tokens"], empty=np.nan)
    return scores


def _check_texts(
    predictions: Sequence[Spans],
    references: Sequence[Spans],
    lengths: Sequence[int],
    scores: Sequence[TokenScores | None] | None,
) -> None:
    counts = [len(predictions), len(references), len(lengths), len(lengths) if scores is None else len(scores)]
    if len(set(counts)) > 1:
        raise ValueError(
            f"{counts[0]} predictions, {counts[1]} references, {counts[2]} lengths and scores for {counts[3]} texts; "
            "expected one of each a text"
        )
    for text, (length, given) in enumerate(zip(lengths, [] if scores is None else scores, strict=False)):
        if given is not None and len(given) != length:
            raise ValueError(f"text {text}: {len(given)} scores for {length} tokens; expected one a token")
