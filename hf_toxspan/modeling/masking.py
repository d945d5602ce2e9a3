"""What a model says of a text without its evidence, and of the evidence alone: does it rely on what it shows?

Token ids are replaced in the windows of the extraction itself; no text is cut and tokenised again, so nothing else
changes: neither the other tokens nor their positions. A token is evidence where it covers a character of a span.
Tokens that cover no character (special ones) always stay. In a text of several windows the evidence is masked in each
of them and the most toxic window decides anew, which may be another one than before (ours).
"""

import inspect
from collections.abc import Hashable, Mapping, Sequence
from typing import NamedTuple, TypeVar

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from tqdm.auto import tqdm

from hf_toxspan.core.alignment import token_labels
from hf_toxspan.core.spans import Span, SpanLike, check
from hf_toxspan.modeling.extraction import SpanExtractor
from hf_toxspan.modeling.labels import ToxicLabels
from hf_toxspan.modeling.window_reader import deciding_windows
from hf_toxspan.modeling.windows import Window

MASKINGS = {
    "mask": "replaced by the mask token",
    "unk": "replaced by the unknown token",
    "attention": "replaced by the unknown token and taken out of the attention",  # as RATeD does
}
"""Ways to mask tokens, and what becomes of them."""
CHUNK = 4
"""Batches of texts whose masked copies are sorted by length together, between two moves of the progress bar."""


class Readings(NamedTuple):
    """What a model says of texts, (texts,) each.

    Attributes:
        probability: Of the label predicted for the whole text.
        toxicity: Of the toxic labels together.
        toxic: Whether the most likely label is a toxic one.
    """

    probability: NDArray[np.float64]
    toxicity: NDArray[np.float64]
    toxic: NDArray[np.bool_]


class Ablation(NamedTuple):
    """What a model says of texts with and without a rationale.

    Attributes:
        full: Of the whole texts.
        without: Of the texts with the rationale masked.
        only: Of the texts with everything but the rationale masked.
    """

    full: Readings
    without: Readings
    only: Readings


class Filler(NamedTuple):
    """What stands in the place of a masked token.

    Attributes:
        token: Its id.
        attended: Whether the other tokens may look at it.
    """

    token: int
    attended: bool


Name = TypeVar("Name", bound=Hashable)


def ablate(
    extractor: SpanExtractor,
    texts: Sequence[str],
    rationales: Mapping[Name, Sequence[Sequence[SpanLike]]],
    *,
    masking: str = "mask",
    batch_size: int = 32,
    progress: bool = False,
) -> dict[Name, Ablation]:
    """Mask one or more rationales of texts, and everything else, and read the model again.

    All masked copies are batched together, and equal ones (a text without evidence, evidence that is the whole text)
    are read once. Results do not depend on `batch_size`. A text in which no character could be evidence is clean for
    certain, masked or not, as in the extraction.

    Args:
        extractor: Model and tokenizer.
        texts: Any Unicode of any length.
        rationales: By name, the spans of each text.
        masking: One of `MASKINGS`.
        batch_size: Windows of a forward pass.
        progress: Show a bar on standard error.

    Returns:
        One ablation a rationale, by its name.

    Raises:
        ValueError: If `masking` is unknown or the model can't be masked so, or a rationale does not fit the texts.
    """
    filler = find_filler(extractor, masking)
    checked = {name: _check(name, spans, texts) for name, spans in rationales.items()}
    chunks: list[list[Readings]] = []
    step = CHUNK * batch_size
    with tqdm(total=len(texts), desc="Masking", unit=" texts", disable=not progress) as bar:
        for start in range(0, max(len(texts), 1), step):
            part = texts[start : start + step]
            spans = [rationale[start : start + step] for rationale in checked.values()]
            chunks.append(_read_versions(extractor, part, spans, filler, batch_size))
            bar.update(len(part))
    full, *masked = (
        Readings(*(np.concatenate(column) for column in zip(*chunk, strict=True)))
        for chunk in zip(*chunks, strict=True)
    )
    return {name: Ablation(full, *masked[2 * i : 2 * i + 2]) for i, name in enumerate(checked)}


def find_filler(extractor: SpanExtractor, masking: str) -> Filler:
    """Find what masks a token for a model.

    Args:
        extractor: Model and tokenizer.
        masking: One of `MASKINGS`.

    Returns:
        The filler; without attention its id means nothing, and is that of padding where no token is unknown.

    Raises:
        ValueError: If `masking` is unknown or the model can't be masked so, with the ways that it can.
    """
    if masking not in MASKINGS:
        raise ValueError(f"masking is {masking!r}; expected one of {', '.join(MASKINGS)}")
    possible = _fillers(extractor)
    if masking not in possible:
        raise ValueError(
            f"masking is {masking!r}, but {extractor.tokenizer.name_or_path or type(extractor.tokenizer).__name__!r} "
            f"has no such token that its model knows; choose {' or '.join(map(repr, possible)) or 'another model'}"
        )
    return possible[masking]


