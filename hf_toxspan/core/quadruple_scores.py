"""Scores of predicted quadruples against gold ones, by the rules of two official scorers.

A **hard** match has equal fields; a **soft** one has equal group and hateful fields and a similar target and argument
(`core/similarity.py`). Matching is one to one and greedy: each prediction, in its order, takes the first free gold
quadruple that satisfies, be it the best or not; hard and soft are matched apart. So a duplicate is an error, and the
group "Sexism, Racism" is not "Racism, Sexism". Precision, recall and F1 are pooled over all texts; the final score is
the mean of hard and soft F1. The two scorers part in details:

| | ``"ccl25"`` | ``"state"`` |
|---|---|---|
| source | SRAG-MAV ``code/eval.py``; the words of CCL25-Eval task 10 | STATE-ToxiCN ``evaluate.ipynb`` |
| similar | ratio(prediction, gold) > 0.5 | ratio(gold, prediction) >= 0.5 |
| fields | between bars, outer blanks taken off | between bars with one blank on each side, taken as they are |
| pieces without four fields | vanish **on both sides**, unpunished | count on both sides, can match hard only |
| hard | four equal fields | equal pieces as strings |
| ``[END]`` | one is taken off the end of each piece | taken out anywhere |

So "ccl25" forgives a system what can't be read; `quadruples.parse_quadruples` names it.
"""

from collections.abc import Callable, Iterator, Sequence
from itertools import chain, product
from typing import Literal, NamedTuple

import numpy as np

from hf_toxspan.core.similarity import is_similar
from hf_toxspan.core.tallies import Sums, Tally, Values, f1, ratio

Protocol = Literal["ccl25", "state"]
Elements = Literal["quad", "triple", "pair", "argument"]

_Fields = list[str]
_Reading = tuple[int, int, Sequence[object], list[_Fields]]
"""One string as a protocol reads it: how many pieces count, how many lack four fields, what hard and soft compare."""


def tally_quadruples(
    predictions: Sequence[str],
    references: Sequence[str],
    *,
    protocol: Protocol = "ccl25",
    elements: Elements = "quad",
) -> Tally:
    """Score predicted against gold quadruples, those of a text as one string ``T | A | G | H [SEP] ... [END]``.

    Every string is read, whatever it holds. A score with nothing to divide by is 0, also where no text has a quadruple
    on either side and where there are no texts.

    Args:
        predictions: One string a text.
        references: One gold string a text, in the same order.
        protocol: Whose rules, see above.
        elements: What is compared: "quad" all four fields, "triple" all but the group (not a `quadruples.Triple`),
            "pair" target and argument, "argument" the argument alone. The protocol "ccl25" has "quad" only.

    Returns:
        The texts, with the scores `hard_precision`, `hard_recall`, `hard_f1`, `soft_precision`, `soft_recall`,
        `soft_f1` and `average_f1`. Its columns count matches, pieces, and those among them that lack four fields.

    Raises:
        ValueError: If the two differ in length, or there is no such protocol, or it has no such elements.

    >>> from hf_toxspan.core.tallies import scores
    >>> gold = "you | are a silly goose | others | hate [END]"
    >>> tally = tally_quadruples(["you | a silly goose | others | hate [END]"], [gold])
    >>> scores(tally)["hard_f1"], scores(tally)["soft_f1"], tally.columns["predicted"].tolist()
    (0.0, 1.0, [1])
    """
    read, similar = _rules(protocol, elements)
    rows = []
    for prediction, reference in _paired(predictions, references):
        gold, gold_broken, gold_hard, gold_soft = read(reference, elements)
        if prediction == reference:  # then each prediction takes its own twin, the first that is free
            rows.append((len(gold_hard), len(gold_soft), gold, gold, gold_broken, gold_broken))
            continue
        ours, our_broken, our_hard, our_soft = read(prediction, elements)
        matches = _equal_matches(our_hard, gold_hard), _similar_matches(our_soft, gold_soft, similar)
        rows.append((*matches, ours, gold, our_broken, gold_broken))
    return _tally(_COLUMNS, rows, _scores)


def tally_threshold_ties(predictions: Sequence[str], references: Sequence[str]) -> Tally:
    """Count the soft decisions that a ratio of exactly 0.5 settles: where the two protocols part.

    A decision is about a predicted and a gold quadruple of one text with equal group and hateful fields; all such pairs
    count, also those that greedy matching would not come to. It is a tie if target and argument are similar by
    ``>= 0.5`` and not by ``> 0.5``, as "ab" and "ac" are. Strings are read, and ratios taken, as in "ccl25".

    Args:
        predictions: One string a text.
        references: One gold string a text, in the same order.

    Returns:
        The texts, with the score `tied_share`, 0 where nothing is to be decided.

    Raises:
        ValueError: If the two differ in length.

    >>> from hf_toxspan.core.tallies import scores
    >>> gold = ["you | ab | others | hate [END]", "you | ab | others | hate [END]"]
    >>> scores(tally_threshold_ties(["you | ac | others | hate [END]", gold[1]], gold))
    {'tied_share': 0.5}
    """
    rows = []
    for prediction, reference in _paired(predictions, references):
        pairs = product(_read_ccl25(prediction, "quad")[-1], _read_ccl25(reference, "quad")[-1])
        decisions = [(ours, gold) for ours, gold in pairs if ours[2:] == gold[2:]]
        rows.append((len(decisions), sum(_is_tie(ours, gold) for ours, gold in decisions)))
    return _tally(("decisions", "ties"), rows, lambda sums: {"tied_share": ratio(sums["ties"], sums["decisions"])})


