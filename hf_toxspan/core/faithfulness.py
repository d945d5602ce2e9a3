"""Does the model rely on its rationale? Comprehensiveness and sufficiency, as ERASER defines them.

* **comprehensiveness**: how much less probable the predicted class becomes without the rationale; high is faithful.
* **sufficiency**: how much less probable it becomes with the rationale alone; low is faithful.

Both are means over all texts of differences in [-1, 1]; a negative one stays negative. "Predicted class" is the class
predicted for the whole text, in all three probabilities. Several rationales a text, from short to long (bins), give the
area over the perturbation curve (AOPC): the mean over bins, with the mean of each bin beside it.

The numbers depend on how tokens are taken away: HateXplain deletes them, RATeD replaces them with the unknown token and
masks them, and looks only at texts predicted toxic with a rationale. Say so beside a result.

Source: DeYoung et al., ACL 2020 (``rationale_benchmark/metrics.py``), as Mathew et al., AAAI 2021, call it.
"""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from hf_toxspan.core.alignment import Offsets, token_labels, token_spans
from hf_toxspan.core.spans import Span, SpanLike, from_mask
from hf_toxspan.core.tallies import Tally, Values, means, ratio


def tally_faithfulness(full: ArrayLike, without: ArrayLike, only: ArrayLike, *, clip: bool = False) -> Tally:
    """Compare the probability of the predicted class with and without the rationale, text by text.

    Args:
        full: Probability for the whole text, (texts,).
        without: The same without the rationale, (texts,), or (texts, bins) for rationales of several lengths.
        only: The same with nothing but the rationale, (texts,) or (texts, bins).
        clip: Count a negative difference as 0, as RATeD does; ERASER and HateXplain do not.

    Returns:
        The tally, with the scores ``comprehensiveness`` and ``sufficiency``, and ``comprehensiveness_bin_1`` and so on
        where there are bins. Without texts each is nan.

    Raises:
        ValueError: If the arguments differ in length, or the texts in the number of bins.

    >>> from hf_toxspan.core.tallies import scores
    >>> scores(tally_faithfulness([0.75, 0.5], [0.25, 0.75], [0.5, 0.5]))
    {'comprehensiveness': 0.125, 'sufficiency': 0.125}
    >>> scores(tally_faithfulness([0.75], [[0.75, 0.25]], [0.5], clip=True))["comprehensiveness_bin_2"]
    0.5
    """
    whole = np.asarray(full, dtype=np.float64)
    columns: dict[str, Values] = {}
    for name, what, altered in (("comprehensiveness", "without", without), ("sufficiency", "only", only)):
        table = _table(altered, what, len(whole))
        fall = whole[:, None] - (table if table.ndim == 2 else table[:, None])  # (texts, bins)
        fall = np.maximum(fall, 0.0) if clip else fall
        columns[name] = fall.mean(axis=1)
        if table.ndim == 2:
            columns |= {f"{name}_bin_{place}": column for place, column in enumerate(fall.T, start=1)}
    return means(columns)


def _table(values: ArrayLike, what: str, texts: int) -> Values:
    expected = f"one probability for each of the {texts} texts, or as many for every text"
    try:
        table = np.asarray(values, dtype=np.float64)
    except ValueError as error:
        raise ValueError(
            f"`{what}` holds lists of different lengths or mixes them with numbers; expected {expected}"
        ) from error
    if len(table) != texts or table.ndim > 2 or 0 in table.shape[1:]:
        raise ValueError(f"`{what}` has the shape {table.shape}; expected {expected}")
    return table


def entropy_falls(full: ArrayLike, altered: ArrayLike) -> Values:
    """Return how much the entropy of the class probabilities falls from the whole text to the altered one, in nats.

    Args:
        full: Probabilities for the whole texts, (texts, classes); each row is scaled to sum to 1.
        altered: The same for the altered texts.

    Returns:
        One difference a text, (texts,). ERASER prints the mean, as ``comprehensiveness_entropy`` where the rationale is
        taken away and ``sufficiency_entropy`` where it is left alone.

    >>> entropy_falls([[0.5, 0.5]], [[1.0, 0.0]]).round(4)
    array([0.6931])
    """
    return _entropy(_distribution(full)) - _entropy(_distribution(altered))


