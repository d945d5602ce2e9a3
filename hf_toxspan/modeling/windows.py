"""Texts as windows of tokens: nothing is cut off, whatever the length of the encoder."""

from collections.abc import Iterator, Sequence
from itertools import groupby, pairwise
from typing import NamedTuple

import torch
from torch import Tensor
from transformers import PreTrainedTokenizerBase

from hf_toxspan.core.alignment import strip_blanks
from hf_toxspan.core.spans import Span
from hf_toxspan.core.text import replace_lone_surrogates

MAX_WINDOW = 512
"""Tokens of a window where neither the model nor the tokenizer states a limit, and at most (ours)."""
OVERLAP = 0.25
"""Share of a window that the next one repeats, so that evidence at a border is seen whole once (ours)."""


class Window(NamedTuple):
    """A stretch of one text as the encoder sees it.

    Attributes:
        text: Position of the text in the input list.
        ids: Token ids, special tokens included.
        types: Token type ids.
        offsets: Characters of each token in the whole text, blanks stripped; empty for special tokens.
        attention: 1 for each token that the others may look at, 0 for a hidden one; empty: all may be looked at.
    """

    text: int
    ids: list[int]
    types: list[int]
    offsets: list[Span]
    attention: tuple[int, ...] = ()


def window_length(tokenizer: PreTrainedTokenizerBase, config: object) -> int:
    """Return how many tokens, special ones included, the encoder takes at once.

    RoBERTa-like models count positions from the padding id + 1, so two of their positions are never used.

    Args:
        tokenizer: The model's tokenizer.
        config: The encoder's config (``model.config.get_text_config()``).

    Returns:
        The smallest of the tokenizer's limit, the model's positions and `MAX_WINDOW`.
    """
    positions = getattr(config, "max_position_embeddings", MAX_WINDOW) or MAX_WINDOW
    if getattr(config, "model_type", "") in {"roberta", "xlm-roberta", "camembert", "xlm-roberta-xl", "mpnet"}:
        positions -= (getattr(config, "pad_token_id", 1) or 0) + 1
    return min(positions, tokenizer.model_max_length, MAX_WINDOW)


def split(texts: Sequence[str], tokenizer: PreTrainedTokenizerBase, length: int) -> list[Window]:
    """Tokenise texts into windows of at most `length` tokens with character offsets of the original texts.

    Args:
        texts: Any Unicode; lone surrogates are read as U+FFFD, one for one.
        tokenizer: A fast tokenizer.
        length: Tokens of a window, special ones included.

    Returns:
        At least one window a text, in order.
    """
    if not texts:
        return []
    encoded = tokenizer(
        [replace_lone_surrogates(text) for text in texts],
        truncation=True,
        max_length=length,
        stride=int((length - tokenizer.num_special_tokens_to_add()) * OVERLAP),
        return_overflowing_tokens=True,
        return_offsets_mapping=True,
        return_token_type_ids=True,
        return_attention_mask=False,
    )
    owners = encoded["overflow_to_sample_mapping"]
    return [
        Window(owner, ids, types, strip_blanks(offsets, texts[owner]))
        for owner, ids, types, offsets in zip(
            owners, encoded["input_ids"], encoded["token_type_ids"], encoded["offset_mapping"], strict=True
        )
    ]


def text_tokens(windows: Sequence[Window], texts: int) -> list[list[Span]]:
    """Return the characters of each text's tokens, in text order: each once, though windows overlap.

    Tokens that share a character count as one: pieces of an emoji, or the word mark that many tokenizers put before a
    text together with its first word.

    Args:
        windows: Windows of the texts.
        texts: Number of texts.

    Returns:
        One list of disjoint spans a text; special tokens have none.
    """
    found: list[set[Span]] = [set() for _ in range(texts)]
    for window in windows:
        found[window.text].update(span for span in window.offsets if span.end > span.start)
    return [_without_overlap(sorted(spans)) for spans in found]


