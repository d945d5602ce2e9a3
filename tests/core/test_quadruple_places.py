"""Targets and arguments are found in the text that they were read from."""

import pytest

from hf_toxspan.core.quadruple_places import locate_quadruples, nearest_pair
from hf_toxspan.core.quadruples import Quadruple
from hf_toxspan.core.spans import Span


@pytest.mark.parametrize(
    ("targets", "arguments", "found"),
    [
        ([(0, 2), (8, 10)], [(11, 13)], ((8, 10), (11, 13))),  # the nearer one
        ([(0, 2), (8, 10)], [(9, 13), (20, 22)], ((8, 10), (9, 13))),  # overlapping
        ([(0, 2)], [(5, 6), (5, 6)], ((0, 2), (5, 6))),
        ([(3, 5), (0, 2)], [], ((3, 5), None)),
        ([], [(3, 5)], (None, (3, 5))),
        ([], [], (None, None)),
    ],
)
def test_of_several_places_the_nearest_pair_counts(targets: list, arguments: list, found: tuple) -> None:  # type: ignore[type-arg]
    assert nearest_pair([Span(*own) for own in targets], [Span(*own) for own in arguments]) == found


def test_a_quote_is_found_in_another_form_or_case() -> None:
    (located,) = locate_quadruples([Quadruple("ＹＯＵ", "Silly", "others", True)], "how silly you are")
    assert (located.target_span, located.argument_span) == ((10, 13), (4, 9))


def test_what_does_not_stand_in_the_text_has_no_place() -> None:
    (located,) = locate_quadruples([Quadruple("they", "are silly", "others", True)], "how silly you are")
    assert located[1:] == (None, None)


def test_the_word_null_is_no_quote() -> None:
    (located,) = locate_quadruples([Quadruple("NULL", "NULL", "non-hate", False)], "NULL is a word")
    assert located[1:] == (None, None)
