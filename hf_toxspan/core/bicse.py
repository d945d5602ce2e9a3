"""BiCSE: bidirectional cliff-based span extraction from a saliency sequence.

The idea is that of ToxiTrace (arXiv 2604.12321), whose steps are not published; this reading of it is ours. Evidence
is a plateau of saliency that ends where the ground falls away. A *cliff* is a sharp relative fall between two
neighbours. One scan walks forward and one backward; each carries evidence outwards from the peaks until it steps over
a cliff or below the floor::

    saliency   .1   .6   .9   1.    .8   .3   .2   .7         peak .65, floor .25, cliff .5
    forward              ####  ####  ####  |              ####   from each peak rightwards; .8 -> .3 is a cliff
    backward        #### ####  ####  ####       |         ####   from each peak leftwards; .6 -> .1 is a cliff
    evidence        [-----------------)                   [--)   the union of both scans

Where a script writes blanks, a word is read as a whole (`whole_words`), and a blank is as salient as the weaker of its
two neighbours, so that evidence runs on through "shut up" but not beyond its ends.
"""

import itertools
from collections.abc import Iterable
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hf_toxspan.core.spans import Span, SpanLike, from_mask, intersect, merge, size, trim
from hf_toxspan.core.text import BLANK, WORD


@dataclass(frozen=True)
class BiCSE:
    """The parameters of the extractor; a checkpoint keeps them in ``config.span_extraction``.

    Attributes:
        peak: Share of the text's maximum from which a character is always evidence, in (0, 1].
        floor: Share of the maximum below which a character is never evidence, in [0, `peak`].
        cliff: Relative fall between neighbours that ends evidence, in (0, 1]; 1 is a fall to nothing.
        gap: Characters between two spans that are bridged; 0 joins only touching ones.
        whole_words: Give every character of a word the word's largest saliency first.
    """

    peak: float = 0.5
    floor: float = 0.25
    cliff: float = 0.5
    gap: int = 0
    whole_words: bool = True

    def __post_init__(self) -> None:
        """Quote a value that is out of range."""
        if not 0 < self.peak <= 1:
            raise ValueError(f"peak is {self.peak!r}; expected 0 < peak <= 1")
        if not 0 <= self.floor <= self.peak:
            raise ValueError(f"floor is {self.floor!r}; expected 0 <= floor <= peak ({self.peak!r})")
        if not 0 < self.cliff <= 1:
            raise ValueError(f"cliff is {self.cliff!r}; expected 0 < cliff <= 1")
        if self.gap < 0:
            raise ValueError(f"gap is {self.gap!r}; expected a number of characters >= 0")

    @classmethod
    def from_dict(cls, values: dict[str, object]) -> "BiCSE":
        """Read parameters from a checkpoint's config, or say which name is unknown.

        >>> BiCSE.from_dict({"peak": 0.7}).peak
        0.7
        """
        known = [field.name for field in fields(cls)]
        unknown = sorted(set(values) - set(known))
        if unknown:
            raise ValueError(f"unknown BiCSE parameters {unknown}; expected some of {known}")
        return cls(**values)  # type: ignore[arg-type]


def extract(saliency: ArrayLike, text: str, parameters: BiCSE | None = None) -> list[Span]:
    """Read contiguous evidence spans off a text's character saliency, in linear time.

    Args:
        saliency: One value >= 0 a character, shape ``(len(text),)``; its scale does not matter.
        text: The text, for words and blanks.
        parameters: Thresholds; the defaults of `BiCSE` when None.

    Returns:
        Normalised spans, never beginning or ending with a blank; none for a text without any saliency.

    Raises:
        ValueError: If there is not one finite value >= 0 a character.

    >>> extract([0, 0, 0, 0, 0.9, 0.9, 1.0, 0.4], "you fool")
    [Span(start=4, end=8)]
    >>> extract([0.1, 0.6, 0.9, 1.0, 0.8, 0.3, 0.2, 0.7], "他真是个蠢货吧呀", BiCSE(peak=0.65))
    [Span(start=1, end=5), Span(start=7, end=8)]
    """
    parameters = parameters or BiCSE()
    values = np.asarray(saliency, dtype=float)
    if values.shape != (len(text),):
        raise ValueError(f"saliency has shape {values.shape}; expected one value a character, ({len(text)},)")
    if not (np.isfinite(values).all() and (values >= 0).all()):
        raise ValueError("saliency holds a value that is negative or not finite; expected values >= 0")
    level = _bridge_blanks(_level_words(values, text) if parameters.whole_words else values, text)
    top = level.max(initial=0.0)  # after bridging: what a model gave to a blank does not raise the bar
    if top == 0:
        return []
    level = level / top
    forward = _scan(level.tolist(), parameters)
    backward = _scan(level[::-1].tolist(), parameters)[::-1]
    evidence = from_mask([ahead or behind for ahead, behind in zip(forward, backward, strict=True)])
    return trim(merge(evidence, gap=parameters.gap), text)


