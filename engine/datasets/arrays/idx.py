"""IDX files, as MNIST comes in, also gzipped; a folder of them is one set.

Two zero bytes, the type, the rank, the sizes, the values, all big-endian (source: the page of MNIST).
"""

import gzip
import math
import re
import zlib
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import IO

import msgspec
import numpy as np

from engine.datasets.arrays.stored import Stored, bytes_of, check_room, cut_off, mapped, unreadable
from engine.errors import DataError

TYPES: Mapping[int, str] = {8: "u1", 9: "i1", 11: ">i2", 12: ">i4", 13: ">f4", 14: ">f8"}
DEEPEST = 8
_NAMED = re.compile(r"[-._]idx\d[-._]u?byte", re.IGNORECASE)
_DAMAGED = (OSError, EOFError, zlib.error)


class _Header(msgspec.Struct, frozen=True):
    dtype: np.dtype
    shape: tuple[int, ...]
    length: int


def is_idx(path: Path) -> bool:
    """Whether a file is named as such files are, or begins and is as long as one."""
    if _NAMED.search(path.name):
        return True
    if path.suffix.lower() not in ("", ".idx", ".gz", ".idx1", ".idx2", ".idx3", ".idx4"):
        return False
    try:
        with _content(path) as file:
            header = _header(file)
    except _DAMAGED:
        return False
    if header is None or path.suffix.lower() == ".gz":
        return header is not None
    return path.stat().st_size == header.length + bytes_of(header.shape, header.dtype)


def read_idx(path: Path) -> list[Stored]:
    """The array of an IDX file. Raises `DataError`."""
    try:
        with _content(path) as file:
            header = _header(file)
    except _DAMAGED as fault:
        raise unreadable(path, fault) from None
    if header is None:
        raise DataError(f"{path.name} is no IDX file, or its beginning is damaged.", fix="Copy or download it again.")
    name = _NAMED.split(path.name.removesuffix(".gz"))[0]
    if path.suffix.lower() == ".gz":
        read = partial(_unpacked, path, name, header)
    else:
        if bytes_of(header.shape, header.dtype) > path.stat().st_size - header.length:
            raise cut_off(path, name)
        read = partial(mapped, path, name, header.dtype, header.shape, header.length)
    return [Stored(name, header.shape, header.dtype, read)]


def _content(path: Path) -> IO[bytes]:
    return gzip.open(path) if path.suffix.lower() == ".gz" else path.open("rb")  # pyright: ignore[reportReturnType]


def _header(file: IO[bytes]) -> _Header | None:
    magic = file.read(4)
    if len(magic) < 4 or magic[:2] != b"\0\0" or magic[2] not in TYPES or not 1 <= magic[3] <= DEEPEST:
        return None
    sizes = file.read(4 * magic[3])
    if len(sizes) < 4 * magic[3]:
        return None
    shape = tuple(np.frombuffer(sizes, ">u4").tolist())
    return _Header(np.dtype(TYPES[magic[2]]), shape, 4 + len(sizes))


def _unpacked(path: Path, name: str, header: _Header) -> np.ndarray:
    size = bytes_of(header.shape, header.dtype)
    check_room(f"{name} in {path.name}", size)
    content = bytearray()
    try:
        with gzip.open(path) as file:
            file.seek(header.length)
            while len(content) < size and (piece := file.read(min(size - len(content), 2**22))):
                content += piece
    except _DAMAGED as fault:
        raise (cut_off(path, name) if isinstance(fault, EOFError) else unreadable(path, fault)) from None
    if len(content) < size:
        raise cut_off(path, name)
    return np.frombuffer(content, header.dtype, math.prod(header.shape)).reshape(header.shape)
