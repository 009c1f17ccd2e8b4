"""A disk of a few hundred kilobytes that is really full when it is full, and a copy of one as a power cut leaves it."""

import os
import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import pytest


class SmallDisk:
    """A folder in which only so much has room."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._filler = path / "filler"

    def fill(self) -> None:
        """Takes all the room that is left."""
        with self._filler.open("ab", buffering=0) as file:
            try:
                while file.write(bytes(4096)):
                    pass
            except OSError:
                return

    def empty(self) -> None:
        """Gives it back."""
        self._filler.unlink(missing_ok=True)


@contextmanager
def small_disk(place: Path, size: int) -> Generator[SmallDisk]:
    """A disk of so many bytes at an empty folder. Skips the test where the system lets nobody mount one."""
    if sys.platform != "linux":
        pytest.skip("makes a small disk of memory, as only Linux lets one")
    if _mount(place, size):
        try:
            yield SmallDisk(place)
        finally:
            subprocess.run(["umount", "--lazy", str(place)], check=False, capture_output=True)
        return
    holder = _mounted_by_another(place, size)
    try:
        yield SmallDisk(Path(f"/proc/{holder.pid}/root{place}"))
    finally:
        holder.communicate()


def _mount(place: Path, size: int) -> bool:
    """Mounts it as the administrator does; answers whether this is allowed."""
    if os.geteuid():
        return False
    command = ["mount", "-t", "tmpfs", "-o", f"size={size}", "none", str(place)]
    return not subprocess.run(command, check=False, capture_output=True).returncode


def _mounted_by_another(place: Path, size: int) -> subprocess.Popen[str]:
    """Anyone may mount it in a world of their own; whoever lives there shows it to this one."""
    script = f'mount -t tmpfs -o size={size} none "$1" && echo ready && exec cat'
    command = ["unshare", "--map-root-user", "--mount", "sh", "-c", script, "sh", str(place)]
    try:
        holder = subprocess.Popen(command, stdin=-1, stdout=-1, stderr=-1, text=True)
    except OSError:
        pytest.skip("needs mount or unshare")
    assert holder.stdout is not None
    if holder.stdout.readline() != "ready\n":
        holder.communicate()
        pytest.skip("may neither mount a small disk nor make a world of its own for one")
    return holder
