"""Where the target and the argument of a quadruple stand in the text: strings without offsets, found again."""

from collections.abc import Iterable, Sequence
from itertools import product
from typing import NamedTuple

from hf_toxspan.core.quadruples import NULL, Quadruple
from hf_toxspan.core.quotes import locate_quotes
from hf_toxspan.core.spans import Span


class LocatedQuadruple(NamedTuple):
    """A quadruple and where it stands.

    Attributes:
        quadruple: As somebody wrote it.
        target_span: Characters of the text; None where the target is `NULL` or does not stand in the text.
        argument_span: Characters of the text; None where the argument does not stand in it.
    """

    quadruple: Quadruple
    target_span: Span | None
    argument_span: Span | None


def nearest_pair(targets: Sequence[Span], arguments: Sequence[Span]) -> tuple[Span | None, Span | None]:
    """Choose of all places of two strings the two that overlap most, or else lie nearest; of equals the first.

    Args:
        targets: Places of the one.
        arguments: Places of the other.

    Returns:
        A place of each; where one stands nowhere, None and the first place of the other.

    >>> nearest_pair([Span(0, 2), Span(9, 11)], [Span(12, 15)])
    (Span(start=9, end=11), Span(start=12, end=15))
    """
    if not targets or not arguments:
        return (targets[0] if targets else None), (arguments[0] if arguments else None)
    pairs = product(targets, arguments)
    return min(pairs, key=lambda pair: max(pair[0].start, pair[1].start) - min(pair[0].end, pair[1].end))


def locate_quadruples(quadruples: Iterable[Quadruple], text: str) -> list[LocatedQuadruple]:
    """Find targets and arguments in the text they were read from: exactly, else in another form or case.

    Args:
        quadruples: What is said of the text.
        text: The text.

    Returns:
        One for each quadruple, in their order.

    >>> locate_quadruples([Quadruple("You", "silly", "others", True)], "how silly you are")[0][1:]
    (Span(start=10, end=13), Span(start=4, end=9))
    """
    located = []
    for quadruple in quadruples:
        target, argument = locate_quotes([quadruple.target, quadruple.argument], text)
        targets = [] if quadruple.target == NULL else target.spans
        arguments = [] if quadruple.argument == NULL else argument.spans
        located.append(LocatedQuadruple(quadruple, *nearest_pair(targets, arguments)))
    return located
