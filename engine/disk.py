"""Files that outlive a crash, a power cut and a full disk."""

import errno
import os
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from pathlib import Path

FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
"""What a system says where a disk, a person's share of it or a file is as full as it may be."""


@contextmanager
def written_whole(path: Path) -> Generator[Path]:
    """Where to write instead; then flushes and renames: whoever looks sees the old file or the new one, never a part,
    and once this is done a power cut leaves the new one. Raises OSError.
    """
    beside = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        yield beside
        flush(beside)
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)
    flush_folder(path.parent)


def write_atomically(path: Path, write: Callable[[Path], object]) -> None:
    """Has a file `written_whole` by a function that is told where. Raises OSError."""
    with written_whole(path) as beside:
        write(beside)


def flush(path: Path) -> None:
    """Has a file reach the disk, whoever wrote it. Raises OSError."""
    # Opened for writing: Windows refuses to flush a file that is open for reading only.
    with path.open("rb+") as file:
        os.fsync(file.fileno())


def flush_folder(path: Path) -> None:
    """Has the names in a folder reach the disk, where the system lets one ask for that."""
    with suppress(OSError):
        # Windows opens no folders, and writes their names down by itself.
        folder = os.open(path, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


def sweep(folder: Path) -> None:
    """Removes what writers who were killed have left half written. Nobody else may be writing to the folder."""
    for part in folder.glob(".*.part"):
        with suppress(OSError):
            part.unlink()


def is_full(fault: OSError) -> bool:
    """Whether there was no room: what is written once there is some will be taken."""
    return fault.errno in FULL
