"""From texts to labels, character saliency and spans with any sequence classifier.

One forward pass for every text and, for the toxic ones only, one forward and an activation-only backward pass. The
pipeline, the evaluation during training and the command line all read spans through here, so they agree.
"""

import inspect
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, field, fields, replace
from threading import Lock
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.func import functional_call
from transformers import PreTrainedModel, PreTrainedTokenizerBase

from hf_toxspan.core.alignment import char_values
from hf_toxspan.core.bicse import BiCSE, extract
from hf_toxspan.core.rewriting import Rewriting
from hf_toxspan.core.spans import Span
from hf_toxspan.modeling.labels import ToxicLabels, read_toxic_labels
from hf_toxspan.modeling.windows import Window, batches, collate, split, window_length
from hf_toxspan.tensor.saliency import METHODS, ScoreFn, scale

SALIENCY_DECIMALS = 4
"""Saliency is rounded, so that the last bits, which differ with padding, never move a span's border (ours)."""

_FREEZING = Lock()  # `functional_call` swaps a model's parameters: two threads at once would leave them swapped


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


@dataclass(frozen=True)
class ExtractionConfig:
    """How a checkpoint wants its spans read; lives in ``config.span_extraction``.

    Attributes:
        saliency: Name of a method in `hf_toxspan.tensor.saliency.METHODS`.
        bicse: Thresholds of the extractor.
    """

    saliency: str = "gradient_norm"
    bicse: BiCSE = field(default_factory=BiCSE)

    def __post_init__(self) -> None:
        """Quote an unknown method."""
        if self.saliency not in METHODS:
            raise ValueError(f"saliency is {self.saliency!r}; expected one of {sorted(METHODS)}")

    @classmethod
    def from_config(cls, config: object) -> "ExtractionConfig":
        """Read it off a model's config: defaults where the checkpoint says nothing, an error for an unknown name."""
        stored = getattr(config, "span_extraction", None) or {}
        known = [own.name for own in fields(cls)]
        unknown = sorted(set(stored) - set(known))
        if unknown:
            raise ValueError(f"unknown names {unknown} in config.span_extraction; expected some of {known}")
        return cls(stored.get("saliency", cls.saliency), BiCSE.from_dict(stored.get("bicse", {})))

    def to_dict(self) -> dict[str, object]:
        """Return what ``config.span_extraction`` holds."""
        return {"saliency": self.saliency, "bicse": asdict(self.bicse)}


def score_function(model: Callable[..., Any], inputs: dict[str, Tensor], margin: Callable[[Tensor], Tensor]) -> ScoreFn:
    """Close a classifier over everything but the embeddings: embeddings in, toxic margin out.

    Args:
        model: Called with ``inputs_embeds`` and the rest of `inputs`; its output has ``logits``.
        inputs: The encoder's inputs; ``input_ids`` is left out.
        margin: Logits (batch, labels) -> margin (batch,).

    Returns:
        A function of embeddings (batch, tokens, hidden).
    """
    rest = {name: value for name, value in inputs.items() if name != "input_ids"}
    return lambda embeddings: margin(model(inputs_embeds=embeddings, **rest).logits)


def deciding_windows(windows: Sequence[Window], toxicity: Sequence[float]) -> dict[int, int]:
    """Find the window that decides for its whole text: the most toxic one, the first of equals.

    Args:
        windows: Windows in text order.
        toxicity: Probability of the toxic labels, one a window.

    Returns:
        From each text that has a window to the window's position.
    """
    deciding: dict[int, int] = {}
    for position, window in enumerate(windows):
        if toxicity[position] > toxicity[deciding.setdefault(window.text, position)]:
            deciding[window.text] = position
    return deciding


