"""Samples that stay on the disk: their shape and type are known, and a few at a time are read when they are asked for.

They are read, not mapped: pages of a mapped file count as memory of the process, and one that is cut off while it is
mapped ends the process instead of raising an error.
"""

from pathlib import Path
from typing import Any, ClassVar, Protocol, Self, runtime_checkable

import msgspec
import numpy as np

from engine.errors import DataError

GAP_BYTES = 2**14
"""Two rows no further apart than this are read together: that is faster than to seek."""
MOST_TOGETHER = 1024
"""Rows that are read at once, so that what lies between them takes no room to speak of."""


@runtime_checkable
class Rows(Protocol):
    """An array of samples that need not lie in memory. ``rows[places]`` reads; ``pick`` only notes what is meant."""

    @property
    def shape(self) -> tuple[int, ...]: ...

    @property
    def dtype(self) -> np.dtype: ...

    @property
    def ndim(self) -> int: ...

    def __len__(self) -> int: ...

    def __getitem__(self, places: Any, /) -> np.ndarray: ...

    def pick(self, places: np.ndarray) -> "Rows": ...

    def stamp(self) -> str: ...

    manner: ClassVar[str]
    """How they come, in words that follow “The samples”."""
    scattered: ClassVar[bool]
    """Whether each sample costs the same wherever it lies, and so much that no more are read than are soon needed."""


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

    def __getitem__(self, places: slice | np.ndarray | list[int]) -> np.ndarray:
        """Raises `DataError` where the file has changed or cannot be read."""
        if isinstance(places, slice):
            places = np.arange(*places.indices(len(self)))
        rows = np.asarray(places, np.int64)
        rows = rows if self._places is None else self._places[rows]
        self._file.check()
        order = None if (np.diff(rows) >= 0).all() else np.argsort(rows, kind="stable")
        values = np.empty((len(rows), *self._sample), self._dtype)
        try:
            self._read(rows if order is None else rows[order], values)
        except OSError as fault:
            raise self._file.changed(f"cannot be read any more: {fault.strerror or fault}") from None
        if order is None:
            return values
        back = np.empty_like(order)
        back[order] = np.arange(len(order))
        return values[back]

    def _read(self, rows: np.ndarray, values: np.ndarray) -> None:
        """Fills ``values`` with ascending rows, stretch by stretch."""
        apart = max(1, GAP_BYTES // self._stride)
        borders = np.union1d(np.flatnonzero(np.diff(rows) > apart) + 1, np.arange(0, len(rows), MOST_TOGETHER))
        stretches = [part for part in np.split(np.arange(len(rows)), borders) if len(part)]
        spans = [slice(int(part[0]), int(part[-1]) + 1) for part in stretches]
        # One for all: fresh memory costs as much as reading does.
        room = np.empty(max((self._size(rows[span]) for span in spans), default=0), np.uint8)
        with self._file.path.open("rb", buffering=0) as file:
            for span in spans:
                self._read_stretch(file, rows[span], values[span], room)

    def _read_stretch(self, file: Any, rows: np.ndarray, values: np.ndarray, room: np.ndarray) -> None:
        first, count = int(rows[0]), int(rows[-1] - rows[0]) + 1
        file.seek(self._offset + first * self._stride)
        if self._lies_as_it_is(values) and count == len(rows) and self._stride == values.strides[0]:
            self._fill(file, values.data.cast("B"))
            return
        raw = room[: self._size(rows)]
        self._fill(file, raw.data)
        shaped = np.ndarray((count, *self._sample), self._stored, raw, 0, (self._stride, *self._strides))
        if count == len(rows):
            values[...] = shaped
        elif self._stored == self._dtype:
            # With "raise" NumPy would take a copy first.
            np.take(shaped, rows - first, 0, values, "clip")
        else:
            values[...] = shaped[rows - first]

    def _size(self, rows: np.ndarray) -> int:
        """The bytes of the file from the first of these rows to the end of the last."""
        reach = sum((size - 1) * stride for size, stride in zip(self._sample, self._strides, strict=True))
        return int(rows[-1] - rows[0]) * self._stride + reach + self._stored.itemsize

    def _lies_as_it_is(self, values: np.ndarray) -> bool:
        return self._stored == self._dtype and self._strides == values.strides[1:] and values.flags.c_contiguous

    def _fill(self, file: Any, into: memoryview) -> None:
        done = 0
        while done < len(into):
            read = file.readinto(into[done:])
            if not read:
                raise self._file.changed("is shorter than it was")
            done += read


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
