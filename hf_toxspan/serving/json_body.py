r"""Strict JSON from strangers.

What two readers could take for different things is an error: a name that stands twice, NaN, numbers without end, bytes
that are no UTF-8. A lone surrogate (``"\ud83d"``, what is left of an emoji that was cut in two) is read as U+FFFD, one
for one, as the models read it: refusing it would let a broken emoji get a comment past moderation.
"""

import json
import math
import re
from typing import Any

from hf_toxspan.core.text import replace_lone_surrogates
from hf_toxspan.serving.errors import ApiError, bad_request

_SURROGATE_ESCAPE = re.compile(rb"\\u[dD][89a-fA-F]")
LONGEST_NAME = 40


def read_json(body: bytes) -> Any:
    """Read a request's body.

    Args:
        body: Bytes as they came.

    Returns:
        The JSON value; its strings can all be written as UTF-8, its numbers are finite.

    Raises:
        ApiError: If it is not strict JSON in UTF-8.
    """
    try:
        value = json.loads(
            body.decode("utf-8-sig"), object_pairs_hook=_once, parse_constant=_refuse, parse_float=_finite
        )
        return _without_surrogates(value) if _SURROGATE_ESCAPE.search(body) else value
    except UnicodeDecodeError as error:
        raise bad_request(f"Invalid JSON payload received. Byte {error.start} is not UTF-8.") from None
    except json.JSONDecodeError as error:
        place = f"line {error.lineno}, column {error.colno}"
        raise bad_request(f"Invalid JSON payload received. {error.msg}: {place}.") from None
    except RecursionError:
        raise bad_request("Invalid JSON payload received. It is nested too deeply.") from None
    except ValueError:  # a whole number of thousands of digits
        raise bad_request("Invalid JSON payload received. A number is too long.") from None


def write_json(value: Any) -> bytes:
    """Return JSON in UTF-8, compact, of what has no lone surrogates.

    Args:
        value: JSON values.

    Returns:
        Bytes.
    """
    return json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()


def shown(name: str) -> str:
    """Return a name that a client sent as it may stand in a message: short, printable, in quotes.

    Args:
        name: Any string.

    Returns:
        ASCII.
    """
    return json.dumps(name if len(name) <= LONGEST_NAME else f"{name[:LONGEST_NAME]}...")


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names: set[str] = set()
        twice = next(name for name, _ in pairs if name in names or names.add(name))  # type: ignore[func-returns-value]
        raise bad_request(f"Invalid JSON payload received. The name {shown(twice)} stands twice in one object.")
    return found


def _refuse(constant: str) -> ApiError:
    raise bad_request(f"Invalid JSON payload received. {constant} is not JSON; expected a finite number.")


def _finite(number: str) -> float:
    value = float(number)
    if not math.isfinite(value):
        raise bad_request("Invalid JSON payload received. A number is out of range; expected a finite one.")
    return value


def _without_surrogates(value: Any) -> Any:
    if isinstance(value, str):
        return replace_lone_surrogates(value)
    if isinstance(value, list):
        return [_without_surrogates(own) for own in value]
    if isinstance(value, dict):
        return {replace_lone_surrogates(name): _without_surrogates(own) for name, own in value.items()}
    return value
