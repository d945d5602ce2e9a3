"""Texts through a classifier: windows of tokens in, logits and tags out, in one forward pass."""

import inspect
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from transformers import PreTrainedModel, PreTrainedTokenizerBase

from hf_toxspan.modeling.labels import ToxicLabels
from hf_toxspan.modeling.windows import Window, batches, collate, split, window_length

PASS_COST = 60
"""What a pass costs on a CPU beside its tokens, in tokens (ours, measured: tests/benchmarks/README.md)."""


class Reading(NamedTuple):
    """What a model says of windows.

    Attributes:
        logits: Shape (windows, labels), float32, on the CPU.
        tags: Probabilities of O, B and I, (tokens, 3) a window; None from a model that does not tag.
    """

    logits: Tensor
    tags: list[NDArray[np.float32]] | None


class WindowReader:
    """A classifier with its tokenizer and the meaning of its labels.

    Args:
        model: Any `transformers` sequence classifier.
        tokenizer: Its fast tokenizer.
        labels: What its labels mean.
    """

    def __init__(self, model: PreTrainedModel, tokenizer: PreTrainedTokenizerBase, labels: ToxicLabels) -> None:
        self.model = model
        self.tokenizer = tokenizer
        self.labels = labels

    def windows(self, texts: Sequence[str]) -> list[Window]:
        """Tokenise texts into what the model is shown of them.

        Args:
            texts: Any Unicode of any length.

        Returns:
            The windows in text order; none of a text in which no character could be evidence.
        """
        windows = split(texts, self.tokenizer, window_length(self.tokenizer, self.model.config.get_text_config()))
        return [window for window in windows if any(end > start for start, end in window.offsets)]

    def read(self, windows: Sequence[Window], *, batch_size: int = 32) -> Reading:
        """Run one forward pass over windows.

        Args:
            windows: Any windows.
            batch_size: Windows of a forward pass.

        Returns:
            Logits, and tags where the model tags.
        """
        logits = torch.empty(len(windows), len(self.labels.names))
        tags: dict[int, NDArray[np.float32]] = {}
        with torch.inference_mode():
            for rows in self.batches(windows, batch_size):
                output = self.model(**self.inputs([windows[row] for row in rows]))
                logits[rows] = output.logits.float().cpu()
                if "tag_logits" in output:
                    probabilities = output.tag_logits.float().softmax(dim=-1).cpu().numpy()
                    tags |= {row: own[: len(windows[row].ids)] for row, own in zip(rows, probabilities, strict=True)}
        return Reading(logits, [tags[row] for row in range(len(windows))] if tags else None)

    def logits(self, windows: Sequence[Window], *, batch_size: int = 32) -> Tensor:
        """Run one forward pass over windows and return the logits alone, shape (windows, labels).

        Args:
            windows: Any windows.
            batch_size: Windows of a forward pass.

        Returns:
            Float32, on the CPU.
        """
        return self.read(windows, batch_size=batch_size).logits

    def batches(self, windows: Sequence[Window], batch_size: int) -> Iterator[list[int]]:
        """Group windows for forward passes; see `hf_toxspan.modeling.windows.batches`."""
        # A decoder's classifier ("score") reads the last position; given embeddings it can't tell padding from text.
        equal_length = hasattr(self.model, "score")
        pass_cost = PASS_COST if self.model.device.type == "cpu" else None
        return batches(windows, batch_size, equal_length=equal_length, pass_cost=pass_cost)

    def inputs(self, windows: Sequence[Window]) -> dict[str, Tensor]:
        """Return the padded tensors of windows that the model's forward takes, on its device."""
        accepted = inspect.signature(self.model.forward).parameters
        tensors = collate(windows, self.tokenizer.pad_token_id or 0)
        return {name: tensor.to(self.model.device) for name, tensor in tensors.items() if name in accepted}


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
