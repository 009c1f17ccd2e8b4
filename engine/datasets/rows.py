"""Samples that stay on the disk: their shape and type are known, and a few at a time are read when they are asked for.

They are read, not mapped: pages of a mapped file count as memory of the process, and one that is cut off while it is
mapped ends the process instead of raising an error.
"""

import os
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, ClassVar, Protocol, Self, runtime_checkable

import msgspec
import numpy as np

from engine.errors import DataError

GAP_BYTES = 2**14
"""Two rows no further apart than this are read together: that is faster than to seek."""
MOST_TOGETHER = 1024
"""Rows that are read at once, so that what lies between them takes no room to speak of."""
MOST_BETWEEN = 1.25
"""Where as much as this is read for each row that is wanted, the others may stay beside it; else it is picked."""
ROOM_BYTES = 2**22
"""Of stretches of a file that are read before rows are picked from them."""


@runtime_checkable
class Rows(Protocol):
    """An array of samples that need not lie in memory. ``rows[places]`` reads; ``pick`` only notes what is meant.
    ``foretell`` lets the system bring samples near that are soon read, and answers whether it can. ``among`` reads as
    well, perhaps with others that lie between them, and answers where in what was read each of them is.
    """

    @property
    def shape(self) -> tuple[int, ...]: ...

    @property
    def dtype(self) -> np.dtype: ...

    @property
    def ndim(self) -> int: ...

    def __len__(self) -> int: ...

    def __getitem__(self, places: Any, /) -> np.ndarray: ...

    def among(self, places: np.ndarray) -> tuple[np.ndarray, np.ndarray]: ...

    def pick(self, places: np.ndarray) -> "Rows": ...

    def foretell(self, places: np.ndarray) -> bool: ...

    def stamp(self) -> str: ...

    manner: ClassVar[str]
    """How they come, in words that follow “The samples”."""
    scattered: ClassVar[bool]
    """Whether each sample costs the same wherever it lies, and so much that no more are read than are soon needed."""


