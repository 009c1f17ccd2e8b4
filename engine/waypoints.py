"""Waypoints: states in the course of a training that are kept, so that another can be forked from them.

They lie beside the last one, ``checkpoints/EPOCH.state.safetensors``. Those of epochs whose weights are kept as well
stay; of the others there are a few, spread over the training.
"""

import errno
import json
import math
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from engine.runs import Run

MOST = 8
MOST_BYTES = 2**30
"""Of those that are kept unasked, so many at most, and so much room for all of them."""

LAST = "last.state.safetensors"
LONGEST_HEAD = 100_000_000

UNREADABLE = OSError, ValueError, LookupError, TypeError, AttributeError, RecursionError
"""What it comes to where a file was not written by Layerloom."""


class Point(msgspec.Struct, frozen=True):
    """A place in the course of a run from which a training can go on; without a file it is the beginning."""

    epoch: int = 0
    step: int = 0
    file: Path | None = None
    changes: dict[str, Any] = {}
    """What had been changed by then, by paths in the project."""


START = Point()


class _Place(msgspec.Struct):
    """What a waypoint needs to know of a `State`."""

    epoch: int = 0
    step: int = 0
    changes: dict[str, Any] = {}


def points_of(run: Run) -> list[Point]:
    """All of them, in their order, from the beginning to the last checkpoint; of a fork also those of the runs that it
    comes from, as far as it shares their course. What cannot be read is passed over.
    """
    found = {START.step: START}
    for each, shared in _line(run):
        files = (each.path / "checkpoints").glob("*.state.safetensors")
        for file in sorted(files, key=lambda file: file.name == LAST):
            if (point := _read(file)) and point.step <= shared:
                found.setdefault(point.step, point)
    return sorted(found.values(), key=lambda point: point.step)


def _line(run: Run) -> Iterator[tuple[Run, float]]:
    """A run and, one after the other, those that it was forked from, each with the last step that is shared with it."""
    shared, seen = math.inf, list[str]()
    while True:
        yield run, shared
        seen.append(run.name)
        origin = run.origin()
        shared = min(shared, origin.step if origin else 0)
        beside = run.path.resolve().parent.iterdir() if shared else ()
        parent = next((path for path in beside if origin and path.name == origin.parent), None)
        # Folders that were renamed into a circle end there.
        if parent is None or parent.name in seen:
            return
        run = Run(parent)


def owner(run: Run, point: Point) -> Run:
    """The run that has trained as far as a point: the run itself, or one that it was forked from."""
    return run if point.file is None else Run(point.file.parents[1])


def nearest(points: list[Point], step: int) -> Point:
    """The one nearest to a step; of two, the earlier."""
    return min(points, key=lambda point: (abs(point.step - step), point.step))


def keep(run: Run, epoch: int, *, asked: bool) -> None:
    """Keeps the last checkpoint, which is that of whole epochs, as a waypoint. Raises OSError."""
    last = run.path / "checkpoints" / LAST
    room = min(MOST, MOST_BYTES // max(1, last.stat().st_size))
    if not asked and not room:
        return
    place = last.with_name(f"{epoch}.state.safetensors")
    place.unlink(missing_ok=True)
    try:
        # The next checkpoint takes the name of the last one, and leaves its content here.
        os.link(last, place)
    except OSError:
        shutil.copyfile(last, place)
    _thin_out(_unasked(run), room)


def forget_after(run: Run, epoch: int) -> None:
    """Drops those after an epoch: a training that has gone back to an earlier checkpoint comes there anew."""
    for file in _unasked(run):
        if _number(file) > epoch:
            file.unlink(missing_ok=True)


def _thin_out(files: list[Path], room: int) -> None:
    """Drops those that are missed least: between the nearest neighbours, but not the newest."""
    while len(files) > max(1, room):
        epochs = [0, *map(_number, files)]
        gaps = [epochs[at + 2] - epochs[at] for at in range(len(files) - 1)]
        files.pop(gaps.index(min(gaps))).unlink(missing_ok=True)


def _unasked(run: Run) -> list[Path]:
    """Those without weights beside them, in their order."""
    files = (run.path / "checkpoints").glob("[0-9]*.state.safetensors")
    alone = [file for file in files if not file.with_name(f"{_number(file)}.safetensors").exists()]
    return sorted(alone, key=_number)


def _number(file: Path) -> int:
    digits = file.name.partition(".")[0]
    return int(digits) if digits.isdecimal() else 0


def step_of(weights: Path) -> int | None:
    """The step after which weights were kept, as their file says; None: it does not, or there is none."""
    try:
        return int(_about(weights)["step"])
    except UNREADABLE:
        return None


def _read(file: Path) -> Point | None:
    try:
        place = msgspec.json.decode(_about(file)["state"], type=_Place)
    except UNREADABLE:
        return None
    return Point(place.epoch, place.step, file, place.changes)


def _about(file: Path) -> dict[str, str]:
    """What a file of safetensors says of itself; it begins with the length of its head, which is JSON. Raises
    `UNREADABLE` also where it is not as long as it says.
    """
    if not file.is_file():
        # Opening what is no file could wait for ever.
        raise OSError(errno.EINVAL, "it is not a file")
    size = file.stat().st_size
    with file.open("rb") as opened:
        length = int.from_bytes(opened.read(8), "little")
        if length > min(LONGEST_HEAD, size):
            raise ValueError("this is no such file")
        head = json.loads(opened.read(length))
    about = head.pop("__metadata__")
    if 8 + length + max((tensor["data_offsets"][1] for tensor in head.values()), default=0) != size:
        raise ValueError("it is not whole")
    return about
