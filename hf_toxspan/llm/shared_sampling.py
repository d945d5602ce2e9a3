"""Many draws of many prompts, each computed once as far as they agree.

A vote draws the same prompts again and again, and at a low temperature most draws say the same. So here a row of the
batch is not a draw but a text so far: all draws that have written the same share one row, its key-value cache included,
and part where they choose different tokens. What all prompts begin with is read once, too::

    prompts  task | shown one | text      draws 1 2 3 of it   "you | fool"  1 2 3
             task | shown two | text                          "you | fool | others"  1 2
             ---- read once                                   "you | fool | Sexism"  3

Each draw has random numbers of its own, one a token, and takes the token on whose share of the probability its number
falls: so it says what it would say alone, whatever else is drawn beside it (up to the last digits of the arithmetic,
which depend on the batch). What earlier calls wrote is not written again (`llm.draw_memory`). The idea of sharing
beyond the prompt is ours.
"""

import inspect
import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn.utils.rnn import pad_sequence
from transformers import PreTrainedModel

from hf_toxspan.llm.draw_memory import DrawMemory, Step

MOST_ROWS = 128
"""Texts so far that are continued at a time; bounds memory. More wait, and read their prompts again."""

_PARTS = 4  # ways into which the draws of a prompt part, about, at the temperatures of a vote

_ATTENTION = {"full_attention", "sliding_attention"}


class Draw(NamedTuple):
    """One answer that is wanted.

    Attributes:
        prompt: Token ids, at least one.
        randoms: Numbers in [0, 1), one for each token of the longest answer, (tokens,).
    """

    prompt: list[int]
    randoms: NDArray[Any]


@dataclass(frozen=True)
class Sampling:
    """How to draw, from softmax(logits / temperature): what else a checkpoint asks for, such as a penalty, is not done.

    Args:
        temperature: Above 0.
        top_p: Draw from the likeliest tokens that together have this probability, at least from one; from all when
            None.
        ends: Ids that end an answer, and are its last.
        stops: Says of what is written so far whether the answer ends there; never when None. Equal ones say the same.
    """

    temperature: float
    top_p: float | None = None
    ends: tuple[int, ...] = ()
    stops: Callable[[list[int]], bool] | None = None


@dataclass
class _Written:
    """What a draw has said so far."""

    draw: Draw
    steps: list[Step]
    ended: bool

    @property
    def ids(self) -> list[int]:
        return [step.token for step in self.steps]

    @property
    def goes_on(self) -> bool:
        return not self.ended and len(self.steps) < len(self.draw.randoms)


@dataclass
class _Row:
    """A text so far, and the draws that have written it."""

    ids: list[int]
    draws: list[_Written]


def can_share(network: PreTrainedModel) -> bool:
    """Say whether all that a network remembers of a text is keys and values, which several texts can share.

    Args:
        network: A causal language model.

    Returns:
        Whether `sample_shared` takes it; a state-space or convolutional layer, for example, has another memory.
    """
    takes = inspect.signature(network.forward).parameters
    kinds = getattr(network.config.get_text_config(), "layer_types", None) or ()
    return {"position_ids", "logits_to_keep"} <= takes.keys() and set(kinds) <= _ATTENTION


@torch.inference_mode()
def sample_shared(
    network: PreTrainedModel, draws: Sequence[Draw], sampling: Sampling, memory: DrawMemory | None = None
) -> list[list[int]]:
    """Draw answers; draws of one prompt share their work for as long as they agree.

    Args:
        network: A causal language model that `can_share`, in evaluation mode.
        draws: The draws.
        sampling: How to draw.
        memory: What the same network wrote before, to be gone on from; it takes up what is written now.

    Returns:
        The token ids of each answer, its end included; as many as it has random numbers where it did not end.
    """
    memory = DrawMemory() if memory is None else memory
    written = [_Written(draw, *memory.recall((sampling, tuple(draw.prompt)), draw.randoms)) for draw in draws]
    together: dict[tuple[int, ...], _Row] = {}
    for own in written:
        if own.goes_on:
            so_far = [*own.draw.prompt, *own.ids]
            together.setdefault(tuple(so_far), _Row(so_far, [])).draws.append(own)
    waiting = sorted(together.values(), key=lambda row: len(row.ids))  # rows of one length need no padding
    while waiting:
        count = _fitting(waiting)
        waiting = _continue(network, waiting[:count], sampling) + waiting[count:]
    for own in written:
        memory.keep((sampling, tuple(own.draw.prompt)), own.steps, ended=own.ended)
    return [own.ids for own in written]


def _fitting(waiting: Sequence[_Row]) -> int:
    """Say how many rows to begin with, so that few must wait once they have parted."""
    room = itertools.accumulate(min(len(row.draws), _PARTS) for row in waiting)
    return max(1, sum(used <= MOST_ROWS for used in room))


def _continue(network: PreTrainedModel, rows: list[_Row], sampling: Sampling) -> list[_Row]:
    """Continue rows until all their draws have ended; return the rows that were too many, to be continued later."""
    reader, later = _Reader(network), []
    logits = reader.read([row.ids for row in rows])
    while rows:
        numbers = [[own.draw.randoms[len(own.steps)] for own in row.draws] for row in rows]
        parted: list[tuple[int, _Row]] = []  # which row a new one continues
        for place, (row, steps) in enumerate(zip(rows, _choose(logits, numbers, sampling), strict=True)):
            parted += [(place, new) for new in _part(row, steps, sampling)]
        later += [row for _, row in parted[MOST_ROWS:]]
        parted = parted[:MOST_ROWS]
        rows = [row for _, row in parted]
        if rows:
            logits = reader.go_on([place for place, _ in parted], [row.ids[-1] for row in rows])
    return later