def _without_overlap(spans: Sequence[Span]) -> list[Span]:
    """Join spans, in order, that share a character; those that only touch stay apart."""
    joined: list[Span] = []
    for span in spans:
        if joined and span.start < joined[-1].end:
            joined[-1] = Span(joined[-1].start, max(joined[-1].end, span.end))
        else:
            joined.append(span)
    return joined


def batches(
    windows: Sequence[Window], batch_size: int, *, equal_length: bool = False, pass_cost: int | None = None
) -> Iterator[list[int]]:
    """Group windows of like length, longest first, so that little is padded and memory peaks at once.

    Args:
        windows: Any windows.
        batch_size: Windows of a batch, at most.
        equal_length: Never put windows of different length together, so that nothing is padded.
        pass_cost: What a pass costs beside its tokens, in tokens: batches are cut where padding would cost more. None
            fills every batch.

    Yields:
        Positions in `windows`, each once.
    """
    lengths = [len(window.ids) for window in windows]
    order = sorted(range(len(windows)), key=lambda i: -lengths[i])
    runs = [list(run) for _, run in groupby(order, key=lengths.__getitem__)] if equal_length else [order]
    for run in runs:
        ends = _cuts([lengths[i] for i in run], batch_size, pass_cost)
        yield from (run[start:end] for start, end in pairwise([0, *ends]))


def _cuts(lengths: Sequence[int], batch_size: int, pass_cost: int | None) -> list[int]:
    """Return the ends of the batches of lengths, longest first, that cost least with their padding.

    By dynamic programming from the last one on: the best cuts of a tail do not depend on what is before it (ours).
    """
    count = len(lengths)
    if pass_cost is None:
        return [min(start + batch_size, count) for start in range(0, count, batch_size)]
    cost, best = [0] * (count + 1), [0] * count
    for start in reversed(range(count)):
        tries = range(start + 1, min(start + batch_size, count) + 1)
        cost[start], best[start] = min((pass_cost + (end - start) * lengths[start] + cost[end], end) for end in tries)
    ends: list[int] = []
    start = 0
    while start < count:
        start = best[start]
        ends.append(start)
    return ends


def collate(windows: Sequence[Window], pad_id: int) -> dict[str, Tensor]:
    """Pad windows on the right into the tensors that an encoder takes.

    Args:
        windows: Windows of one batch.
        pad_id: Token id of padding.

    Returns:
        ``input_ids``, ``token_type_ids``, ``attention_mask``, and ``token_mask`` (1 for tokens of the text, for models
        that ask for it), each (batch, tokens).
    """
    longest = max(len(window.ids) for window in windows)

    def padded(rows: list[list[int]], value: int) -> Tensor:
        return torch.tensor([row + [value] * (longest - len(row)) for row in rows])

    attention = [list(window.attention) or [1] * len(window.ids) for window in windows]
    covering = [[end > start for start, end in window.offsets] for window in windows]
    tokens = [[int(a and c) for a, c in zip(*both, strict=True)] for both in zip(attention, covering, strict=True)]
    return {
        "input_ids": padded([window.ids for window in windows], pad_id),
        "token_type_ids": padded([window.types for window in windows], 0),
        "attention_mask": padded(attention, 0),
        "token_mask": padded(tokens, 0),
    }


def where_read(windows: Sequence[Sequence[Span]]) -> Iterator[tuple[int, int]]:
    """Choose the window in which each token of a text is read: that in which it stands further from the border.

    Args:
        windows: Character ranges of the tokens of each window of one text.

    Yields:
        (window, token) in text order, each token with characters once.
    """
    covered = [[span for span in offsets if span.end > span.start] for offsets in windows]
    read = [(row, own[0].start, own[-1].end) for row, own in enumerate(covered) if own]
    middles = [(before[2] + after[1]) // 2 for before, after in pairwise(read)]
    borders = pairwise([0, *middles, read[-1][2]] if read else [])
    for (row, _, _), (low, high) in zip(read, borders, strict=True):
        for token, (start, end) in enumerate(windows[row]):
            if end > start and low <= start < high:
                yield row, token
