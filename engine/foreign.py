"""Files that someone else may have made, by accident or to do harm: read only where they are files of a size that they
can have, written only where they lie.
"""

import errno
import stat
from collections.abc import Iterable
from pathlib import Path
from typing import TypeVar

import msgspec

from engine.errors import RunError

LARGEST_BYTES = 2**26
"""Many times as large as any that is read at once."""

Kind = TypeVar("Kind")


def content_of(path: Path) -> bytes:
    """What a file holds. Raises OSError where it is none, or larger than any of ours."""
    about = path.stat()
    if not stat.S_ISREG(about.st_mode):
        # A pipe or a device may answer never, or without end.
        raise OSError(errno.EINVAL, "it is not a file")
    if about.st_size > LARGEST_BYTES:
        raise OSError(errno.EFBIG, f"it is larger than {LARGEST_BYTES // 2**20} MB")
    return path.read_bytes()


def json_of(path: Path, kind: type[Kind]) -> Kind:
    """What a file of JSON holds. Raises OSError and ValueError."""
    try:
        return msgspec.json.decode(content_of(path), type=kind)
    except RecursionError:
        raise ValueError("it is nested too deeply") from None


def check_own(places: Iterable[Path]) -> None:
    """Raises `RunError` where one that is there is a link, a pipe or a device: what is written to it would be written
    elsewhere, or never.
    """
    for place in places:
        try:
            mode = place.lstat().st_mode
        except OSError:
            continue
        if not stat.S_ISREG(mode) and not stat.S_ISDIR(mode):
            raise RunError(
                f"{place} is a link, a pipe or a device.",
                expected="A run is written into files and folders of its own.",
                fix="Put what it leads to in its place, or remove it.",
            )
