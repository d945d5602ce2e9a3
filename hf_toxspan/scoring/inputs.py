"""What a metric can be given, checked value by value: a wrong one is named, never scored."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from hf_toxspan.core.spans import Span, check

LONGEST = 2**40
"""No text has more characters: a span that ends behind it is no span."""


@dataclass(frozen=True)
class Kind:
    """A kind of value.

    Attributes:
        expected: What it looks like, for error messages.
        read: Returns the value in the form that the scorers take; raises ValueError or TypeError where it is none.
    """

    expected: str
    read: Callable[[Any], Any]


def read_one(value: Any, kind: Kind, name: str) -> Any:
    """Read an option.

    Args:
        value: The value.
        kind: What it should be.
        name: What an error calls it.

    Returns:
        The value as the scorers take it.

    Raises:
        ValueError: If it is not of its kind.
    """
    try:
        return kind.read(value)
    except (ValueError, TypeError, OverflowError) as error:
        raise ValueError(f"{name} is {value!r:.80}; expected {kind.expected}") from error


def read(values: Any, kind: Kind, where: Callable[[int], str]) -> list[Any]:
    """Read one value a text.

    Args:
        values: A sequence of values; an array is one too.
        kind: What they should be.
        where: From the place of a value to its name in an error, such as ``"predictions[3]"``.

    Returns:
        The values as the scorers take them.

    Raises:
        ValueError: If a value is not of its kind; place, value and expectation are named.
    """
    listed = []
    for place, value in enumerate(values):
        try:
            listed.append(kind.read(value))
        except (ValueError, TypeError, KeyError, OverflowError) as error:
            problem = str(error) if isinstance(error, _NamedError) else f"{value!r:.80} is not {kind.expected}"
            raise ValueError(f"{where(place)}: {problem}") from error
    return listed


class _NamedError(ValueError):
    """An error that already says what is wrong and what was expected."""


def _spans(value: Any, *, allow_empty: bool = False) -> list[Span]:
    if isinstance(value, str | Mapping):
        raise ValueError(value)
    pairs = [span if type(span) is list else _pair(span) for span in _listed(value)]
    try:
        spans = check(pairs, allow_empty=allow_empty)
    except ValueError as error:
        raise _NamedError(str(error)) from error
    last = max((end for _, end in spans), default=0)
    if last > LONGEST:
        raise _NamedError(f"a span ends at {last}; expected characters of a text")
    return spans


def _pair(span: Any) -> Any:
    """Return a span as a pair; results of the pipeline are dicts."""
    return (span["start"], span["end"]) if isinstance(span, Mapping) else span


def _listed(value: Any) -> Any:
    """Return an array or tensor as nested lists, anything else as it is."""
    return value.tolist() if hasattr(value, "tolist") else value


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError(value)
    return value


def _count(value: Any) -> int:
    number = _listed(value)
    if isinstance(number, bool) or not isinstance(number, int) or number < 0:
        raise ValueError(value)
    return number


def _number(value: Any) -> float:
    number = _listed(value)
    if isinstance(number, bool | str) or not math.isfinite(number):
        raise ValueError(value)
    return float(number)


def _numbers_or_none(value: Any) -> list[float] | None:
    if isinstance(value, str | Mapping):
        raise ValueError(value)
    return None if value is None else [_number(one) for one in _listed(value)]


def _number_or_bins(value: Any) -> float | list[float]:
    listed = _listed(value)
    return [_number(one) for one in listed] if isinstance(listed, Sequence) else _number(listed)


def _truth(value: Any) -> int:
    if _listed(value) not in (0, 1):
        raise ValueError(value)
    return int(value)


def _share(value: Any) -> float:
    number = _number(value)
    if not 0 < number <= 1:
        raise ValueError(value)
    return number


def _power(value: Any) -> float:
    number = _number(value)
    if number == 0:
        raise ValueError(value)
    return number


def _switch(value: Any) -> bool:
    if not isinstance(value, bool):
        raise TypeError(value)
    return value


def _names_or_none(value: Any) -> list[str] | None:
    return None if value is None else _names(value)


def one_of(*names: str) -> Kind:
    """Return the kind of an option that is one of some names.

    Args:
        *names: The names.

    Returns:
        The kind.
    """

    def choose(value: Any) -> str:
        if not isinstance(value, str) or value not in names:
            raise ValueError(value)
        return value

    return Kind(f"one of {', '.join(names)}", choose)


def _names(value: Any) -> list[str]:
    if isinstance(value, str):
        raise ValueError(value)
    return [_text(name) for name in value]


SPANS = Kind("a list of spans [start, end) with 0 <= start < end", _spans)
TOKEN_SPANS = Kind("a list of token spans [start, end) with 0 <= start <= end", partial(_spans, allow_empty=True))
TEXT = Kind("a string", _text)
COUNT = Kind("a whole number of at least 0", _count)
NUMBER = Kind("a finite number", _number)
NUMBERS = Kind("a list of finite numbers (None: there are none)", _numbers_or_none)
NUMBER_OR_BINS = Kind("a finite number, or a list of such", _number_or_bins)
TRUTH = Kind("0 or 1", _truth)
NAMES = Kind("a list of names", _names)
SHARE = Kind("a number above 0 and up to 1", _share)
POWER = Kind("a finite number other than 0", _power)
SWITCH = Kind("True or False", _switch)
NAMES_OR_NONE = Kind("a list of names, or None for all", _names_or_none)
