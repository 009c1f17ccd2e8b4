"""Parquet files that do not fit into memory: their inputs become one matrix on the disk, row group by row group.

A row group is decoded as a whole, so samples in random order would decode the file again and again; from the matrix any
row is read alone. ``decoded/KEY.npy`` in the cache folder holds it (N × features, float32), ``KEY.json`` what a person
must know of it. The key follows from the file (path, size, time of change) and from how its columns are used.
"""

from collections.abc import Iterator
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np

from engine.datasets.dataset import Loaded, Samples
from engine.datasets.fetching import alone, cache_folder
from engine.datasets.images.kept import lacks_room, throw_away_old, used, write
from engine.datasets.rows import on_disk
from engine.datasets.tables.loading import Part, loaded
from engine.datasets.tables.table import PARQUET
from engine.errors import DataError, DownloadError

if TYPE_CHECKING:
    from engine.datasets.tables.table import Table

VERSION = 1
"""Goes up whenever the same file would become another matrix."""


class Remembered(msgspec.Struct, frozen=True):
    """What was met in a column that is no category, and whether words ended in a full stop; see `Codes`."""

    unknown: dict[str, int]
    stopped: bool


def loaded_to_disk(table: "Table") -> Loaded:
    """The samples of a table; the inputs of Parquet files stay on the disk. Raises `DataError`."""
    return loaded(table, _samples)


def _samples(part: Part) -> Samples:
    if part.path.suffix.lower() not in PARQUET:
        return part.samples()
    targets = part.targets()
    matrix = _matrix(part, len(targets))
    return Samples(matrix, targets)


def _matrix(part: Part, count: int) -> Any:
    """The inputs as rows on the disk, from where they are kept or else are from now on."""
    target = _target(part)
    found = _kept(target, part, count)
    if found is None:
        try:
            target.unlink(missing_ok=True)
            for _ in alone(target, _keep(target, part, count), lambda: None):
                pass
        except (OSError, DownloadError) as fault:
            raise _no_room(part, count, getattr(fault, "strerror", None) or str(fault)) from None
        found = _kept(target, part, count)
    if found is None:
        raise _no_room(part, count, "it cannot be read back")
    return on_disk(found)


def _target(part: Part) -> Path:
    found = part.path.stat()
    columns = [(column.name, column.kind, column.categories, column.dates) for column in part.table.inputs]
    described = (VERSION, str(part.path), found.st_size, found.st_mtime_ns, columns, part.target, part.table.marks)
    key = sha256(repr((*described, part.table.decimal)).encode("utf-8", "surrogateescape"))
    return cache_folder() / "decoded" / f"{key.hexdigest()[:32]}.npy"


def _kept(target: Path, part: Part, count: int) -> np.ndarray | None:
    try:
        remembered = msgspec.json.decode(target.with_suffix(".json").read_bytes(), type=dict[str, Remembered])
        matrix = np.load(target, mmap_mode="r", allow_pickle=False)
        used(target)
    except (OSError, ValueError, EOFError, msgspec.DecodeError):
        return None
    if matrix.shape != (count, len(part.table.inputs)):
        return None
    for name, one in remembered.items():
        part.codes[name].unknown, part.codes[name].stopped = one.unknown, one.stopped
    return matrix


def _keep(target: Path, part: Part, count: int) -> Iterator[None]:
    if target.is_file():
        return  # Another process has made it while this one waited.
    if lacks_room(target, _bytes(part, count)):
        raise _no_room(part, count, "the disk is nearly full")
    partial = target.with_suffix(".part")
    try:
        with partial.open("wb", buffering=0) as content:
            shape = (count, len(part.table.inputs))
            np.lib.format.write_array_header_1_0(content, {"descr": "<f4", "fortran_order": False, "shape": shape})
            for block in part.blocks():
                write(content, block.astype("<f4", copy=False).tobytes())
                yield
        remembered = {name: Remembered(codes.unknown, codes.stopped) for name, codes in part.codes.items()}
        target.with_suffix(".json").write_bytes(msgspec.json.encode(remembered))
        partial.replace(target)
    finally:
        with suppress(OSError):
            partial.unlink(missing_ok=True)
    throw_away_old(target)


def _bytes(part: Part, count: int) -> int:
    return 4 * count * len(part.table.inputs)


def _no_room(part: Part, count: int, why: str) -> DataError:
    size = _bytes(part, count) / 1e9
    return DataError(
        f"There is no room for the rows of {part.path.name} in {cache_folder()}: {why}.",
        expected=f"So that any row can be read alone, they are kept there, and take {size:,.1f} GB.",
        fix="Make room there, use fewer columns, or load them into memory if they fit.",
    )
