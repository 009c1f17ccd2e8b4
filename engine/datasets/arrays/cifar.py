"""CIFAR's binary files: records of one label byte (two of CIFAR-100) and 3,072 bytes of red, green and blue.

Source: www.cs.toronto.edu/~kriz/cifar.html, “Binary version”.
"""

import re
from collections.abc import Sequence
from functools import partial
from pathlib import Path

import numpy as np

from engine.datasets.arrays.stored import Stored, mapped
from engine.datasets.links import strays
from engine.errors import DataError

SIDE = 32
PIXELS = 3 * SIDE * SIDE
BYTE = np.dtype(np.uint8)
NAMES = ("batches.meta.txt", "fine_label_names.txt")
_NAMED = re.compile(r"(data_batch(_\d+)?|test_batch|train|test)\.bin", re.IGNORECASE)
_PICKLED = re.compile(r"(data_batch_\d|test_batch|batches\.meta)")


def batches_in(path: Path) -> list[Path]:
    """The files of that kind in a folder, or the file itself; empty: there are none."""
    candidates = [file for file in sorted(path.iterdir()) if not strays(file, path)] if path.is_dir() else [path]
    return [file for file in candidates if _NAMED.fullmatch(file.name) and file.is_file() and _labels_of(file)]


def check_not_pickled(folder: Path) -> None:
    """Raises `DataError` for the version of CIFAR that is made of pickles."""
    if sum(1 for file in folder.iterdir() if _PICKLED.fullmatch(file.name)) >= 2:
        raise DataError(
            f"{folder.name} is CIFAR in pickled form, which is code and is never opened.",
            fix="Download the binary version from the same page.",
        )


def read_cifar(files: Sequence[Path]) -> list[Stored]:
    """Images and labels, for training and for the test. Raises `DataError`."""
    found: list[Stored] = []
    for part, is_test in (("train", False), ("test", True)):
        files_of_part = [file for file in files if file.name.lower().startswith("test") == is_test]
        if files_of_part:
            found += _part(part, files_of_part)
    return found


def class_names(path: Path) -> tuple[str, ...]:
    """The names of the classes, where a file of them lies there or beside it."""
    folder = path if path.is_dir() else path.parent
    for name in NAMES:
        if (folder / name).is_file():
            lines = (folder / name).read_text(encoding="utf-8", errors="replace").split("\n")
            return tuple(line.strip() for line in lines if line.strip())[:1000]
    return ()


def _labels_of(file: Path) -> int:
    """How many bytes of labels each record has; 0: the file is of no such length."""
    size = file.stat().st_size
    return next((labels for labels in (1, 2) if size and size % (labels + PIXELS) == 0), 0)


def _part(part: str, files: Sequence[Path]) -> list[Stored]:
    count = sum(file.stat().st_size // (_labels_of(file) + PIXELS) for file in files)
    images = Stored(f"{part} images", (count, 3, SIDE, SIDE), BYTE, partial(_images, files))
    return [images, Stored(f"{part} labels", (count,), BYTE, partial(_labels, files))]


def _images(files: Sequence[Path]) -> np.ndarray:
    parts = [records[:, -PIXELS:].reshape(-1, 3, SIDE, SIDE) for records in map(_records, files)]
    return parts[0] if len(parts) == 1 else np.concatenate(parts)


def _labels(files: Sequence[Path]) -> np.ndarray:
    # Of CIFAR-100 the second: the first is a coarser one.
    return np.concatenate([records[:, -PIXELS - 1] for records in map(_records, files)])


def _records(file: Path) -> np.ndarray:
    length = _labels_of(file) + PIXELS
    return mapped(file, "its records", BYTE, (file.stat().st_size // length, length))
