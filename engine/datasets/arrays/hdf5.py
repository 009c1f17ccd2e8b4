"""HDF5 files, through h5py. What lies in one piece is mapped; what is packed is read."""

from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from engine.datasets.arrays.stored import MOST_ARRAYS, Stored, bytes_of, check_room, mapped, unreadable, why_unusable

MAGIC = b"\x89HDF\r\n\x1a\n"
_DAMAGED = (OSError, RuntimeError, ValueError, TypeError, LookupError, OverflowError, AttributeError)
TEXTS = np.dtype("U")


def read_hdf5(path: Path) -> list[Stored]:
    """The datasets of an HDF5 file by their paths, less those that are no numbers or texts or that lie in other files.

    Raises `DataError`.
    """
    import h5py

    found: list[Stored] = []

    def add(name: str, item: object) -> bool | None:
        if isinstance(item, h5py.Dataset) and (stored := _stored(path, name, item)):
            found.append(stored)
        # Whatever is not None ends the walk.
        return True if len(found) >= MOST_ARRAYS else None

    try:
        with h5py.File(path, "r", locking=False) as file:
            file.visititems(add)
    except _DAMAGED as fault:
        raise unreadable(path, fault) from None
    return found


def _stored(path: Path, name: str, dataset: Any) -> Stored | None:
    import h5py

    if dataset.shape is None or dataset.is_virtual or dataset.external:
        return None
    texts = h5py.check_string_dtype(dataset.dtype) is not None
    dtype = TEXTS if texts else dataset.dtype
    if why_unusable(dtype):
        return None
    offset = None if texts or dataset.chunks or dataset.compression else dataset.id.get_offset()
    shape = tuple(map(int, dataset.shape))
    read = partial(_read, path, name) if offset is None else partial(mapped, path, name, dtype, shape, offset)
    return Stored(name, shape, dtype, read)


def _read(path: Path, name: str) -> np.ndarray:
    import h5py

    try:
        with h5py.File(path, "r", locking=False) as file:
            dataset: Any = file[name]
            check_room(f"{name} in {path.name}", bytes_of(dataset.shape, dataset.dtype))
            if h5py.check_string_dtype(dataset.dtype) is None:
                return dataset[...]
            return np.asarray(dataset.asstr(errors="replace")[...]).astype(np.str_)
    except _DAMAGED as fault:
        raise unreadable(path, fault) from None
