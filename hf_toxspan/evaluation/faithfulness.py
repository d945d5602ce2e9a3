"""Does a model rely on the evidence it shows? What it says when the evidence is masked, beside random evidence.

Looked at are the texts that the model calls toxic and shows evidence for (as RATeD does), whatever their gold label.
Nothing is clipped. Two rationales of the model are measured: the spans that it shows, and its ranking of the tokens by
saliency, of which growing shares are taken (the bins of ERASER; the mean over them is AOPC).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from hf_toxspan.core.alignment import token_labels, token_spans
from hf_toxspan.core.faithfulness import random_spans, split_top_tokens, tally_faithfulness
from hf_toxspan.core.resampling import Difference, compare
from hf_toxspan.core.spans import Span
from hf_toxspan.core.tallies import Corpus, Together, means
from hf_toxspan.evaluation.baselines import System
from hf_toxspan.evaluation.boards import Measured
from hf_toxspan.modeling.extraction import Explanation, SpanExtractor
from hf_toxspan.modeling.masking import Ablation, ablate
from hf_toxspan.modeling.windows import text_tokens

SHARES = (1, 5, 10, 20, 50)
"""Per cent of a text's tokens in the bins of a ranking, rounded up to whole tokens (DeYoung et al., ACL 2020)."""
EVIDENCE, RANDOM_SPANS = "evidence shown", "random spans"
SALIENCY, RANDOM_RANKING = "saliency ranking", "random ranking"

Bin = list[list[Span]]
"""What a rationale marks in each text; a ranking has several bins, spans have one."""


@dataclass(frozen=True)
class Faithfulness:
    """How faithful a model's evidence is.

    Attributes:
        masking: How tokens were masked.
        predicted_toxic: Texts that the model calls toxic.
        texts: Those of them with evidence: all numbers are about these.
        rationales: The model's, random ones and trivial systems by name; empty without texts. Scores are means over the
            texts: ``comprehensiveness``, ``sufficiency``, ``confidence_drop`` (fall of the toxic probability when the
            rationale is masked), ``flipped`` (whether the label then is no toxic one) and ``marked`` (share of the
            tokens in the rationale); of a ranking means over its bins, whose own are ``comprehensiveness_bin_1`` etc.
        beyond_random: How much more than their random counterparts the model's two rationales score, by name and score.
    """

    masking: str
    predicted_toxic: int
    texts: int
    rationales: dict[str, Measured] = field(default_factory=dict)
    beyond_random: dict[str, dict[str, Difference]] = field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON values; scores in [-1, 1]."""
        return {
            "masking": self.masking,
            "predicted_toxic": self.predicted_toxic,
            "texts": self.texts,
            "rationales": {name: measured.to_dict() for name, measured in self.rationales.items()},
            "beyond_random": {
                name: {score: difference._asdict() for score, difference in differences.items()}
                for name, differences in self.beyond_random.items()
            },
        }


class _Shown(NamedTuple):
    """A text in which the model shows evidence, and the characters of its tokens."""

    text: str
    spans: list[Span]
    saliency: NDArray[np.float64]
    tokens: list[Span]


def measure(
    extractor: SpanExtractor,
    texts: Sequence[str],
    explanations: Sequence[Explanation],
    *,
    baselines: Mapping[str, System],
    masking: str = "mask",
    batch_size: int = 32,
    seed: int = 0,
    progress: bool = False,
) -> Faithfulness:
    """Mask what a model shows as evidence, and what that has to beat.

    Args:
        extractor: Model and tokenizer.
        texts: The texts.
        explanations: What the model says of them, one a text.
        baselines: Trivial systems by name.
        masking: One of `hf_toxspan.modeling.masking.MASKINGS`.
        batch_size: Windows of a forward pass.
        seed: Of the random rationales and of the intervals.
        progress: Show a bar on standard error.

    Returns:
        The numbers; none where the model shows no evidence in any text.
    """
    toxic = [pair for pair in zip(texts, explanations, strict=True) if pair[1].toxic]
    shown = _with_evidence(extractor, toxic)
    if not shown:
        return Faithfulness(masking, len(toxic), 0)
    rationales = _rationales(shown, baselines, np.random.default_rng(seed))
    masked = ablate(
        extractor,
        [one.text for one in shown],
        {(name, place): bin_ for name, bins in rationales.items() for place, bin_ in enumerate(bins)},
        masking=masking,
        batch_size=batch_size,
        progress=progress,
    )
    corpora = {
        name: _corpus([masked[name, place] for place in range(len(bins))], [_marked(bin_, shown) for bin_ in bins])
        for name, bins in rationales.items()
    }
    return Faithfulness(
        masking,
        len(toxic),
        len(shown),
        {name: Measured.of(corpus, seed=seed) for name, corpus in corpora.items()},
        {
            name: compare(corpora[name], corpora[rival], seed=seed)
            for name, rival in ((EVIDENCE, RANDOM_SPANS), (SALIENCY, RANDOM_RANKING))
        },
    )


def _with_evidence(extractor: SpanExtractor, explained: Sequence[tuple[str, Explanation]]) -> list[_Shown]:
    found = [(text, own.spans, own.saliency) for text, own in explained if own.spans and own.saliency is not None]
    texts = [text for text, _, _ in found]
    tokens = text_tokens(extractor.windows(texts), len(texts))
    return [_Shown(*one, own) for one, own in zip(found, tokens, strict=True)]


def _rationales(
    shown: Sequence[_Shown], baselines: Mapping[str, System], generator: np.random.Generator
) -> dict[str, list[Bin]]:
    """Return the model's rationales, random ones of the same size, and those of trivial systems."""
    saliency = [[one.saliency[start:end].max() for start, end in one.tokens] for one in shown]
    return {
        EVIDENCE: [[one.spans for one in shown]],
        RANDOM_SPANS: [[random_spans(one.spans, one.tokens, generator) for one in shown]],
        **{name: [[system(one.text) for one in shown]] for name, system in baselines.items()},
        SALIENCY: _bins(shown, saliency),
        RANDOM_RANKING: _bins(shown, [generator.random(len(one.tokens)).tolist() for one in shown]),
    }


