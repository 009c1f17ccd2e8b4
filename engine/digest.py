"""Digest: what a long log comes to, as arrays in a file beside it, so that a run opens at once however long it was.

``log.digest`` is appended to while the log grows, some megabytes of the log at a time; the rest is read from the log,
which stays the truth. Each piece is two records: what happened, with few points (all that a list of runs needs), and
the many points of the training. A record says how far of the log it reaches and what stands in the log before that, and
has a checksum: one that was cut, is damaged or is of another log ends the digest, and what it lacks is read from the
log again. A digest can be deleted at any time.
"""

import hashlib
import os
import struct
import time
import zlib
from collections.abc import Generator, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO, NamedTuple

import msgspec
import numpy as np
import numpy.typing as npt

from engine.curve import Stretched
from engine.curves import Gathered, History, Key, Kind
from engine.datasets.downloads import Progress
from engine.disk import write_atomically
from engine.events import AnyEvent, Checkpoint, Loading, Started, Warning
from engine.runs import Run, unwritable

NAME = "log.digest"
LEAST_BYTES = 2**22
"""Of a log, that are worth a piece; a shorter log has no digest."""
SHARE_BYTES = 2**20
"""The least that is left of a log when its run is over and still gets a piece."""
LONG_BYTES = 2**24
"""Of a log that no digest tells: reading them takes so long that one is written first, in another process."""
KEPT_SECONDS = 30 * 86_400
"""For which the digest of a run whose folder takes none is kept elsewhere."""

OUTLINE, POINTS = b"o", b"p"
OF_THE_OUTLINE = ("epochs", "validation")
"""The kinds of curves that a list of runs needs."""

LEFT_OUT = (Checkpoint, Loading, Warning)
"""Events that nobody asks of later, of which there may be many."""

Points = tuple[Key, Stretched, npt.NDArray[np.floating]]
"""A curve, and steps and values in the order in which they were told."""

Happened = tuple[list[AnyEvent], Gathered]
"""Events that tell no points, and the points of the others."""

_HEAD = struct.Struct("<4sc3xIIQI")
_MAGIC = b"LLd1"
_LARGEST = 2**27
"""Bytes of a record; hundreds of times as many as are written."""
_SEALED = 256
"""Bytes of the log before the end of a piece, by which it is known again."""


class Column(msgspec.Struct, array_like=True, frozen=True):
    """Points of one curve in the order in which they were told, steps in stretches of consecutive ones."""

    kind: Kind
    name: str
    first: bytes
    """The first step of each stretch (float64)."""
    counts: bytes
    """How many steps it has (uint32)."""
    values: bytes
    narrow: bool
    """Whether the values are float32, as most are that a device computes; else float64."""


class Part(msgspec.Struct, array_like=True, frozen=True):
    """What happened from a start on: first the events that tell no points, then the points."""

    events: tuple[AnyEvent, ...]
    columns: tuple[Column, ...]
    layers: tuple[str, ...]


_outline = msgspec.msgpack.Decoder(list[Part])
_points = msgspec.msgpack.Decoder(list[tuple[Column, ...]])


class Record(NamedTuple):
    """A record as its head tells it: where its content begins, how long that is, how far of the log it reaches."""

    kind: bytes
    start: int
    size: int
    checksum: int
    log_end: int
    seal: int


class Piece(NamedTuple):
    """Both records of a piece."""

    outline: Record
    points: Record

    @property
    def end(self) -> int:
        """Where it ends in the file."""
        return self.points.start + self.points.size


# Reading


def history(log: Path, *, with_points: bool = True) -> tuple[History, int]:
    """The curves that the digest of a log tells, and how far of the log that is; without the points of the training,
    which nearly all of it are, only those that a list of runs needs.
    """
    found, reached = History(), 0
    for parts, end in _told(log, with_points=with_points):
        for part, columns in parts:
            for event in part.events:
                found.hear(event)
            found.layers = part.layers
            for column in columns:
                found.add(*column)
        reached = end
    return found, reached


def happened(log: Path) -> tuple[list[AnyEvent], int]:
    """The events that tell no points, but for `LEFT_OUT`, and how far of the log that is."""
    found, reached = list[AnyEvent](), 0
    for parts, end in _told(log, with_points=False):
        found += (event for part, _ in parts for event in part.events)
        reached = end
    return found, reached


