"""Which process something belongs to: a window's unsaved work, the training that it follows."""

import os
from pathlib import Path
from typing import Annotated, Self

import msgspec
import psutil

from engine.foreign import json_of
from engine.runs import since_boot


class Owner(msgspec.Struct, frozen=True):
    """A process, told from a later one of the same number by when it began, and the document that it holds."""

    pid: Annotated[int, msgspec.Meta(ge=0)]
    started: float
    path: str = ""
    since_boot: float = 0.0

    @classmethod
    def here(cls, path: Path | None = None) -> Self:
        """This process."""
        process = psutil.Process()
        return cls(os.getpid(), process.create_time(), str(path or ""), since_boot(process))

    @classmethod
    def read(cls, file: Path) -> Self:
        """Raises OSError and ValueError."""
        return json_of(file, cls)

    @property
    def encoded(self) -> bytes:
        """As `read` takes it."""
        return msgspec.json.encode(self)

    @property
    def lives(self) -> bool:
        """Whether it still runs."""
        try:
            process = psutil.Process(self.pid)
            # Where the clock was set meanwhile, the time at which a process began has moved with it.
            moved = abs(since_boot(process) - self.since_boot) < 1
            return moved or abs(process.create_time() - self.started) < 1
        except psutil.Error:
            return False
