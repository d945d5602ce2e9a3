"""Which characters made a text toxic: read off the gradient of a classifier, or off the tags of a rationale model."""

from collections.abc import Callable, Sequence
from itertools import groupby
from threading import Lock
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.func import functional_call

from hf_toxspan.core.alignment import char_values
from hf_toxspan.core.bicse import extract
from hf_toxspan.core.graphemes import widen
from hf_toxspan.core.spans import Span
from hf_toxspan.core.tags import BEGIN, decode_tags, tagged_spans
from hf_toxspan.modeling.extraction_config import LEAST_TOXICITY, ExtractionConfig
from hf_toxspan.modeling.window_reader import WindowReader
from hf_toxspan.modeling.windows import Window, where_read
from hf_toxspan.tensor.saliency import METHODS, ScoreFn, scale

SALIENCY_DECIMALS = 4
"""Saliency is rounded, so that the last bits, which differ with padding, never move a span's border (ours)."""

_FREEZING = Lock()  # `functional_call` swaps a model's parameters: two threads at once would leave them swapped


class Evidence(NamedTuple):
    """The evidence in one text.

    Attributes:
        saliency: One value in [0, 1] a character.
        spans: In text order; none splits what a reader sees as one character.
    """

    saliency: NDArray[np.float64]
    spans: list[Span]


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


def from_gradient(
    reader: WindowReader,
    texts: Sequence[str],
    windows: Sequence[Window],
    shares: Sequence[float],
    config: ExtractionConfig,
    *,
    batch_size: int,
) -> dict[int, Evidence]:
    """Read evidence off the gradient saliency of the toxic margin, by BiCSE.

    Args:
        reader: Model and tokenizer.
        texts: All texts.
        windows: Windows of the texts to be explained.
        shares: How toxic each window is, as a share of the most toxic one of its text; what is below BiCSE's floor
            can't hold evidence, and costs no pass.
        config: The saliency method and BiCSE's thresholds.
        batch_size: Windows of a pass.

    Returns:
        The evidence of each text that has a window.
    """
    chars = {window.text: np.zeros(len(texts[window.text])) for window in windows}
    near = [place for place, share in enumerate(shares) if share >= config.bicse.floor]
    windows, shares = [windows[place] for place in near], [shares[place] for place in near]
    for rows in reader.batches(windows, batch_size):
        values = _token_saliency(reader, [windows[row] for row in rows], config.saliency)
        for row, own in zip(rows, values, strict=True):
            _raise_to(chars[windows[row].text], windows[row].offsets, shares[row] * own[: len(windows[row].offsets)])
    found = {}
    for text, values in chars.items():
        saliency = np.round(values, SALIENCY_DECIMALS)
        found[text] = Evidence(saliency, widen(extract(saliency, texts[text], config.bicse), texts[text]))
    return found


def _raise_to(chars: NDArray[np.float64], offsets: Sequence[Span], values: NDArray[np.float64]) -> None:
    """Raise the saliency of a text's characters to that of one window's tokens: the maximum where windows overlap."""
    borders = np.array(offsets)
    covered = borders[borders[:, 1] > borders[:, 0]]
    first, last = covered[:, 0].min(), covered[:, 1].max()
    own = [(max(start - first, 0), max(end - first, 0)) for start, end in borders.tolist()]
    known = chars[first:last]
    np.maximum(known, char_values(own, values, last - first), out=known)


@torch.inference_mode(False)  # a caller's inference mode would leave nothing to differentiate
def _token_saliency(reader: WindowReader, windows: Sequence[Window], method: str) -> NDArray[np.float64]:
    """Run one forward and one activation-only backward pass; shape (windows, tokens), scaled to [0, 1]."""
    model, inputs = reader.model, reader.inputs(windows)
    valid = torch.zeros(inputs["input_ids"].shape, dtype=torch.bool)
    for row, window in enumerate(windows):
        valid[row, : len(window.offsets)] = torch.tensor([end > start for start, end in window.offsets])
    with torch.no_grad():
        embeddings = model.get_input_embeddings()(inputs["input_ids"])

    def frozen_model(**kwargs: Tensor) -> Any:
        return functional_call(model, frozen, (), kwargs)

    score = score_function(frozen_model, inputs, reader.labels.margin)
    with _FREEZING:
        # Detached parameters: the backward pass keeps and computes nothing for them, the model stays untouched.
        frozen = {name: parameter.detach() for name, parameter in model.named_parameters()}
        values = METHODS[method](score, embeddings).float().cpu()
    return scale(values, valid).double().numpy()


def from_tags(
    texts: Sequence[str], windows: Sequence[Window], tags: Sequence[NDArray[np.float32]], config: ExtractionConfig
) -> dict[int, Evidence]:
    """Read evidence off the tags of a rationale model; saliency is the toxicity of each token.

    Args:
        texts: All texts.
        windows: Windows of the texts to be explained, in text order.
        tags: Probabilities of O, B and I in each window, (tokens, 3).
        config: From which toxicity on a token is evidence.

    Returns:
        The evidence of each text that has a window.
    """
    found = {}
    for text, own in groupby(range(len(windows)), key=lambda place: windows[place].text):
        places = list(own)
        kept = [*where_read([windows[place].offsets for place in places])]
        offsets = [windows[places[window]].offsets[token] for window, token in kept]
        read = np.round([tags[places[window]][token] for window, token in kept], SALIENCY_DECIMALS)
        toxicity = read[:, BEGIN:].sum(axis=1).clip(max=1)
        saliency = char_values(offsets, toxicity, len(texts[text]))
        spans = tagged_spans(decode_tags(read, threshold=_threshold(saliency, config)), offsets)
        found[text] = Evidence(saliency, widen(spans, texts[text]))
    return found


def _threshold(saliency: NDArray[np.float64], config: ExtractionConfig) -> float:
    """Return from which toxicity on a token of a text is evidence, given that of its characters, (characters,)."""
    highest = float(saliency.max(initial=0.0))  # special tokens have no characters
    reach = 1.0 if config.share is None else max(config.share * highest, LEAST_TOXICITY)
    return min(config.threshold, reach)
