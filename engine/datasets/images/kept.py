"""Decoded images, kept on the disk: decoded once, memory-mapped ever after.

``decoded/KEY.npy`` in the cache folder holds the images that could be decoded, one after the other; ``KEY.json`` which
could not, and why. The key follows from the files (name, size, time of change) and from how they are decoded, so that
what has changed is decoded anew. Only a few of them are in memory at a time. That pays whenever the disk has room: to
read a decoded image takes a small part of the time that decoding does. Where it has none, or where they would be more
than `LARGEST_CACHE`, they are held in memory if they fit there, or decoded as they are needed (`ahead`).
"""

import hashlib
import os
import shutil
import time
from collections.abc import Generator, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, Protocol

import msgspec
import numpy as np
import psutil

from engine.datasets.dataset import Progress
from engine.datasets.fetching import alone, cache_folder
from engine.datasets.images.parallel import AHEAD, WORKERS, in_order
from engine.datasets.images.pictures import UnreadableError
from engine.datasets.images.walking import File
from engine.datasets.rows import picked
from engine.errors import DataError, DownloadError

VERSION = 1
"""Goes up whenever the same file would be decoded differently."""

LARGEST_CACHE = 40 * 2**30
"""Bytes of the cache; beyond, what was used longest ago is thrown away, and a larger set is not kept."""
SPARED = 2**29
"""Bytes of the disk that decoded images leave to others."""
AT_ONCE = 64
"""Images written in one go, or fewer where that would be more than `BYTES_AT_ONCE`."""
BYTES_AT_ONCE = 2**22
WAITING_BYTES = 2**27
"""Of images that are decoded and wait to be written."""
ROWS = ".rows"
"""What is kept beside the rows of a table."""
SHARE_OF_MEMORY = 0.5
"""Of the memory that is free, so much may be taken by images that the disk refuses."""


class Reading(Protocol):
    """How a file becomes an array. Its text, as `repr` gives it, says all that matters for what comes of a file."""

    @property
    def shape(self) -> tuple[int, ...]:
        """That of every array."""
        ...

    def read(self, file: File) -> tuple[np.ndarray, bool]:
        """The array (uint8) of a file, and whether it is the first of several images. Raises `UnreadableError`."""
        ...


class Outcome(msgspec.Struct, frozen=True):
    """What came of the files, by their place among them: why some are missing, and which are the first of several
    images in one file.
    """

    faults: dict[int, str] = {}
    moving: tuple[int, ...] = ()


class Decoded(msgspec.Struct, frozen=True):
    """Images × shape (uint8), of the files that could be decoded, in their order."""

    images: Any
    """An array, or `Rows` of images that are decoded as they are needed."""
    outcome: Outcome
    note: str = ""

    def of(self, places: np.ndarray) -> Any:
        """The images of the files at these places, all of which could be decoded; not a copy where these are all."""
        if len(places) == len(self.images):
            return self.images
        gone = np.array(sorted(self.outcome.faults), np.int64)
        return picked(self.images, places - np.searchsorted(gone, places))


def size_of(files: Sequence[File], how: Reading) -> int:
    """The bytes that the images of these files take."""
    return len(files) * _size(how)


def keep(files: Sequence[File], how: Reading, beside: int = 0) -> Iterator[Progress]:
    """Decodes what is not kept yet, if there is room ``beside`` so many bytes that stay. Closing it cancels; a disk
    that is full or refuses ends it without a word.
    """
    target = _target(files, how)
    if target.is_file():
        return
    with suppress(OSError, DownloadError):
        size = size_of(files, how)
        if size + beside > LARGEST_CACHE or lacks_room(target, size):
            return
        yield from alone(target, _keep(target, files, how), lambda: _progress(0, len(files)))


def decoded(files: Sequence[File], how: Reading) -> Decoded:
    """The images, from the disk where they are kept, which they are from now on if the disk has room. Raises
    `DataError` where neither the disk nor the memory has.
    """
    found = kept(files, how)
    if found is None:
        # Not there yet, or damaged.
        with suppress(OSError):
            _target(files, how).unlink(missing_ok=True)
        for _ in keep(files, how):
            pass
        found = kept(files, how)
    return found or _in_memory(files, how)


def outcome_of(files: Sequence[File], how: Reading) -> Outcome | None:
    """What came of the files when all of them were decoded last; None: they never were."""
    try:
        return msgspec.json.decode(_target(files, how).with_suffix(".json").read_bytes(), type=Outcome)
    except (OSError, msgspec.DecodeError):
        return None


def keep_outcome(files: Sequence[File], how: Reading, outcome: Outcome) -> None:
    """Keeps what came of the files without their images. Raises OSError."""
    target = _target(files, how)
    target.parent.mkdir(parents=True, exist_ok=True)
    target.with_suffix(".json").write_bytes(msgspec.json.encode(outcome))


def _target(files: Sequence[File], how: Reading) -> Path:
    key = hashlib.sha256(repr((VERSION, how)).encode())
    for file in files:
        key.update(f"{file.path}\0{file.size}\0{file.modified}\0{file.image}\n".encode("utf-8", "surrogateescape"))
    return cache_folder() / "decoded" / f"{key.hexdigest()[:32]}.npy"


