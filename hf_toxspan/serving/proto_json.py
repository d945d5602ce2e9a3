"""JSON as Google's services read it: names in lowerCamelCase or snake_case, null for unset, unknown names refused."""

import math
import re
from collections.abc import Mapping
from typing import Any

from hf_toxspan.serving.json_body import shown
from hf_toxspan.serving.perspective_errors import PerspectiveError

LONGEST_LIST = 1_000
"""Entries of a list or map in a request (ours)."""


def is_string(value: Any) -> bool:
    """Tell whether a value is a string."""
    return isinstance(value, str)


def is_bool(value: Any) -> bool:
    """Tell whether a value is true or false."""
    return isinstance(value, bool)


def is_int(value: Any) -> bool:
    """Tell whether a value is a whole number that fits in 32 bits."""
    return isinstance(value, int) and not isinstance(value, bool) and -(2**31) <= value < 2**31


def is_number(value: Any) -> bool:
    """Tell whether a value is a number that a float can hold."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return abs(value) < 2**127 and math.isfinite(value)


def is_object(value: Any) -> bool:
    """Tell whether a value is an object of no more entries than there can be sense in."""
    return isinstance(value, dict) and len(value) <= LONGEST_LIST


def is_list(value: Any) -> bool:
    """Tell whether a value is a list of no more entries than there can be sense in."""
    return isinstance(value, list) and len(value) <= LONGEST_LIST


def is_strings(value: Any) -> bool:
    """Tell whether a value is a list of strings."""
    return is_list(value) and all(map(is_string, value))


EXPECTED = {
    is_string: "a string",
    is_bool: "true or false",
    is_int: "a whole number of 32 bits",
    is_number: "a number",
    is_object: f"an object of at most {LONGEST_LIST} entries",
    is_list: f"a list of at most {LONGEST_LIST} entries",
    is_strings: f"a list of at most {LONGEST_LIST} strings",
}
"""Each check with what it asks for."""


def read_object(value: Any, where: str, kinds: Mapping[str, Any]) -> dict[str, Any]:
    """Read an object whose fields are known.

    Args:
        value: JSON.
        where: The path to it, for messages; empty for the whole request.
        kinds: The check of each field by its name in lowerCamelCase.

    Returns:
        The fields that are set, by their names in lowerCamelCase.

    Raises:
        PerspectiveError: If it is no object, or a field is unknown or of another kind.
    """
    require(is_object, value, where)
    found: dict[str, Any] = {}
    for name, own in value.items():
        camel = re.sub(r"_([a-z])", lambda match: match[1].upper(), name)
        if camel not in kinds:
            at = f" at '{where}'" if where else ""
            raise PerspectiveError(f"Invalid JSON payload received. Unknown name {shown(name)}{at}: Cannot find field.")
        if own is not None:
            require(kinds[camel], own, f"{where}.{camel}" if where else camel)
            found[camel] = own
    return found


def require(kind: Any, value: Any, where: str) -> None:
    """Refuse a value of another kind.

    Args:
        kind: One of the checks above.
        value: JSON.
        where: The path to it.

    Raises:
        PerspectiveError: If it is not of that kind.
    """
    if not kind(value):
        at = f"'{where}'" if where else "the request"
        raise PerspectiveError(f"Invalid value at {at}: expected {EXPECTED[kind]}.")
