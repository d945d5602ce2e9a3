"""What the encoder that finds quadruples says of texts, each token once, though windows overlap."""

from collections.abc import Sequence
from itertools import groupby
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from transformers import PreTrainedTokenizerBase

from hf_toxspan.core.spans import Span
from hf_toxspan.modeling.quadruple_encoder import QuadrupleEncoder
from hf_toxspan.modeling.windows import Window, batches, collate, split, where_read, window_length

DECIMALS = 4
"""Log-probabilities and scores are rounded, so that the last bits, which differ with padding, decide nothing (ours)."""

Tags = NDArray[np.float32]


class TextReading(NamedTuple):
    """What the model says of one text, whose tokens with characters are read once each.

    Attributes:
        offsets: Characters of each token.
        target_tags: Log-probabilities of O, B and I, (tokens, 3).
        argument_tags: The same of arguments.
        states: Of each token, (tokens, hidden), float32, on the CPU.
        firsts: Of the first token of each window, (windows, hidden).
        windows: Which window each token was read in.
    """

    offsets: list[Span]
    target_tags: Tags
    argument_tags: Tags
    states: Tensor
    firsts: Tensor
    windows: list[int]


class _Said(NamedTuple):
    """What the model says of one window."""

    target_tags: Tags
    argument_tags: Tags
    states: Tensor


def read_texts(
    model: QuadrupleEncoder, tokenizer: PreTrainedTokenizerBase, texts: Sequence[str], *, batch_size: int = 32
) -> list[TextReading]:
    """Run the encoder over texts; one that is longer than the encoder is read in overlapping windows.

    Args:
        model: The encoder.
        tokenizer: Its fast tokenizer.
        texts: Any Unicode of any length.
        batch_size: Windows of a forward pass.

    Returns:
        What it says of each text.
    """
    windows = split(texts, tokenizer, window_length(tokenizer, model.config.get_text_config()))
    said: dict[int, _Said] = {}
    for rows in batches(windows, batch_size):
        tensors = collate([windows[row] for row in rows], tokenizer.pad_token_id or 0)
        del tensors["token_mask"]
        with torch.inference_mode():
            output = model(**{name: tensor.to(model.device) for name, tensor in tensors.items()})
        targets, arguments = (_log_probabilities(own) for own in (output.target_logits, output.argument_logits))
        states = output.last_hidden_state.float().cpu()
        for place, row in enumerate(rows):
            own = slice(len(windows[row].ids))
            said[row] = _Said(targets[place, own], arguments[place, own], states[place, own].clone())
    by_text = [[*rows] for _, rows in groupby(range(len(windows)), key=lambda row: windows[row].text)]
    return [_join([windows[row] for row in rows], [said[row] for row in rows]) for rows in by_text]


def _log_probabilities(logits: Tensor) -> Tags:
    rounded: Tags = np.round(logits.float().log_softmax(dim=-1).cpu().numpy(), DECIMALS)
    return rounded


def _join(windows: Sequence[Window], said: Sequence[_Said]) -> TextReading:
    """Put the windows of one text together."""
    kept = [*where_read([window.offsets for window in windows])]
    tokens: list[list[int]] = [[] for _ in windows]
    for row, token in kept:
        tokens[row].append(token)
    return TextReading(
        offsets=[windows[row].offsets[token] for row, token in kept],
        target_tags=np.concatenate([own.target_tags[chosen] for own, chosen in zip(said, tokens, strict=True)]),
        argument_tags=np.concatenate([own.argument_tags[chosen] for own, chosen in zip(said, tokens, strict=True)]),
        states=torch.cat([own.states[chosen] for own, chosen in zip(said, tokens, strict=True)]),
        firsts=torch.stack([own.states[0] for own in said]),
        windows=[row for row, _ in kept],
    )
