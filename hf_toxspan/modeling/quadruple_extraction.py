"""From texts to quadruples with the encoder that finds them, without an LLM (ours).

Each text is tagged once; `hf_toxspan.core.quadruple_pairing` says which tags become spans, which target an argument is
about and which groups that attacks. A text longer than the encoder is read in overlapping windows, never cut.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor
from transformers import AutoTokenizer, PreTrainedModel, PreTrainedTokenizerBase

from hf_toxspan.core.graphemes import CLUSTER
from hf_toxspan.core.quadruple_pairing import Run, best_runs, choose_groups, pair_spans, unwritable
from hf_toxspan.core.quadruples import END, NULL, Quadruple, format_quadruples
from hf_toxspan.core.spans import Span
from hf_toxspan.core.tags import BEGIN, INSIDE, OUTSIDE
from hf_toxspan.modeling.checkpoint import give_offsets
from hf_toxspan.modeling.quadruple_encoder import QuadrupleEncoder
from hf_toxspan.modeling.quadruple_encoder_config import Decoding
from hf_toxspan.modeling.quadruple_reading import DECIMALS, Tags, TextReading, read_texts

CHUNK = 256
"""Texts whose token states are held at once."""


class ExtractedQuadruple(NamedTuple):
    """A quadruple and where it stands.

    Attributes:
        quadruple: Target and argument are ``text[start:end]``, or the target is `NULL`.
        target_span: Characters of the text; None where the target is not named.
        argument_span: Characters of the text.
        score: In [0, 1]: how sure the tags of target and argument and the choice of groups are, multiplied.
    """

    quadruple: Quadruple
    target_span: Span | None
    argument_span: Span
    score: float


def write_found(found: Sequence[ExtractedQuadruple]) -> str:
    """Write the quadruples of a text as the official scorers read them.

    Args:
        found: Those of one text.

    Returns:
        ``T | A | G | H [SEP] ... [END]``; of none at all ``[END]``, which no scorer takes for a quadruple.
    """
    return format_quadruples([own.quadruple for own in found]) if found else END


class _Found(NamedTuple):
    """A target or an argument."""

    run: Run
    span: Span


class _Pair(NamedTuple):
    """A target, if any, and an argument of one text."""

    text: int
    target: _Found | None
    argument: _Found


class QuadrupleExtractor:
    """The encoder that finds quadruples, with its tokenizer.

    What a field of a quadruple can't hold (`hf_toxspan.core.quadruple_pairing.unwritable`: bars, markers, ends of
    lines) is in no span: a span ends before it. So `hf_toxspan.core.quadruples.format_quadruples` writes whatever is
    found.

    Args:
        model: The encoder.
        tokenizer: Its fast tokenizer.
        decoding: How spans are chosen; read off the model's config when None.
    """

    def __init__(
        self, model: PreTrainedModel, tokenizer: PreTrainedTokenizerBase, *, decoding: Decoding | None = None
    ) -> None:
        if not isinstance(model, QuadrupleEncoder):
            raise TypeError(
                f"model is a {type(model).__name__}; expected a QuadrupleEncoder, such as "
                "hf_toxspan.recipes.quadruple_encoder trains"
            )
        self.model = model
        self.tokenizer = give_offsets(tokenizer)
        self.decoding = decoding or Decoding.from_dict(model.config.decoding)

    @classmethod
    def from_pretrained(cls, model: str | Path, **model_kwargs: Any) -> "QuadrupleExtractor":
        """Load model and tokenizer in float32 and in evaluation mode; no remote code is ever run.

        Args:
            model: Folder or Hub id.
            **model_kwargs: Passed to the model's ``from_pretrained``.

        Returns:
            The extractor.

        Raises:
            ValueError: If it is another kind of model, or the tokenizer gives no character offsets.
        """
        loaded = QuadrupleEncoder.from_pretrained(model, **{"dtype": torch.float32, **model_kwargs})
        return cls(loaded.eval(), AutoTokenizer.from_pretrained(model))

    def __call__(self, texts: Sequence[str], *, batch_size: int = 32) -> list[list[ExtractedQuadruple]]:
        """Find the quadruples of texts; the results do not depend on `batch_size`.

        A text has at least one, the most probable, unless it holds no token that could be an argument (empty, blank,
        nothing but bars): then it has none. A quadruple that would be written like another one of its text is left out.

        Args:
            texts: Any Unicode of any length.
            batch_size: Windows of a forward pass.

        Returns:
            One list a text, in the order of the arguments.
        """
        found: list[list[ExtractedQuadruple]] = []
        for start in range(0, len(texts), CHUNK):
            chunk = texts[start : start + CHUNK]
            found += self.decode(chunk, self.read(chunk, batch_size=batch_size))
        return found

    def read(self, texts: Sequence[str], *, batch_size: int = 32) -> list[TextReading]:
        """Run the encoder over texts; see `hf_toxspan.modeling.quadruple_reading.read_texts`."""
        return read_texts(self.model, self.tokenizer, texts, batch_size=batch_size)

    def decode(self, texts: Sequence[str], readings: Sequence[TextReading]) -> list[list[ExtractedQuadruple]]:
        """Make quadruples of what the model says of texts.

        Args:
            texts: The texts.
            readings: One a text.

        Returns:
            One list a text.
        """
        pairs = [
            pair
            for place, (text, reading) in enumerate(zip(texts, readings, strict=True))
            for pair in self._pairs(place, text, reading)
        ]
        found: list[dict[Quadruple, ExtractedQuadruple]] = [{} for _ in texts]
        for pair, (hate, *groups) in zip(pairs, self._classify(pairs, readings), strict=True):
            choice = choose_groups(hate, groups, self.model.config.groups)
            text, (run, span) = texts[pair.text], pair.argument
            target = NULL if pair.target is None else text[slice(*pair.target.span)]
            sure = _unnamed(readings[pair.text]) if pair.target is None else pair.target.run.score
            quadruple = Quadruple(target, text[slice(*span)], choice.group, choice.hateful)
            score = round(sure * run.score * choice.score, DECIMALS)
            extracted = ExtractedQuadruple(quadruple, pair.target and pair.target.span, span, score)
            found[pair.text].setdefault(quadruple, extracted)
        return [list(own.values()) for own in found]

    def _pairs(self, place: int, text: str, reading: TextReading) -> Iterator[_Pair]:
        """Find the targets and arguments of a text and pair them."""
        arguments = _find(text, reading.offsets, reading.argument_tags, self.decoding.bonus, -np.inf)
        bonus, floor = self.decoding.bonus, self.decoding.target_floor
        targets = _find(text, reading.offsets, reading.target_tags, bonus, floor) if arguments else []
        about = pair_spans([argument.span for argument in arguments], [target.span for target in targets])
        for argument, chosen in zip(arguments, about, strict=True):
            yield _Pair(place, None if chosen is None else targets[chosen], argument)

    def _classify(self, pairs: Sequence[_Pair], readings: Sequence[TextReading]) -> list[list[float]]:
        """Return the probability of hate, and of each group, of pairs."""
        if not pairs:
            return []
        columns: list[list[Tensor]] = [[], [], []]
        for text, target, argument in pairs:
            reading, (start, end, _) = readings[text], argument.run
            columns[0].append(reading.firsts[reading.windows[start]])
            columns[1].append(_mean(reading.states, target.run) if target else torch.zeros_like(reading.firsts[0]))
            columns[2].append(reading.states[start:end].mean(dim=0))
        named = torch.tensor([pair.target is not None for pair in pairs], device=self.model.device)
        firsts, about, said = (torch.stack(column).to(self.model.device, self.model.dtype) for column in columns)
        with torch.inference_mode():
            logits = self.model.classify_pairs(firsts, about, said, named)
        probabilities: list[list[float]] = np.round(logits.float().sigmoid().cpu().numpy(), DECIMALS).tolist()
        return probabilities


def _mean(states: Tensor, run: Run) -> Tensor:
    return states[run.start : run.end].mean(dim=0)


def _unnamed(reading: TextReading) -> float:
    """Return how sure the tags are that no token belongs to a target: the geometric mean of P(O)."""
    return float(np.exp(reading.target_tags[:, OUTSIDE].mean()))


def _find(text: str, offsets: Sequence[Span], tags: Tags, bonus: float, floor: float) -> list[_Found]:
    """Choose the spans that the tags of a text mark."""
    runs = best_runs(_allowed(text, offsets, tags), bonus=bonus, floor=floor)
    spans = [Span(offsets[run.start].start, offsets[run.end - 1].end) for run in runs]
    return [*map(_Found, runs, _whole(spans, text))]


def _allowed(text: str, offsets: Sequence[Span], tags: Tags) -> Tags:
    """Forbid tags that would put into a span what a quadruple can't hold."""
    stretches = unwritable(text)
    if not stretches:
        return tags
    allowed = tags.copy()
    starts, ends = np.array(offsets, dtype=int).reshape(-1, 2).T
    before = np.append(0, ends)[:-1]
    for start, end in stretches:
        allowed[(starts < end) & (ends > start), BEGIN:] = -np.inf
        allowed[(starts >= end) & (before <= start), INSIDE] = -np.inf
    return allowed


def _whole(spans: Sequence[Span], text: str) -> list[Span]:
    """Widen each span until it splits nothing that a reader sees as one character, unless it could not be written."""
    if not spans or text.isascii():
        return list(spans)
    borders = [0, *(cluster.end() for cluster in CLUSTER.finditer(text))]
    widened = []
    for span in spans:
        wide = Span(borders[bisect_right(borders, span.start) - 1], borders[bisect_left(borders, span.end)])
        quote = text[wide.start : wide.end]
        widened.append(wide if quote == quote.strip() and not unwritable(quote) else span)
    return widened
