"""Promises about weights that are looked at without being loaded."""

import json
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from hf_toxspan.hub.weights import measure_weights, read_header


def safetensors(header: object, tensors: bytes = b"") -> bytes:
    encoded = json.dumps(header).encode()
    return len(encoded).to_bytes(8, "little") + encoded + tensors


def test_parameters_of_all_parts_are_counted(tmp_path: Path) -> None:
    save_file(
        {"a": torch.zeros(3, 4, dtype=torch.float16), "b": torch.zeros((), dtype=torch.float32)},
        tmp_path / "1.safetensors",
    )
    save_file({"c": torch.zeros(5, dtype=torch.float16)}, tmp_path / "2.safetensors")

    found = measure_weights(sorted(tmp_path.iterdir()))

    assert found is not None
    assert (found.parameters, found.dtype) == (18, "float16")
    assert found.size == sum(own.stat().st_size for own in tmp_path.iterdir())
    assert measure_weights([]) is None


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\x80\x04\x95" + b"\0" * 20,
        b"PK\x03\x04" + b"\0" * 20,
        b"\xff" * 8 + b"{}",
        (2).to_bytes(8, "little") + b"[]",
        (3).to_bytes(8, "little") + b"{x}",
        safetensors({"a": {"dtype": "F32"}}),
        safetensors({"a": {"dtype": "F32", "shape": [2], "data_offsets": [0, 8]}}, b"\0" * 4),
        safetensors({"a": {"dtype": "F32", "shape": [1], "data_offsets": [0, 4]}}, b"\0" * 8),
        safetensors({"a": "x"}),
    ],
    ids=["empty", "pickle", "zip", "long", "list", "no json", "no shape", "cut off", "more behind", "no tensor"],
)
def test_what_is_no_whole_safetensors_file_is_refused(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "model.safetensors"
    file.write_bytes(content)
    with pytest.raises(ValueError, match=r"model\.safetensors"):
        read_header(file)