def kept(files: Sequence[File], how: Reading) -> Decoded | None:
    """The images as they are kept on the disk; None: they are not."""
    target, outcome = _target(files, how), outcome_of(files, how)
    if outcome is None:
        return None
    try:
        # Copy on write: torch wants arrays that could be written, and the file stays as it is.
        images = np.load(target, mmap_mode="c", allow_pickle=False)
        used(target)
    except (OSError, ValueError, EOFError):
        return None
    return Decoded(images, outcome)


def _keep(target: Path, files: Sequence[File], how: Reading) -> Iterator[Progress]:
    if target.is_file():
        return  # Another process has decoded them while this one waited.
    part = target.with_suffix(".part")
    at_once = max(1, min(AT_ONCE, BYTES_AT_ONCE // _size(how)))
    faults: dict[int, str] = {}
    moving: list[int] = []
    try:
        with part.open("wb", buffering=0) as content:
            write(content, head((len(files), *how.shape)))
            rows: list[np.ndarray] = []
            for place, answer in enumerate(decoding(files, how)):
                sort(place, answer, rows, faults, moving)
                if len(rows) >= at_once:
                    write(content, np.stack(rows).tobytes())
                    rows.clear()
                    yield _progress(place + 1, len(files))
            write(content, b"".join(row.tobytes() for row in rows))
            content.seek(0)
            write(content, head((len(files) - len(faults), *how.shape)))
        outcome = Outcome(faults, tuple(moving))
        target.with_suffix(".json").write_bytes(msgspec.json.encode(outcome))
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)
    throw_away_old(target)
    yield _progress(len(files), len(files))


def _in_memory(files: Sequence[File], how: Reading) -> Decoded:
    _check_memory(size_of(files, how))
    images = np.empty((len(files), *how.shape), np.uint8)
    rows: list[np.ndarray] = []
    faults: dict[int, str] = {}
    moving: list[int] = []
    done = 0
    for place, answer in enumerate(decoding(files, how)):
        sort(place, answer, rows, faults, moving)
        for row in rows:
            images[done] = row
            done += 1
        rows.clear()
    note = "The disk has no room for the decoded images, so they are decoded anew each time."
    return Decoded(images[:done], Outcome(faults, tuple(moving)), note)


def _check_memory(needed: int) -> None:
    """Raises `DataError` where so many bytes are too many."""
    free = psutil.virtual_memory().available
    if needed > SHARE_OF_MEMORY * free:
        folder = cache_folder()
        raise DataError(
            f"There is no room for the decoded images in {folder}: they take {needed / 1e9:,.1f} GB.",
            expected=f"They do not fit into memory either, of which {free / 1e9:,.1f} GB are free.",
            fix=f"Make room there for {(needed + SPARED) / 1e9:,.1f} GB, choose a smaller size of the images, or the "
            "loading “automatic”.",
        )


Answer = tuple[np.ndarray, bool] | str


def decoding(files: Sequence[File], how: Reading) -> Generator[Answer]:
    """Of each file its image and whether it is the first of several, or why there is none."""

    def work(file: File) -> Answer:
        try:
            return how.read(file)
        except UnreadableError as fault:
            return str(fault)

    return in_order(work, files, max(2, min(AHEAD, WAITING_BYTES // (WORKERS * _size(how)))))


def sort(place: int, answer: Answer, rows: list[np.ndarray], faults: dict[int, str], moving: list[int]) -> None:
    """Puts what came of a file where it belongs."""
    if isinstance(answer, str):
        faults[place] = answer
        return
    pixels, moves = answer
    rows.append(pixels)
    if moves:
        moving.append(place)


def head(shape: tuple[int, ...], kind: str = "|u1") -> bytes:
    """The head of an ``.npy`` file. NumPy leaves room for the first size to grow, so each is as long as another."""
    from io import BytesIO

    found = BytesIO()
    np.lib.format.write_array_header_1_0(found, {"descr": kind, "fortran_order": False, "shape": shape})
    return found.getvalue()


def write(content: Any, data: bytes) -> None:
    """All of it: an unbuffered file may take only a part at a time. Raises OSError."""
    rest = memoryview(data)
    while rest:
        rest = rest[content.write(rest) :]


def used(target: Path) -> None:
    """Notes that what is kept was used now. The time of its change stays: those who read it would take it for another
    file. Raises OSError.
    """
    os.utime(target, ns=(time.time_ns(), target.stat().st_mtime_ns))


def lacks_room(target: Path, size: int) -> bool:
    """Whether the disk has too little room to keep so many bytes there. Raises OSError."""
    target.parent.mkdir(parents=True, exist_ok=True)
    return shutil.disk_usage(target.parent).free < size + SPARED


def _size(how: Reading) -> int:
    """The bytes of one image."""
    return int(np.prod(how.shape))


def throw_away_old(newest: Path) -> None:
    """Keeps the cache within its limit; what another process has mapped stays readable there, or cannot be deleted."""
    kept = list[tuple[float, int, Path]]()
    for path in newest.parent.glob("*.npy"):
        # Another process may throw it away meanwhile.
        with suppress(OSError):
            found = path.stat()
            kept.append((found.st_atime, found.st_size, path))
    room = LARGEST_CACHE
    for _, size, path in sorted(kept, reverse=True):
        room -= size
        if room < 0 and path != newest:
            with suppress(OSError):
                path.unlink()
                path.with_suffix(".json").unlink(missing_ok=True)
                path.with_suffix(ROWS).unlink(missing_ok=True)
                path.with_name(f"{path.name}.lock").unlink(missing_ok=True)


def _progress(done: int, total: int) -> Progress:
    return Progress("Decoding images", done, total, "images")
