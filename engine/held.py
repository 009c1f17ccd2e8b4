"""Samples for those who look at them: all or, of more than are held in memory, some from everywhere."""

import os
from collections.abc import Generator, Sequence
from typing import Any
from weakref import WeakValueDictionary

import numpy as np

from engine.datasets import Dataset, Loaded, Progress, Samples
from engine.datasets.files import FromFile
from engine.datasets.rows import on_disk
from engine.datasets.tables.loading import Keys
from engine.freeing import give_back

LARGE = 2**27
"""Bytes. Samples that take more are left on the disk."""
MOST_VALUES = 2**23
"""Numbers that are held of those: whoever looks at them makes several arrays of their size."""
MOST_PIXELS = 2**28
"""Bytes of pixels that are held."""

Stamp = tuple[tuple[int, int], ...]

_in_use: "WeakValueDictionary[tuple[Dataset, Stamp], Loaded]" = WeakValueDictionary()
"""What was left on the disk and somebody still holds: its targets alone would else be there once for each."""


def read(dataset: Dataset) -> Generator[Progress, None, tuple[Dataset, Loaded]]:
    """What can be looked at (see `Dataset.to_look`), on the disk where it is more than is held. Raises `DataError`."""
    if dataset.lacks or dataset.memory <= LARGE:
        return dataset.to_look()
    stamp, made = stamp_of(dataset), False
    for progress in dataset.keep_on_disk():
        made = True
        yield progress
    there = _in_use.get((dataset, stamp)) if stamp and not made else None
    there = there or dataset.load_to_disk()
    give_back()
    if there is None:
        return dataset.to_look()
    if stamp:
        _in_use[dataset, stamp] = there
    return dataset, there


def stamp_of(dataset: Dataset) -> Stamp | None:
    """What tells the file, or the folder with those right in it, from a later one; None: there is none."""
    found = dataset.found() if isinstance(dataset, FromFile) else None
    if found is None:
        return None
    try:
        if not found.is_dir():
            return (_stamp(found.stat()),)
        within = [_stamp(entry.stat()) for entry in os.scandir(found) if entry.is_dir()]
        return (_stamp(found.stat()), *sorted(within))
    except OSError:
        return None


def _stamp(state: os.stat_result) -> tuple[int, int]:
    return state.st_mtime_ns, state.st_size


def held_rows(parts: Sequence[Samples]) -> list[np.ndarray]:
    """The rows of each part that are held: all or, of what lies on the disk and is too much, evenly spread ones."""
    count = sum(map(len, parts))
    most = max(map(_most_of, parts), default=0) if any(map(_is_on_disk, parts)) else count
    return [_evenly(len(part), len(part) if count <= most else max(1, len(part) * most // count)) for part in parts]


def in_words(parts: Sequence[Samples], rows: Sequence[np.ndarray]) -> str:
    """What must be said where not all are held; empty: nothing."""
    held, count = sum(map(len, rows)), sum(map(len, parts))
    if held == count:
        return ""
    return f"These are {held:,} of {count:,} samples, evenly spread: all of them would take too much memory."


def held(part: Samples, rows: np.ndarray) -> Samples:
    """These samples, in memory unless they are all there are of what is mapped."""
    if len(rows) == len(part) and not part.is_streamed:
        return part
    # Read, as pages of what is mapped count as memory of the process and come one by one.
    inputs: Any = on_disk(part.inputs) if isinstance(part.inputs, np.memmap) else part.inputs
    return Samples(inputs, part.targets).read(rows)


def key_values(loaded: Loaded, name: str, rows: np.ndarray) -> np.ndarray:
    """What these training samples have in a key; of a table no more than that is read into memory."""
    keys = loaded.keys
    return keys.some(name, rows) if isinstance(keys, Keys) else keys[name][rows]


def test_key_values(loaded: Loaded, name: str, rows: np.ndarray) -> np.ndarray | None:
    """What these samples of the test have in a key, of a table; None: nobody knows."""
    keys = loaded.keys
    return keys.of_test(name, rows) if isinstance(keys, Keys) else None


def _evenly(count: int, wanted: int) -> np.ndarray:
    return np.unique(np.linspace(0, count - 1, min(count, wanted)).astype(np.int64))


def _most_of(part: Samples) -> int:
    values = max(1, int(np.prod(part.inputs.shape[1:])))
    most = (MOST_PIXELS if part.inputs.dtype == np.uint8 else MOST_VALUES) // values
    targets: Any = part.targets
    if not isinstance(targets, np.ndarray):
        most = min(most, MOST_VALUES // max(1, int(np.prod(targets.shape[1:]))))
    return max(1, most)


def _is_on_disk(part: Samples) -> bool:
    return part.is_streamed or isinstance(part.inputs, np.memmap)
