"""The log of a run as it is written: each event in a line, none torn, none lost while the disk is full."""

import os
import time
from collections.abc import Iterator
from contextlib import suppress
from typing import IO

import msgspec

from engine import digest, events
from engine.disk import flush_folder, is_full
from engine.errors import RunError
from engine.events import Event
from engine.runs import Run, unwritable

RESERVED_BYTES = 65_536
"""What `Run.reserve` takes."""
LOOK_UP_SECONDS = 0.05
"""Between two looks at the commands, while there is no room."""
PATIENCE = 1.0
"""Seconds between two attempts to write."""


def record(run: Run, happening: Iterator[Event]) -> Iterator[Event]:
    """Appends events to the run's log while passing them on. Raises `RunError` where the log cannot be written.

    Where the disk is full, nothing more happens until there is room or the run is told to stop. What is not taken is
    kept and written later, so that no line is torn in the middle.
    """
    run.check_own()
    try:
        file = run.log.open("ab+", buffering=0)
    except OSError as fault:
        raise unwritable(run.path, fault) from None
    flush_folder(run.path)
    with file:
        log = _Log(run, file)
        for event in happening:
            yield from log.take(event)
        log.close()


class _Log:
    """The open log, and what it has not taken yet."""

    def __init__(self, run: Run, file: IO[bytes]) -> None:
        self._run, self._file = run, file
        self._commands = run.commands()
        self._pending = bytearray()
        self._refusal: OSError | None = None
        self._stopping = False
        self._step = 0
        if file.tell():
            file.seek(-1, os.SEEK_END)
            # A trainer that was killed while writing leaves a torn line; the next must not be glued to it.
            self._pending += b"" if file.read(1) == b"\n" else b"\n"
        self._reserve()
        self._digested = file.tell()

    def take(self, event: Event) -> Iterator[Event]:
        """Writes an event and passes it on, with what there is to say of the writing."""
        self._step = _step_of(event) or self._step
        self._pending += _line(event)
        known = self._refusal
        if self._written() or self._stopping:
            self._digest(digest.LEAST_BYTES)
            yield event
            return
        assert self._refusal is not None
        if is_full(self._refusal):
            yield event
            yield from self._wait_for_room(event)
            return
        if known is None:
            yield events.Warning(time=time.time(), message=str(unwritable(self._run.path, self._refusal)))
        yield event

    def close(self) -> None:
        """After the last event. Raises `RunError` where the log has not taken all."""
        self._run.reserve.unlink(missing_ok=True)
        if not self._written():
            assert self._refusal is not None
            raise unwritable(self._run.path, self._refusal)
        if self._file.tell() >= digest.LEAST_BYTES:
            self._digest(digest.SHARE_BYTES)

    def _digest(self, least: int) -> None:
        """Adds to the digest once so much has been written since the last time."""
        if self._file.tell() - self._digested < least:
            return
        self._digested = self._file.tell()
        # Without a digest all is read from the log; the next try takes up what this one leaves.
        with suppress(OSError, RunError):
            digest.extend(self._run.log)

    def _wait_for_room(self, last: Event) -> Iterator[Event]:
        """Gives up what was reserved to say that the disk is full, then waits for room or to be told to stop."""
        self._run.reserve.unlink(missing_ok=True)
        # A trainer that could not write a checkpoint has said so itself.
        says = not isinstance(last, events.Paused)
        if says:
            reason = f"The disk with {self._run.path} is full: training waits until there is room."
            pause = events.Paused(time=time.time(), step=self._step, reason=reason)
            self._pending += _line(pause)
            yield pause
        due = 0.0
        while True:
            if time.monotonic() >= due:
                if self._written() and self._reserve():
                    break
                due = time.monotonic() + PATIENCE
            if any(isinstance(command, events.Stop) for command in self._commands.read()):
                self._stopping = True
                return
            time.sleep(LOOK_UP_SECONDS)
        if says:
            yield from self.take(events.Resumed(time=time.time(), step=self._step))

    def _written(self) -> bool:
        """Writes what is pending; answers whether all of it is taken."""
        try:
            while self._pending:
                del self._pending[: self._file.write(self._pending)]
        except OSError as fault:
            self._refusal = fault
            return False
        self._refusal = None
        return True

    def _reserve(self) -> bool:
        """Takes room for the day when there is none; answers whether there is some."""
        file = self._run.reserve
        with suppress(OSError):
            if file.exists() and file.stat().st_size == RESERVED_BYTES:
                return True
        try:
            # Numbers at random: there are disks that make nothing of zeros.
            file.write_bytes(os.urandom(RESERVED_BYTES))
        except OSError as fault:
            file.unlink(missing_ok=True)
            return not is_full(fault)
        return True


def _line(event: Event) -> bytes:
    return msgspec.json.encode(event) + b"\n"


def _step_of(event: Event) -> int:
    step = getattr(event, "step", 0)
    return step[-1] if isinstance(step, list) else step
