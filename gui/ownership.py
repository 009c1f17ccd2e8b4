"""Which process something belongs to: a window's unsaved work, the training that it follows."""

import os
from pathlib import Path
from typing import Self

import msgspec
import psutil


class Owner(msgspec.Struct, frozen=True):
    """A process, told from a later one of the same number by when it began, and the document that it holds."""

    pid: int
    started: float
    path: str = ""

    @classmethod
    def here(cls, path: Path | None = None) -> Self:
        """This process."""
        return cls(os.getpid(), psutil.Process().create_time(), str(path or ""))

    @classmethod
    def read(cls, file: Path) -> Self:
        """Raises `OSError` and `msgspec.DecodeError`."""
        return msgspec.json.decode(file.read_bytes(), type=cls)

    @property
    def encoded(self) -> bytes:
        """As `read` takes it."""
        return msgspec.json.encode(self)

    @property
    def lives(self) -> bool:
        """Whether it still runs."""
        try:
            return abs(psutil.Process(self.pid).create_time() - self.started) < 1
        except psutil.Error:
            return False
