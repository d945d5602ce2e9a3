"""What can be known of weights without loading them: a safetensors file begins with a JSON header."""

import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from math import prod
from pathlib import Path
from typing import Any

LONGEST_HEADER = 100_000_000
"""Bytes that the safetensors library reads of a header at most."""
_DTYPES = {"F16": "float16", "BF16": "bfloat16", "F32": "float32", "F64": "float64", "I8": "int8", "U8": "uint8"}


@dataclass(frozen=True)
class Weights:
    """Weights in safetensors files.

    Attributes:
        parameters: How many numbers.
        size: Bytes of the files.
        dtype: In which most of them are stored.
    """

    parameters: int
    size: int
    dtype: str


def measure_weights(files: Iterable[Path]) -> Weights | None:
    """Count what safetensors files hold.

    Args:
        files: The files; the parts of one model.

    Returns:
        The counts; None without files.

    Raises:
        ValueError: If one is no safetensors file.
    """
    kinds: Counter[str] = Counter()
    size = 0
    for file in files:
        size += file.stat().st_size
        for tensor in read_header(file).values():
            kinds[tensor["dtype"]] += prod(tensor["shape"])
    if not kinds:
        return None
    ((most, _),) = kinds.most_common(1)
    return Weights(kinds.total(), size, _DTYPES.get(most, most.lower()))


def read_header(file: Path) -> dict[str, dict[str, Any]]:
    """Read which tensors a safetensors file holds, and check that it is one, whole.

    Args:
        file: The file.

    Returns:
        Dtype, shape and place of each tensor by its name.

    Raises:
        ValueError: If it is none: a pickle with another name, or one that was cut off.
    """
    with file.open("rb") as stream:
        length = int.from_bytes(stream.read(8), "little")
        rest = file.stat().st_size - 8
        header = _json(stream.read(length)) if 0 < length <= min(rest, LONGEST_HEADER) else None
    if not isinstance(header, dict):
        raise ValueError(f"{file} is no safetensors file; expected weights saved by save_pretrained")
    tensors = {name: own for name, own in header.items() if name != "__metadata__"}
    try:
        end = max((own["data_offsets"][1] for own in tensors.values()), default=0)
        sized = all(isinstance(own["dtype"], str) and prod(own["shape"]) >= 0 for own in tensors.values())
    except (KeyError, TypeError, IndexError) as error:
        raise ValueError(f"{file}: its header names no {error} of a tensor; expected a safetensors file") from error
    if not sized or end != rest - length:
        raise ValueError(f"{file} holds {rest - length:,} bytes of tensors, its header says {end:,}: it is not whole")
    return tensors


def _json(content: bytes) -> Any:
    try:
        return json.loads(content)
    except ValueError:
        return None
