"""NumPy's own files: ``.npy`` holds one array, ``.npz`` is a zip file of several. Nothing in them is unpickled.

Source: the documentation of ``numpy.lib.format``; APPNOTE.TXT of PKWARE for the local header of a zip file.
"""

import math
import struct
import tokenize
import zlib
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import IO
from zipfile import ZIP_STORED, BadZipFile, ZipFile, ZipInfo

import msgspec
import numpy as np

from engine.datasets.arrays.stored import (
    MOST_ARRAYS,
    Stored,
    bytes_of,
    check_room,
    cut_off,
    mapped,
    unreadable,
    unusable,
    why_unusable,
)
from engine.datasets.dataset import Skipped
from engine.errors import DataError

MAGIC = b"\x93NUMPY"
LOCAL_HEADER = struct.Struct("<4s22xHH")
_DAMAGED_HEADER = (
    *(ValueError, SyntaxError, TypeError, OverflowError, MemoryError, RecursionError),
    *(EOFError, LookupError, AttributeError, tokenize.TokenError),
)
_DAMAGED_ZIP = (
    *(BadZipFile, OSError, EOFError, ValueError, RuntimeError, NotImplementedError),
    *(struct.error, zlib.error, LookupError, OverflowError),
)


class _Header(msgspec.Struct, frozen=True):
    shape: tuple[int, ...]
    columns_first: bool
    dtype: np.dtype
    length: int


def read_npy(path: Path) -> list[Stored]:
    """The array of an ``.npy`` file. Raises `DataError`."""
    try:
        with path.open("rb") as file:
            header = _header(file, path.name)
    except OSError as fault:
        raise unreadable(path, fault) from None
    if reason := why_unusable(header.dtype):
        raise unusable(path.name, reason)
    if bytes_of(header.shape, header.dtype) > path.stat().st_size - header.length:
        raise cut_off(path, f"an array of {'×'.join(map(str, header.shape))} values")
    read = partial(_mapped, path, path.stem, header, header.length)
    return [Stored(path.stem, header.shape, header.dtype, read)]


def read_npz(path: Path) -> list[Stored]:
    """The arrays of an ``.npz`` file, less those that are no numbers. Raises `DataError`."""
    found = _members(path)
    reasons = unusable_in_npz(path)
    if found and len(reasons) == len(found):
        raise unusable(f"{reasons[0].place} in {path.name}", reasons[0].reason)
    return [_member(path, info, header) for info, header in found if not why_unusable(header.dtype)]


def unusable_in_npz(path: Path) -> tuple[Skipped, ...]:
    """The arrays of an ``.npz`` file that are no numbers, and why. Raises `DataError`."""
    reasons = [(info.filename.removesuffix(".npy"), why_unusable(header.dtype)) for info, header in _members(path)]
    return tuple(Skipped(name, reason) for name, reason in reasons if reason)


def _members(path: Path) -> list[tuple[ZipInfo, _Header]]:
    try:
        with ZipFile(path) as archive:
            members = [info for info in archive.infolist() if info.filename.endswith(".npy")][:MOST_ARRAYS]
            return [(info, _member_header(archive, info, path)) for info in members]
    except _DAMAGED_ZIP as fault:
        raise unreadable(path, fault) from None


def _member_header(archive: ZipFile, info: ZipInfo, path: Path) -> _Header:
    with archive.open(info) as file:
        return _header(file, f"{info.filename} in {path.name}")


def _member(path: Path, info: ZipInfo, header: _Header) -> Stored:
    name = info.filename.removesuffix(".npy")
    read = _read_as_it_lies if info.compress_type == ZIP_STORED else _unpacked
    return Stored(name, header.shape, header.dtype, partial(read, path, name, info, header))


def _read_as_it_lies(path: Path, name: str, info: ZipInfo, header: _Header) -> np.ndarray:
    try:
        with path.open("rb") as file:
            file.seek(info.header_offset)
            magic, *lengths = LOCAL_HEADER.unpack(file.read(LOCAL_HEADER.size))
    except (OSError, struct.error) as fault:
        raise unreadable(path, fault) from None
    if magic != b"PK\x03\x04":
        raise unreadable(path, ValueError())
    return _mapped(path, name, header, info.header_offset + LOCAL_HEADER.size + sum(lengths) + header.length)


def _mapped(path: Path, name: str, header: _Header, offset: int) -> np.ndarray:
    return mapped(path, name, header.dtype, header.shape, offset, columns_first=header.columns_first)


def _unpacked(path: Path, name: str, info: ZipInfo, header: _Header) -> np.ndarray:
    size = bytes_of(header.shape, header.dtype)
    if size > info.file_size:
        raise cut_off(path, name)
    check_room(f"{name} in {path.name}", size)
    content = bytearray()
    try:
        with ZipFile(path) as archive, archive.open(info) as file:
            file.read(header.length)
            for piece in _pieces(file, size):
                content += piece
    except _DAMAGED_ZIP as fault:
        raise unreadable(path, fault) from None
    if len(content) < size:
        raise cut_off(path, name)
    values = np.frombuffer(content, header.dtype, math.prod(header.shape))
    return values.reshape(header.shape, order="F" if header.columns_first else "C")


def _pieces(file: IO[bytes], size: int) -> Iterator[bytes]:
    while size > 0 and (piece := file.read(min(size, 2**22))):
        size -= len(piece)
        yield piece


def _header(file: IO[bytes], name: str) -> _Header:
    try:
        version = np.lib.format.read_magic(file)
        # The third version differs only in the names of the fields of structured arrays.
        read = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
        shape, columns_first, dtype = read(file)
        if any(size < 0 for size in shape):
            raise ValueError(shape)
    except _DAMAGED_HEADER:
        raise DataError(
            f"{name} is no NumPy array, or its beginning is damaged.", fix="Save it again with numpy.save."
        ) from None
    return _Header(tuple(map(int, shape)), columns_first, dtype, file.tell())
