"""Scores of hate spans in Vietnamese texts, as ViHateT5 and RATeD compute them for ViHOS.

A text is a vector of 0 and 1, one value a character, and is scored like a small classification task: accuracy and F1
over the classes that occur in prediction or gold. The scores of a corpus are means over texts. A clean text that is
predicted clean has one class and scores 1, so clean texts lift every mean, and "mark nothing" scores high.

The two sources disagree about positions. Both take gold positions in the raw text, but ViHateT5 looks for its
predictions in the lower-cased NFC form (`tagged_spans`), and RATeD cuts its vector at the length of the NFC form: gold
and prediction shift against each other in the 2 % of ViHOS that NFC changes.

Source: ViHateT5, evaluation/t5_evaluate.py; RATeD, experiments/vietnamese/common/metrics.py.
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from hf_toxspan.core.spans import Span, SpanLike, find_all, from_mask, merge, to_mask
from hf_toxspan.core.tallies import Sums, Tally, Values, ratio

Mask = NDArray[np.bool_]
VihosProtocol = Literal["vihatet5", "rated"]
Unit = Literal["char", "syllable"]
Task = Literal["vihsd", "victsd"]

TAG = "[HATE]"
"""Stands before and behind each span in the texts that ViHateT5 reads and writes."""

ANSWERS: Mapping[Task, Mapping[str, int]] = {
    "vihsd": {"CLEAN": 0, "clean": 0, "OFFENSIVE": 1, "offensive": 1},
    "victsd": {"NONE": 0, "none": 0},
}
"""What ViHateT5 may answer for a class; every other answer, "Clean" and "" too, means the last class."""

CLASSES: Mapping[Task, tuple[str, ...]] = {"vihsd": ("clean", "offensive", "hate"), "victsd": ("none", "toxic")}

SYLLABLE = re.compile(
    "[0-9A-Za-zÀÁÂÃÈÉÊÌÍÒÓÔÕÙÚĂĐĨŨƠàáâãèéêìíòóôõùúăđĩũơƯưẠẢẤẦẨẪẬẮẰẲẴẶẸẺẼỀỂạảấầẩẫậắằẳẵặẹẻẽềể"
    r"ỄỆỈỊỌỎỐỒỔỖỘỚỜỞỠỢỤỦỨỪỬỮỰỲỴÝỶỸửữựỳỵỷỹ]+|[^\w\s]"
)
"""What RATeD takes for a syllable: "khịa" falls into "kh" and "a", as its list of letters lacks ế and most of ễ to ừ.