class Made:
    """Rows of which something else is made whenever some are read, such as class numbers of masks.

    ``make`` takes as many rows as were read and answers with as many, of this ``dtype``.
    """

    def __init__(self, rows: Rows, make: Callable[[np.ndarray], np.ndarray], dtype: np.dtype) -> None:
        self._rows, self._make, self.dtype = rows, make, dtype
        self.manner, self.scattered = rows.manner, rows.scattered

    @property
    def shape(self) -> tuple[int, ...]:
        """Samples × the shape of one."""
        return self._rows.shape

    @property
    def ndim(self) -> int:
        """How many dimensions the array has."""
        return self._rows.ndim

    def __len__(self) -> int:
        return len(self._rows)

    def __getitem__(self, places: Any, /) -> np.ndarray:
        """Raises `DataError` as the rows do."""
        return self._make(self._rows[places])

    def among(self, places: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """See `Rows`."""
        values, found = self._rows.among(places)
        return self._make(values), found

    def pick(self, places: np.ndarray) -> "Made":
        """These samples, in that order; none is read."""
        return Made(self._rows.pick(places), self._make, self.dtype)

    def foretell(self, places: np.ndarray) -> bool:
        """See `Rows`."""
        return self._rows.foretell(places)

    def stamp(self) -> str:
        """What tells these samples from others, or from the same after a change."""
        return f"{self._rows.stamp()} {self.dtype}"


class Stamp(msgspec.Struct, frozen=True):
    """What a file was when it was opened."""

    path: Path
    size: int
    modified: int

    @classmethod
    def of(cls, path: Path) -> Self:
        """That of a file now. Raises OSError."""
        found = path.stat()
        return cls(path, found.st_size, found.st_mtime_ns)

    def check(self) -> None:
        """Raises `DataError` where the file is another one now, or gone."""
        try:
            same = Stamp.of(self.path) == self
        except OSError as fault:
            raise self.changed(f"cannot be read any more: {fault.strerror or fault}") from None
        if not same:
            raise self.changed("has changed while it was in use")

    def changed(self, what: str) -> DataError:
        """The error that says what became of it."""
        # Who fetches says how far it is, in a word of the datasets, whose samples these are.
        from engine.datasets.fetching import cache_folder

        if cache_folder() in self.path.parents:
            kept = f"What is kept of the data in {self.path.parent} {what}."
            return DataError(kept, fix="Resume the run, or begin anew: it is brought there again.")
        fix = "Put it back as it was and resume the run, or open it again and train anew."
        return DataError(f"{self.path.name} {what}.", fix=fix)


class FileRows:
    """Samples of a file that lie one behind the other, each as many bytes after the one before.

    ``values`` is the array as it is mapped (`numpy.memmap`), or a view of it; ``dtype`` is what its numbers become.
    """

    manner: ClassVar[str] = "stay on the disk and are read as needed"
    scattered: ClassVar[bool] = False

    def __init__(self, values: np.memmap, dtype: np.dtype, places: np.ndarray | None = None) -> None:
        whole = _base(values)
        start = values.__array_interface__["data"][0] - whole.__array_interface__["data"][0]
        self._sample, self._stored = values.shape[1:], values.dtype
        self._stride, self._strides = values.strides[0], values.strides[1:]
        self._offset = int(whole.offset) + start
        self._file = Stamp.of(Path(str(whole.filename)))
        self._count, self._places, self._dtype = len(values), places, dtype

    @staticmethod
    def fits(values: np.ndarray) -> bool:
        """Whether an array is mapped from a file, with its samples one behind the other."""
        if not isinstance(values, np.memmap) or values.ndim < 2 or not isinstance(_base(values), np.memmap):
            return False
        reach = sum((size - 1) * stride for size, stride in zip(values.shape[1:], values.strides[1:], strict=True))
        return min(values.strides) >= 0 and values.strides[0] >= reach + values.itemsize

    @property
    def shape(self) -> tuple[int, ...]:
        """Samples × the shape of one."""
        return (len(self), *self._sample)

    @property
    def dtype(self) -> np.dtype:
        """Of what is read."""
        return self._dtype

    @property
    def ndim(self) -> int:
        """How many dimensions the array has."""
        return 1 + len(self._sample)

    def __len__(self) -> int:
        return self._count if self._places is None else len(self._places)

    def pick(self, places: np.ndarray) -> "FileRows":
        """These samples, in that order; none is read."""
        picked = object.__new__(FileRows)
        picked.__dict__ |= self.__dict__
        picked._places = places if self._places is None else self._places[places]
        return picked

    def stamp(self) -> str:
        """What tells these samples from those of another file, or of this one after a change."""
        file = self._file
        return f"{file.path.name} {file.size} {file.modified} {self._offset} {self._stride} {self._sample}"

    def foretell(self, places: np.ndarray) -> bool:
        """The system reads these into its cache meanwhile, where it takes such advice."""
        if not hasattr(os, "posix_fadvise"):
            return False
        _, _, firsts, counts = self._stretches(np.sort(self._numbers(places)))
        # One that is gone by then is told of when it is read.
        with suppress(OSError), self._file.path.open("rb", buffering=0) as file:
            for first, count in zip(firsts.tolist(), counts.tolist(), strict=True):
                start, size = self._offset + first * self._stride, count * self._stride
                os.posix_fadvise(file.fileno(), start, size, os.POSIX_FADV_WILLNEED)
        return True

    def _numbers(self, places: np.ndarray | list[int]) -> np.ndarray:
        """Which rows of the file these are."""
        rows = np.asarray(places, np.int64)
        return rows if self._places is None else self._places[rows]

    def __getitem__(self, places: slice | np.ndarray | list[int]) -> np.ndarray:
        """Raises `DataError` where the file has changed or cannot be read."""
        if isinstance(places, slice):
            places = np.arange(*places.indices(len(self)))
        rows = self._numbers(places)
        order = None if (np.diff(rows) >= 0).all() else np.argsort(rows, kind="stable")
        values = np.empty((len(rows), *self._sample), self._dtype)
        self._read(rows if order is None else rows[order], values)
        if order is None:
            return values
        back = np.empty_like(order)
        back[order] = np.arange(len(order))
        return values[back]

    def among(self, places: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """See `Rows`: spares a copy where hardly anything lies between them. Raises `DataError` as reading does."""
        rows = self._numbers(places)
        begins, ends, firsts, counts = self._stretches(rows)
        total = int(counts.sum())
        one = np.empty((1, *self._sample), self._dtype)
        is_plain = self._stored == self._dtype and (self._stride, *self._strides) == one.strides
        if not is_plain or total > MOST_BETWEEN * len(rows) or not (np.diff(rows) >= 0).all():
            return self[places], np.arange(len(rows))
        values = np.empty((total, *self._sample), self._dtype)
        with self._opened() as file:
            self._fill(file, list(zip(firsts.tolist(), counts.tolist(), strict=True)), values.data.cast("B"))
        return values, rows + np.repeat(np.cumsum(counts) - counts - firsts, ends - begins)

    @contextmanager
    def _opened(self) -> Generator[Any]:
        """The file, as it was. Raises `DataError` where it has changed or cannot be read."""
        self._file.check()
        try:
            with self._file.path.open("rb", buffering=0) as file:
                yield file
        except OSError as fault:
            raise self._file.changed(f"cannot be read any more: {fault.strerror or fault}") from None

    def _read(self, rows: np.ndarray, values: np.ndarray) -> None:
        """Fills ``values`` with ascending rows: stretches of the file that hold a few each, some stretches at a time.

        The more that is done by one call, the less a network that trains meanwhile waits for Python.
        """
        begins, ends, firsts, counts = self._stretches(rows)
        with self._opened() as file:
            for few in _few_at_a_time(counts * self._stride):
                wanted = slice(int(begins[few][0]), int(ends[few][-1]))
                shifts = np.repeat(np.cumsum(counts[few]) - counts[few] - firsts[few], (ends - begins)[few])
                stretches = list(zip(firsts[few].tolist(), counts[few].tolist(), strict=True))
                self._read_stretches(file, stretches, rows[wanted] + shifts, values[wanted])

    def _stretches(self, rows: np.ndarray) -> tuple[np.ndarray, ...]:
        """Which of ascending rows begin and end stretches of the file, their first rows, and how many each spans."""
        apart = max(1, GAP_BYTES // self._stride)
        begins = np.union1d(np.flatnonzero(np.diff(rows) > apart) + 1, np.arange(0, len(rows), MOST_TOGETHER))
        ends = np.append(begins[1:], len(rows))[: len(begins)]
        return begins, ends, rows[begins], rows[ends - 1] - rows[begins] + 1

    def _read_stretches(
        self, file: Any, stretches: list[tuple[int, int]], places: np.ndarray, values: np.ndarray
    ) -> None:
        """Fills ``values`` with the rows at these places of the stretches (first row and how many), put together."""
        total = sum(count for _, count in stretches)
        as_it_is = self._stored == self._dtype and self._strides == values.strides[1:] and values.flags.c_contiguous
        if as_it_is and self._stride == values.strides[0] and np.array_equal(places, np.arange(total)):
            self._fill(file, stretches, values.data.cast("B"))
            return
        raw = np.empty(total * self._stride, np.uint8)
        self._fill(file, stretches, raw.data)
        found = np.ndarray((total, *self._sample), self._stored, raw.data, 0, (self._stride, *self._strides))
        if self._stored == self._dtype:
            # With "raise" NumPy would take a copy first.
            np.take(found, places, 0, values, "clip")
        else:
            values[...] = found[places]

    def _fill(self, file: Any, stretches: list[tuple[int, int]], into: memoryview) -> None:
        """Reads stretches one behind the other, each of so many times the distance between two rows."""
        reach = sum((size - 1) * stride for size, stride in zip(self._sample, self._strides, strict=True))
        start = 0
        for first, count in stretches:
            # The last row may end before another one could begin.
            done, end = start, start + (count - 1) * self._stride + reach + self._stored.itemsize
            at = self._offset + first * self._stride - start
            while done < end:
                read = _read_at(file, into[done:end], at + done)
                if not read:
                    raise self._file.changed("is shorter than it was")
                done += read
            start += count * self._stride


def _read_at(file: Any, into: memoryview, at: int) -> int:
    """How many bytes were read from this place of a file. Raises OSError."""
    if hasattr(os, "preadv"):
        return os.preadv(file.fileno(), [into], at)
    file.seek(at)
    return file.readinto(into)


def _few_at_a_time(sizes: np.ndarray) -> Iterator[slice]:
    """Neighbours of these sizes that have room together, or one that is too large alone."""
    start = 0
    while start < len(sizes):
        fitting = int(np.searchsorted(np.cumsum(sizes[start:]), ROOM_BYTES, "right"))
        yield slice(start, start + max(1, fitting))
        start += max(1, fitting)


def _base(values: np.ndarray) -> Any:
    """The mapped array that a view is of."""
    while isinstance(values.base, np.memmap):
        values = values.base
    return values


def on_disk(values: np.ndarray) -> np.ndarray | Rows:
    """The same samples, read when they are needed where they lie in a file one behind the other."""
    if not isinstance(values, np.memmap) or not FileRows.fits(values):
        return values
    return FileRows(values, values.dtype if values.dtype == np.uint8 else np.dtype(np.float32))


def picked(values: Any, places: np.ndarray) -> Any:
    """The samples at these places; what is read as needed is not read for it."""
    return values[places] if isinstance(values, np.ndarray) else values.pick(places)


def in_memory(values: np.ndarray) -> np.ndarray:
    """What is mapped, read; as bytes or float32. Others are left alone."""
    if not isinstance(values, np.memmap):
        return values
    return np.array(values, np.uint8 if values.dtype == np.uint8 else np.float32)