class SpanExtractor:
    """A classifier with its tokenizer, the meaning of its labels and the way to read its spans.

    Args:
        model: Any `transformers` sequence classifier that takes ``inputs_embeds``.
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
        self.model = model
        self.tokenizer = tokenizer
        self.labels: ToxicLabels = read_toxic_labels(model.config, toxic_labels)
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
        """
        certain = tuple(float(name == self.labels.clean_name) for name in self.labels.names)
        blank = Explanation(self.labels.clean_name, 1.0, False, 0.0, None, [], probabilities=certain)
        results = [replace(blank, saliency=np.zeros(len(text))) if explain_all else blank for text in texts]
        windows = self.windows(texts)
        if not windows:
            return results
        logits = self.logits(windows, batch_size=batch_size)
        toxicity = torch.sigmoid(self.labels.margin(logits)).tolist()
        deciding = deciding_windows(windows, toxicity)
        decided = logits[list(deciding.values())]
        decisions = dict(zip(deciding, self.labels.decide(decided), strict=True))
        probabilities = dict(zip(deciding, self.labels.probabilities(decided).tolist(), strict=True))
        # Share of the deciding window's toxicity; below the floor a window can't hold evidence.
        weights = [toxicity[i] / max(toxicity[deciding[window.text]], 1e-12) for i, window in enumerate(windows)]
        explained = [
            position
            for position, window in enumerate(windows)
            if (explain_all or decisions[window.text][2]) and weights[position] >= self.config.bicse.floor
        ]
        saliency = self._char_saliency(
            texts, [windows[i] for i in explained], [weights[i] for i in explained], batch_size
        )
        for text, decision in decisions.items():
            values = saliency.get(text)
            spans = [] if values is None else extract(values, texts[text], self.config.bicse)
            results[text] = Explanation(
                *decision, toxicity[deciding[text]], values, spans, probabilities=tuple(probabilities[text])
            )
        return results

    def windows(self, texts: Sequence[str]) -> list[Window]:
        """Tokenise texts into what the model is shown of them.

        Args:
            texts: Any Unicode of any length.

        Returns:
            The windows in text order; none of a text in which no character could be evidence.
        """
        windows = split(texts, self.tokenizer, window_length(self.tokenizer, self.model.config))
        return [window for window in windows if any(end > start for start, end in window.offsets)]

    def logits(self, windows: Sequence[Window], *, batch_size: int = 32) -> Tensor:
        """Run one forward pass over windows.

        Args:
            windows: Any windows.
            batch_size: Windows of a forward pass.

        Returns:
            Shape (windows, labels), float32, on the CPU.
        """
        logits = torch.empty(len(windows), len(self.labels.names))
        with torch.inference_mode():
            for rows in self._batches(windows, batch_size):
                logits[rows] = self.model(**self._inputs([windows[row] for row in rows])).logits.float().cpu()
        return logits

    def _batches(self, windows: Sequence[Window], batch_size: int) -> Iterator[list[int]]:
        # A decoder's classifier ("score") reads the last position; given embeddings it can't tell padding from text.
        return batches(windows, batch_size, equal_length=hasattr(self.model, "score"))

    def _inputs(self, windows: Sequence[Window]) -> dict[str, Tensor]:
        accepted = inspect.signature(self.model.forward).parameters
        tensors = collate(windows, self.tokenizer.pad_token_id or 0)
        return {name: tensor.to(self.model.device) for name, tensor in tensors.items() if name in accepted}

    def _char_saliency(
        self, texts: Sequence[str], windows: Sequence[Window], weights: Sequence[float], batch_size: int
    ) -> dict[int, NDArray[np.float64]]:
        """Return the character saliency of each text that has a window, the maximum where windows overlap."""
        chars = {window.text: np.zeros(len(texts[window.text])) for window in windows}
        for rows in self._batches(windows, batch_size):
            for row, values in zip(rows, self._token_saliency([windows[row] for row in rows]), strict=True):
                offsets = np.array(windows[row].offsets)
                covered = offsets[offsets[:, 1] > offsets[:, 0]]
                first, last = covered[:, 0].min(), covered[:, 1].max()
                spread = char_values(
                    [(max(start - first, 0), max(end - first, 0)) for start, end in offsets.tolist()],
                    weights[row] * values[: len(offsets)],
                    last - first,
                )
                known = chars[windows[row].text][first:last]
                np.maximum(known, spread, out=known)
        return {text: np.round(values, SALIENCY_DECIMALS) for text, values in chars.items()}

    @torch.inference_mode(False)  # a caller's inference mode would leave nothing to differentiate
    def _token_saliency(self, windows: Sequence[Window]) -> NDArray[np.float64]:
        """Run one forward and one activation-only backward pass; shape (windows, tokens), scaled to [0, 1]."""
        inputs = self._inputs(windows)
        valid = torch.zeros(inputs["input_ids"].shape, dtype=torch.bool)
        for row, window in enumerate(windows):
            valid[row, : len(window.offsets)] = torch.tensor([end > start for start, end in window.offsets])
        with torch.no_grad():
            embeddings = self.model.get_input_embeddings()(inputs["input_ids"])

        def frozen_model(**kwargs: Tensor) -> Any:
            return functional_call(self.model, frozen, (), kwargs)

        score = score_function(frozen_model, inputs, self.labels.margin)
        with _FREEZING:
            # Detached parameters: the backward pass keeps and computes nothing for them, the model stays untouched.
            frozen = {name: parameter.detach() for name, parameter in self.model.named_parameters()}
            values = METHODS[self.config.saliency](score, embeddings).float().cpu()
        return scale(values, valid).double().numpy()
