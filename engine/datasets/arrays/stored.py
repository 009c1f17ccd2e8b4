"""An array that lies in a file: its name, shape and type are known, its values are read when they are asked for."""

import math
from collections.abc import Callable
from pathlib import Path

import msgspec
import numpy as np

from engine.errors import DataError

MAPPED_FROM = 2**28
"""Bytes from which an array is mapped. A smaller one is read: then it does not matter if its file changes."""
MOST_ARRAYS = 1000
"""Of a file that holds more arrays, these many are looked at."""


class Stored(msgspec.Struct, frozen=True):
    """An array in a file. ``dtype`` of kind U stands for texts of any length. ``read`` raises `DataError`."""

    name: str
    shape: tuple[int, ...]
    dtype: np.dtype
    read: Callable[[], np.ndarray]


def why_unusable(dtype: np.dtype) -> str:
    """Why values of this type are no samples, to follow the name of an array; empty: they can be used."""
    if dtype.hasobject:
        return "holds pickled objects, which are code and are never opened"
    if dtype.fields or dtype.kind == "V":
        return "is a structured array"
    if dtype.kind == "c":
        return "holds complex numbers"
    return "" if dtype.kind in "biufSU" else "holds dates or other values that are no numbers"


def unusable(name: str, reason: str) -> DataError:
    """The error that says so."""
    return DataError(
        f"{name} {reason}.",
        expected="Samples are plain numbers, and labels numbers or texts.",
        fix="Save it as an array of those, such as numpy.array(labels, dtype=str).",
    )


def cut_off(path: Path, name: str) -> DataError:
    """The error for a file that ends before its values do."""
    return DataError(f"{path.name} is cut off: it ends within {name}.", fix="Copy or download it again.")


def unreadable(path: Path, fault: BaseException) -> DataError:
    """The error for a file that cannot be read, or not as what it should be."""
    reason = fault.strerror if isinstance(fault, OSError) and fault.strerror else "it is damaged"
    return DataError(f"{path.name} cannot be read: {reason}.", fix="Check that it is whole and that you may read it.")


def bytes_of(shape: tuple[int, ...], dtype: np.dtype) -> int:
    """How many bytes an array takes."""
    return math.prod(shape) * dtype.itemsize


def check_room(name: str, size: int) -> None:
    """Raises `DataError` where an array of so many bytes has to be read and does not fit into memory."""
    import psutil

    free = psutil.virtual_memory().available
    if size > free:
        raise DataError(
            f"{name} takes {size / 2**30:,.1f} GB of memory, and {free / 2**30:,.1f} GB are free.",
            fix="Save it uncompressed, for example as .npy: then it is read piece by piece.",
        )


def mapped(
    path: Path, name: str, dtype: np.dtype, shape: tuple[int, ...], offset: int = 0, *, columns_first: bool = False
) -> np.ndarray:
    """The array that lies in a file from ``offset`` on: a large one is mapped, read-only. Raises `DataError`."""
    try:
        if bytes_of(shape, dtype) > path.stat().st_size - offset:
            raise cut_off(path, name)
        order = "F" if columns_first else "C"
        if bytes_of(shape, dtype) >= MAPPED_FROM:
            return np.memmap(path, dtype, "r", offset, shape, order)
        return np.fromfile(path, dtype, math.prod(shape), offset=offset).reshape(shape, order=order)
    except (OSError, ValueError, OverflowError) as fault:
        raise unreadable(path, fault) from None