def places(log: Path) -> tuple[Path, Path]:
    """Where the digest of a log may lie: beside it or, where its folder takes none, among what can be made anew."""
    from platformdirs import user_cache_path

    known = hashlib.sha256(os.fsencode(os.path.realpath(log))).hexdigest()[:32]
    return log.with_name(NAME), user_cache_path("layerloom", appauthor=False) / "runs" / f"{known}.digest"


def _told(log: Path, *, with_points: bool) -> Iterator[tuple[list[tuple[Part, list[Points]]], int]]:
    """What the further reaching digest of a log holds, piece by piece, as far as it is whole, and how far of the log
    each reaches.
    """
    found = [(file, _pieces_of(file, log)) for file in places(log)]
    file, pieces = max(found, key=lambda each: each[1][-1].outline.log_end if each[1] else 0)
    if not pieces:
        return
    with suppress(OSError, ValueError, RecursionError, msgspec.DecodeError), file.open("rb") as opened:
        for piece in pieces:
            parts = _outline.decode(_content(opened, piece.outline))
            many = _points.decode(_content(opened, piece.points)) if with_points else [()] * len(parts)
            columns = [(*part.columns, *more) for part, more in zip(parts, many, strict=True)]
            points = [[_arrays(column) for column in each] for each in columns]
            yield list(zip(parts, points, strict=True)), piece.outline.log_end


def _pieces_of(file: Path, log: Path) -> list[Piece]:
    """The pieces that a file says it has, and that are of this log."""
    if not file.is_file() or not log.is_file():
        # Opening what is no file could wait for ever.
        return []
    try:
        with file.open("rb") as opened, log.open("rb") as told:
            return list(_pieces(opened, told))
    except OSError:
        return []


def _pieces(file: IO[bytes], log: IO[bytes]) -> Iterator[Piece]:
    records = _records(file)
    size = os.fstat(log.fileno()).st_size
    before = 0
    for first, second in zip(records, records, strict=False):
        is_piece = (first.kind, second.kind, first.log_end) == (OUTLINE, POINTS, second.log_end)
        if not is_piece or not before < first.log_end <= size or _seal(log, first.log_end) != first.seal:
            return
        before = first.log_end
        yield Piece(first, second)


def _records(file: IO[bytes]) -> Iterator[Record]:
    size, place = os.fstat(file.fileno()).st_size, 0
    while place + _HEAD.size <= size:
        file.seek(place)
        head = file.read(_HEAD.size)
        if len(head) < _HEAD.size:
            return
        magic, kind, length, checksum, log_end, seal = _HEAD.unpack(head)
        place += _HEAD.size
        if magic != _MAGIC or length > _LARGEST or place + length > size:
            return
        yield Record(kind, place, length, checksum, log_end, seal)
        place += length


def _content(file: IO[bytes], record: Record) -> bytes:
    """Raises ValueError where it is not what was written."""
    file.seek(record.start)
    content = file.read(record.size)
    if _checksum(record.kind, content, record.log_end, record.seal) != record.checksum:
        raise ValueError("it is damaged")
    return content


def _checksum(kind: bytes, content: bytes, log_end: int, seal: int) -> int:
    return zlib.crc32(content, zlib.crc32(struct.pack("<cQI", kind, log_end, seal)))


def _seal(log: IO[bytes], end: int) -> int:
    log.seek(max(0, end - _SEALED))
    return zlib.crc32(log.read(min(end, _SEALED)))


def _arrays(column: Column) -> Points:
    """Raises ValueError where steps and values do not agree."""
    first, counts = np.frombuffer(column.first), np.frombuffer(column.counts, np.uint32).astype(np.int64)
    values = np.frombuffer(column.values, np.float32 if column.narrow else np.float64)
    if len(first) != len(counts) or counts.sum() != len(values) or not np.isfinite(first).all() or not counts.all():
        raise ValueError("steps and values do not agree")
    return (column.kind, column.name), Stretched(first, counts), values


# Writing


def extend(log: Path) -> None:
    """Adds a piece to the digest beside a log: what has been written since, or the next part of that. Only the one who
    writes the log may ask. Raises OSError, `RunError`.
    """
    file = log.with_name(NAME)
    with file.open("ab+") as opened, log.open("rb") as told:
        pieces = list(_pieces(opened, told))
        # What a power cut or a killed trainer has left half written is written anew.
        opened.truncate(pieces[-1].end if pieces else 0)
        for content, _ in _written(log, pieces[-1].outline.log_end if pieces else 0):
            opened.write(content)
            return


