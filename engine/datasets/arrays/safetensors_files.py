"""Safetensors files: a length, a header in JSON, the values one array after the other.

Source: github.com/huggingface/safetensors, “Format”.
"""

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from engine.datasets.arrays.stored import MOST_ARRAYS, Stored, mapped, unreadable
from engine.errors import DataError

TYPES: Mapping[str, np.dtype] = {
    name: np.dtype(code)
    for name, code in {
        "BOOL": "?",
        "U8": "u1",
        "I8": "i1",
        "U16": "<u2",
        "I16": "<i2",
        "U32": "<u4",
        "I32": "<i4",
        "U64": "<u8",
        "I64": "<i8",
        "F16": "<f2",
        "F32": "<f4",
        "F64": "<f8",
    }.items()
}


def read_safetensors(path: Path) -> list[Stored]:
    """The arrays of a safetensors file, less those of types that NumPy does not know. Raises `DataError`."""
    from safetensors import SafetensorError, safe_open

    try:
        # The library checks that the header is sound and that the file is as long as it says.
        with safe_open(path, "np"), path.open("rb") as file:
            length = int.from_bytes(file.read(8), "little")
            header: dict[str, Any] = msgspec.json.decode(file.read(length))
    except SafetensorError:
        raise DataError(
            f"{path.name} is no safetensors file, or is cut off.", fix="Copy or download it again."
        ) from None
    except (OSError, msgspec.DecodeError) as fault:
        raise unreadable(path, fault) from None
    tensors = {name: about for name, about in header.items() if name != "__metadata__" and about["dtype"] in TYPES}
    return [_stored(path, name, about, 8 + length) for name, about in list(tensors.items())[:MOST_ARRAYS]]


def _stored(path: Path, name: str, about: Mapping[str, Any], start: int) -> Stored:
    shape, dtype = tuple(about["shape"]), TYPES[about["dtype"]]
    return Stored(name, shape, dtype, partial(mapped, path, name, dtype, shape, start + about["data_offsets"][0]))