_COLUMNS = ("hard_matches", "soft_matches", "predicted", "gold", "malformed_predicted", "malformed_gold")

_COMPARED: dict[Elements, tuple[int, ...]] = {
    "quad": (0, 1, 2, 3),
    "triple": (0, 1, 3),
    "pair": (0, 1),
    "argument": (1,),
}
"""Places among the fields target, argument, group and hateful."""


def _read_ccl25(text: str, elements: Elements) -> _Reading:
    quadruples, malformed = [], 0
    for part in text.split("[SEP]"):
        piece = part.rstrip().removesuffix("[END]")
        fields = piece.split("|")
        if len(fields) == 4:
            quadruples.append([field.strip() for field in fields])
        elif piece.strip():
            malformed += 1
    return len(quadruples), malformed, quadruples, quadruples


def _read_state(text: str, elements: Elements) -> _Reading:
    pieces, quadruples = [], []
    for part in text.split("[SEP]"):
        if piece := part.replace("[END]", "").strip():
            pieces.append(piece)
            fields = piece.split(" | ")
            if len(fields) == 4:
                quadruples.append(fields)
    malformed = len(pieces) - len(quadruples)
    if elements == "quad":
        return len(pieces), malformed, pieces, quadruples
    quadruples = [
        [fields[place] if place in _COMPARED[elements] else "" for place in range(4)] for fields in quadruples
    ]
    return len(pieces), malformed, quadruples, quadruples


def _similar_ccl25(ours: _Fields, gold: _Fields) -> bool:
    return ours[2] == gold[2] and ours[3] == gold[3] and is_similar(ours[0], gold[0]) and is_similar(ours[1], gold[1])


def _similar_state(ours: _Fields, gold: _Fields) -> bool:
    if ours[2] != gold[2] or ours[3] != gold[3]:
        return False
    return is_similar(gold[0], ours[0], or_half=True) and is_similar(gold[1], ours[1], or_half=True)


def _is_tie(ours: _Fields, gold: _Fields) -> bool:
    """Compare with and without a ratio of exactly 0.5."""
    # swapped: "state" takes ratio(gold, prediction), and here both must take ratio(prediction, gold)
    return _similar_state(gold, ours) and not _similar_ccl25(ours, gold)


def _equal_matches(predicted: Sequence[object], gold: Sequence[object]) -> int:
    free = list(gold)
    for ours in predicted:
        if ours in free:
            free.remove(ours)
    return len(gold) - len(free)


def _similar_matches(predicted: list[_Fields], gold: list[_Fields], similar: Callable[[_Fields, _Fields], bool]) -> int:
    free = list(gold)
    for ours in predicted:
        for theirs in free:
            if similar(ours, theirs):
                free.remove(theirs)
                break
    return len(gold) - len(free)


class _Rules(NamedTuple):
    """How a protocol reads a string, and which quadruples it calls similar."""

    read: Callable[[str, Elements], _Reading]
    similar: Callable[[_Fields, _Fields], bool]


_RULES: dict[Protocol, _Rules] = {
    "ccl25": _Rules(_read_ccl25, _similar_ccl25),
    "state": _Rules(_read_state, _similar_state),
}


def _rules(protocol: Protocol, elements: Elements) -> _Rules:
    if protocol not in _RULES:
        raise ValueError(f"protocol is {protocol!r}; expected one of {', '.join(map(repr, _RULES))}")
    if elements not in _COMPARED:
        raise ValueError(f"elements is {elements!r}; expected one of {', '.join(map(repr, _COMPARED))}")
    if protocol == "ccl25" and elements != "quad":
        raise ValueError(f"elements is {elements!r}, but 'ccl25' compares 'quad' only; choose protocol='state'")
    return _RULES[protocol]


def _paired(predictions: Sequence[str], references: Sequence[str]) -> Iterator[tuple[str, str]]:
    if len(predictions) != len(references):
        raise ValueError(f"{len(predictions)} predictions for {len(references)} references; expected one string a text")
    return zip(predictions, references, strict=True)


def _tally(
    names: tuple[str, ...], rows: Sequence[tuple[int, ...]], combine: Callable[[Sums], dict[str, Values]]
) -> Tally:
    flat = np.fromiter(chain.from_iterable(rows), dtype=np.int64, count=len(rows) * len(names))
    counts = flat.reshape(-1, len(names))  # (texts, names)
    return Tally(dict(zip(names, counts.T, strict=True)), combine)


def _scores(sums: Sums) -> dict[str, Values]:
    scores: dict[str, Values] = {}
    for kind in ("hard", "soft"):
        precision = ratio(sums[f"{kind}_matches"], sums["predicted"])
        recall = ratio(sums[f"{kind}_matches"], sums["gold"])
        scores |= {f"{kind}_precision": precision, f"{kind}_recall": recall, f"{kind}_f1": f1(precision, recall)}
    return scores | {"average_f1": (scores["hard_f1"] + scores["soft_f1"]) / 2}
