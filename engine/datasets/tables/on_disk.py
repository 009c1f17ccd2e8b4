"""Tables that do not fit into memory: their inputs become one matrix on the disk, block by block.

Most files must be read from their beginning to get at one row, so samples in random order would read them again and
again; from the matrix any row is read alone. ``decoded/KEY.npy`` in the cache folder holds it (N × features, float32),
``KEY.rows`` the targets and the numbers of the rows, ``KEY.json`` what a person must know of them. The key follows from
the file (path, size, time of change) and from how it and its columns are read.
"""

from collections.abc import Callable, Iterator
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zipfile import BadZipFile

import msgspec
import numpy as np

from engine.datasets.dataset import Loaded, Progress, Samples
from engine.datasets.fetching import alone, cache_folder
from engine.datasets.images.kept import ROWS, head, lacks_room, throw_away_old, used, write
from engine.datasets.rows import on_disk
from engine.datasets.tables.loading import Account, Part, loaded, parts
from engine.errors import DataError, DownloadError
from engine.freeing import give_back

if TYPE_CHECKING:
    from engine.datasets.tables.table import Table

VERSION = 2
"""Goes up whenever the same file would become another matrix."""


def kept_on_disk(table: "Table") -> Iterator[Progress]:
    """Brings the rows of a table onto the disk where they are not there yet. Raises `DataError`."""
    for part in parts(table, table.asked_for):
        target = _target(part)
        if not all(target.with_suffix(ending).is_file() for ending in (".npy", ROWS, ".json")):
            yield from _brought(target, part)


def loaded_to_disk(table: "Table") -> Loaded:
    """The samples of a table, whose inputs stay on the disk. Raises `DataError`."""
    return loaded(table, samples_on_disk)


def samples_on_disk(part: Part) -> Samples:
    """The samples of a file, whose inputs stay on the disk. Raises `DataError`."""
    target = _target(part)
    found = _kept(target, part)
    if found is None:
        for _ in _brought(target, part):
            pass
        found = _kept(target, part)
    if found is None:
        raise _no_room(part, "it cannot be read back")
    return found


def _brought(target: Path, part: Part) -> Iterator[Progress]:
    """Keeps the rows, and tells how far that is."""

    def progress(done: int = 0) -> Progress:
        return Progress(f"Bringing {part.path.name} onto the disk", done, max(part.found, done), "rows")

    try:
        target.unlink(missing_ok=True)
        yield from alone(target, _keep(target, part, progress), progress)
    except (OSError, DownloadError) as fault:
        raise _no_room(part, getattr(fault, "strerror", None) or str(fault)) from None


def _target(part: Part) -> Path:
    table, found = part.table, part.path.stat()
    columns = [(column.name, column.kind, column.categories, column.dates) for column in table.inputs]
    asked = part.target if len(table.predicted) < 2 else table.predicted
    described = (VERSION, str(part.path), found.st_size, found.st_mtime_ns, columns, asked, table.written_as())
    key = sha256(repr(described).encode("utf-8", "surrogateescape"))
    return cache_folder() / "decoded" / f"{key.hexdigest()[:32]}.npy"


def _kept(target: Path, part: Part) -> Samples | None:
    try:
        account = msgspec.json.decode(target.with_suffix(".json").read_bytes(), type=Account)
        matrix = np.load(target, mmap_mode="r", allow_pickle=False)
        with np.load(target.with_suffix(ROWS), allow_pickle=False) as rows:
            targets, kept = rows["targets"], rows["kept"]
        used(target)
    except (OSError, ValueError, EOFError, KeyError, BadZipFile, msgspec.DecodeError):
        return None
    if matrix.shape != (len(targets), len(part.table.inputs)) or len(kept) != len(targets):
        return None
    part.account, part.kept = account, kept
    inputs: Any = on_disk(matrix)
    return Samples(inputs, targets)


def _keep(target: Path, part: Part, progress: Callable[[int], Progress]) -> Iterator[Progress]:
    if target.is_file():
        return  # Another process has made it while this one waited.
    if lacks_room(target, _bytes(part)):
        raise _no_room(part, "the disk is nearly full")
    partial, width = target.with_suffix(".part"), len(part.table.inputs)
    targets, done = list[np.ndarray](), 0
    try:
        with partial.open("wb", buffering=0) as content:
            write(content, head((0, width), "<f4"))
            for inputs, asked in part.blocks():
                write(content, inputs.astype("<f4", copy=False).tobytes())
                targets.append(asked.astype(np.int32) if asked.dtype.kind == "i" else asked)
                done += len(asked)
                yield progress(done)
            content.seek(0)
            write(content, head((done, width), "<f4"))
        with target.with_suffix(ROWS).open("wb") as rows:
            np.savez(rows, targets=np.concatenate(targets), kept=part.kept)
        target.with_suffix(".json").write_bytes(msgspec.json.encode(part.account))
        partial.replace(target)
    finally:
        with suppress(OSError):
            partial.unlink(missing_ok=True)
    give_back()
    throw_away_old(target)


def _bytes(part: Part) -> int:
    return 4 * part.found * len(part.table.inputs)


def _no_room(part: Part, why: str) -> DataError:
    return DataError(
        f"There is no room for the rows of {part.path.name} in {cache_folder()}: {why}.",
        expected=f"So that any row can be read alone, they are kept there, and take {_bytes(part) / 1e6:,.0f} MB.",
        fix="Make room there, use fewer columns, or load them into memory if they fit.",
    )