def kl_divergences(full: ArrayLike, altered: ArrayLike) -> Values:
    """Return the Kullback-Leibler divergence of the altered text's class probabilities from the whole text's, in nats.

    Args:
        full: Probabilities for the whole texts, (texts, classes); each row is scaled to sum to 1.
        altered: The same for the altered texts.

    Returns:
        One divergence a text, (texts,); infinite where a class is possible only for the altered text. ERASER prints
        the mean, as ``comprehensiveness_kl`` and ``sufficiency_kl``.

    >>> kl_divergences([[0.5, 0.5], [1.0, 0.0]], [[1.0, 0.0], [0.5, 0.5]]).round(4)
    array([0.6931,    inf])
    """
    whole, other = _distribution(full), _distribution(altered)
    with np.errstate(divide="ignore", invalid="ignore"):
        terms = np.where(other > 0, other * np.log(other / whole), 0.0)
    divergences: Values = terms.sum(axis=1)
    return divergences


def _distribution(weights: ArrayLike) -> Values:
    table = np.asarray(weights, dtype=np.float64)
    return ratio(table, table.sum(axis=1, keepdims=True))


def _entropy(distribution: Values) -> Values:
    logarithms = np.log(distribution, out=np.zeros_like(distribution), where=distribution > 0)
    entropy: Values = -(distribution * logarithms).sum(axis=1)
    return entropy


class TokenSplit(NamedTuple):
    """Positions of a text's tokens, ascending.

    Attributes:
        rationale: What is left for sufficiency.
        others: What is left for comprehensiveness.
    """

    rationale: list[int]
    others: list[int]


def split_top_tokens(scores: Sequence[float], k: int) -> TokenSplit:
    """Part a text into its `k` highest-scoring tokens and the others; of equal scores the later one is higher.

    HateXplain (``convert_data``) takes the top 5 of all positions, special tokens included, and predicts each as a span
    of its own.

    Args:
        scores: One number a token.
        k: Number of tokens in the rationale; a shorter text is all rationale.

    Returns:
        The positions of both parts.

    Raises:
        ValueError: If `k` is below 1.

    >>> split_top_tokens([0.5, 0.9, 0.5, 0.1], 2)
    TokenSplit(rationale=[1, 2], others=[0, 3])
    """
    if k < 1:
        raise ValueError(f"k is {k}; expected at least 1 token in the rationale")
    ranked = sorted(range(len(scores)), key=scores.__getitem__)  # stable
    return TokenSplit(sorted(ranked[-k:]), sorted(ranked[:-k]))


def random_spans(spans: Iterable[SpanLike], tokens: Offsets, generator: np.random.Generator) -> list[Span]:
    """Mark as many runs of as many tokens at random places of the text: what a rationale has to beat (ours).

    Runs of tokens, not of characters: a run that began inside a word would take more of the text away than the
    rationale does. Runs never touch, so that there are as many as before; all arrangements are equally likely.

    Args:
        spans: The rationale; a token belongs to it if it covers one of its characters.
        tokens: Characters of each token of the text, in text order; no two share one.
        generator: Source of randomness.

    Returns:
        The characters of the chosen tokens as normalised spans.

    >>> words = [(0, 3), (4, 7), (8, 11), (12, 15)]
    >>> random_spans([(0, 7)], words, np.random.default_rng(1))
    [Span(start=4, end=7), Span(start=8, end=11)]
    """
    labels = token_labels(tokens, spans, max((end for _, end in tokens), default=0))
    runs = from_mask(label == 1 for label in labels)
    lengths = generator.permutation(np.array([end - start for start, end in runs], dtype=int))
    # Each run goes into another of the gaps before, between and after the tokens that stay.
    gaps = np.sort(generator.choice(len(tokens) - lengths.sum() + 1, size=len(runs), replace=False))
    starts = gaps + np.cumsum(lengths) - lengths
    return token_spans(
        tokens, [start + i for start, length in zip(starts, lengths, strict=True) for i in range(length)]
    )