Read off its results, which leave open whether ý is one of the letters.
"""


def tally_vihos(
    texts: Sequence[str],
    predictions: Sequence[Iterable[SpanLike]],
    references: Sequence[Iterable[SpanLike]],
    *,
    protocol: VihosProtocol = "vihatet5",
) -> Tally:
    """Score predicted against gold spans, text by text.

    | | "vihatet5" | "rated" |
    |---|---|---|
    | length of the vector | of the raw text | of its NFC form |
    | scores | three | ``binary_f1`` too: F1 of the hate class, 0 where no character is shared |

    Positions outside the vector are ignored on both sides. An empty text scores 1 throughout (RATeD; ViHateT5's script
    stops there), and a corpus without texts 0.

    Args:
        texts: The raw texts.
        predictions: One collection of ``[start, end)`` a text, positions in the vector of the protocol.
        references: One collection of gold ``[start, end)`` a text, in the same order.
        protocol: "vihatet5" or "rated".

    Returns:
        A tally with ``accuracy``, ``weighted_f1`` (weighted by gold), ``macro_f1``; its columns hold each text's own.

    Raises:
        ValueError: If the lengths differ or the protocol is unknown.

    >>> tally = tally_vihos(["you fool", "hello"], [[[4, 7]], []], [[[4, 8]], []])
    >>> {name: round(float(score[0]), 4) for name, score in tally.weighted(np.ones((1, 2))).items()}
    {'accuracy': 0.9375, 'weighted_f1': 0.9365, 'macro_f1': 0.9365}
    """
    if protocol not in get_args(VihosProtocol):
        raise ValueError(f"protocol is {protocol!r}; expected one of {', '.join(get_args(VihosProtocol))}")
    _check(len(texts), len(predictions), len(references))
    lengths = [len(text if protocol == "vihatet5" else unicodedata.normalize("NFC", text)) for text in texts]
    columns = _compare(
        [to_mask(spans, length) for spans, length in zip(predictions, lengths, strict=True)],
        [to_mask(spans, length) for spans, length in zip(references, lengths, strict=True)],
    )
    names = ("accuracy", "weighted_f1", "macro_f1", *(["binary_f1"] if protocol == "rated" else []))
    return _means({name: columns[name] for name in names})


def tally_quotes(
    texts: Sequence[str],
    predictions: Sequence[Iterable[str]],
    references: Sequence[Iterable[str]],
    *,
    unit: Unit = "char",
) -> Tally:
    """Score quoted strings, each marked wherever it occurs in the text, case and form as they are.

    A word that is quoted once and occurs twice is marked twice, so quoting the wrong one of two counts as right. A
    syllable is marked where one of its characters is. A text without any unit scores 1 throughout.

    Source: RATeD's `calculate_char_metrics` (``iou``, ``binary_f1``, ``macro_f1``) and `calculate_syllable_metrics`
    (``accuracy``, ``binary_f1``, ``macro_f1``).

    Args:
        texts: The texts.
        predictions: Strings quoted from each text; one that does not occur, or is empty, marks nothing.
        references: Gold strings, in the same order.
        unit: What is counted, "char" or "syllable".

    Returns:
        A tally with ``accuracy``, ``iou``, ``binary_f1`` and ``macro_f1``; its columns hold each text's own.

    Raises:
        ValueError: If the lengths differ or the unit is unknown.

    >>> tally = tally_quotes(["you fool you"], [["you"]], [["you fool"]], unit="syllable")
    >>> tally.columns["accuracy"].round(4), tally.columns["iou"].round(4)
    (array([0.3333]), array([0.3333]))
    """
    if unit not in get_args(Unit):
        raise ValueError(f"unit is {unit!r}; expected one of {', '.join(get_args(Unit))}")
    _check(len(texts), len(predictions), len(references))
    columns = _compare(
        [_mark(text, quotes, unit) for text, quotes in zip(texts, predictions, strict=True)],
        [_mark(text, quotes, unit) for text, quotes in zip(texts, references, strict=True)],
    )
    return _means({name: columns[name] for name in ("accuracy", "iou", "binary_f1", "macro_f1")})


def tally_answers(answers: Sequence[str], references: Sequence[int], *, task: Task) -> Tally:
    """Score what ViHateT5 answered for ViHSD (clean, offensive, hate) or ViCTSD (none, toxic).

    The script calls scikit-learn with prediction and gold exchanged. Accuracy and F1 of a class do not mind, but
    ``weighted_f1`` weighs each class by how often it was *predicted*, so it differs from the usual one. Without any
    answer all scores are 0.

    Args:
        answers: What the model generated, spelled in lower or in upper case; anything else means the last class.
        references: Number of the gold class of each text.
        task: "vihsd" or "victsd".

    Returns:
        A tally with ``accuracy``, ``weighted_f1`` and ``macro_f1`` over the classes that occur.

    Raises:
        ValueError: If the lengths differ or the task is unknown.

    >>> tally = tally_answers(["CLEAN", "hate", "clean"], [0, 2, 1], task="vihsd")
    >>> {name: round(float(score[0]), 4) for name, score in tally.weighted(np.ones((1, 3))).items()}
    {'accuracy': 0.6667, 'weighted_f1': 0.7778, 'macro_f1': 0.5556}
    """
    if task not in get_args(Task):
        raise ValueError(f"task is {task!r}; expected one of {', '.join(get_args(Task))}")
    _check(len(references), len(answers), len(references))
    names = CLASSES[task]
    predicted = np.array([ANSWERS[task].get(answer, len(names) - 1) for answer in answers], dtype=np.int64)
    gold = np.asarray(references, dtype=np.int64)
    columns = {"texts": np.ones(len(gold))}
    for number, name in enumerate(names):
        columns[f"predicted_{name}"], columns[f"gold_{name}"] = predicted == number, gold == number
        columns[f"right_{name}"] = (predicted == number) & (gold == number)

    def combine(sums: Sums) -> dict[str, Values]:
        right, given, wanted = (
            np.stack([sums[f"{kind}_{name}"] for name in names]) for kind in ("right", "predicted", "gold")
        )
        f1 = ratio(2 * right, given + wanted)  # (classes, draws)
        return {
            "accuracy": ratio(right.sum(axis=0), sums["texts"]),
            "weighted_f1": ratio((f1 * given).sum(axis=0), sums["texts"]),
            "macro_f1": ratio(f1.sum(axis=0), (given + wanted > 0).sum(axis=0)),
        }

    return Tally(columns, combine)


def tagged_spans(text: str, output: str) -> list[Span]:
    """Find the spans that a generated text marks with ``[HATE]`` tags.

    Both are lower-cased and put into NFC. Each string between a tag and the next one is marked wherever it occurs;
    a last tag without a partner marks nothing.

    Args:
        text: The raw text.
        output: What the model wrote for it.

    Returns:
        Normalised spans, as positions in the lower-cased NFC form of the text.

    >>> tagged_spans("You fool, you", "[HATE]you[HATE] fool, you [HATE]")
    [Span(start=0, end=3), Span(start=10, end=13)]
    """
    where, written = (unicodedata.normalize("NFC", string.lower()) for string in (text, output))
    return merge(span for quote in written.split(TAG.lower())[1:-1:2] for span in find_all(quote, where))


def add_tags(text: str, spans: Iterable[SpanLike]) -> str:
    """Write a ``[HATE]`` tag before and behind each span: what ViHateT5 is trained to generate.

    Spans are joined where they touch and cut at the ends of the text. (The script garbles a text whose positions are
    out of order, repeated or outside.)

    >>> add_tags("you fool", [[4, 8]])
    'you [HATE]fool[HATE]'
    """
    for start, end in reversed(from_mask(to_mask(spans, len(text)))):
        text = f"{text[:start]}{TAG}{text[start:end]}{TAG}{text[end:]}"
    return text


def _check(texts: int, predictions: int, references: int) -> None:
    if not texts == predictions == references:
        raise ValueError(
            f"{predictions} predictions and {references} references for {texts} texts; expected one each a text"
        )


def _mark(text: str, quotes: Iterable[str], unit: Unit) -> Mask:
    chars = to_mask((span for quote in quotes for span in find_all(quote, text)), len(text))
    if unit == "char":
        return chars
    return np.array([chars[slice(*match.span())].any() for match in SYLLABLE.finditer(text)], dtype=bool)


def _compare(predictions: Sequence[Mask], references: Sequence[Mask]) -> dict[str, Values]:
    """Score one prediction vector a text against its gold vector: by the score's name (texts,)."""
    units = np.array([len(mask) for mask in references], dtype=np.int64)
    text = np.repeat(np.arange(len(units)), units)
    predicted, gold = (np.concatenate([np.zeros(0, dtype=bool), *masks]) for masks in (predictions, references))
    given, wanted, both = (
        np.bincount(text[mask], minlength=len(units)) for mask in (predicted, gold, predicted & gold)
    )
    neither = units - given - wanted + both
    hate = ratio(2 * both, given + wanted)
    clean = ratio(2 * neither, 2 * units - given - wanted)
    classes = np.sign(given + wanted) + np.sign(2 * units - given - wanted)
    scores = {
        "accuracy": ratio(both + neither, units),
        "weighted_f1": ratio(hate * wanted + clean * (units - wanted), units),
        "macro_f1": ratio(hate + clean, classes),
        "binary_f1": hate,
        "iou": ratio(both, given + wanted - both, empty=1.0),
    }
    return {name: np.where(units > 0, values, 1.0) for name, values in scores.items()}


def _means(columns: dict[str, Values]) -> Tally:
    """Return a tally whose scores are the means of its columns over texts, 0 without texts."""
    return Tally(
        {**columns, "texts": np.ones(len(columns["accuracy"]))},
        lambda sums: {name: ratio(sums[name], sums["texts"]) for name in columns},
    )