def _scan(level: list[float], parameters: BiCSE) -> list[bool]:
    """Carry evidence rightwards from each peak until a cliff or the floor."""
    marks, inside, before = [], False, 0.0
    for here in level:
        carried = inside and here >= parameters.floor and here > (1 - parameters.cliff) * before
        inside = here >= parameters.peak or carried
        marks.append(inside)
        before = here
    return marks


def _level_words(values: NDArray[np.float64], text: str) -> NDArray[np.float64]:
    """Give every character of a word the word's largest value."""
    levelled = values.copy()
    for word in WORD.finditer(text):
        levelled[word.start() : word.end()] = values[word.start() : word.end()].max()
    return levelled


def _bridge_blanks(values: NDArray[np.float64], text: str) -> NDArray[np.float64]:
    """Make a blank as salient as the weaker of its neighbours; at the ends of a text it has none."""
    bridged = values.copy()
    for blank in BLANK.finditer(text):
        inner = blank.start() > 0 and blank.end() < len(text)
        bridged[blank.start() : blank.end()] = min(values[blank.start() - 1], values[blank.end()]) if inner else 0.0
    return bridged


GRID = tuple(
    BiCSE(peak=peak, floor=round(peak * share, 4), cliff=cliff, gap=gap)
    for peak, share, cliff, gap in itertools.product(
        (0.3, 0.4, 0.5, 0.6, 0.7, 0.8), (0.3, 0.5, 0.7), (0.3, 0.5, 0.7), (0, 1)
    )
)
"""Parameters that `tune` tries: a coarse grid, since F1 is flat round its best."""


def tune(
    saliencies: Iterable[ArrayLike],
    texts: Iterable[str],
    references: Iterable[Iterable[SpanLike]],
    *,
    grid: Iterable[BiCSE] = GRID,
) -> BiCSE:
    """Choose the parameters with the best pooled character F1 on development texts; the first of equals.

    Args:
        saliencies: Character saliency of each text.
        texts: The texts.
        references: Gold spans of each text.
        grid: Candidates, in order of preference.

    Returns:
        The best candidate.

    Raises:
        ValueError: If there are no texts, or the three differ in length.

    >>> tune([[0.2, 1.0, 0.5]], ["abc"], [[[0, 3]]], grid=[BiCSE(peak=1, whole_words=False), BiCSE()])
    BiCSE(peak=0.5, floor=0.25, cliff=0.5, gap=0, whole_words=True)
    """
    saliencies, texts = list(saliencies), list(texts)
    gold = [merge(spans) for spans in references]
    if not texts:
        raise ValueError("no texts to tune on; expected at least one text with gold spans")
    if not len(saliencies) == len(texts) == len(gold):
        raise ValueError(
            f"{len(saliencies)} saliencies and {len(gold)} references for {len(texts)} texts; expected one a text"
        )

    def char_f1(candidate: BiCSE) -> float:
        found = [extract(values, text, candidate) for values, text in zip(saliencies, texts, strict=True)]
        shared = sum(size(intersect(spans, others)) for spans, others in zip(found, gold, strict=True))
        return 2 * shared / max(sum(map(size, found)) + sum(map(size, gold)), 1)

    return max(grid, key=char_f1)
