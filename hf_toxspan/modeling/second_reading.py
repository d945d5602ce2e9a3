"""Reading a text twice: as it is written, and as it may have been meant; it is toxic where either reading is.

Obfuscated insults get past a classifier that never saw them spelled so. The second reading is of the normalised text;
what it finds is carried back to the characters of the text as written. Where both readings are toxic the second one
decides, since in it the words are whole: so the evidence is better (tests/benchmarks/README.md). Where normalising
changes nothing there is no second reading, and no cost. ToxiTrace leaves obfuscation open; this answer is ours.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from hf_toxspan.core.alignment import char_values
from hf_toxspan.core.graphemes import widen
from hf_toxspan.core.rewriting import Rewriting
from hf_toxspan.modeling.extraction import Explanation, SpanExtractor

MIN_GAIN = 0.1
"""By how much the log-odds of toxicity must rise where the second reading is clean too (ours): readings that differ by
the rounding of a batch are equal."""


class SecondReading:
    """A `SpanExtractor` that also reads the normalised text; called in the same way.

    Args:
        extractor: The classifier and how its spans are read.
        normalise: From a text to its rewriting, such as `hf_toxspan.obfuscation.normaliser.build_normaliser` returns.

    Raises:
        TypeError: If `normalise` is no function.
    """

    def __init__(self, extractor: SpanExtractor, normalise: Callable[[str], Rewriting]) -> None:
        if not callable(normalise):
            raise TypeError(
                f"the second reading is {normalise!r}; expected a function of texts, such as build_normaliser() of "
                "hf_toxspan.obfuscation.normaliser returns"
            )
        self.extractor = extractor
        self.normalise = normalise

    def __call__(self, texts: Sequence[str], *, batch_size: int = 32, explain_all: bool = False) -> list[Explanation]:
        """Classify and explain texts; the results do not depend on `batch_size`.

        Args:
            texts: Any Unicode of any length.
            batch_size: Windows of a forward pass.
            explain_all: Explain clean texts too.

        Returns:
            One explanation a text, in order, of the reading that decides; `read_as` says that it was the second.
        """
        results = self.extractor(texts, batch_size=batch_size, explain_all=explain_all)
        rewritings = [self.normalise(text) for text in texts]
        changed = [position for position, rewriting in enumerate(rewritings) if rewriting.edits]
        again = [rewritings[position].text for position in changed]
        explanations = self.extractor(again, batch_size=batch_size, explain_all=explain_all)
        for position, second in zip(changed, explanations, strict=True):
            if second.toxic or _log_odds(second) >= _log_odds(results[position]) + MIN_GAIN:
                results[position] = carry_back(second, rewritings[position])
        return results


def carry_back(explanation: Explanation, rewriting: Rewriting) -> Explanation:
    """Return an explanation of a rewritten text as one of the original.

    Args:
        explanation: What the extractor said of `rewriting.text`.
        rewriting: The way back.

    Returns:
        The same judgement, its spans and saliency moved to the original; a character that was taken out has none.
    """
    values = explanation.saliency
    if values is not None:
        sources = np.stack([rewriting.starts, rewriting.ends], axis=1)
        values = char_values(sources, values, len(rewriting.original))
    spans = widen(map(rewriting.to_original, explanation.spans), rewriting.original)
    return replace(explanation, saliency=values, spans=spans, read_as=rewriting)


def _log_odds(explanation: Explanation) -> float:
    toxicity = min(max(explanation.toxicity, 1e-7), 1 - 1e-7)
    return math.log(toxicity / (1 - toxicity))
