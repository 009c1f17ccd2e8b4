"""Which files hold arrays, and how each is read."""

from functools import partial
from pathlib import Path

import numpy as np

from engine.datasets.arrays.cifar import batches_in, check_not_pickled, read_cifar
from engine.datasets.arrays.hdf5 import MAGIC as HDF5
from engine.datasets.arrays.hdf5 import read_hdf5
from engine.datasets.arrays.idx import is_idx, read_idx
from engine.datasets.arrays.numpy_files import MAGIC as NPY
from engine.datasets.arrays.numpy_files import read_npy, read_npz, unusable_in_npz
from engine.datasets.arrays.safetensors_files import read_safetensors
from engine.datasets.arrays.stored import MOST_ARRAYS, Stored, unreadable
from engine.datasets.dataset import Skipped
from engine.datasets.links import strays
from engine.errors import DataError


def stored_in(path: Path) -> list[Stored] | None:
    """The arrays in a file or folder; None: it is of another kind. Raises `DataError`."""
    try:
        stored = _in_folder(path) if path.is_dir() else _in_file(path)
    except OSError as fault:
        raise unreadable(path, fault) from None
    if stored is None:
        return None
    if not stored:
        raise DataError(f"{path.name} holds no array of numbers.", fix="Choose another file.")
    return stored if len(stored) > 1 else [*stored, *_columns_of(stored[0])]


def unusable_in(path: Path) -> tuple[Skipped, ...]:
    """The arrays in a file that are not among those `stored_in` it, and why. Raises `DataError`."""
    return unusable_in_npz(path) if path.is_file() and path.suffix.lower() == ".npz" else ()


def _in_folder(folder: Path) -> list[Stored] | None:
    check_not_pickled(folder)
    if batches := batches_in(folder):
        return read_cifar(batches)
    files = [file for file in sorted(folder.iterdir()) if file.is_file() and not strays(file, folder)][:MOST_ARRAYS]
    for belongs, read in ((is_idx, read_idx), (_is_npy, read_npy)):
        if found := [file for file in files if belongs(file)]:
            return [stored for file in found for stored in read(file)]
    return None


def _in_file(file: Path) -> list[Stored] | None:
    suffix = file.suffix.lower()
    with file.open("rb") as content:
        beginning = content.read(8)
    if suffix == ".npy" or beginning.startswith(NPY):
        return read_npy(file)
    if suffix == ".npz":
        return read_npz(file)
    if suffix == ".safetensors":
        return read_safetensors(file)
    if beginning == HDF5 or suffix in (".h5", ".hdf5"):
        return read_hdf5(file)
    if batches := batches_in(file):
        return read_cifar(batches)
    return read_idx(file) if is_idx(file) else None


def _is_npy(file: Path) -> bool:
    return file.suffix.lower() == ".npy"


def _columns_of(whole: Stored) -> list[Stored]:
    """Of a matrix that stands alone: its last column, and what is before it."""
    if len(whole.shape) != 2 or whole.shape[1] < 2 or whole.dtype.kind not in "biuf":
        return []
    rows, columns = whole.shape
    before = Stored(f"{whole.name}[:, :-1]", (rows, columns - 1), whole.dtype, partial(_before_last, whole))
    return [before, Stored(f"{whole.name}[:, -1]", (rows,), whole.dtype, partial(_last, whole))]


def _before_last(whole: Stored) -> np.ndarray:
    return whole.read()[:, :-1]


def _last(whole: Stored) -> np.ndarray:
    return whole.read()[:, -1]
