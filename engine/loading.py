"""Where samples lie while a network is trained: in memory, or on the disk, from which they are read as needed."""

from collections.abc import Iterator
from typing import Any, cast

import numpy as np
import psutil
from msgspec.structs import replace

from engine.datasets import Dataset, Loaded, Progress, Samples
from engine.datasets.rows import Rows, in_memory, on_disk
from engine.errors import DataError

SHARE_OF_MEMORY = 0.5
"""Of the memory that is free, so much may be taken by samples: a part of them is there twice while it is divided."""

FITTED_ON = 2**26
"""Bytes of samples that steps and scaling are fitted on, where they lie on the disk."""
MOST_FITTED_ON = 100_000
MOST_DECODED = 500
"""Of samples each of which must be decoded for it."""
BLOCKS = 256
"""Places, evenly spread, that these are read from."""


def brought(dataset: Dataset, loading: str) -> Iterator[Progress]:
    """Brings the samples to this machine and to where they are to lie. Raises `DataError`, `DownloadError`."""
    yield from dataset.fetch()
    if _goes_to_disk(dataset, loading):
        yield from dataset.keep_on_disk()


def placed(dataset: Dataset, loading: str, *, to_learn: bool = False) -> tuple[Loaded, str]:
    """The samples of a dataset where they are to lie, and what a person should know of that; empty: nothing.
    ``to_learn``: they are for `Dataset.learned`. Raises `DataError`.
    """
    if _goes_to_disk(dataset, loading):
        there = dataset.load_to_disk()
        if there is not None:
            return _moved(there, "stream")
    free = psutil.virtual_memory().available
    if dataset.memory > free:
        raise _too_large(dataset, free)
    return _moved(dataset.load_to_learn() if to_learn else dataset.load(), loading)


def _goes_to_disk(dataset: Dataset, loading: str) -> bool:
    free = psutil.virtual_memory().available
    return loading == "stream" or (loading == "automatic" and dataset.memory > SHARE_OF_MEMORY * free)


def _too_large(dataset: Dataset, free: int) -> DataError:
    return DataError(
        f"{dataset.title} takes {_in_words(dataset.memory)} in memory, of which {_in_words(free)} are free.",
        fix="Choose the loading “automatic”, use less of it, or close other programs.",
    )


def _moved(loaded: Loaded, loading: str) -> tuple[Loaded, str]:
    parts = {name: part for name in ("train", "validation", "test") if (part := getattr(loaded, name)) is not None}
    size = sum(_bytes_of(part) + _bytes_of_read(part.targets) for part in parts.values())
    free = psutil.virtual_memory().available
    streams = loading == "stream" or (loading == "automatic" and size > SHARE_OF_MEMORY * free)
    place = on_disk if streams else in_memory
    moved = {name: Samples(cast("Any", place(part.inputs)), part.targets) for name, part in parts.items()}
    loaded = replace(loaded, **moved)
    if loaded.train.is_streamed:
        manner = cast("Rows", loaded.train.inputs).manner
        words = f"The samples {manner}: they take {_in_words(size)}, and"
        fitted = f"Steps and scaling are fitted on {len(_rows_to_fit(loaded.train)):,} of them."
        return loaded, f"{words} {_in_words(free)} of memory are free. {fitted}"
    if loading == "stream":
        able = "tables, large arrays and images"
        return loaded, f"The samples are in memory: only {able} can stay on the disk."
    return loaded, ""


def some_in_memory(samples: Samples) -> np.ndarray:
    """The inputs that steps and scaling are fitted on: all or, of those on the disk, some from everywhere."""
    return samples.inputs[_rows_to_fit(samples)] if samples.is_streamed else samples.inputs


def _rows_to_fit(samples: Samples) -> np.ndarray:
    each = max(1, _bytes_of(samples) // max(1, len(samples)))
    most = MOST_DECODED if cast("Rows", samples.inputs).scattered else MOST_FITTED_ON
    count = min(len(samples), most, max(1, FITTED_ON // each))
    if count == len(samples):
        return np.arange(count)
    length = max(1, count // BLOCKS)
    starts = np.linspace(0, max(0, len(samples) - length), max(1, count // length)).astype(np.int64)
    return np.unique((starts[:, None] + np.arange(length)).clip(max=len(samples) - 1))


def _bytes_of(samples: Samples) -> int:
    """What the inputs take in memory: pixels are bytes, all else float32."""
    return int(np.prod(samples.inputs.shape)) * (1 if samples.inputs.dtype == np.uint8 else 4)


def _bytes_of_read(targets: Any) -> int:
    """What targets take that are read as needed, if they all were in memory; of others 0."""
    return 0 if isinstance(targets, np.ndarray) else int(np.prod(targets.shape)) * targets.dtype.itemsize


def _in_words(size: int) -> str:
    return f"{size / 1e9:,.1f} GB" if size >= 1e9 else f"{size / 1e6:,.0f} MB"