def _bins(shown: Sequence[_Shown], values: Sequence[Sequence[float]]) -> list[Bin]:
    """Mark the highest tokens of each text, one bin for each of `SHARES`."""

    def top(tokens: list[Span], ranked: Sequence[float], share: int) -> list[Span]:
        return token_spans(tokens, split_top_tokens(ranked, -(-share * len(tokens) // 100)).rationale)

    return [[top(one.tokens, ranked, share) for one, ranked in zip(shown, values, strict=True)] for share in SHARES]


def _marked(bin_: Bin, shown: Sequence[_Shown]) -> NDArray[np.float64]:
    """Return the share of each text's tokens that a rationale marks."""
    labels = [token_labels(one.tokens, spans, len(one.text)) for spans, one in zip(bin_, shown, strict=True)]
    return np.array([np.mean(own) for own in labels])


def _corpus(ablations: Sequence[Ablation], marked: Sequence[NDArray[np.float64]]) -> Corpus:
    """Score a rationale; both arguments hold one item a bin."""
    full = ablations[0].full
    without = np.stack([one.without.probability for one in ablations], axis=1)  # (texts, bins)
    only = np.stack([one.only.probability for one in ablations], axis=1)
    if len(ablations) == 1:  # spans: no scores by bin
        without, only = without[:, 0], only[:, 0]
    drops = np.mean([full.toxicity - one.without.toxicity for one in ablations], axis=0)  # (texts,)
    flipped = np.mean([~one.without.toxic for one in ablations], axis=0)
    share = np.mean(marked, axis=0)
    return Together(
        (
            tally_faithfulness(full.probability, without, only),
            means({"confidence_drop": drops, "flipped": flipped, "marked": share}),
        )
    )
