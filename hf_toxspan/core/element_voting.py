"""Element-wise voting (ours): each statement is kept for its own support, not for that of the answer it stands in.

A vote on whole answers wastes what they have in common: if ten answers agree in one statement and differ in a second,
none may have a majority. Here each answer votes for each of its statements.
"""

from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

from hf_toxspan.core.quadruples import Quadruple
from hf_toxspan.core.triple_answers import canonical


class Supported(NamedTuple):
    """A statement and the share of the answers that make it."""

    quadruple: Quadruple
    support: float


def vote_by_element(answers: Sequence[Sequence[Quadruple]], threshold: float = 0.5) -> list[Supported]:
    """Keep the statements that enough answers make.

    Two are the same with equal targets, arguments and groups, in whatever order groups are written. An answer votes for
    a statement once. Where no statement has enough support, those of the most frequent whole answer are returned (of
    equals the first one), as a text always makes at least one. Two statements that rule each other out, such as one
    argument with two groups, are both kept only where each has half of the answers and the threshold is not above it.

    Args:
        answers: What each valid answer says.
        threshold: Least share of the answers, in (0, 1].

    Returns:
        The statements, groups as most answers write them, in the order of the mean place that they have in answers, of
        equals the one that occurs first; empty where there are no answers.

    Raises:
        ValueError: If the threshold is out of range.

    >>> silly, ugly, sad = (Quadruple("you", f"are {word}", "others", True) for word in ("silly", "ugly", "sad"))
    >>> [(row.quadruple.argument, row.support) for row in vote_by_element([[silly, ugly], [silly], [sad, silly]])]
    [('are silly', 1.0)]
    >>> [(row.quadruple.argument, row.support) for row in vote_by_element([[silly], [ugly, sad], [sad, ugly]], 0.7)]
    [('are ugly', 0.6666666666666666), ('are sad', 0.6666666666666666)]
    """
    if not 0 < threshold <= 1:
        raise ValueError(f"threshold is {threshold!r}; expected a share of the answers above 0 and at most 1")
    if not answers:
        return []
    places: dict[Quadruple, list[int]] = {}
    written: dict[Quadruple, Counter[Quadruple]] = {}
    for answer in answers:
        once: dict[Quadruple, Quadruple] = {}
        for row in answer:
            once.setdefault(_key(row), row)
        for place, (key, row) in enumerate(once.items()):
            places.setdefault(key, []).append(place)
            written.setdefault(key, Counter())[row] += 1
    kept = [key for key, own in places.items() if len(own) / len(answers) >= threshold]
    if not kept:
        favourite, _ = Counter(map(canonical, answers)).most_common(1)[0]
        kept = [key for key in places if key in favourite]
    kept.sort(key=lambda key: sum(places[key]) / len(places[key]))
    return [Supported(written[key].most_common(1)[0][0], len(places[key]) / len(answers)) for key in kept]


def _key(row: Quadruple) -> Quadruple:
    """Return a statement with its groups in one order."""
    return canonical([row])[0]