def bring_up_to_date(log: Path) -> Generator[Progress]:
    """Writes the digest of a log anew, as far as the log reaches, beside it or, where that cannot be, elsewhere. Raises
    `RunError`.
    """
    beside, elsewhere = places(log)
    try:
        yield from _anew(beside, log)
    except OSError:
        try:
            elsewhere.parent.mkdir(parents=True, exist_ok=True)
            _drop_old(elsewhere.parent)
            yield from _anew(elsewhere, log)
        except OSError as fault:
            raise unwritable(elsewhere.parent, fault) from None


def _anew(file: Path, log: Path) -> Generator[Progress]:
    """Writes a digest whose whole pieces are kept beside the old one, and puts it in its place."""
    parts = list[bytes]()
    kept, reached = _whole(file, log)
    total = log.stat().st_size
    for content, end in _written(log, reached):
        parts.append(content)
        yield Progress(f"Reading the log of {log.parent.name}", end, total, "bytes")
    if parts:
        write_atomically(file, lambda beside: beside.write_bytes(b"".join((kept, *parts))))


def _whole(file: Path, log: Path) -> tuple[bytes, int]:
    """What is sound of a digest, and how far of the log that reaches."""
    end = reached = 0
    try:
        with file.open("rb") as opened:
            with suppress(ValueError):
                for piece in _pieces_of(file, log):
                    for record in piece:
                        _content(opened, record)
                    end, reached = piece.end, piece.outline.log_end
            opened.seek(0)
            return opened.read(end), reached
    except OSError:
        return b"", 0


def _written(log: Path, since: int) -> Iterator[tuple[bytes, int]]:
    """The pieces for what a log holds from an offset on, and how far each reaches. Raises `RunError`."""
    reader = Run(log.parent).follow(since)
    layers: tuple[str, ...] = history(log, with_points=False)[0].layers if since else ()
    with log.open("rb") as told:
        for events in reader.parts():
            parts = _parted(events, layers)
            layers = parts[-1][1].layers
            seal = _seal(told, reader.offset)
            yield b"".join(_encoded(parts, reader.offset, seal)), reader.offset


def _parted(events: Sequence[AnyEvent], layers: tuple[str, ...]) -> list[Happened]:
    """Events divided by the starts among them."""
    parts: list[Happened] = [([], Gathered(layers))]
    for event in events:
        told, gathered = parts[-1]
        if gathered.take(event):
            continue
        if isinstance(event, Started):
            told, gathered = [], Gathered(gathered.layers)
            parts.append((told, gathered))
        if not isinstance(event, LEFT_OUT):
            told.append(event)
    return parts


def _encoded(parts: Sequence[Happened], log_end: int, seal: int) -> Iterator[bytes]:
    outlines, points = list[Part](), list[tuple[Column, ...]]()
    for told, gathered in parts:
        columns = [_column(key, *known) for key, known in gathered.points.items()]
        few = tuple(column for column in columns if column.kind in OF_THE_OUTLINE)
        outlines.append(Part(tuple(told), few, gathered.layers))
        points.append(tuple(column for column in columns if column.kind not in OF_THE_OUTLINE))
    for kind, content in ((OUTLINE, msgspec.msgpack.encode(outlines)), (POINTS, msgspec.msgpack.encode(points))):
        checksum = _checksum(kind, content, log_end, seal)
        yield _HEAD.pack(_MAGIC, kind, len(content), checksum, log_end, seal)
        yield content


def _column(key: Key, steps: Sequence[float], values: Sequence[float]) -> Column:
    ascending, heights = np.array(steps, np.float64), np.array(values, np.float64)
    first, counts = Stretched.of(ascending)
    with np.errstate(over="ignore"):
        short = heights.astype(np.float32)
    narrow = bool(np.array_equal(short.astype(np.float64), heights))
    told = short.tobytes() if narrow else heights.tobytes()
    return Column(*key, first.tobytes(), counts.astype(np.uint32).tobytes(), told, narrow)


def _drop_old(folder: Path) -> None:
    for file in folder.glob("*.digest"):
        with suppress(OSError):
            if time.time() - file.stat().st_mtime > KEPT_SECONDS:
                file.unlink()