def _choose(logits: Tensor, randoms: list[list[float]], sampling: Sampling) -> list[list[Step]]:
    """Return the tokens on whose shares random numbers fall: of each row, (vocabulary,), as many as it has numbers."""
    shares = (logits.double() / sampling.temperature).softmax(dim=-1)  # (rows, vocabulary)
    if sampling.top_p is not None:
        shares = _nucleus(shares, sampling.top_p)
    edges = shares.cumsum(dim=-1)
    edges = edges / edges[:, -1:]
    numbers = pad_sequence([torch.tensor(own, dtype=torch.float64) for own in randoms], batch_first=True).to(
        edges.device
    )
    # right: a number that falls on an edge belongs to the token behind it, so that none without a share is chosen
    tokens = torch.searchsorted(edges, numbers, right=True)
    highs = edges.gather(-1, tokens)
    lows = torch.where(tokens > 0, edges.gather(-1, (tokens - 1).clamp(min=0)), 0.0)
    chosen = zip(tokens.tolist(), lows.tolist(), highs.tolist(), randoms, strict=True)
    return [[*map(Step, row, low, high)][: len(own)] for row, low, high, own in chosen]


def _nucleus(shares: Tensor, top_p: float) -> Tensor:
    """Leave the likeliest tokens that together reach `top_p`, at least one, (rows, vocabulary)."""
    ranked, order = shares.sort(dim=-1, descending=True, stable=True)
    before = ranked.cumsum(dim=-1) - ranked
    before[:, 0] = -1.0  # the likeliest one stays even where top_p is 0
    return torch.zeros_like(shares).scatter(-1, order, ranked.masked_fill(before >= top_p, 0.0))


def _part(row: _Row, steps: list[Step], sampling: Sampling) -> list[_Row]:
    """Write a step of each draw of a row; return the rows in which those go on that have not ended."""
    parts: dict[int, list[_Written]] = {}
    for own, step in zip(row.draws, steps, strict=True):
        own.steps.append(step)
        parts.setdefault(step.token, []).append(own)
    for token, part in parts.items():
        ended = token in sampling.ends or bool(sampling.stops and sampling.stops(part[0].ids))
        for own in part:
            own.ended = ended
    going = {token: [own for own in part if own.goes_on] for token, part in parts.items()}
    return [_Row([*row.ids, token], part) for token, part in going.items() if part]


class _Reader:
    """A network with what it has read of some rows, in its key-value cache."""

    def __init__(self, network: PreTrainedModel) -> None:
        self.network = network
        # transformers 5.24 renamed it
        self.name = "cache" if "cache" in inspect.signature(network.forward).parameters else "past_key_values"
        self.cache: Any = None

    def read(self, texts: list[list[int]]) -> Tensor:
        """Read texts from their beginning: what all begin with once, the rest padded on its left.

        Args:
            texts: Token ids, at least one text of at least one token.

        Returns:
            Logits of what follows each, (texts, vocabulary).
        """
        shared = self._shared(texts)
        if shared:
            self._forward(torch.tensor([texts[0][:shared]]))
            self.cache.batch_repeat_interleave(len(texts))
        width = max(map(len, texts))
        gaps = [width - len(text) for text in texts]
        rests = [[0] * gap + text[shared:] for gap, text in zip(gaps, texts, strict=True)]
        seen = [[1] * shared + [0] * gap + [1] * (width - gap - shared) for gap in gaps]
        self.seen = torch.tensor(seen)  # (texts, tokens): 0 is padding
        self.positions = torch.tensor([[len(text) - 1] for text in texts])  # of the last token, (texts, 1)
        positions = (self.seen.cumsum(dim=-1) - 1).clamp(min=0)[:, shared:]
        return self._forward(torch.tensor(rests), attention_mask=self.seen, position_ids=positions)

    def _shared(self, texts: list[list[int]]) -> int:
        """Count the tokens to be read once; none where a window counts the padding that follows them as text."""
        windowed = getattr(self.network.config.get_text_config(), "sliding_window", None) is not None
        return 0 if windowed or len(texts) == 1 else _common(texts)

    def go_on(self, sources: list[int], tokens: list[int]) -> Tensor:
        """Read one token more of each row.

        Args:
            sources: Which of the rows so far each new row continues: each any number of times.
            tokens: What it has written there.

        Returns:
            Logits of what follows, (rows, vocabulary).
        """
        if sources != list(range(len(self.seen))):
            chosen = torch.tensor(sources)
            self.cache.batch_select_indices(chosen)
            self.seen, self.positions = self.seen[chosen], self.positions[chosen]
        self.seen = torch.cat([self.seen, torch.ones(len(sources), 1, dtype=torch.long)], dim=-1)
        self.positions = self.positions + 1
        return self._forward(torch.tensor(tokens)[:, None], attention_mask=self.seen, position_ids=self.positions)

    def _forward(self, input_ids: Tensor, **given: Tensor) -> Tensor:
        there = {name: value.to(self.network.device) for name, value in {"input_ids": input_ids, **given}.items()}
        output = self.network(**there, **{self.name: self.cache}, use_cache=True, logits_to_keep=1)
        self.cache = output[self.name]
        logits: Tensor = output.logits[:, -1]
        return logits.cpu() if logits.device.type == "mps" else logits  # which knows no float64


def _common(texts: list[list[int]]) -> int:
    """Count the tokens that all texts begin with; each keeps at least one of its own."""
    first, most = texts[0], min(map(len, texts)) - 1
    return next((place for place in range(most) if any(text[place] != first[place] for text in texts)), most)
