"""From texts to labels, evidence and spans with any sequence classifier.

One forward pass for every text. A rationale model has tagged its evidence in it; any other classifier takes one more
forward and an activation-only backward pass for the toxic texts. The pipeline, the evaluation during training and the
command line all read spans through here, so they agree.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from numpy.typing import NDArray
from transformers import PreTrainedModel, PreTrainedTokenizerBase

from hf_toxspan.core.rewriting import Rewriting
from hf_toxspan.core.spans import Span
from hf_toxspan.modeling.evidence import Evidence, from_gradient, from_tags
from hf_toxspan.modeling.extraction_config import TAGS, ExtractionConfig
from hf_toxspan.modeling.labels import read_toxic_labels
from hf_toxspan.modeling.window_reader import Reading, WindowReader, deciding_windows
from hf_toxspan.modeling.windows import Window


@dataclass(frozen=True)
class Explanation:
    """What a model says of one text.

    Attributes:
        label: Most likely label.
        score: Its probability.
        toxic: Whether the label is a toxic one.
        toxicity: Probability of the toxic labels together.
        saliency: One value in [0, 1] a character, or None where the text was not explained.
        spans: Evidence in text order; empty where the text was not explained.
        read_as: The text as it was read where that is not as written (`modeling/second_reading.py`), with the way back.
        probabilities: Of each label, in the model's order; empty where no model spoke.
    """

    label: str
    score: float
    toxic: bool
    toxicity: float
    saliency: NDArray[np.float64] | None
    spans: list[Span]
    read_as: Rewriting | None = None
    probabilities: tuple[float, ...] = ()


class SpanExtractor(WindowReader):
    """A classifier with its tokenizer, the meaning of its labels and the way to read its spans.

    Args:
        model: Any `transformers` sequence classifier that takes ``inputs_embeds``, or a rationale model
            (`hf_toxspan.modeling.rationale`).
        tokenizer: Its fast tokenizer.
        toxic_labels: Names of the toxic labels; read off the config when None.
        config: How to read spans; read off the model's config when None.
    """

    def __init__(
        self,
        model: PreTrainedModel,
        tokenizer: PreTrainedTokenizerBase,
        *,
        toxic_labels: Sequence[str] | None = None,
        config: ExtractionConfig | None = None,
    ) -> None:
        super().__init__(model, tokenizer, read_toxic_labels(model.config, toxic_labels))
        self.config = config or ExtractionConfig.from_config(model.config)

    def __call__(self, texts: Sequence[str], *, batch_size: int = 32, explain_all: bool = False) -> list[Explanation]:
        """Classify texts and explain the toxic ones; the results do not depend on `batch_size`.

        A text in which the tokenizer finds no character that could be evidence (empty, blank, zero-width) gets the
        model's clean label with score 1 and is not shown to the model.

        Args:
            texts: Any Unicode of any length.
            batch_size: Windows of a forward pass.
            explain_all: Explain clean texts too.

        Returns:
            One explanation a text, in order.

        Raises:
            ValueError: If spans are to be read off the tags of a model that does not tag.
        """
        certain = tuple(float(name == self.labels.clean_name) for name in self.labels.names)
        blank = Explanation(self.labels.clean_name, 1.0, False, 0.0, None, [], probabilities=certain)
        results = [replace(blank, saliency=np.zeros(len(text))) if explain_all else blank for text in texts]
        windows = self.windows(texts)
        if not windows:
            return results
        reading = self.read(windows, batch_size=batch_size)
        toxicity = torch.sigmoid(self.labels.margin(reading.logits)).tolist()
        deciding = deciding_windows(windows, toxicity)
        decided = reading.logits[list(deciding.values())]
        probabilities = self.labels.probabilities(decided).tolist()
        decisions = dict(zip(deciding, self.labels.decide(decided), strict=True))
        explained = [place for place, own in enumerate(windows) if explain_all or decisions[own.text][2]]
        # How toxic a window is beside the deciding one of its text.
        shares = [toxicity[place] / max(toxicity[deciding[windows[place].text]], 1e-12) for place in explained]
        found = self._find(texts, windows, explained, shares, reading, batch_size)
        for (text, decision), own in zip(decisions.items(), probabilities, strict=True):
            saliency, spans = found.get(text, (None, []))
            results[text] = Explanation(*decision, toxicity[deciding[text]], saliency, spans, probabilities=tuple(own))
        return results

    def _find(
        self,
        texts: Sequence[str],
        windows: Sequence[Window],
        explained: Sequence[int],
        shares: Sequence[float],
        reading: Reading,
        batch_size: int,
    ) -> dict[int, Evidence]:
        """Find the evidence of each text with an explained window, in the way that the config says."""
        chosen = [windows[place] for place in explained]
        if self.config.saliency != TAGS:
            return from_gradient(self, texts, chosen, shares, self.config, batch_size=batch_size)
        if reading.tags is None:
            raise ValueError(
                f"spans are to be read off {TAGS!r}, but {type(self.model).__name__} does not tag; expected a "
                "RationaleForToxicSpans, or saliency='gradient_norm' in config.span_extraction"
            )
        return from_tags(texts, chosen, [reading.tags[place] for place in explained], self.config)
