"""Images that are decoded while they are needed, because neither the disk nor the memory has room for all of them.

Which files cannot be decoded is found out once, by decoding each, and kept in the cache folder (``decoded/KEY.json``,
see `kept`): so every sample of a training is there, and is the same in each epoch.
"""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from typing import ClassVar

import msgspec
import numpy as np

from engine.datasets.dataset import Progress
from engine.datasets.images import kept
from engine.datasets.images.kept import Decoded, Outcome, Reading
from engine.datasets.images.parallel import in_order
from engine.datasets.images.pictures import UnreadableError
from engine.datasets.images.walking import File
from engine.datasets.rows import Stamp, on_disk

TOLD_EACH = 64
"""Images between two words on how far it is."""


def surveyed(files: Sequence[File], how: Reading) -> Iterator[Progress]:
    """Finds out which files can be decoded, where that is not known. What comes of it is kept where the disk allows."""
    if kept.kept(files, how) is None and kept.outcome_of(files, how) is None:
        yield from _surveyed(files, how, {}, [])


def decoded_ahead(files: Sequence[File], how: Reading) -> Decoded:
    """The images of the files that can be decoded: as they are kept, or else decoded as they are needed."""
    found = kept.kept(files, how)
    if found is not None:
        # Rows, as of what is mapped a part would be copied into memory where some are left out.
        return msgspec.structs.replace(found, images=on_disk(found.images))
    outcome = kept.outcome_of(files, how)
    if outcome is None:
        faults, moving = dict[int, str](), list[int]()
        for _ in _surveyed(files, how, faults, moving):
            pass
        outcome = Outcome(faults, tuple(moving))
    good = [file for place, file in enumerate(files) if place not in outcome.faults]
    return Decoded(DecodedRows(good, how), outcome)


def _surveyed(files: Sequence[File], how: Reading, faults: dict[int, str], moving: list[int]) -> Iterator[Progress]:
    rows: list[np.ndarray] = []
    for place, answer in enumerate(kept.decoding(files, how)):
        kept.sort(place, answer, rows, faults, moving)
        rows.clear()
        if place % TOLD_EACH == 0:
            yield Progress("Checking images", place, len(files), "images")
    # Where not even this can be written, the next one checks them again.
    with suppress(OSError):
        kept.keep_outcome(files, how, Outcome(faults, tuple(moving)))
    yield Progress("Checking images", len(files), len(files), "images")


class DecodedRows:
    """Images × shape (uint8); see `Rows`. Several threads decode those that are asked for."""

    manner: ClassVar[str] = "are images that are decoded each time they are needed"
    scattered: ClassVar[bool] = True
    dtype: ClassVar[np.dtype] = np.dtype(np.uint8)

    def __init__(self, files: Sequence[File], how: Reading, places: np.ndarray | None = None) -> None:
        self._files, self._how = files, how
        self._places = np.arange(len(files)) if places is None else places

    @property
    def shape(self) -> tuple[int, ...]:
        """Images × the shape of one."""
        return (len(self), *self._how.shape)

    @property
    def ndim(self) -> int:
        """How many dimensions the array has."""
        return 1 + len(self._how.shape)

    def __len__(self) -> int:
        return len(self._places)

    def pick(self, places: np.ndarray) -> "DecodedRows":
        """These images, in that order; none is decoded."""
        return DecodedRows(self._files, self._how, self._places[places])

    def foretell(self, places: np.ndarray) -> bool:
        """What takes long is to decode them, which no system does meanwhile."""
        del places
        return False

    def stamp(self) -> str:
        """What tells these images from others, or from the same after a change."""
        newest = max((file.modified for file in self._files), default=0)
        return f"{len(self._files)} {sum(file.size for file in self._files)} {newest} {self._how}"

    def __getitem__(self, places: slice | np.ndarray | list[int]) -> np.ndarray:
        """Raises `DataError` where a file has changed or cannot be read."""
        if isinstance(places, slice):
            places = np.arange(*places.indices(len(self)))
        rows, back = np.unique(self._places[np.asarray(places, np.int64)], return_inverse=True)
        values = np.empty((len(rows), *self._how.shape), np.uint8)
        for place, image in enumerate(in_order(self._decoded, [self._files[row] for row in rows.tolist()])):
            values[place] = image
        return values if np.array_equal(back, np.arange(len(rows))) else values[back]

    def among(self, places: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """These alone: no image is decoded for another's sake."""
        return self[places], np.arange(len(places))

    def _decoded(self, file: File) -> np.ndarray:
        stamp = Stamp(file.path, file.size, file.modified)
        stamp.check()
        try:
            return self._how.read(file)[0]
        except UnreadableError as fault:
            raise stamp.changed(f"cannot be read any more: {fault}") from None
        except OSError as fault:
            raise stamp.changed(f"cannot be read any more: {fault.strerror or fault}") from None