def _fillers(extractor: SpanExtractor) -> dict[str, Filler]:
    """Return the ways in which a model can be masked."""
    tokenizer = extractor.tokenizer
    known = range(extractor.model.config.get_text_config().vocab_size)
    possible = {
        name: Filler(token, attended=True)
        for name, token in (("mask", tokenizer.mask_token_id), ("unk", tokenizer.unk_token_id))
        if token in known
    }
    if "attention_mask" in inspect.signature(extractor.model.forward).parameters:
        hidden = possible["unk"].token if "unk" in possible else tokenizer.pad_token_id or 0
        possible["attention"] = Filler(hidden, attended=False)
    return possible


def _check(name: object, spans: Sequence[Sequence[SpanLike]], texts: Sequence[str]) -> list[list[Span]]:
    if len(spans) != len(texts):
        raise ValueError(f"{name}: got spans for {len(spans)} texts; expected one list for each of the {len(texts)}")
    checked = []
    for position, (own, text) in enumerate(zip(spans, texts, strict=True)):
        try:
            checked.append(check(own, length=len(text)))
        except ValueError as error:
            raise ValueError(f"{name}, text {position}: {error}") from error
    return checked


def _read_versions(
    extractor: SpanExtractor,
    texts: Sequence[str],
    rationales: Sequence[Sequence[Sequence[Span]]],
    filler: Filler,
    batch_size: int,
) -> list[Readings]:
    """Read texts as they are, then without and with only each rationale."""
    windows = extractor.windows(texts)
    versions = [windows]
    for spans in rationales:
        labels = [token_labels(window.offsets, spans[window.text], len(texts[window.text])) for window in windows]
        for hidden in (1, 0):
            versions.append([_mask(*pair, hidden, filler) for pair in zip(windows, labels, strict=True)])
    logits = _logits(extractor, [window for version in versions for window in version], batch_size)
    decided = [
        _of_deciding_windows(extractor.labels, windows, version)
        for version in logits.view(len(versions), len(windows), len(extractor.labels.names))
    ]
    predicted = [label for label, _, _ in extractor.labels.decide(decided[0])]
    shown = list(dict.fromkeys(window.text for window in windows))
    return [_readings(extractor.labels, version, predicted, shown, len(texts)) for version in decided]


def _mask(window: Window, labels: Sequence[int], hidden: int, filler: Filler) -> Window:
    """Put the filler in the place of each token with the label `hidden`."""
    if hidden not in labels:
        return window
    ids = [filler.token if label == hidden else token for token, label in zip(window.ids, labels, strict=True)]
    attention = () if filler.attended else tuple(int(label != hidden) for label in labels)
    return window._replace(ids=ids, attention=attention)


def _logits(extractor: SpanExtractor, windows: Sequence[Window], batch_size: int) -> Tensor:
    """Run one forward pass over the windows that differ; shape (windows, labels)."""
    keys = [(tuple(window.ids), tuple(window.types), window.attention) for window in windows]
    distinct = dict(zip(keys, windows, strict=True))
    places = {key: place for place, key in enumerate(distinct)}
    return extractor.logits(list(distinct.values()), batch_size=batch_size)[[places[key] for key in keys]]


def _of_deciding_windows(labels: ToxicLabels, windows: Sequence[Window], logits: Tensor) -> Tensor:
    """Let the most toxic window of each text decide; from (windows, labels) to (texts that have a window, labels)."""
    toxicity = torch.sigmoid(labels.margin(logits)).tolist()
    return logits[list(deciding_windows(windows, toxicity).values())]


def _readings(
    labels: ToxicLabels, logits: Tensor, predicted: Sequence[str], shown: Sequence[int], texts: int
) -> Readings:
    """Read the logits of the texts that were shown to the model; the others are clean for certain."""
    readings = Readings(np.ones(texts), np.zeros(texts), np.zeros(texts, dtype=bool))
    readings.probability[shown] = labels.probability(logits, predicted)
    readings.toxicity[shown] = torch.sigmoid(labels.margin(logits))
    readings.toxic[shown] = [toxic for _, _, toxic in labels.decide(logits)]
    return readings
